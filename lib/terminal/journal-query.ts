import { localOffset, type OffsetAt, stretches } from '../contract/local-days.ts';
import { rowOf, type TotalsRow, type TransactionRow, totalsOf } from '../contract/transaction-rows.ts';
import type { TransactionsQuery } from '../contract/transactions-input.ts';
import { rule } from './ruling.ts';
import type { Terminal } from './terminal.ts';

/** Not closed, and not ruled on: what a person may have to look after. */
const OPEN = ['intent', 'sent', 'unresolved', 'held', 'reverse', 'reversing'];

/** Asks the journal; the database's own thread does the counting. @throws NexoError by rejection */
export async function queryTransactions(
  terminal: Terminal,
  query: TransactionsQuery,
  offsetAt: OffsetAt = localOffset,
): Promise<TransactionRow[] | TotalsRow[]> {
  const journal = await terminal.opened();
  const { limit } = query;
  const own = terminal.config.terminal;
  const of = query.scope === 'terminal' ? { terminal: own } : {};
  switch (query.query) {
    case 'unresolved':
      return (await journal.query({ ...of, states: OPEN, limit })).map(rowOf);
    case 'byId': {
      const record = await journal.find(query.transactionId);
      return record !== undefined && (query.scope === 'journal' || record.terminal === own) ? [rowOf(record)] : [];
    }
    case 'period':
      return (await journal.query({ ...of, from: query.from, to: query.to, limit })).map(rowOf);
    case 'totals': {
      const parts = stretches(query.from, query.to, offsetAt);
      const sums = await Promise.all(parts.map((part) => journal.totals({ ...of, ...part })));
      return totalsOf(sums.flat());
    }
    case 'rule': {
      const record = await rule(terminal, journal, query.ruling);
      return record === undefined ? [] : [rowOf(record)];
    }
  }
}
