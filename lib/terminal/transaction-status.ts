import { type PaymentPayload, payloadOf, payloadOfAnswer, payloadOfNothing } from '../contract/payment-output.ts';
import type { StatusInput } from '../contract/status-input.ts';
import type { Journal } from '../journal/journal.ts';
import type { Message, SaleToPOIResponse } from '../protocol/types.ts';
import type { SessionState, StatusFound } from '../session/effects.ts';
import type { RecordState, TransactionRecord } from '../session/record.ts';
import type { Terminal } from './terminal.ts';

/** A payment's payload, and what the terminal's session is doing. */
export type StatusPayload = PaymentPayload & { session: { state: SessionState } };

/** What a status finds, and the messages that were needed for it. */
export interface StatusResult {
  payload: StatusPayload;
  request?: Message;
  response?: SaleToPOIResponse;
}

/**
 * The outcome of a transaction: from the journal where it is certain, else from the terminal.
 * @throws NexoError by rejection, where the journal cannot be read
 */
export async function statusOf(terminal: Terminal, query: StatusInput, currency: string): Promise<StatusResult> {
  const journal = await terminal.opened();
  const known = await inJournal(journal, terminal.config.terminal, query);
  const { transactionId, serviceId } = query;
  const session = () => ({ session: { state: terminal.state } });
  if (known !== undefined) return { payload: { ...ofRecord(known), ...session() } };
  if (transactionId !== undefined) {
    return { payload: { ...payloadOfNothing(UNKNOWN, currency, { transactionId }), ...session() } };
  }
  const { found, ...exchanged } = await terminal.ask({ type: 'status', ...(serviceId !== undefined && { serviceId }) });
  const payload = await ofAnswer(terminal, journal, found, currency, serviceId);
  return { payload: { ...payload, ...session() }, ...exchanged };
}

async function inJournal(
  journal: Journal<TransactionRecord>,
  terminal: string,
  { transactionId, serviceId }: StatusInput,
): Promise<TransactionRecord | undefined> {
  if (transactionId !== undefined) return journal.find(transactionId);
  if (serviceId !== undefined) return journal.findByServiceId(terminal, serviceId);
  return undefined;
}

async function ofAnswer(
  terminal: Terminal,
  journal: Journal<TransactionRecord>,
  found: StatusFound,
  currency: string,
  serviceId: string | undefined,
): Promise<PaymentPayload> {
  if (found.type === 'none') return ofNothing(terminal, found, currency, serviceId);
  const answered = found.header.ServiceID ?? '';
  const record = await journal.findByServiceId(terminal.config.terminal, answered);
  return record === undefined ? payloadOfAnswer(answered, found.response, currency) : ofRecord(record);
}

function ofRecord(record: TransactionRecord): PaymentPayload {
  if (TOLD.has(record.state)) return payloadOf(record);
  return payloadOf({ ...record, outcome: 'unresolved', error: IN_PROGRESS });
}

function ofNothing(
  terminal: Terminal,
  found: { condition: string; message: string },
  currency: string,
  serviceId: string | undefined,
): PaymentPayload {
  const { condition, message } = found;
  const current = condition === 'Busy' ? terminal.current : undefined;
  if (current !== undefined) return ofRecord(current);
  return payloadOfNothing({ condition, message }, currency, serviceId === undefined ? {} : { serviceId });
}

/** States in which the record's outcome was told as certain. */
const TOLD: ReadonlySet<string> = new Set<RecordState>(['closed', 'ruled', 'held']);
const UNKNOWN = { condition: 'NotFound', message: 'The journal knows no transaction by that transactionId.' };
const IN_PROGRESS = { condition: 'InProgress', message: 'It is still in progress: its own node tells how it ends.' };
