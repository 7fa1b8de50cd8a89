import type { Timer } from '../../lib/clock.ts';
import type { JournalRow, TerminalSnapshot } from '../../lib/journal/journal.ts';
import type { TransactionRecord } from '../../lib/session/record.ts';

/** What the journal is asked to do; a row is kept as JSON text, as the real one does. */
export type Operation =
  | { type: 'open'; terminal: string; reserve: number; seed: number }
  | { type: 'find'; transactionId: string }
  | HandleOperation;

/** What a terminal's handle writes, under the epoch of its opening. */
type HandleOperation = { epoch: number } & (
  | { type: 'begin' | 'put'; row: Row }
  | { type: 'reserve'; terminal: string; count: number }
  | { type: 'delivered'; terminal: string; transactionId: string }
);

/** What `open` comes back with: the epoch stands for the handle. */
export type ModelSnapshot = TerminalSnapshot<TransactionRecord> & { epoch: number };

/** What an operation comes back with; `value` as the real journal's method resolves. */
export type Answer = { ok: true; value?: unknown } | { ok: false; code: string; reason: string };

/** The columns the journal goes by, and the whole row as text. */
export interface Row
  extends Pick<JournalRow, 'transactionId' | 'terminal' | 'state' | 'outcome' | 'serviceId' | 'node' | 'updatedAt'> {
  answered: boolean;
  /** ServiceID of its reversal, its cause, and whether it was reported as unresolved; no columns of the real journal's, but handy here. */
  reversal?: { serviceId: string; cause: string; reported: boolean };
  text: string;
}

interface Entry extends Row {
  closed: number | undefined;
  delivered: boolean;
}

interface Call {
  operation: Operation;
  answered: (answer: Answer) => void;
}

export interface JournalOptions {
  after(ms: number, fire: () => void): Timer;
  /** How long the next commit takes, in ms. */
  commitTime(): number;
  coin(): boolean;
  /** When rows have to have changed last to be kept, in ms since 1970. Absent: all are kept. */
  keptFrom?(): number;
  /** A row has become durable. */
  committed(row: Row): void;
  /** About to become durable, and durable: where a process may be killed. @returns whether it was */
  boundary(phase: 'before' | 'after'): boolean;
}

export function rowOf(record: TransactionRecord): Row {
  const { transactionId, terminal, state, outcome, serviceId, node, answered = false, reversal, updatedAt } = record;
  return {
    transactionId,
    terminal,
    state,
    ...(outcome !== undefined && { outcome }),
    serviceId,
    node,
    answered,
    updatedAt,
    ...(reversal && {
      reversal: { serviceId: reversal.serviceId, cause: reversal.cause, reported: reversal.reported === true },
    }),
    text: JSON.stringify(record),
  };
}

/** What outlives the process: one file. */
export class JournalFile {
  readonly rows = new Map<string, Entry>();
  readonly terminals = new Map<string, { nextServiceId: number; epoch: number }>();
  closings = 0;

  copy(): JournalFile {
    const copy = new JournalFile();
    for (const [key, entry] of this.rows) copy.rows.set(key, { ...entry });
    for (const [name, terminal] of this.terminals) copy.terminals.set(name, { ...terminal });
    copy.closings = this.closings;
    return copy;
  }
}

/**
 * The journal, synchronous and in memory, with the rules of lib/journal: operations of a commit run in their order and
 * become durable together, some time later; only then are they answered. What is durable outlives a kill.
 */
export class JournalModel {
  /** The file in use. */
  file = new JournalFile();
  /** Writes fail, and change nothing. */
  refuses: string | undefined;
  /** Writes fail after they were made. */
  ambiguous = false;
  /** Another program has the file: nothing can be written or read. */
  locked = false;
  /** Its worker has died: everything fails until the file is opened anew. */
  #dead = false;
  #queue: Call[] = [];
  #committing: Call[] | undefined;
  #timer: Timer | undefined;
  readonly #options: JournalOptions;

  constructor(options: JournalOptions) {
    this.#options = options;
  }

  /** What the disk holds. */
  get rows(): Map<string, Entry> {
    return this.file.rows;
  }

  get terminals(): JournalFile['terminals'] {
    return this.file.terminals;
  }

  get unreadable(): boolean {
    return this.#dead || this.locked;
  }

  get dead(): boolean {
    return this.#dead;
  }

  get idle(): boolean {
    return this.#committing === undefined && this.#queue.length === 0;
  }

