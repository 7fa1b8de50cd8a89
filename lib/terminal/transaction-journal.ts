import type { Journal } from '../journal/journal.ts';
import { openJournal } from '../journal/sqlite/sqlite-journal.ts';
import type { TransactionRecord } from '../session/record.ts';

/** Days that transactions are kept by default. A year and a half: card payments are disputed for up to that long. */
export const RETENTION_DAYS = 550;

/**
 * Opens a journal of transactions: an SQLite file that is written durably, by a worker thread. Several terminals may share
 * one file, in one process.
 *
 * @param options `file`: its folder is made if need be; `retentionDays`: how long settled transactions are kept, 0 for ever;
 *   `onLoss`: terminals whose payments may be missing in it do not open until `acknowledge` (default), or do; `onWarning`:
 *   receives what a person should know, in words
 * @throws JournalError by rejection, where the file cannot be used
 */
export function openTransactionJournal(options: {
  file: string;
  retentionDays?: number;
  onLoss?: 'stop' | 'warn';
  onWarning?: (message: string) => void;
}): Promise<Journal<TransactionRecord>> {
  return openJournal<TransactionRecord>({ retentionDays: RETENTION_DAYS, ...options });
}
