import fs from 'node:fs';
import { NexoError } from '../protocol/errors.ts';
import type { StoredTransaction } from './terminal/transaction-records.ts';

/** A file of finished transactions, one JSON object per line. It survives a kill of the virtual terminal. */
export interface TransactionFile {
  /** The contents of the file when it was opened, oldest first. */
  readonly records: StoredTransaction[];
  /** Appends a record; returns when it is on the disk. */
  append(record: StoredTransaction): void;
  close(): void;
}

/** The beginning of every line. */
const LINE_START = '{"header":';

/**
 * Opens or creates the file. An incomplete last line, left by a kill, is removed. Any other content that is not a record
 * is refused, because the file may belong to another program.
 *
 * @throws NexoError `store_unusable` (cannot be opened or read) or `store_damaged` (has other content)
 */
export function openStore(file: string): TransactionFile {
  let handle: number;
  let text: string;
  try {
    handle = fs.openSync(file, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600);
    text = fs.readFileSync(handle, 'utf8');
  } catch (error) {
    const reason = (error as Error).message;
    throw new NexoError('store_unusable', `Cannot use ${file} (${reason}): choose a file that can be written.`, {
      cause: error,
    });
  }
  const completeLines = text.slice(0, text.lastIndexOf('\n') + 1);
  const lastLine = text.slice(completeLines.length);
  if (!lastLine.startsWith(LINE_START.slice(0, lastLine.length))) throw damaged(`The end of ${file}`);
  let size = Buffer.byteLength(completeLines);
  const records = completeLines
    .split('\n')
    .slice(0, -1)
    .map((line, index) => parse(line, `${file}, line ${index + 1}`));
  fs.ftruncateSync(handle, size);
  return {
    records,
    append(record) {
      const line = Buffer.from(`${JSON.stringify(record)}\n`);
      fs.writeSync(handle, line, 0, line.length, size);
      size += line.length;
      fs.fsyncSync(handle);
    },
    close: () => fs.closeSync(handle),
  };
}

function parse(line: string, location: string): StoredTransaction {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && 'header' in value && 'body' in value)
      return value as StoredTransaction;
  } catch {
    // Not JSON: the same advice.
  }
  throw damaged(location);
}

function damaged(location: string): NexoError {
  return new NexoError('store_damaged', `${location} is not a transaction of a virtual terminal: move the file away.`);
}
