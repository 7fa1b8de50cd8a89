import { NexoError } from '../protocol/errors.ts';
import type { Unregister } from './endpoint.ts';
import type { Receiver } from './options.ts';
import type { SharedEndpoint } from './shared-endpoints.ts';

/** Temporary failures: another program may end, a network interface may get its address after this machine has started. */
const TEMPORARY: ReadonlySet<string> = new Set(['endpoint_port_in_use', 'endpoint_address', 'endpoint_failed']);

/** ms until the first retry, and maximum ms between two retries. */
const FIRST_DELAY = 1000;
const MAX_DELAY = 30_000;

export interface RetryingEndpointOptions {
  /** Called at the first failure of a series, and for each failure that is not retried. */
  onProblem(error: NexoError): void;
  /** Called when the endpoint listens: at first, and after each problem. */
  onListening(): void;
  /** Calls `callback` after `ms` milliseconds; returns a function that cancels it. */
  after?(ms: number, callback: () => void): () => void;
  /** From 0 to 1; spreads the retries. */
  random?(): number;
}

interface Registration {
  poiId: string;
  receiver: Receiver;
  unregister?: Unregister;
}

function systemAfter(ms: number, callback: () => void): () => void {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
}

/** A shared endpoint that retries while it cannot listen. */
export class RetryingEndpoint {
  readonly #shared: SharedEndpoint;
  readonly #options: Required<RetryingEndpointOptions>;
  readonly #pending = new Set<Registration>();
  #delay = FIRST_DELAY;
  #failing = false;
  #listening = false;
  #closed = false;
  #cancelRetry: (() => void) | undefined;
  #attempt: Promise<void> = Promise.resolve();

  constructor(shared: SharedEndpoint, options: RetryingEndpointOptions) {
    this.#shared = shared;
    this.#options = { after: systemAfter, random: Math.random, ...options };
  }

  /**
   * As `Endpoint.register`, but resolves also where the server cannot listen yet, and retries.
   * @throws NexoError by rejection, for permanent failures: `endpoint_duplicate_poiid`, `endpoint_conflict`…
   */
  async register(poiId: string, receiver: Receiver): Promise<Unregister> {
    const registration: Registration = { poiId, receiver };
    try {
      await this.#register(registration);
    } catch (error) {
      if (!(error instanceof NexoError) || !TEMPORARY.has(error.code)) throw error;
      this.#retryLater(registration, error);
    }
    return async () => {
      this.#pending.delete(registration);
      await this.#attempt;
      await registration.unregister?.();
    };
  }

  forgetDeviceIds(poiId: string): void {
    this.#shared.forgetDeviceIds(poiId);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#pending.clear();
    this.#cancelRetry?.();
    await Promise.all([this.#shared.close(), this.#attempt]);
  }

  async #register(registration: Registration): Promise<void> {
    registration.unregister = await this.#shared.register(registration.poiId, registration.receiver);
    if (!this.#listening) this.#options.onListening();
    this.#listening = true;
    this.#failing = false;
    this.#delay = FIRST_DELAY;
  }

  #retryLater(registration: Registration, error: NexoError): void {
    if (this.#closed) return;
    this.#pending.add(registration);
    this.#report(error);
    if (this.#cancelRetry) return;
    this.#cancelRetry = this.#options.after(this.#delay * (0.75 + this.#options.random() / 2), () => {
      this.#cancelRetry = undefined;
      this.#attempt = this.#registerPending();
    });
    this.#delay = Math.min(this.#delay * 2, MAX_DELAY);
  }

  /** Registers one after the other, until one fails: the rest would fail in the same way. Never rejects. */
  async #registerPending(): Promise<void> {
    for (const registration of [...this.#pending]) {
      if (!this.#pending.has(registration)) continue;
      try {
        await this.#register(registration);
        this.#pending.delete(registration);
      } catch (error) {
        const problem = error instanceof NexoError ? error : unexpectedError(error);
        if (TEMPORARY.has(problem.code)) return this.#retryLater(registration, problem);
        this.#pending.delete(registration);
        if (!this.#closed) this.#options.onProblem(problem);
      }
    }
  }

  #report(error: NexoError): void {
    if (!this.#failing) this.#options.onProblem(error);
    this.#failing = true;
    this.#listening = false;
  }
}

function unexpectedError(error: unknown): NexoError {
  return new NexoError('endpoint_failed', `The endpoint cannot listen: ${String(error)}.`, { cause: error });
}
