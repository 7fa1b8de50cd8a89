import type { TerminalLocation } from '../protocol/terminal-location.ts';
import { closedError, JournalError, staleHandle } from './errors.ts';
import {
  type Journal,
  type JournalQuery,
  type JournalRow,
  type OpenResult,
  rowOfText,
  type TerminalJournal,
  type Totals,
  type TotalsQuery,
  textOfRow,
} from './journal.ts';
import type { Acknowledgement, JournalCondition, JournalLoss } from './losses.ts';
import { nextBlock } from './service-ids.ts';

interface Entry {
  terminal: string;
  state: string;
  outcome: string | undefined;
  serviceId: string;
  node: string;
  answered: boolean;
  /** The row's number among the closed rows, as in the SQLite schema. */
  closed: number | undefined;
  delivered: boolean;
  text: string;
}

/** What is stored for a terminal beside its rows. */
interface TerminalEntry {
  nextServiceId: number;
  epoch: number;
  location?: TerminalLocation;
}

/** What outlives a MemoryJournal, as a file does: give it to the next one to simulate a restart. */
export class Memory {
  readonly entries = new Map<string, Entry>();
  readonly terminals = new Map<string, TerminalEntry>();
  closings = 0;
  condition: JournalCondition = { pending: [], acknowledged: [] };

  /** The rows of a terminal, oldest first. */
  of(terminal: string): Entry[] {
    return [...this.entries.values()].filter((entry) => entry.terminal === terminal);
  }

  last(terminal: string): Entry | undefined {
    const answered = this.of(terminal).filter(({ closed, answered }) => closed !== undefined && answered);
    return answered.sort(byClosed).at(-1);
  }

  write(row: JournalRow, text: string): void {
    const before = this.entries.get(row.transactionId);
    const { terminal, state, outcome, serviceId, node, answered = false } = row;
    const closed = state === 'closed' ? (before?.closed ?? ++this.closings) : undefined;
    const same = before !== undefined && before.outcome === outcome && before.node === node && state !== 'reverse';
    const delivered = same && before.delivered;
    const entry = { terminal, state, outcome, serviceId, node, answered, closed, delivered, text };
    this.entries.set(row.transactionId, entry);
  }
}

/** A journal that keeps its rows in memory, with the behaviour of the durable ones: for tests and simulations. */
export class MemoryJournal<R extends JournalRow> implements Journal<R> {
  readonly #memory: Memory;
  #closed = false;

  constructor(memory: Memory = new Memory()) {
    this.#memory = memory;
  }

  async open(terminal: string, { reserve, seed }: { reserve: number; seed: number }): Promise<OpenResult<R>> {
    this.#assertOpen();
    const before = this.#memory.terminals.get(terminal);
    const next = nextBlock(before?.nextServiceId, seed, reserve);
    const epoch = (before?.epoch ?? 0) + 1;
    this.#memory.terminals.set(terminal, { ...before, nextServiceId: next + reserve, epoch });
    const rows = this.#memory.of(terminal);
    const last = this.#memory.last(terminal);
    return {
      handle: new MemoryTerminalJournal<R>(terminal, epoch, this.#memory, () => this.#assertOpen()),
      unfinished: rows.filter((entry) => entry.state !== 'closed').map((entry) => rowOfText<R>(entry.text)),
      undelivered: rows
        .filter((entry) => entry.state === 'closed' && !entry.delivered)
        .sort(byClosed)
        .map((entry) => rowOfText<R>(entry.text)),
      ...(last && { last: rowOfText<R>(last.text) }),
      serviceIds: { next, end: next + reserve },
      ...(before?.location && { location: { ...before.location } }),
    };
  }

  async find(transactionId: string): Promise<R | undefined> {
    this.#assertOpen();
    const entry = this.#memory.entries.get(transactionId);
    return entry && rowOfText<R>(entry.text);
  }

  async findByApmReference(apmReference: string): Promise<R[]> {
    this.#assertOpen();
    const rows = this.#rows().filter((row) => row.apmReference === apmReference);
    return rows.sort((a, b) => a.createdAt - b.createdAt);
  }

  async query({
    terminal,
    states,
    from = 0,
    to = Number.MAX_SAFE_INTEGER,
    undelivered,
    limit,
  }: JournalQuery): Promise<R[]> {
    this.#assertOpen();
    const delivered = (row: R) => this.#memory.entries.get(row.transactionId)?.delivered === true;
    const rows = this.#rows().filter(
      (row) =>
        !(undelivered && delivered(row)) &&
        row.createdAt >= from &&
        row.createdAt < to &&
        (terminal === undefined || row.terminal === terminal) &&
        (states === undefined || states.includes(row.state)),
    );
    // Reversed before the stable sort: of two rows of the same millisecond the later one comes first.
    return rows
      .reverse()
      .sort((a, b) => b.createdAt - a.createdAt)
      .slice(0, limit);
  }

