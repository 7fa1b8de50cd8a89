import { NexoError } from '../protocol/errors.ts';
import type { Unregister } from './endpoint.ts';
import type { Receiver } from './options.ts';
import type { SharedEndpoint } from './shared-endpoints.ts';

/** What may pass by itself: another program ends, a network interface gets its address after this machine has started. */
const PASSING: ReadonlySet<string> = new Set(['endpoint_port_in_use', 'endpoint_address', 'endpoint_failed']);

/** ms until the first next attempt, and the longest between two. */
const FIRST = 1000;
const LONGEST = 30_000;

export interface RetryingEndpointOptions {
  /** Called once when an attempt fails that will be repeated, and not again until one has succeeded. */
  onProblem(error: NexoError): void;
  /** Called when terminals can be heard: at first, and after each problem. */
  onListening(): void;
  /** Calls back after so many ms; returns how to call it off. */
  after?(ms: number, callback: () => void): () => void;
  /** 0 to 1, to spread the attempts. */
  random?(): number;
}

interface Waiting {
  poiId: string;
  receiver: Receiver;
  unregister?: Unregister;
}

function afterReally(ms: number, callback: () => void): () => void {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
}

/** A shared endpoint that goes on trying where it cannot listen yet. */
export class RetryingEndpoint {
  readonly #shared: SharedEndpoint;
  readonly #options: Required<RetryingEndpointOptions>;
  readonly #waiting = new Set<Waiting>();
  #delay = FIRST;
  #troubled = false;
  #listening = false;
  #closed = false;
  #callOff: (() => void) | undefined;
  #attempt: Promise<void> = Promise.resolve();

  constructor(shared: SharedEndpoint, options: RetryingEndpointOptions) {
    this.#shared = shared;
    this.#options = { after: afterReally, random: Math.random, ...options };
  }

  /**
   * As `Endpoint.register`, but where the server cannot listen just now, it resolves, and goes on trying.
   * @throws NexoError by rejection, what will not pass by itself: `endpoint_duplicate_poiid`, `endpoint_conflict`…
   */
  async register(poiId: string, receiver: Receiver): Promise<Unregister> {
    const entry: Waiting = { poiId, receiver };
    try {
      await this.#try(entry);
    } catch (error) {
      if (!(error instanceof NexoError) || !PASSING.has(error.code)) throw error;
      this.#wait(entry, error);
    }
    return async () => {
      this.#waiting.delete(entry);
      await this.#attempt;
      await entry.unregister?.();
    };
  }

  forget(poiId: string): void {
    this.#shared.forget(poiId);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#waiting.clear();
    this.#callOff?.();
    await Promise.all([this.#shared.close(), this.#attempt]);
  }

  async #try(entry: Waiting): Promise<void> {
    entry.unregister = await this.#shared.register(entry.poiId, entry.receiver);
    if (!this.#listening) this.#options.onListening();
    this.#listening = true;
    this.#troubled = false;
    this.#delay = FIRST;
  }

  #wait(entry: Waiting, error: NexoError): void {
    if (this.#closed) return;
    this.#waiting.add(entry);
    this.#tell(error);
    if (this.#callOff) return;
    this.#callOff = this.#options.after(this.#delay * (0.75 + this.#options.random() / 2), () => {
      this.#callOff = undefined;
      this.#attempt = this.#tryAll();
    });
    this.#delay = Math.min(this.#delay * 2, LONGEST);
  }

  /** One after the other, until one fails: the others would fail alike. Never rejects. */
  async #tryAll(): Promise<void> {
    for (const entry of [...this.#waiting]) {
      if (!this.#waiting.has(entry)) continue;
      try {
        await this.#try(entry);
        this.#waiting.delete(entry);
      } catch (error) {
        const problem = error instanceof NexoError ? error : failed(error);
        if (PASSING.has(problem.code)) return this.#wait(entry, problem);
        this.#waiting.delete(entry);
        if (!this.#closed) this.#options.onProblem(problem);
      }
    }
  }

  #tell(error: NexoError): void {
    if (!this.#troubled) this.#options.onProblem(error);
    this.#troubled = true;
    this.#listening = false;
  }
}

function failed(error: unknown): NexoError {
  return new NexoError('endpoint_failed', `The endpoint cannot listen: ${String(error)}.`, { cause: error });
}
