import type { TerminalLocation } from '../../protocol/terminal-location.ts';
import { closedError } from '../errors.ts';
import type { Journal, JournalQuery, JournalRow, Opened, Totals, TotalsQuery } from '../journal.ts';
import { Connection, type ConnectionOptions, identify } from './connection.ts';
import { type Retention, startRetention } from './retention.ts';
import { rowOfText, textOfRow } from './row-text.ts';
import type { Columns, OpenedTexts, Operation } from './worker-operations.ts';

/** `file`: where the journal lives, folder included if need be; `retentionDays`: 0 keeps everything. */
export type SqliteOptions = ConnectionOptions & Retention;

/** A connection and the journals that share it. */
interface Shared {
  connection: Promise<Connection>;
  users: number;
}

/** Past any time that a row can have. */
const LAST = Number.MAX_SAFE_INTEGER;
const shared = new Map<string, Shared>();

/**
 * Opens the journal in `options.file`, or joins in when this process has it open already: the file is closed with the
 * last of its users. The options of the first count. Rejects with a JournalError, as described there.
 */
export async function openJournal<R extends JournalRow>(options: SqliteOptions): Promise<SqliteJournal<R>> {
  const file = await identify(options.file);
  const known = shared.get(file);
  const entry: Shared = known ?? { connection: connect(options), users: 0 };
  if (!known) share(file, entry);
  entry.users++;
  const connection = await entry.connection;
  return new SqliteJournal<R>(connection, async () => {
    if (--entry.users > 0) await connection.call(['find', '']).catch(() => {});
    else {
      if (shared.get(file) === entry) shared.delete(file);
      await connection.close();
    }
  });
}

/** Keeps the entry for others to join, for as long as its connection works. */
function share(file: string, entry: Shared): void {
  const forget = () => {
    if (shared.get(file) === entry) shared.delete(file);
  };
  shared.set(file, entry);
  entry.connection.then((connection) => connection.ended.then(forget), forget);
}

async function connect(options: SqliteOptions): Promise<Connection> {
  const connection = await Connection.open(options);
  const stop = startRetention(connection, options);
  connection.ended.then(stop);
  return connection;
}

/** The journal in an SQLite file, written by a worker: no fsync ever holds the event loop. */
export class SqliteJournal<R extends JournalRow> implements Journal<R> {
  readonly #connection: Connection;
  readonly #release: () => Promise<void>;
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
  }

  /** How many operations the file's journals were asked for, and how many commits these took. */
  get stats(): { readonly commits: number; readonly operations: number } {
    return this.#connection.stats;
  }

  async open(terminal: string, { reserve, seed }: { reserve: number; seed: number }): Promise<Opened<R>> {
    const texts = (await this.#call(['open', terminal, reserve, seed])) as OpenedTexts;
    return {
      unfinished: texts.unfinished.map((text) => rowOfText<R>(text)),
      undelivered: texts.undelivered.map((text) => rowOfText<R>(text)),
      ...(texts.last === undefined ? {} : { last: rowOfText<R>(texts.last) }),
      serviceIds: { next: texts.next, end: texts.end },
      ...(texts.place === undefined ? {} : { place: JSON.parse(texts.place) as TerminalLocation }),
    };
  }

  async begin(row: R): Promise<R | undefined> {
    return this.#row(['begin', ...columns(row)]);
  }

  async put(row: R): Promise<void> {
    await this.#call(['put', ...columns(row)]);
  }

  async reserve(terminal: string, count: number): Promise<number> {
    return Number(await this.#call(['reserve', terminal, count]));
  }

  async place(terminal: string, place: TerminalLocation): Promise<void> {
    await this.#call(['place', terminal, JSON.stringify(place)]);
  }

  delivered(transactionId: string): Promise<void> {
    const noted = this.#closed
      ? Promise.reject(closedError())
      : this.#connection.callLater(['delivered', transactionId]).then(() => {});
    noted.catch(() => {}); // the caller may look away: at worst the outcome is told again
    return noted;
  }

  async find(transactionId: string): Promise<R | undefined> {
    return this.#row(['find', transactionId]);
  }

  async findByServiceId(terminal: string, serviceId: string): Promise<R | undefined> {
    return this.#row(['findByServiceId', terminal, serviceId]);
  }

  async findByApmReference(apmReference: string): Promise<R[]> {
    const texts = await this.#call(['findByApmReference', apmReference]);
    return (texts as string[]).map((text) => rowOfText<R>(text));
  }

  async last(terminal: string): Promise<R | undefined> {
    return this.#row(['last', terminal]);
  }

  async query({ terminal, states, from, to, limit }: JournalQuery): Promise<R[]> {
    const wanted = states === undefined ? null : JSON.stringify(states);
    const texts = await this.#call(['query', terminal ?? null, wanted, from ?? 0, to ?? LAST, limit]);
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

  async #row(operation: Operation): Promise<R | undefined> {
    const text = await this.#call(operation);
    return typeof text === 'string' ? rowOfText<R>(text) : undefined;
  }
}

function totalsOf({ outcome, ...row }: Omit<Totals, 'outcome'> & { outcome: string | null }): Totals {
  return outcome === null ? row : { ...row, outcome };
}

function columns(row: JournalRow): Columns {
  const { transactionId, terminal, kind, state, serviceId, amount, currency, node, createdAt, updatedAt } = row;
  const outcome = row.outcome ?? null;
  const json = textOfRow(row);
  const answered = row.answered ? 1 : 0;
  return [
    transactionId,
    terminal,
    kind,
    state,
    outcome,
    serviceId,
    amount,
    currency,
    node,
    createdAt,
    updatedAt,
    json,
    answered,
    row.authorized ?? null,
    row.apmReference ?? null,
  ];
}
