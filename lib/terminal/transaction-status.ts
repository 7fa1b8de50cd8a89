import { type PaymentPayload, payloadOf, payloadOfAnswer, payloadOfNothing } from '../contract/payment-output.ts';
import type { StatusInput } from '../contract/status-input.ts';
import type { Message, SaleToPOIResponse } from '../protocol/types.ts';
import type { SessionState, StatusFound } from '../session/effects.ts';
import type { RecordState, TransactionRecord } from '../session/record.ts';
import type { Terminal } from './terminal.ts';

/** A payment's payload, and the state of the terminal's session. */
export type StatusPayload = PaymentPayload & { session: { state: SessionState } };

/** The result of a status query, and the messages that were exchanged for it. */
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
  const record = await recordOf(terminal, query);
  const { transactionId, serviceId } = query;
  const session = () => ({ session: { state: terminal.state } });
  if (record !== undefined) return { payload: { ...ofRecord(terminal, record), ...session() } };
  if (transactionId !== undefined) {
    return { payload: { ...payloadOfNothing(UNKNOWN, currency, { transactionId }), ...session() } };
  }
  const { found, ...exchanged } = await terminal.ask({ type: 'status', ...(serviceId !== undefined && { serviceId }) });
  const payload = await ofAnswer(terminal, found, currency, serviceId);
  return { payload: { ...payload, ...session() }, ...exchanged };
}

/** The journal is opened in every case: one that cannot be read is an error for the last transaction as well. */
async function recordOf(
  terminal: Terminal,
  { transactionId, serviceId }: StatusInput,
): Promise<TransactionRecord | undefined> {
  const [journal, history] = await Promise.all([terminal.journal(), terminal.history()]);
  if (transactionId !== undefined) return journal.find(transactionId);
  return serviceId === undefined ? undefined : history.findByServiceId(serviceId);
}

async function ofAnswer(
  terminal: Terminal,
  found: StatusFound,
  currency: string,
  serviceId: string | undefined,
): Promise<PaymentPayload> {
  if (found.type === 'none') return ofNothing(terminal, found, currency, serviceId);
  const answered = found.header.ServiceID ?? '';
  const { profile } = terminal.config;
  const record = await (await terminal.history()).findByServiceId(answered);
  return record === undefined
    ? payloadOfAnswer(answered, found.response, currency, profile)
    : ofRecord(terminal, record);
}

function ofRecord({ config }: Terminal, record: TransactionRecord): PaymentPayload {
  if (CERTAIN.has(record.state)) return payloadOf(record, config.profile);
  return payloadOf({ ...record, outcome: 'unresolved', error: IN_PROGRESS }, config.profile);
}

function ofNothing(
  terminal: Terminal,
  found: { condition: string; message: string },
  currency: string,
  serviceId: string | undefined,
): PaymentPayload {
  const { condition, message } = found;
  const current = condition === 'Busy' ? terminal.current : undefined;
  if (current !== undefined) return ofRecord(terminal, current);
  return payloadOfNothing({ condition, message }, currency, serviceId === undefined ? {} : { serviceId });
}

/** States in which the record's outcome is certain. */
const CERTAIN: ReadonlySet<string> = new Set<RecordState>(['closed', 'ruled', 'held']);
const UNKNOWN = { condition: 'NotFound', message: 'The journal knows no transaction by that transactionId.' };
const IN_PROGRESS = { condition: 'InProgress', message: 'It is still in progress: its own node reports how it ends.' };
