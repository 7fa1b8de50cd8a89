import { localOffset, type OffsetAt, stretches } from '../contract/local-days.ts';
import {
  type JournalLossRow,
  journalRowsOf,
  rowOf,
  type TotalsRow,
  type TransactionRow,
  totalsOf,
} from '../contract/transaction-rows.ts';
import type { TransactionsQuery } from '../contract/transactions-input.ts';
import type { TransactionRecord } from '../session/record.ts';
import { rule } from './ruling.ts';
import type { Terminal } from './terminal.ts';

/** Neither closed nor ruled on: a person may have to look into these. */
export const OPEN_STATES = ['intent', 'sent', 'unresolved', 'held', 'reverse', 'reversing'];

/** States whose outcome a flow has to receive. */
export const REPORTED_STATES = ['held', 'ruled', 'closed'];

/** Answers a query from the journal, whose worker does the counting. @throws NexoError by rejection */
export async function queryTransactions(
  terminal: Terminal,
  query: TransactionsQuery,
  offsetAt: OffsetAt = localOffset,
): Promise<TransactionRow[] | TotalsRow[] | JournalLossRow[]> {
  if (query.query === 'journal') return journalRowsOf(await terminal.losses.condition());
  if (query.query === 'acknowledge') return journalRowsOf(await terminal.losses.acknowledge(query.acknowledgement));
  const journal = await terminal.journal();
  const { limit } = query;
  const { terminal: own, profile } = terminal.config;
  const row = (record: TransactionRecord) => rowOf(record, profile);
  const selection = query.scope === 'terminal' ? { terminal: own } : {};
  switch (query.query) {
    case 'unresolved':
      return (await journal.query({ ...selection, states: OPEN_STATES, limit })).map(row);
    case 'undelivered': {
      const rows = await journal.query({ ...selection, states: REPORTED_STATES, undelivered: true, limit });
      return rows.filter(({ state, hold }) => state !== 'held' || hold !== 'signature').map(row);
    }
    case 'byId': {
      const record = await journal.find(query.transactionId);
      return record !== undefined && (query.scope === 'journal' || record.terminal === own) ? [row(record)] : [];
    }
    case 'period':
      return (await journal.query({ ...selection, from: query.from, to: query.to, limit })).map(row);
    case 'totals': {
      const parts = stretches(query.from, query.to, offsetAt);
      const sums = await Promise.all(parts.map((part) => journal.totals({ ...selection, ...part })));
      return totalsOf(sums.flat());
    }
    case 'rule': {
      const record = await rule(terminal, journal, query.ruling);
      return record === undefined ? [] : [row(record)];
    }
  }
}
