import type { JournalFault } from '../errors.ts';
import type { JournalLoss } from '../losses.ts';
import type { StoredAge } from './journal-file.ts';

/** A row as it crosses to the worker: its columns in the table's order, the whole row as JSON among them. */
export type Columns = [
  transactionId: string,
  terminal: string,
  kind: string,
  state: string,
  outcome: string | null,
  serviceId: string,
  amount: number,
  currency: string,
  node: string,
  createdAt: number,
  updatedAt: number,
  json: string,
  answered: 0 | 1,
  authorized: number | null,
  apmReference: string | null,
  /** In journal time. */
  keptSince: number,
  countedAt: number,
];

/**
 * What the main thread asks of the worker: strings and numbers only, which are cheap to copy. What a handle writes carries
 * the handle's epoch, and fails where that is not the terminal's current one.
 */
export type Operation =
  | ['begin' | 'put', epoch: number, ...Columns]
  | ['reserve', epoch: number, terminal: string, count: number]
  /** `location` as JSON. */
  | ['putLocation', epoch: number, terminal: string, location: string]
  | ['delivered', epoch: number, terminal: string, transactionId: string]
  | ['open', terminal: string, reserve: number, seed: number]
  | ['find', transactionId: string]
  | ['findByServiceId', terminal: string, serviceId: string]
  | ['findByApmReference', apmReference: string]
  | ['last', terminal: string]
  /** `states` as a JSON array. Answers rows as JSON. */
  | [
      'query',
      terminal: string | null,
      states: string | null,
      from: number,
      to: number,
      limit: number,
      undelivered: boolean,
    ]
  | ['totals', terminal: string | null, from: number, to: number, offset: number]
  /** The number of rows. */
  | ['count']
  /** Deletes rows last changed before that journal time, at most `limit` and a bounded number; answers how many. */
  | ['sweep', before: number, limit: number]
  | ['keepTime', time: number, mark: number, swept: number]
  /** What the journal may have lost, and what was acknowledged of it. Answers a JournalCondition. */
  | ['condition']
  /** `acknowledgement` as JSON. Answers a JournalCondition. */
  | ['acknowledge', acknowledgement: string]
  /** `loss` as JSON. Answers the pending ones. */
  | ['report', loss: string];

/** The worker's answer to `open`; rows and location as JSON. */
export interface SnapshotTexts {
  epoch: number;
  unfinished: string[];
  undelivered: string[];
  last: string | undefined;
  next: number;
  end: number;
  location: string | undefined;
}

/** An answer other than success without a value: `index` counts the operations of all the batches of the reply. */
export type Exception = [index: number, value: unknown, fault?: JournalFault];

/** One commit's answer to the oldest `batches` messages that are still open. */
export type WorkerReply = [batches: number, committed: boolean, exceptions: Exception[]];

/** The worker's first message: the file is open, or why it is not. */
export interface Hello {
  fault?: JournalFault;
  age?: StoredAge;
  losses?: readonly JournalLoss[];
}

/** What the worker is started with. */
export interface WorkerData {
  file: string;
  /** PRAGMA statements run after opening, such as `max_page_count = 100`. */
  pragmas: string[];
}

const READS = new Set<string>([
  'find',
  'findByServiceId',
  'findByApmReference',
  'last',
  'query',
  'totals',
  'count',
  'condition',
]);

/** The operation writes nothing. */
export function isRead(operation: Operation): boolean {
  return READS.has(operation[0]);
}
