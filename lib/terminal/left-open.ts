import type { RulingRequest } from '../contract/ruling-input.ts';
import type { Journal, TerminalJournal } from '../journal/journal.ts';
import { settleByRuling, type TransactionRecord } from '../session/record.ts';
import { OPEN_STATES, REPORTED_STATES } from './journal-query.ts';
import { ruledOutcome } from './ruling.ts';

const LIMIT = 1000;

/**
 * What is open, or was not delivered, under names (SaleID/POIID) that no running terminal has: their settings were edited,
 * they were disabled or deleted, or another journal was chosen for them. Newest first.
 *
 * @param runs whether a running terminal keeps this journal under that name
 */
export async function leftOpenIn(
  journal: Pick<Journal<TransactionRecord>, 'query'>,
  runs: (terminal: string) => boolean,
): Promise<TransactionRecord[]> {
  const open = await journal.query({ states: OPEN_STATES, limit: LIMIT });
  const undelivered = await journal.query({ states: REPORTED_STATES, undelivered: true, limit: LIMIT });
  const known = new Set(open.map(({ transactionId }) => transactionId));
  const all = [...open, ...undelivered.filter(({ transactionId }) => !known.has(transactionId))];
  return all.filter(({ terminal }) => !runs(terminal));
}

/** Whether it is in progress; otherwise it was not delivered, and needs no ruling. */
export function isOpen({ state }: TransactionRecord): boolean {
  return OPEN_STATES.includes(state);
}

/**
 * Ends a transaction that was left open as a named person rules. No session asks about it; should its terminal come back,
 * it is asked for evidence.
 *
 * @param journal the one that it is in
 * @returns the record as it is stored, and the handle to mark it as delivered
 * @throws NexoError by rejection: `invalid_ruling`, what the journal throws
 */
export async function ruleLeftOpen(
  journal: Journal<TransactionRecord>,
  record: TransactionRecord,
  { transactionId: _, outcome, ...who }: RulingRequest,
  now: number,
): Promise<{ record: TransactionRecord; handle: TerminalJournal<TransactionRecord> }> {
  const ruled = { ...record, updatedAt: now };
  const held = record.state === 'held';
  settleByRuling(ruled, { ...who, outcome: ruledOutcome(record, outcome), at: now });
  if (held) ruled.state = 'closed';
  delete ruled.hold;
  const { handle } = await journal.open(record.terminal, { reserve: 0, seed: 0 });
  await handle.put(ruled);
  return { record: ruled, handle };
}
