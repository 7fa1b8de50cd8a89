import { realpath } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { closedError, JournalError, type JournalFault } from '../errors.ts';
import type { JournalLoss } from '../losses.ts';
import type { StoredAge } from './journal-file.ts';
import { failed, locked } from './sqlite-faults.ts';
import type { Hello, Operation, WorkerData, WorkerReply } from './worker-operations.ts';

/** The worker beside this file: `.ts` when run from the sources, `.js` when built. */
const WORKER = new URL(`./sqlite-worker${extname(import.meta.filename)}`, import.meta.url);
/** An operation that can wait is sent after this time, in ms, where no other one takes it along. */
const LATE = 20;
/** This many operations are sent at once: the worker writes them while this thread goes on with its turn. */
const BATCH = 4;
/** The files that this process has open, or is closing. */
const connections = new Map<string, Connection>();

/** `file`: the database; the other options are for tests. */
export interface ConnectionOptions {
  file: string;
  /** PRAGMA statements run after opening, such as `max_page_count = 100`. */
  pragmas?: string[];
  /** The worker's script. */
  worker?: URL;
}

interface Call {
  resolve(value: unknown): void;
  reject(error: JournalError): void;
}

/**
 * The main thread's side of a journal's worker. A few operations, or those of one turn of the event loop, are sent in one
 * message; one reply per commit returns the answers. The worker keeps the process alive only while answers are pending.
 */
export class Connection {
  readonly stats = { commits: 0, operations: 0 };
  /** Resolves when the worker has exited and the file is closed. */
  readonly ended: Promise<void>;
  /** What was stored about the journal's age when it was opened. */
  age: StoredAge = { swept: 0 };
  /** What no person has acknowledged yet. */
  losses: readonly JournalLoss[] = [];
  readonly #file: string;
  readonly #worker: Worker;
  #operations: Operation[] = [];
  #calls: Call[] = [];
  readonly #sent: Call[][] = [];
  #flushing = false;
  #lateFlush = false;
  #closing = false;
  #failure: JournalError | undefined;

  /** Opens the file in a new worker; rejects with a JournalError if it cannot be used. */
  static async open(options: ConnectionOptions): Promise<Connection> {
    const file = await identify(options.file);
    for (let other = connections.get(file); other; other = connections.get(file)) {
      if (!other.#closing) throw errorOf(locked(file));
      await other.ended;
    }
    const connection = new Connection(file, options);
    connections.set(file, connection);
    await connection.#opened();
    return connection;
  }

  private constructor(file: string, { pragmas = [], worker = WORKER }: ConnectionOptions) {
    this.#file = file;
    const workerData: WorkerData = { file, pragmas };
    // Without the process's own execArgv: modules that are preloaded there do not belong in the worker.
    this.#worker = new Worker(worker, { name: 'nexo-journal', workerData, execArgv: [] });
    this.#worker.on('error', (error) => this.#fail(`its worker stopped (${textOf(error)})`));
    this.#worker.on('messageerror', (error) => this.#fail(`an answer was lost (${error.message})`));
    this.ended = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        connections.delete(file);
        this.#fail('its worker stopped');
        resolve();
      });
    });
  }

  /** Whether operations can still be sent. */
  get usable(): boolean {
    return !this.#closing && this.#failure === undefined;
  }

  /** Runs the operation with the next commit. */
  call(operation: Operation): Promise<unknown> {
    if (!this.#flushing) {
      this.#flushing = true;
      setImmediate(this.#flush);
    }
    return this.#add(operation);
  }

  /** Runs the operation with the next commit of others, or a little later in one of its own. */
  callLater(operation: Operation): Promise<unknown> {
    if (!this.#lateFlush) {
      this.#lateFlush = true;
      setTimeout(this.#flushLate, LATE);
    }
    return this.#add(operation);
  }

  /** Finishes what was sent, then closes the file. */
  close(): Promise<void> {
    if (this.usable) {
      this.#flush();
      this.#worker.ref();
      this.#worker.postMessage(null);
    } else if (!this.#closing) void this.#worker.terminate();
    this.#closing = true;
    return this.ended;
  }

  #add(operation: Operation): Promise<unknown> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#closing) return Promise.reject(closedError());
    this.#operations.push(operation);
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#calls.push({ resolve, reject });
    });
    if (this.#operations.length >= BATCH) this.#flush();
    return answer;
  }

  readonly #flush = (): void => {
    this.#flushing = false;
    if (this.#operations.length === 0) return;
    if (this.#sent.length === 0) this.#worker.ref();
    this.#sent.push(this.#calls);
    this.stats.operations += this.#operations.length;
    this.#worker.postMessage(this.#operations);
    this.#operations = [];
    this.#calls = [];
  };

  readonly #flushLate = (): void => {
    this.#lateFlush = false;
    this.#flush();
  };

  async #opened(): Promise<void> {
    const hello = await new Promise<Hello>((resolve) => {
      this.#worker.once('message', resolve);
      this.#worker.once('exit', () => resolve({ fault: this.#failure ?? failed(this.#file, 'its worker stopped') }));
    });
    if (hello.fault) {
      this.#closing = true;
      await this.ended;
      throw errorOf(hello.fault);
    }
    if (hello.age) this.age = hello.age;
    if (hello.losses) this.losses = hello.losses;
    this.#worker.on('message', (reply: WorkerReply) => this.#settle(reply));
    this.#worker.unref();
  }

  #settle([batches, committed, exceptions]: WorkerReply): void {
    if (committed) this.stats.commits++;
    let index = 0;
    let next = 0;
    for (const call of this.#sent.splice(0, batches).flat()) {
      const exception = exceptions[next];
      if (exception?.[0] !== index++) call.resolve(undefined);
      else {
        next++;
        if (exception[2]) call.reject(errorOf(exception[2]));
        else call.resolve(exception[1]);
      }
    }
    if (this.#sent.length === 0 && !this.#closing) this.#worker.unref();
  }

  /** The worker exited, or cannot be relied on: pending and later calls are rejected. */
  #fail(detail: string): void {
    this.#failure ??= this.#closing ? closedError() : errorOf(failed(this.#file, detail));
    const [sent, unsent] = [this.#sent.splice(0).flat(), this.#calls];
    this.#operations = [];
    this.#calls = [];
    const { code, message } = this.#failure;
    for (const call of sent) call.reject(new JournalError(code, message, { doubtful: true }));
    for (const call of unsent) call.reject(this.#failure);
  }
}

/** The same name for every path of a file, so that it is not opened twice. */
export async function identify(file: string): Promise<string> {
  const path = resolve(file);
  return realpath(path).catch(() =>
    realpath(dirname(path)).then(
      (folder) => join(folder, basename(path)),
      () => path,
    ),
  );
}

function errorOf({ code, message, doubtful = false }: JournalFault): JournalError {
  return new JournalError(code, message, { doubtful });
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
