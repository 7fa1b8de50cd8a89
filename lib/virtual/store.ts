import fs from 'node:fs';
import { NexoError } from '../protocol/errors.ts';
import type { StoredTransaction } from './terminal/transaction-records.ts';

/** A file of finished transactions, one JSON object a line: what survives when the virtual terminal is killed. */
export interface TransactionFile {
  /** What was in the file when it was opened, oldest first. */
  readonly records: StoredTransaction[];
  /** Returns when the record is on the disk. */
  append(record: StoredTransaction): void;
  close(): void;
}

/** How every line begins. */
const START = '{"header":';

/**
 * Opens or creates the file. A last line that was cut off by a kill is dropped; anything else that is not a record is
 * refused, for the file may be someone else's.
 *
 * @throws NexoError `store_unusable` (cannot be opened or read) or `store_damaged` (holds something else)
 */
export function openStore(file: string): TransactionFile {
  let handle: number;
  let text: string;
  try {
    handle = fs.openSync(file, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600);
    text = fs.readFileSync(handle, 'utf8');
  } catch (error) {
    const reason = (error as Error).message;
    throw new NexoError('store_unusable', `Cannot use ${file} (${reason}): name a file that can be written.`, {
      cause: error,
    });
  }
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const tail = text.slice(whole.length);
  if (!tail.startsWith(START.slice(0, tail.length))) throw damaged(`The end of ${file}`);
  let size = Buffer.byteLength(whole);
  const records = whole
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

function parse(line: string, place: string): StoredTransaction {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && 'header' in value && 'body' in value)
      return value as StoredTransaction;
  } catch {
    // Not JSON: the same advice.
  }
  throw damaged(place);
}

function damaged(place: string): NexoError {
  return new NexoError('store_damaged', `${place} is no transaction of a virtual terminal: move the file away.`);
}
