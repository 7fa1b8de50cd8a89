import { isDeepStrictEqual } from 'node:util';
import { JournalError } from '../journal/errors.ts';
import type { Journal } from '../journal/journal.ts';
import type { StoreFailure } from '../session/events.ts';
import type { TransactionRecord } from '../session/record.ts';

/** What the journal holds under a record's transactionId; `own`: this very record. */
export interface Found {
  readable: boolean;
  row?: TransactionRecord;
  own: boolean;
}

/** Reads back what a failed write left: a disk may fail after it took the write. Never rejects. */
export async function readBack(journal: Journal<TransactionRecord>, record: TransactionRecord): Promise<Found> {
  try {
    const row = await journal.find(record.transactionId);
    if (row === undefined) return { readable: true, own: false };
    return { readable: true, row, own: isDeepStrictEqual(row, JSON.parse(JSON.stringify(record))) };
  } catch {
    return { readable: false, own: false };
  }
}

export function failureOf(error: unknown, { readable }: Found): StoreFailure {
  const doubtful = error instanceof JournalError && error.doubtful;
  const reason = messageOf(error);
  if (doubtful) return { reason, doubt: 'unsure' };
  return readable ? { reason } : { reason, doubt: 'unread' };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
