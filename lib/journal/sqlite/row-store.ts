import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
import { staleHandle } from '../errors.ts';
import { nextBlock } from '../service-ids.ts';
import type { CompanionFile } from './companion-file.ts';
import type { FileIdentity } from './file-identity.ts';
import { type FileOperation, FileOperations } from './file-operations.ts';
import type { JournalFile } from './journal-file.ts';
import { FaultError, failsAlone, faultOf, mayBeWritten } from './sqlite-faults.ts';
import { type Exception, isRead, type Operation, type SnapshotTexts } from './worker-operations.ts';

/** A day, in ms. */
const DAY = 86_400_000;
const INSERT = `INSERT INTO transactions (transactionId, terminal, kind, state, outcome, serviceId, amount, currency,
    node, createdAt, updatedAt, json, answered, authorized, apmReference, keptSince, countedAt, closed)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
    iif(? = 'closed', (SELECT coalesce(max(closed), 0) + 1 FROM transactions
      WHERE terminal = ? AND closed IS NOT NULL), NULL))
  ON CONFLICT (transactionId) DO`;
const MADE = 'createdAt >= ? AND createdAt < ? AND terminal = coalesce(?, terminal)';
const COUNTED = 'countedAt >= ? AND countedAt < ? AND terminal = coalesce(?, terminal)';
const ANSWERED = 'closed IS NOT NULL AND answered = 1';

/**
 * The SQL behind each operation. Parameters are plain `?`: Node 22 does not take numbered ones by position.
 * `put` inserts where there is no row: an outcome must not be lost for want of its intent.
 */
const SQL = {
  begin: `${INSERT} NOTHING`,
  put: `${INSERT} UPDATE SET terminal = excluded.terminal, kind = excluded.kind, state = excluded.state,
    outcome = excluded.outcome, serviceId = excluded.serviceId, amount = excluded.amount, currency = excluded.currency,
    node = excluded.node, createdAt = excluded.createdAt, updatedAt = excluded.updatedAt, json = excluded.json,
    answered = excluded.answered, authorized = excluded.authorized, apmReference = excluded.apmReference,
    keptSince = excluded.keptSince, countedAt = excluded.countedAt,
    closed = iif(excluded.state = 'closed', coalesce(closed, excluded.closed), NULL),
    delivered = iif(outcome IS excluded.outcome AND node = excluded.node AND excluded.state <> 'reverse', delivered, 0)`,
  delivered: 'UPDATE transactions SET delivered = 1 WHERE transactionId = ? AND terminal = ? AND delivered = 0',
  find: 'SELECT json FROM transactions WHERE transactionId = ?',
  findByServiceId: 'SELECT json FROM transactions WHERE terminal = ? AND serviceId = ? ORDER BY seq DESC LIMIT 1',
  findByApmReference: `SELECT json FROM transactions WHERE apmReference = ? AND apmReference IS NOT NULL
    ORDER BY createdAt, seq`,
  last: `SELECT json FROM transactions WHERE terminal = ? AND ${ANSWERED} ORDER BY closed DESC LIMIT 1`,
  open: `SELECT state, json FROM transactions WHERE terminal = ? AND (state <> 'closed' OR delivered = 0)
    ORDER BY closed, seq`,
  queryAll: `SELECT json FROM transactions WHERE ${MADE} ORDER BY createdAt DESC, seq DESC LIMIT ?`,
  queryStates: `SELECT json FROM transactions WHERE ${MADE} AND state IN (SELECT value FROM json_each(?))
    ORDER BY createdAt DESC, seq DESC LIMIT ?`,
  queryOpen: `SELECT json FROM transactions INDEXED BY open WHERE ${MADE} AND state IN (SELECT value FROM json_each(?))
    AND state <> 'closed' ORDER BY createdAt DESC, seq DESC LIMIT ?`,
  queryUndelivered: `SELECT json FROM transactions INDEXED BY open WHERE ${MADE}
    AND (? IS NULL OR state IN (SELECT value FROM json_each(?))) AND delivered = 0
    AND (state <> 'closed' OR delivered = 0) ORDER BY createdAt DESC, seq DESC LIMIT ?`,
  totals: `SELECT CAST((countedAt + ?) / ${DAY} AS INTEGER) AS day, terminal, kind, currency, state, outcome,
      count(*) AS count, sum(amount) AS amount, sum(coalesce(authorized, 0)) AS authorized
    FROM transactions WHERE ${COUNTED}
    GROUP BY day, terminal, kind, currency, state, outcome ORDER BY day, terminal, kind, currency, state, outcome`,
  terminal: 'SELECT nextServiceId, location FROM terminals WHERE terminal = ?',
  openTerminal: `INSERT INTO terminals (terminal, nextServiceId, epoch) VALUES (?, ?, 1)
    ON CONFLICT (terminal) DO UPDATE SET nextServiceId = excluded.nextServiceId, epoch = epoch + 1 RETURNING epoch`,
  epoch: 'SELECT epoch FROM terminals WHERE terminal = ?',
  reserve: 'UPDATE terminals SET nextServiceId = nextServiceId + ? WHERE terminal = ? RETURNING nextServiceId',
  putLocation: 'UPDATE terminals SET location = ? WHERE terminal = ?',
  commit: 'UPDATE journal SET commits = commits + 1',
  commits: 'SELECT commits FROM journal',
};

