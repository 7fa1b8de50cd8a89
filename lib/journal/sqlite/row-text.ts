import { rowError } from '../errors.ts';
import type { JournalRow } from '../journal.ts';

const INTEGERS = ['amount', 'createdAt', 'updatedAt', 'authorized'] as const;

/** The row as JSON; a JournalError if it cannot be stored without changing it. */
export function textOfRow(row: JournalRow): string {
  for (const name of INTEGERS)
    if (!Number.isSafeInteger(row[name] ?? 0)) throw rowError(row.transactionId, `${name} is not an integer`);
  try {
    return JSON.stringify(row);
  } catch (error) {
    throw rowError(row.transactionId, error instanceof Error ? error.message : String(error), error);
  }
}

/** The row that `text` was made from; the journal reads only what it wrote. */
export function rowOfText<R extends JournalRow>(text: string): R {
  return JSON.parse(text) as R;
}
