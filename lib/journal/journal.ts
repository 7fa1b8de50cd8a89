import type { TerminalLocation } from '../protocol/terminal-location.ts';

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
  updatedAt: number;
}

/** What a terminal finds at start: oldest first in both lists; ServiceIDs from `next` up to, not including, `end` are reserved. */
export interface Opened<R> {
  unfinished: R[];
  undelivered: R[];
  last?: R;
  serviceIds: { next: number; end: number };
  place?: TerminalLocation;
}

/** Which rows are wanted: of one terminal or of all, in one of these states, made in [from, to) (ms since 1970). */
export interface JournalQuery {
  terminal?: string;
  states?: readonly string[];
  from?: number;
  to?: number;
  /** At most so many, the latest. */
  limit: number;
}

/** The time to be counted: [from, to) in ms since 1970; a day begins at midnight of local time, UTC plus the offset. */
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
   * Everything a terminal needs at start, and a durable reservation of `reserve` ServiceIDs. `seed`: the counter's
   * start in a journal that does not know the terminal; the counter never goes below it.
   */
  open(terminal: string, options: { reserve: number; seed: number }): Promise<Opened<R>>;
  /** Inserts durably, or, when the transactionId exists (in the whole journal, any terminal), changes nothing and resolves with the existing row. */
  begin(row: R): Promise<R | undefined>;
  /** Replaces durably the row of that transactionId; inserts it where there is none. A changed outcome is undelivered again. */
  put(row: R): Promise<void>;
  /** Reserves more ServiceIDs durably; resolves with the new end (exclusive): the new ones are `end - count` up to it. */
  reserve(terminal: string, count: number): Promise<number>;
  /** Remembers durably where a terminal is, in place of what was known; it must have been opened before. */
  place(terminal: string, place: TerminalLocation): Promise<void>;
  /**
   * Notes, with the next commit, that the outcome left the node: it need not be told again after a restart.
   * Resolves when durable; callers may ignore it.
   */
  delivered(transactionId: string): Promise<void>;
  find(transactionId: string): Promise<R | undefined>;
  /** The row of the latest transaction that has this ServiceID now: a further attempt replaces it. */
  findByServiceId(terminal: string, serviceId: string): Promise<R | undefined>;
  /** A payment with an alternative method and its refunds, whatever became of them, in the order in which they were made. */
  findByApmReference(apmReference: string): Promise<R[]>;
  /** The latest closed row with an answer from the terminal: closed last, its outcome neither not_started nor unresolved. */
  last(terminal: string): Promise<R | undefined>;
  /** The rows that were asked for, newest first. */
  query(query: JournalQuery): Promise<R[]>;
  /** Sums over all rows of that time, by day, terminal, kind, currency, state and outcome, in that order. */
  totals(query: TotalsQuery): Promise<Totals[]>;
  /** Finishes what was asked before, then lets go of the file; later calls reject with journal_closed. */
  close(): Promise<void>;
}