/** What a handle writes, under its epoch. */
type HandleOperation = Extract<
  Operation,
  ['begin' | 'put' | 'reserve' | 'putLocation' | 'delivered', number, ...unknown[]]
>;
type ReadOperation = Exclude<Operation, HandleOperation | FileOperation | ['open', ...unknown[]]>;

/** Runs lists of operations on the journal's database, one commit each. Used in the worker. */
export class RowStore {
  readonly #database: DatabaseSync;
  readonly #file: string;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #statements: Record<keyof typeof SQL, StatementSync>;
  readonly #companion: CompanionFile | undefined;
  readonly #identity: FileIdentity | undefined;
  /** Current epochs by terminal, as read or set in this commit. */
  readonly #epochs = new Map<string, number>();
  readonly #fileOperations: FileOperations;
  #commits: number;
  /** The file is not the one that the next start finds. */
  #gone: unknown;

  /** `database`: from openDatabase; `file`: its name in messages; the others where the file is watched. */
  constructor(
    database: DatabaseSync,
    file: string,
    { companion, identity }: Omit<Partial<JournalFile>, 'database'> = {},
  ) {
    this.#database = database;
    this.#file = file;
    this.#companion = companion;
    this.#identity = identity;
    this.#fileOperations = new FileOperations(database, companion);
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#commit = database.prepare('COMMIT');
    const prepared = Object.entries(SQL).map(([name, sql]) => [name, database.prepare(sql)]);
    this.#statements = Object.fromEntries(prepared) as Record<keyof typeof SQL, StatementSync>;
    this.#commits = Number(this.#statements.commits.get()?.commits);
  }