  /** Runs the operation with the next commit; `answered` hears when that is durable, or of its failure. */
  submit(operation: Operation, answered: (answer: Answer) => void): void {
    if (this.unreadable) {
      const failure: Answer = this.#dead
        ? { ok: false, code: 'journal_failed', reason: 'its worker stopped' }
        : { ok: false, code: 'journal_locked', reason: 'another program has it' };
      this.#options.after(0, () => answered(failure));
      return;
    }
    this.#queue.push({ operation, answered });
    if (this.#committing === undefined && this.#timer === undefined) this.#start();
  }

  /** The process is gone: what is not durable is lost, and the commit under way is durable or not. */
  kill(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const committing = this.#committing;
    this.#committing = undefined;
    this.#queue = [];
    this.#dead = false;
    if (committing !== undefined && this.refuses === undefined && this.#options.coin()) this.#apply(committing);
  }

  /** Its worker dies: everything asked is answered with a failure, though the commit under way may be durable. */
  die(): void {
    const calls = [...(this.#committing ?? []), ...this.#queue];
    this.kill();
    this.#dead = true;
    for (const { answered } of calls) answered({ ok: false, code: 'journal_failed', reason: 'its worker stopped' });
  }

  /** The file is opened anew. */
  revive(): void {
    this.#dead = false;
  }

  #start(): void {
    const { after, commitTime } = this.#options;
    this.#timer = after(0, () => {
      const calls = this.#queue;
      this.#queue = [];
      this.#committing = calls;
      this.#timer = after(commitTime(), () => this.#commit(calls));
    });
  }

  #commit(calls: Call[]): void {
    if (this.#options.boundary('before')) return;
    this.#committing = undefined;
    const answers = this.#commitAll(calls);
    // Durable, but nobody has been told.
    this.#timer = undefined;
    if (this.#options.boundary('after')) return;
    if (this.#queue.length > 0) this.#start();
    for (const [index, { answered }] of calls.entries()) answered(answers[index] ?? { ok: true });
  }

  #commitAll(calls: Call[]): Answer[] {
    const { refuses, ambiguous } = this;
    if (refuses === undefined && !ambiguous) return this.#apply(calls);
    return calls.map(({ operation }): Answer => {
      if (operation.type === 'find') return this.#execute(operation);
      if (refuses !== undefined) return { ok: false, code: 'journal_full', reason: refuses };
      this.#execute(operation);
      return { ok: false, code: 'journal_failed', reason: 'input/output error' };
    });
  }

  #apply(calls: Call[]): Answer[] {
    return calls.map(({ operation }) => this.#execute(operation));
  }

  #execute(operation: Operation): Answer {
    switch (operation.type) {
      case 'open':
        return { ok: true, value: this.#open(operation.terminal, operation.reserve, operation.seed) };
      case 'find': {
        const entry = this.rows.get(operation.transactionId);
        return entry === undefined ? { ok: true } : { ok: true, value: JSON.parse(entry.text) };
      }
      default:
        return this.#executeWrite(operation);
    }
  }

  #executeWrite(operation: HandleOperation): Answer {
    const terminal = this.terminals.get('row' in operation ? operation.row.terminal : operation.terminal);
    if (terminal?.epoch !== operation.epoch) return { ok: false, code: 'journal_stale', reason: 'opened again' };
    switch (operation.type) {
      case 'begin': {
        const existing = this.rows.get(operation.row.transactionId);
        if (existing !== undefined) return { ok: true, value: JSON.parse(existing.text) };
        this.#write(operation.row, undefined);
        return { ok: true };
      }
      case 'put':
        this.#write(operation.row, this.rows.get(operation.row.transactionId));
        return { ok: true };
      case 'reserve':
        terminal.nextServiceId += operation.count;
        return { ok: true, value: terminal.nextServiceId };
      case 'delivered': {
        const entry = this.rows.get(operation.transactionId);
        if (entry?.terminal === operation.terminal) entry.delivered = true;
        return { ok: true };
      }
    }
  }

  /** What lib/journal/sqlite deletes: closed and delivered, unchanged since then, and not a terminal's last. */
  #sweep(before: number): void {
    const last = new Map<string, number>();
    for (const { terminal, closed, answered } of this.rows.values()) {
      if (answered && closed !== undefined) last.set(terminal, Math.max(closed, last.get(terminal) ?? 0));
    }
    for (const [key, { terminal, closed, delivered, updatedAt }] of this.rows) {
      if (closed === undefined || !delivered || updatedAt >= before) continue;
      if (closed < (last.get(terminal) ?? 0)) this.rows.delete(key);
    }
  }

  #open(terminal: string, reserve: number, seed: number): ModelSnapshot {
    const { keptFrom } = this.#options;
    if (keptFrom !== undefined) this.#sweep(keptFrom());
    const before = this.terminals.get(terminal);
    const next = Math.max(before?.nextServiceId ?? seed, seed);
    const epoch = (before?.epoch ?? 0) + 1;
    this.terminals.set(terminal, { nextServiceId: next + reserve, epoch });
    const unfinished: TransactionRecord[] = [];
    const undelivered: Entry[] = [];
    let last: Entry | undefined;
    for (const entry of this.rows.values()) {
      if (entry.terminal !== terminal) continue;
      if (entry.state !== 'closed') unfinished.push(JSON.parse(entry.text));
      else if (!entry.delivered) undelivered.push(entry);
      if (entry.closed !== undefined && entry.answered && entry.closed > (last?.closed ?? 0)) last = entry;
    }
    undelivered.sort((a, b) => (a.closed ?? 0) - (b.closed ?? 0));
    return {
      epoch,
      unfinished,
      undelivered: undelivered.map(({ text }) => JSON.parse(text)),
      ...(last && { last: JSON.parse(last.text) }),
      serviceIds: { next, end: next + reserve },
    };
  }

  #write(row: Row, before: Entry | undefined): void {
    const closed = row.state === 'closed' ? (before?.closed ?? ++this.file.closings) : undefined;
    const same =
      before !== undefined && before.outcome === row.outcome && before.node === row.node && row.state !== 'reverse';
    this.rows.set(row.transactionId, { ...row, closed, delivered: same && before.delivered });
    this.#options.committed(row);
  }
}
