import type { TerminalLocation } from '../../protocol/terminal-location.ts';
import { closedError, JournalError } from '../errors.ts';
import {
  type Journal,
  type JournalQuery,
  type JournalRow,
  type OpenResult,
  rowOfText,
  type Totals,
  type TotalsQuery,
} from '../journal.ts';
import { JournalTime, type MachineClocks } from '../journal-time.ts';
import { type Acknowledgement, adviseOn, blockingLosses, type JournalCondition, lossesOf } from '../losses.ts';
import { type Retention, type SweptRows, startRetention } from '../retention.ts';
import { Connection, type ConnectionOptions, identify } from './connection.ts';
import { type OperationCaller, SqliteTerminalJournal } from './terminal-handle.ts';
import type { Operation, SnapshotTexts } from './worker-operations.ts';

/** `file`: where the journal is kept; its folder is created; `retentionDays`: 0 keeps everything. */
export interface SqliteOptions extends ConnectionOptions, Retention, Partial<MachineClocks> {
  /** A terminal whose payments may be missing in the journal: it does not open until a person acknowledges that, or does. */
  onLoss?: 'stop' | 'warn';
  /** Receives what a person should know, in words. */
  onWarning?: (message: string) => void;
}

/** A connection, and the journal's time. */
interface OpenFile {
  connection: Connection;
  time: JournalTime;
}

/** An open file, and how many journals share it. */
interface SharedConnection {
  connection: Promise<OpenFile>;
  users: number;
}

/** Later than the time of any row. */
const END_OF_TIME = Number.MAX_SAFE_INTEGER;
const sharedConnections = new Map<string, SharedConnection>();

/**
 * Opens the journal in `options.file`, or shares it where this process has it open already: the file is closed with the
 * last of its users. The options of the first user apply. Rejects with a JournalError, as described there.
 */
export async function openJournal<R extends JournalRow>(options: SqliteOptions): Promise<SqliteJournal<R>> {
  const file = await identify(options.file);
  const known = sharedConnections.get(file);
  const shared: SharedConnection = known ?? { connection: connect(options), users: 0 };
  if (!known) share(file, shared);
  shared.users++;
  const opened = await shared.connection;
  const { connection } = opened;
  return new SqliteJournal<R>(opened, options, async () => {
    // A read is answered after everything that was asked before it.
    if (--shared.users > 0) await connection.call(['find', '']).catch(() => {});
    else {
      if (sharedConnections.get(file) === shared) sharedConnections.delete(file);
      await connection.close();
    }
  });
}

/** Lets later users share the connection for as long as it works. */
function share(file: string, shared: SharedConnection): void {
  const forget = () => {
    if (sharedConnections.get(file) === shared) sharedConnections.delete(file);
  };
  sharedConnections.set(file, shared);
  shared.connection.then(({ connection }) => connection.ended.then(forget), forget);
}

async function connect(options: SqliteOptions): Promise<OpenFile> {
  const { file, now = Date.now, elapsed = () => performance.now(), onWarning = () => undefined } = options;
  const connection = await Connection.open(options);
  const { time: stored = JournalTime.first(now(), connection.age.newest), swept, newest } = connection.age;
  const warn = (ms: number) => onWarning(jumpWarning(file, ms));
  const time = new JournalTime(stored, { now, elapsed }, newest === undefined ? undefined : warn);
  const rows: SweptRows = {
    count: async () => Number(await connection.call(['count'])),
    sweep: async (before, limit) => Number(await connection.call(['sweep', before, limit])),
    keepTime: async ({ time, mark }, swept) => void (await connection.call(['keepTime', time, mark, swept])),
  };
  connection.ended.then(startRetention(rows, time, swept, options));
  return { connection, time };
}

function jumpWarning(file: string, ms: number): string {
  return `The clock of this machine is ${Math.floor(ms / 86_400_000)} days ahead of the latest time in the journal ${file}. If the machine was off for so long, nothing has to be done. If not, set the clock right: receipts and day totals use it. No transaction is deleted because of that time.`;
}

/** The journal in an SQLite file, written by a worker: no fsync ever blocks the event loop. */
export class SqliteJournal<R extends JournalRow> implements Journal<R> {
  readonly #connection: Connection;
  readonly #file: string;
  readonly #options: Pick<SqliteOptions, 'onLoss' | 'onWarning'>;
  readonly #release: () => Promise<void>;
  readonly #worker: OperationCaller;
  #closed: Promise<void> | undefined;

