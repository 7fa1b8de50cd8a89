import type { TerminalLocation } from '../protocol/terminal-location.ts';
import { rowError } from './errors.ts';
import type { Acknowledgement, JournalCondition, JournalLoss } from './losses.ts';

/** Columns the journal looks rows up by; a row is stored whole as JSON beside them. `amount` in minor units, times in ms since 1970. */
export interface JournalRow {
  transactionId: string;
  terminal: string;
  kind: string;
  state: string;
  outcome?: string;
  serviceId: string;
  /** The terminal answered that request: its last transaction may be this one. */
  answered?: boolean;
  amount: number;
  /** What was authorised, in minor units; absent where nothing was, or where that is not known. */
  authorized?: number;
  currency: string;
  /** Of a payment with an alternative method, and of its refunds. */
  apmReference?: string;
  node: string;
  createdAt: number;
  /** When its outcome was certain first: totals count it then. Absent in rows of earlier versions, and of open ones. */
  settledAt?: number;
  updatedAt: number;
}

/** What the journal holds for a terminal: oldest first in both lists; ServiceIDs from `next` up to, not including, `end` are reserved. */
export interface TerminalSnapshot<R> {
  unfinished: R[];
  undelivered: R[];
  last?: R;
  serviceIds: { next: number; end: number };
  location?: TerminalLocation;
}

/** A terminal's snapshot at start, and the handle through which its writes go. */
export interface OpenResult<R extends JournalRow> extends TerminalSnapshot<R> {
  handle: TerminalJournal<R>;
}

/** Selects rows: of one terminal or of all, in one of these states, created in [from, to) (ms since 1970). */
export interface JournalQuery {
  terminal?: string;
  states?: readonly string[];
  from?: number;
  to?: number;
  /** Only those whose outcome was not delivered. */
  undelivered?: true;
  /** The highest number of rows; the latest ones are kept. */
  limit: number;
}

/** The time to be counted, by `settledAt`, else `createdAt`: [from, to) in ms since 1970; a day begins at midnight of local time, UTC plus the offset. */
export interface TotalsQuery {
  terminal?: string;
  from: number;
  to: number;
  offsetMinutes: number;
}

/** How many rows of a kind there are, and their sums in minor units. `day`: local days since 1970-01-01. */
export interface Totals {
  day: number;
  terminal: string;
  kind: string;
  currency: string;
  state: string;
  outcome?: string;
  count: number;
  amount: number;
  authorized: number;
}

/**
 * The record of every transaction, written before a byte leaves for the terminal. Every method rejects with a
 * JournalError (see errors.ts) when the journal cannot keep its promise; "durable" means it survives a power cut.
 */
export interface Journal<R extends JournalRow> {
  /**
   * Everything a terminal needs at start, a durable reservation of `reserve` ServiceIDs, and a handle with the terminal's
   * next epoch. Earlier handles of that terminal write nothing from then on.
   *
   * @param options `seed`: the ServiceID counter's start in a journal that does not know the terminal; the counter never
   *   goes below it, and to it when it has no room left (see service-ids.ts)
   * @throws JournalError by rejection, `journal_lost` where payments of the terminal may be missing in it (`condition`)
   */
  open(terminal: string, options: { reserve: number; seed: number }): Promise<OpenResult<R>>;
  find(transactionId: string): Promise<R | undefined>;
  /** A payment with an alternative method and its refunds, in any state, in the order in which they were created. */
  findByApmReference(apmReference: string): Promise<R[]>;
  /** The selected rows, newest first. */
  query(query: JournalQuery): Promise<R[]>;
  /** Sums over all rows of that time, by day, terminal, kind, currency, state and outcome, in that order. */
  totals(query: TotalsQuery): Promise<Totals[]>;
  /** What it may have lost, and what people acknowledged of that. */
  condition(): Promise<JournalCondition>;
  /** A person knows of all pending losses: terminals open again. Durable. Resolves with what the condition is then. */
  acknowledge(acknowledgement: Acknowledgement): Promise<JournalCondition>;
  /** Finishes the calls made before, then releases the file; later calls, of handles too, reject with journal_closed. */
  close(): Promise<void>;
}

/**
 * One terminal's part of a journal: everything that is written for that terminal goes through it. Its writes reject with
 * `journal_stale`, and change nothing, once the terminal was opened again, in this process or in another.
 */
export interface TerminalJournal<R extends JournalRow> {
  readonly terminal: string;
  /** A number that each open() of the terminal increments durably: a store checks it with every write. */
  readonly epoch: number;
  /** Inserts durably, or, when the transactionId exists (in the whole journal, any terminal), changes nothing and resolves with the existing row. */
  begin(row: R): Promise<R | undefined>;
  /** Replaces durably the row of that transactionId; inserts it where there is none. A changed outcome is undelivered again, and so is that of a payment that is to be reversed. */
  put(row: R): Promise<void>;
  /** Reserves more ServiceIDs durably; resolves with the new end (exclusive): the new ones are `end - count` up to it. */
  reserve(count: number): Promise<number>;
  /** Stores durably where the terminal is, in place of what was stored before. */
  putLocation(location: TerminalLocation): Promise<void>;
  /**
   * Marks, with the next commit, a transaction of this terminal as delivered: its outcome left the node, and a restart
   * does not deliver it again. Resolves when durable; callers may ignore it.
   */
  delivered(transactionId: string): Promise<void>;
  /** The row of the latest transaction that has this ServiceID now: a further attempt replaces it. */
  findByServiceId(serviceId: string): Promise<R | undefined>;
  /** Adds a loss that concerns this terminal to the pending ones, durably. */
  report(loss: JournalLoss): Promise<void>;
  /** The latest closed row with an answer from the terminal: closed last, its outcome neither not_started nor unresolved. */
  last(): Promise<R | undefined>;
}

const INTEGERS = ['amount', 'createdAt', 'settledAt', 'updatedAt', 'authorized'] as const;

/**
 * The row as JSON.
 * @param terminal whose handle it is written through
 * @throws JournalError where it cannot be stored as it is, or is another terminal's
 */
export function textOfRow(row: JournalRow, terminal: string): string {
  const { transactionId } = row;
  if (row.terminal !== terminal) throw rowError(transactionId, `it belongs to ${row.terminal}, not to ${terminal}`);
  for (const name of INTEGERS)
    if (!Number.isSafeInteger(row[name] ?? 0)) throw rowError(transactionId, `${name} is not an integer`);
  try {
    return JSON.stringify(row);
  } catch (error) {
    throw rowError(transactionId, error instanceof Error ? error.message : String(error), error);
  }
}

/** The row that `text` was made from; the journal reads only what it wrote. */
export function rowOfText<R extends JournalRow>(text: string): R {
  return JSON.parse(text) as R;
}