  async totals({ offsetMinutes, ...query }: TotalsQuery): Promise<Totals[]> {
    const sums = new Map<string, Totals>();
    this.#assertOpen();
    for (const row of this.#rows()) {
      const { from, to } = query;
      const at = row.settledAt ?? row.createdAt;
      if (at < from || at >= to || (query.terminal !== undefined && query.terminal !== row.terminal)) continue;
      const { terminal, kind, currency, state, outcome } = row;
      const day = Math.floor((at + offsetMinutes * 60_000) / 86_400_000);
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

  async condition(): Promise<JournalCondition> {
    this.#assertOpen();
    return structuredClone(this.#memory.condition);
  }

  async acknowledge(acknowledgement: Acknowledgement): Promise<JournalCondition> {
    const { pending, acknowledged } = await this.condition();
    this.#memory.condition = { pending: [], acknowledged: [{ ...acknowledgement, losses: pending }, ...acknowledged] };
    return this.condition();
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #assertOpen(): void {
    if (this.#closed) throw closedError();
  }

  #rows(): R[] {
    return [...this.#memory.entries.values()].map(({ text }) => rowOfText<R>(text));
  }
}

/** A terminal's handle of a MemoryJournal. */
class MemoryTerminalJournal<R extends JournalRow> implements TerminalJournal<R> {
  readonly terminal: string;
  readonly epoch: number;
  readonly #memory: Memory;
  readonly #assertOpen: () => void;

  /** `assertOpen` throws once the journal is closed. */
  constructor(terminal: string, epoch: number, memory: Memory, assertOpen: () => void) {
    this.terminal = terminal;
    this.epoch = epoch;
    this.#memory = memory;
    this.#assertOpen = assertOpen;
  }

  async begin(row: R): Promise<R | undefined> {
    const text = textOfRow(row, this.terminal);
    this.#current();
    const existing = this.#memory.entries.get(row.transactionId);
    if (existing) return rowOfText<R>(existing.text);
    this.#memory.write(row, text);
    return undefined;
  }

  async put(row: R): Promise<void> {
    const text = textOfRow(row, this.terminal);
    this.#current();
    this.#memory.write(row, text);
  }

  async reserve(count: number): Promise<number> {
    const entry = this.#current();
    entry.nextServiceId += count;
    return entry.nextServiceId;
  }

  async putLocation(location: TerminalLocation): Promise<void> {
    this.#current().location = { ...location };
  }

  async report(loss: JournalLoss): Promise<void> {
    this.#current();
    this.#memory.condition.pending.push(loss);
  }

  delivered(transactionId: string): Promise<void> {
    const marked = this.#markDelivered(transactionId);
    marked.catch(() => {}); // callers may ignore it
    return marked;
  }

  async findByServiceId(serviceId: string): Promise<R | undefined> {
    this.#assertOpen();
    const entry = this.#memory.of(this.terminal).findLast((entry) => entry.serviceId === serviceId);
    return entry && rowOfText<R>(entry.text);
  }

  async last(): Promise<R | undefined> {
    this.#assertOpen();
    const entry = this.#memory.last(this.terminal);
    return entry && rowOfText<R>(entry.text);
  }

  async #markDelivered(transactionId: string): Promise<void> {
    this.#current();
    const entry = this.#memory.entries.get(transactionId);
    if (entry?.terminal === this.terminal) entry.delivered = true;
  }

  /** What is stored for the terminal, provided that this is its newest handle. */
  #current(): TerminalEntry {
    this.#assertOpen();
    const entry = this.#memory.terminals.get(this.terminal);
    if (entry?.epoch === this.epoch) return entry;
    const { code, message } = staleHandle(this.terminal);
    throw new JournalError(code, message);
  }
}

function byClosed(a: Entry, b: Entry): number {
  return (a.closed ?? 0) - (b.closed ?? 0);
}