  /** Opens the file for this journal alone: see openJournal for one that several share. */
  static async open<R extends JournalRow>(options: SqliteOptions): Promise<SqliteJournal<R>> {
    const opened = await connect(options);
    return new SqliteJournal<R>(opened, options, () => opened.connection.close());
  }

  /** `release`: called once, when the journal is closed. */
  constructor({ connection, time }: OpenFile, options: SqliteOptions, release: () => Promise<void>) {
    this.#connection = connection;
    this.#file = options.file;
    this.#options = options;
    this.#release = release;
    this.#worker = {
      call: (operation) => this.#call(operation),
      later: (operation) => (this.#closed ? Promise.reject(closedError()) : connection.callLater(operation)),
      time: () => time.now,
    };
  }

  /** Operations and commits of the file so far, of all journals that share it. */
  get stats(): { readonly commits: number; readonly operations: number } {
    return this.#connection.stats;
  }

  async open(terminal: string, { reserve, seed }: { reserve: number; seed: number }): Promise<OpenResult<R>> {
    this.#assertWhole(terminal);
    const texts = (await this.#call(['open', terminal, reserve, seed])) as SnapshotTexts;
    return {
      handle: new SqliteTerminalJournal<R>(terminal, texts.epoch, this.#worker),
      unfinished: texts.unfinished.map((text) => rowOfText<R>(text)),
      undelivered: texts.undelivered.map((text) => rowOfText<R>(text)),
      ...(texts.last === undefined ? {} : { last: rowOfText<R>(texts.last) }),
      serviceIds: { next: texts.next, end: texts.end },
      ...(texts.location === undefined ? {} : { location: JSON.parse(texts.location) as TerminalLocation }),
    };
  }

  async find(transactionId: string): Promise<R | undefined> {
    const text = await this.#call(['find', transactionId]);
    return typeof text === 'string' ? rowOfText<R>(text) : undefined;
  }

  async findByApmReference(apmReference: string): Promise<R[]> {
    const texts = await this.#call(['findByApmReference', apmReference]);
    return (texts as string[]).map((text) => rowOfText<R>(text));
  }

  async query({ terminal, states, from, to, undelivered, limit }: JournalQuery): Promise<R[]> {
    const wanted = states === undefined ? null : JSON.stringify(states);
    const texts = await this.#call([
      'query',
      terminal ?? null,
      wanted,
      from ?? 0,
      to ?? END_OF_TIME,
      limit,
      undelivered === true,
    ]);
    return (texts as string[]).map((text) => rowOfText<R>(text));
  }

  async totals({ terminal, from, to, offsetMinutes }: TotalsQuery): Promise<Totals[]> {
    const rows = await this.#call(['totals', terminal ?? null, from, to, offsetMinutes * 60_000]);
    return (rows as (Totals & { outcome: string | null })[]).map(totalsOf);
  }

  async condition(): Promise<JournalCondition> {
    return (await this.#call(['condition'])) as JournalCondition;
  }

  async acknowledge(acknowledgement: Acknowledgement): Promise<JournalCondition> {
    const condition = (await this.#call(['acknowledge', JSON.stringify(acknowledgement)])) as JournalCondition;
    this.#connection.losses = condition.pending;
    return condition;
  }

  close(): Promise<void> {
    this.#closed ??= this.#release();
    return this.#closed;
  }

  /** @throws JournalError `journal_lost` where payments of the terminal may be missing */
  #assertWhole(terminal: string): void {
    const found = lossesOf(terminal, this.#connection.losses);
    if (found.length === 0) return;
    const message = adviseOn(this.#file, found);
    const { onLoss = 'stop', onWarning } = this.#options;
    if (onLoss === 'stop' && blockingLosses(terminal, found).length > 0)
      throw new JournalError('journal_lost', message);
    onWarning?.(message);
  }

  #call(operation: Operation): Promise<unknown> {
    return this.#closed ? Promise.reject(closedError()) : this.#connection.call(operation);
  }
}

function totalsOf({ outcome, ...row }: Omit<Totals, 'outcome'> & { outcome: string | null }): Totals {
  return outcome === null ? row : { ...row, outcome };
}