  /**
   * Runs the operations in their order, as one durable commit if any of them writes. An operation that fails because of its
   * own values fails alone; any other failure undoes them all, and only the reads are answered. A commit whose failure
   * leaves open whether the disk has it is undone by another commit; where that fails too, the writes are doubtful.
   */
  run(operations: readonly Operation[]): { committed: boolean; exceptions: Exception[] } {
    if (this.#gone !== undefined) return { committed: false, exceptions: this.#refuse(operations, this.#gone) };
    if (operations.every(isRead)) return { committed: false, exceptions: this.#readOnly(operations) };
    this.#epochs.clear();
    let committing = false;
    try {
      this.#identity?.assertSame();
      this.#begin.run();
      this.#statements.commit.run();
      const exceptions = this.#runEach(operations, (error) => this.#database.isTransaction && failsAlone(error));
      committing = true;
      this.#commit.run();
      // Once more: a commit to a file that was deleted meanwhile is not durable.
      this.#identity?.assertSame();
      this.#companion?.committed(++this.#commits);
      return { committed: true, exceptions };
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      if (error instanceof FaultError && error.fault.code === 'journal_lost') {
        this.#gone = error;
        return { committed: false, exceptions: this.#refuse(operations, error, committing) };
      }
      const doubtful = committing && mayBeWritten(error) && !this.#overwrite();
      return { committed: false, exceptions: this.#readOnly(operations, error, doubtful) };
    }
  }

  /**
   * Makes a commit that takes the place of a failed one: the failed one's frames may be complete in the log on the disk,
   * where the next opening would find them. @returns whether it is certain that the failed one is gone
   */
  #overwrite(): boolean {
    try {
      this.#begin.run();
      this.#statements.commit.run();
      this.#commit.run();
      this.#companion?.committed(++this.#commits);
      return true;
    } catch {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      return false;
    }
  }

  /** Moves the log into the file, then closes the file. */
  close(): void {
    this.#companion?.close();
    this.#database.close();
  }

  /** The failure as the answer to every operation: what the file on the disk holds cannot be seen. */
  #refuse(operations: readonly Operation[], failure: unknown, doubtful = false): Exception[] {
    return operations.map((_, index) => [index, undefined, { ...faultOf(failure, this.#file), doubtful }]);
  }

  /** Answers the reads; `failure` is the answer to every other operation. */
  #readOnly(operations: readonly Operation[], failure?: unknown, doubtful = false): Exception[] {
    const exceptions: Exception[] = [];
    for (const [index, operation] of operations.entries()) {
      if (!isRead(operation)) exceptions.push([index, undefined, { ...faultOf(failure, this.#file), doubtful }]);
      else for (const [, ...answer] of this.#runEach([operation], () => true)) exceptions.push([index, ...answer]);
    }
    return exceptions;
  }

  /** Runs each operation; an error that does not `failAlone` is thrown. */
  #runEach(operations: readonly Operation[], failAlone: (error: unknown) => boolean): Exception[] {
    const exceptions: Exception[] = [];
    for (const [index, operation] of operations.entries()) {
      try {
        const value = this.#execute(operation);
        if (value !== undefined) exceptions.push([index, value]);
      } catch (error) {
        if (!failAlone(error)) throw error;
        exceptions.push([index, undefined, faultOf(error, this.#file)]);
      }
    }
    return exceptions;
  }

  #execute(operation: Operation): unknown {
    switch (operation[0]) {
      case 'begin':
      case 'put':
      case 'reserve':
      case 'putLocation':
      case 'delivered':
        return this.#write(operation);
      case 'open':
        return this.#open(operation[1], operation[2], operation[3]);
      case 'sweep':
      case 'count':
      case 'keepTime':
      case 'condition':
      case 'acknowledge':
      case 'report':
        return this.#fileOperations.run(operation);
      default:
        return this.#read(operation);
    }
  }

  /** Carries out what a handle writes; throws where a newer one exists. */
  #write(operation: HandleOperation): unknown {
    const { begin, put, delivered, find, reserve, putLocation } = this.#statements;
    switch (operation[0]) {
      case 'begin': {
        const [, epoch, ...row] = operation;
        this.#assertCurrent(row[1], epoch);
        this.#companion?.add(row[1]);
        return begin.run(...row, row[3], row[1]).changes === 0 ? textOf(find, row[0]) : undefined;
      }
      case 'put': {
        const [, epoch, ...row] = operation;
        this.#assertCurrent(row[1], epoch);
        this.#companion?.add(row[1]);
        put.run(...row, row[3], row[1]);
        return undefined;
      }
      case 'reserve': {
        const [, epoch, terminal, count] = operation;
        this.#assertCurrent(terminal, epoch);
        return Number(reserve.get(count, terminal)?.nextServiceId);
      }
      case 'putLocation': {
        const [, epoch, terminal, location] = operation;
        this.#assertCurrent(terminal, epoch);
        putLocation.run(location, terminal);
        return undefined;
      }
      case 'delivered': {
        const [, epoch, terminal, transactionId] = operation;
        this.#assertCurrent(terminal, epoch);
        delivered.run(transactionId, terminal);
        return undefined;
      }
    }
  }

  #read(operation: ReadOperation): unknown {
    const { find, findByServiceId, findByApmReference, last, totals } = this.#statements;
    switch (operation[0]) {
      case 'find':
        return textOf(find, operation[1]);
      case 'findByServiceId':
        return textOf(findByServiceId, operation[1], operation[2]);
      case 'findByApmReference':
        return findByApmReference.all(operation[1]).map(({ json }) => String(json));
      case 'last':
        return textOf(last, operation[1]);
      case 'query':
        return this.#query(operation);
      case 'totals': {
        const [, terminal, from, to, offset] = operation;
        return totals.all(offset, from, to, terminal);
      }
    }
  }

  #query([, terminal, states, from, to, limit, undelivered]: Extract<Operation, ['query', ...unknown[]]>): string[] {
    const { queryAll, queryStates, queryOpen, queryUndelivered } = this.#statements;
    if (undelivered) {
      const all = queryUndelivered.all(from, to, terminal, states, states, limit);
      return all.map(({ json }) => String(json));
    }
    const closed = states?.includes('"closed"') ? queryStates : queryOpen;
    const rows =
      states === null ? queryAll.all(from, to, terminal, limit) : closed.all(from, to, terminal, states, limit);
    return rows.map(({ json }) => String(json));
  }

  #open(terminal: string, reserve: number, seed: number): SnapshotTexts {
    const known = this.#statements.terminal.get(terminal);
    const next = nextBlock(known && Number(known.nextServiceId), seed, reserve);
    const epoch = Number(this.#statements.openTerminal.get(terminal, next + reserve)?.epoch);
    this.#epochs.set(terminal, epoch);
    const rows = this.#statements.open.all(terminal);
    const texts = (wanted: (row: Record<string, SQLOutputValue>) => boolean) =>
      rows.filter(wanted).map((row) => String(row.json));
    return {
      epoch,
      unfinished: texts((row) => row.state !== 'closed'),
      undelivered: texts((row) => row.state === 'closed'),
      last: textOf(this.#statements.last, terminal),
      next,
      end: next + reserve,
      location: typeof known?.location === 'string' ? known.location : undefined,
    };
  }

  #assertCurrent(terminal: string, epoch: number): void {
    const current = this.#epochs.get(terminal) ?? Number(this.#statements.epoch.get(terminal)?.epoch);
    this.#epochs.set(terminal, current);
    if (current !== epoch) throw new FaultError(staleHandle(terminal));
  }
}

/** The JSON of the row that the statement finds. */
function textOf(statement: StatementSync, ...parameters: SQLInputValue[]): string | undefined {
  const json = statement.get(...parameters)?.json;
  return json === undefined ? undefined : String(json);
}
