import type { TerminalLocation } from '../protocol/terminal-location.ts';
import { closedError, JournalError, unknownTerminal } from './errors.ts';
import type { Journal, JournalQuery, JournalRow, Opened, Totals, TotalsQuery } from './journal.ts';
import { rowOfText, textOfRow } from './sqlite/row-text.ts';

interface Entry {
  terminal: string;
  state: string;
  outcome: string | undefined;
  serviceId: string;
  node: string;
  answered: boolean;
  /** The place among the terminal's closed rows, as in the SQLite schema. */
  closed: number | undefined;
  delivered: boolean;
  text: string;
}

/** What outlives a MemoryJournal, as a file does: give it to the next one to play a restart. */
export class Memory {
  readonly entries = new Map<string, Entry>();
  readonly counters = new Map<string, number>();
  readonly places = new Map<string, TerminalLocation>();
  closings = 0;
}

/** A journal that keeps its rows in memory, with the behaviour of the durable ones: for tests and simulations. */
export class MemoryJournal<R extends JournalRow> implements Journal<R> {
  readonly #memory: Memory;
  #closed = false;

  constructor(memory: Memory = new Memory()) {
    this.#memory = memory;
  }

  async open(terminal: string, { reserve, seed }: { reserve: number; seed: number }): Promise<Opened<R>> {
    this.#assertOpen();
    const next = Math.max(this.#memory.counters.get(terminal) ?? seed, seed);
    this.#memory.counters.set(terminal, next + reserve);
    const rows = this.#of(terminal);
    const last = this.#lastOf(terminal);
    const place = this.#memory.places.get(terminal);
    return {
      unfinished: rows.filter((entry) => entry.state !== 'closed').map((entry) => rowOfText<R>(entry.text)),
      undelivered: rows
        .filter((entry) => entry.state === 'closed' && !entry.delivered)
        .sort(byClosed)
        .map((entry) => rowOfText<R>(entry.text)),
      ...(last ? { last } : {}),
      serviceIds: { next, end: next + reserve },
      ...(place ? { place: { ...place } } : {}),
    };
  }

  async begin(row: R): Promise<R | undefined> {
    this.#assertOpen();
    const existing = this.#memory.entries.get(row.transactionId);
    if (existing) return rowOfText<R>(existing.text);
    this.#write(row, undefined);
    return undefined;
  }

  async put(row: R): Promise<void> {
    this.#assertOpen();
    this.#write(row, this.#memory.entries.get(row.transactionId));
  }

  async reserve(terminal: string, count: number): Promise<number> {
    this.#assertOpen();
    const next = this.#counterOf(terminal);
    this.#memory.counters.set(terminal, next + count);
    return next + count;
  }

  async place(terminal: string, place: TerminalLocation): Promise<void> {
    this.#assertOpen();
    this.#counterOf(terminal);
    this.#memory.places.set(terminal, { ...place });
  }

  delivered(transactionId: string): Promise<void> {
    if (this.#closed) {
      const refused = Promise.reject(closedError());
      refused.catch(() => {}); // the caller may look away
      return refused;
    }
    const entry = this.#memory.entries.get(transactionId);
    if (entry) entry.delivered = true;
    return Promise.resolve();
  }

  async find(transactionId: string): Promise<R | undefined> {
    this.#assertOpen();
    const entry = this.#memory.entries.get(transactionId);
    return entry && rowOfText<R>(entry.text);
  }

  async findByServiceId(terminal: string, serviceId: string): Promise<R | undefined> {
    this.#assertOpen();
    const entry = this.#of(terminal).findLast((entry) => entry.serviceId === serviceId);
    return entry && rowOfText<R>(entry.text);
  }

  async findByApmReference(apmReference: string): Promise<R[]> {
    this.#assertOpen();
    const rows = this.#rows().filter((row) => row.apmReference === apmReference);
    return rows.sort((a, b) => a.createdAt - b.createdAt);
  }

  async last(terminal: string): Promise<R | undefined> {
    this.#assertOpen();
    return this.#lastOf(terminal);
  }

  async query({ terminal, states, from = 0, to = Number.MAX_SAFE_INTEGER, limit }: JournalQuery): Promise<R[]> {
    this.#assertOpen();
    const rows = this.#rows().filter(
      (row) =>
        row.createdAt >= from &&
        row.createdAt < to &&
        (terminal === undefined || row.terminal === terminal) &&
        (states === undefined || states.includes(row.state)),
    );
    // The later ones first, also where two were made in the same millisecond.
    return rows
      .reverse()
      .sort((a, b) => b.createdAt - a.createdAt)
      .slice(0, limit);
  }

  async totals({ offsetMinutes, ...query }: TotalsQuery): Promise<Totals[]> {
    const sums = new Map<string, Totals>();
    for (const row of await this.query({ ...query, limit: Number.MAX_SAFE_INTEGER })) {
      const { terminal, kind, currency, state, outcome } = row;
      const day = Math.floor((row.createdAt + offsetMinutes * 60_000) / 86_400_000);
      const key = JSON.stringify([String(day).padStart(9), terminal, kind, currency, state, outcome ?? '']);
      const group = { day, terminal, kind, currency, state, ...(outcome !== undefined && { outcome }) };
      const sum = sums.get(key) ?? { ...group, count: 0, amount: 0, authorized: 0 };
      sum.count++;
      sum.amount += row.amount;
      sum.authorized += row.authorized ?? 0;
      sums.set(key, sum);
    }
    return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum);
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #assertOpen(): void {
    if (this.#closed) throw closedError();
  }

  /** The counter of a terminal that was opened. */
  #counterOf(terminal: string): number {
    const next = this.#memory.counters.get(terminal);
    if (next !== undefined) return next;
    const { code, message } = unknownTerminal(terminal);
    throw new JournalError(code, message);
  }

  #rows(): R[] {
    return [...this.#memory.entries.values()].map(({ text }) => rowOfText<R>(text));
  }

  #of(terminal: string): Entry[] {
    return [...this.#memory.entries.values()].filter((entry) => entry.terminal === terminal);
  }

  #lastOf(terminal: string): R | undefined {
    const answered = this.#of(terminal).filter(({ closed, answered }) => closed !== undefined && answered);
    const entry = answered.sort(byClosed).at(-1);
    return entry && rowOfText<R>(entry.text);
  }

  #write(row: R, before: Entry | undefined): void {
    const text = textOfRow(row);
    const { terminal, state, outcome, serviceId, node, answered = false } = row;
    const closed = state === 'closed' ? (before?.closed ?? ++this.#memory.closings) : undefined;
    const delivered = before !== undefined && before.outcome === outcome && before.node === node && before.delivered;
    this.#memory.entries.set(row.transactionId, {
      terminal,
      state,
      outcome,
      serviceId,
      node,
      answered,
      closed,
      delivered,
      text,
    });
  }
}

function byClosed(a: Entry, b: Entry): number {
  return (a.closed ?? 0) - (b.closed ?? 0);
}
