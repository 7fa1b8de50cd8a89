import type { TerminalLocation } from '../../protocol/terminal-location.ts';
import { closedError } from '../errors.ts';
import {
  type Journal,
  type JournalQuery,
  type JournalRow,
  type OpenResult,
  rowOfText,
  type Totals,
  type TotalsQuery,
} from '../journal.ts';
import { type Retention, startRetention } from '../retention.ts';
import { Connection, type ConnectionOptions, identify } from './connection.ts';
import { type OperationCaller, SqliteTerminalJournal } from './terminal-handle.ts';
import type { Operation, SnapshotTexts } from './worker-operations.ts';

/** `file`: where the journal is kept; its folder is created; `retentionDays`: 0 keeps everything. */
export type SqliteOptions = ConnectionOptions & Retention;

/** A connection, and how many journals share it. */
interface SharedConnection {
  connection: Promise<Connection>;
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
  const connection = await shared.connection;
  return new SqliteJournal<R>(connection, async () => {
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
  shared.connection.then((connection) => connection.ended.then(forget), forget);
}

async function connect(options: SqliteOptions): Promise<Connection> {
  const connection = await Connection.open(options);
  const sweep = async (before: number) => Number(await connection.call(['sweep', before]));
  connection.ended.then(startRetention(sweep, options));
  return connection;
}

/** The journal in an SQLite file, written by a worker: no fsync ever blocks the event loop. */
export class SqliteJournal<R extends JournalRow> implements Journal<R> {
  readonly #connection: Connection;
  readonly #release: () => Promise<void>;
  readonly #worker: OperationCaller;
  #closed: Promise<void> | undefined;

  /** Opens the file for this journal alone: see openJournal for one that several share. */
  static async open<R extends JournalRow>(options: SqliteOptions): Promise<SqliteJournal<R>> {
    const connection = await connect(options);
    return new SqliteJournal<R>(connection, () => connection.close());
  }

  /** `release`: called once, when the journal is closed. */
  constructor(connection: Connection, release: () => Promise<void>) {
    this.#connection = connection;
    this.#release = release;
    this.#worker = {
      call: (operation) => this.#call(operation),
      later: (operation) => (this.#closed ? Promise.reject(closedError()) : connection.callLater(operation)),
    };
  }

  /** Operations and commits of the file so far, of all journals that share it. */
  get stats(): { readonly commits: number; readonly operations: number } {
    return this.#connection.stats;
  }

  async open(terminal: string, { reserve, seed }: { reserve: number; seed: number }): Promise<OpenResult<R>> {
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

  close(): Promise<void> {
    this.#closed ??= this.#release();
    return this.#closed;
  }

  #call(operation: Operation): Promise<unknown> {
    return this.#closed ? Promise.reject(closedError()) : this.#connection.call(operation);
  }
}

function totalsOf({ outcome, ...row }: Omit<Totals, 'outcome'> & { outcome: string | null }): Totals {
  return outcome === null ? row : { ...row, outcome };
}
