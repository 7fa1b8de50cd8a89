import { realpath } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { closedError, JournalError, type JournalFault } from '../errors.ts';
import { failed, locked } from './sqlite-faults.ts';
import type { Hello, Operation, WorkerData, WorkerReply } from './worker-operations.ts';

/** The worker beside this file: `.ts` when run from the sources, `.js` when built. */
const WORKER = new URL(`./sqlite-worker${extname(import.meta.filename)}`, import.meta.url);
/** How long an operation that can wait is held back for company, in ms. */
const PATIENCE = 20;
/** So many operations are handed over at once: the worker writes them while this thread goes on with its turn. */
const EAGER = 4;
/** The files this process has open, or is closing. */
const connections = new Map<string, Connection>();

/** What a connection is opened with; all but `file` is for tests. */
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
 * The main thread's end of a journal's worker: a few operations, or those of one turn of the event loop, go over in one
 * message; one reply per commit brings the answers back. Idle, it does not keep the process alive; with answers due, it
 * does.
 */
export class Connection {
  readonly stats = { commits: 0, operations: 0 };
  /** Resolves when the worker is gone and the file free. */
  readonly ended: Promise<void>;
  readonly #file: string;
  readonly #worker: Worker;
  #operations: Operation[] = [];
  #calls: Call[] = [];
  readonly #sent: Call[][] = [];
  #flushing = false;
  #waiting = false;
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
    await connection.#greeting();
    return connection;
  }

  private constructor(file: string, { pragmas = [], worker = WORKER }: ConnectionOptions) {
    this.#file = file;
    const workerData: WorkerData = { file, pragmas };
    // Without the process's own execArgv: a preloaded module has no business in here.
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

  /** Whether operations can still be handed over. */
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

  /** Runs the operation with the commit of the next one that cannot wait, or on its own a little later. */
  callLater(operation: Operation): Promise<unknown> {
    if (!this.#waiting) {
      this.#waiting = true;
      setTimeout(this.#flushLate, PATIENCE);
    }
    return this.#add(operation);
  }

  /** Finishes what was handed over, then frees the file. */
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
    if (this.#operations.length >= EAGER) this.#flush();
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
    this.#waiting = false;
    this.#flush();
  };

  async #greeting(): Promise<void> {
    const hello = await new Promise<Hello>((resolve) => {
      this.#worker.once('message', resolve);
      this.#worker.once('exit', () => resolve({ fault: this.#failure ?? failed(this.#file, 'its worker stopped') }));
    });
    if (hello.fault) {
      this.#closing = true;
      await this.ended;
      throw errorOf(hello.fault);
    }
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

  /** The worker is gone, or as good as: nothing more will be answered. */
  #fail(detail: string): void {
    this.#failure ??= this.#closing ? closedError() : errorOf(failed(this.#file, detail));
    const calls = [...this.#sent.splice(0).flat(), ...this.#calls];
    this.#operations = [];
    this.#calls = [];
    for (const call of calls) call.reject(this.#failure);
  }
}

/** One name for a file, however it is written, so that it is not opened twice. */
export async function identify(file: string): Promise<string> {
  const path = resolve(file);
  return realpath(path).catch(() =>
    realpath(dirname(path)).then(
      (folder) => join(folder, basename(path)),
      () => path,
    ),
  );
}

function errorOf(fault: JournalFault): JournalError {
  return new JournalError(fault.code, fault.message);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
