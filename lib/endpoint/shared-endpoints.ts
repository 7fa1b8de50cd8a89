import { isDeepStrictEqual } from 'node:util';
import type { Router } from 'express';
import { NexoError } from '../protocol/errors.ts';
import { Endpoint, router, type Unregister } from './endpoint.ts';
import { DEFAULT_PATH, type EndpointOptions, type EndpointRefusal, type Receiver } from './options.ts';

type Log = (refusal: EndpointRefusal) => void;

/** One use of an endpoint that others may be using too. */
export interface SharedEndpoint {
  /** As `Endpoint.register`; also rejects with `endpoint_conflict`, and with `endpoint_closed` after `close`. */
  register(poiId: string, receiver: Receiver): Promise<Unregister>;
  /** As `Endpoint.forget`. */
  forget(poiId: string): void;
  /** Takes back what was registered through this use. */
  close(): Promise<void>;
}

interface Entry {
  endpoint: Endpoint;
  options: EndpointOptions;
  /** Whoever uses it hears of refusals: the first of them. */
  logs: Set<Log>;
}

const entries = new Map<string, Entry>();

/**
 * The endpoint at an address and port, shared by everyone who names the same ones with the same settings. The server
 * starts with the first registration; with the last one its port is free again, and the next may have other settings.
 */
export function endpointAt(options: EndpointOptions): SharedEndpoint {
  return new Use(options);
}

/**
 * A route that leads to whichever mounted endpoint is in use at the path just then.
 * @throws NexoError `endpoint_allow`, `endpoint_path`
 */
export function routerAt(options: EndpointOptions): Router {
  const mounted = { ...options, mounted: true };
  // What is wrong with the settings shows at once; and where nobody is registered, this one says so.
  const empty = router(new Endpoint(mounted));
  const forward = (...args: Parameters<Router>) => {
    const entry = entries.get(keyOf(mounted));
    (entry ? router(entry.endpoint) : empty)(...args);
  };
  return forward as Router;
}

class Use implements SharedEndpoint {
  readonly #options: EndpointOptions;
  readonly #key: string;
  readonly #log: Log;
  readonly #registered = new Set<Unregister>();
  #closed = false;

  constructor(options: EndpointOptions) {
    this.#options = options;
    this.#key = keyOf(options);
    this.#log = options.log ?? (() => undefined);
  }

  async register(poiId: string, receiver: Receiver): Promise<Unregister> {
    for (;;) {
      if (this.#closed) throw closed();
      const entry = entries.get(this.#key) ?? this.#create();
      if (alike(entry.options, this.#options)) return this.#registerAt(entry, poiId, receiver);
      // One with other settings is waited for while it stops, and not disturbed while it is in use.
      if (entry.endpoint.size > 0) throw conflict(this.#options);
      await entry.endpoint.idle();
      this.#forgetUnused(entry);
    }
  }

  forget(poiId: string): void {
    entries.get(this.#key)?.endpoint.forget(poiId);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#registered].map((leave) => leave()));
  }

  async #registerAt(entry: Entry, poiId: string, receiver: Receiver): Promise<Unregister> {
    // Counted from here on, before anything is waited for: nobody takes the endpoint for unused.
    const registering = entry.endpoint.register(poiId, receiver);
    entry.logs.add(this.#log);
    let unregister: Unregister;
    try {
      unregister = await registering;
      // Another registration of the same use may have failed meanwhile, and taken the log along.
      entry.logs.add(this.#log);
    } catch (error) {
      this.#left(entry);
      throw error;
    }
    const leave = once(async () => {
      this.#registered.delete(leave);
      await unregister();
      this.#left(entry);
    });
    this.#registered.add(leave);
    if (!this.#closed) return leave;
    await leave();
    throw closed();
  }

  #create(): Entry {
    const logs = new Set<Log>();
    const log: Log = (refusal) => {
      const [first] = logs;
      first?.(refusal);
    };
    const entry: Entry = { endpoint: new Endpoint({ ...this.#options, log }), options: this.#options, logs };
    entries.set(this.#key, entry);
    return entry;
  }

  #left(entry: Entry): void {
    if (this.#registered.size === 0) entry.logs.delete(this.#log);
    this.#forgetUnused(entry);
  }

  #forgetUnused(entry: Entry): void {
    if (entry.endpoint.size === 0 && entries.get(this.#key) === entry) entries.delete(this.#key);
  }
}

function once(action: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= action();
    return done;
  };
}

function keyOf({ mounted, address = '127.0.0.1', port = 11000, path = DEFAULT_PATH }: EndpointOptions): string {
  return mounted ? `mounted ${path}` : `${address.toLowerCase()} ${port}`;
}

function alike(a: EndpointOptions, b: EndpointOptions): boolean {
  const settings = ({ log: _, allow = [], path = DEFAULT_PATH, limits = {}, ...rest }: EndpointOptions) => ({
    ...rest,
    allow,
    path,
    limits,
  });
  return isDeepStrictEqual(settings(a), settings(b));
}

function conflict({ mounted, address = '127.0.0.1', port = 11000 }: EndpointOptions): NexoError {
  const where = mounted ? 'on Node-RED’s own server' : `at ${address}:${port}`;
  return new NexoError(
    'endpoint_conflict',
    `Another endpoint ${where} is in use with other settings: let the terminals share one endpoint, or give this one another port.`,
    { path: 'port' },
  );
}

function closed(): NexoError {
  return new NexoError('endpoint_closed', 'The endpoint was stopped: deploy again.');
}
