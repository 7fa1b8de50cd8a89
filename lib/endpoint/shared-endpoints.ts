import { isDeepStrictEqual } from 'node:util';
import { NexoError } from '../protocol/errors.ts';
import { Endpoint, router, type Unregister } from './endpoint.ts';
import {
  DEFAULT_PATH,
  DEFAULT_PORT,
  type EndpointOptions,
  type EndpointRefusal,
  type EndpointRoute,
  type Receiver,
} from './options.ts';

type Log = (refusal: EndpointRefusal) => void;

/** One user's handle on an endpoint that may have other users. */
export interface SharedEndpoint {
  /** As `Endpoint.register`; also rejects with `endpoint_conflict`, and with `endpoint_closed` after `close`. */
  register(poiId: string, receiver: Receiver): Promise<Unregister>;
  /** As `Endpoint.forgetDeviceIds`. */
  forgetDeviceIds(poiId: string): void;
  /** Removes the registrations that were made with this handle. */
  close(): Promise<void>;
}

interface Entry {
  endpoint: Endpoint;
  options: EndpointOptions;
  /** The users' logs. A refusal is written to the first of them. */
  logs: Set<Log>;
}

const entries = new Map<string, Entry>();

/**
 * A handle on the endpoint at an address and port (or, mounted, at a path). Handles with the same settings share one
 * server. It starts with the first registration and stops with the last; the next one may then have other settings.
 */
export function endpointAt(options: EndpointOptions): SharedEndpoint {
  return new EndpointUse(options);
}

/**
 * A route to the mounted endpoint that is in use at the path when a request arrives.
 * @throws NexoError `endpoint_allow`, `endpoint_path`
 */
export function routerAt(options: EndpointOptions): EndpointRoute {
  const mounted = { ...options, mounted: true };
  // Validates the settings immediately, and answers while no terminal is registered.
  const unregistered = router(new Endpoint(mounted));
  return (...args) => {
    const entry = entries.get(keyOf(mounted));
    (entry ? router(entry.endpoint) : unregistered)(...args);
  };
}

class EndpointUse implements SharedEndpoint {
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
      if (sameSettings(entry.options, this.#options)) return this.#registerAt(entry, poiId, receiver);
      // An endpoint with other settings: a conflict while it is in use, otherwise wait until it has stopped.
      if (entry.endpoint.size > 0) throw conflict(this.#options);
      await entry.endpoint.idle();
      this.#deleteUnused(entry);
    }
  }

  forgetDeviceIds(poiId: string): void {
    entries.get(this.#key)?.endpoint.forgetDeviceIds(poiId);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#registered].map((leave) => leave()));
  }

  async #registerAt(entry: Entry, poiId: string, receiver: Receiver): Promise<Unregister> {
    // This call counts the registration before the first await, so that the endpoint is not deleted as unused.
    const registering = entry.endpoint.register(poiId, receiver);
    entry.logs.add(this.#log);
    let unregister: Unregister;
    try {
      unregister = await registering;
      // A concurrent registration of the same handle may have failed and removed the log.
      entry.logs.add(this.#log);
    } catch (error) {
      this.#dropLog(entry);
      throw error;
    }
    const leave = once(async () => {
      this.#registered.delete(leave);
      await unregister();
      this.#dropLog(entry);
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

  #dropLog(entry: Entry): void {
    if (this.#registered.size === 0) entry.logs.delete(this.#log);
    this.#deleteUnused(entry);
  }

  #deleteUnused(entry: Entry): void {
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

function keyOf({ mounted, address = '127.0.0.1', port = DEFAULT_PORT, path = DEFAULT_PATH }: EndpointOptions): string {
  return mounted ? `mounted ${path}` : `${address.toLowerCase()} ${port}`;
}

function sameSettings(a: EndpointOptions, b: EndpointOptions): boolean {
  const settings = ({ log: _, allow = [], path = DEFAULT_PATH, limits = {}, ...rest }: EndpointOptions) => ({
    ...rest,
    allow,
    path,
    limits,
  });
  return isDeepStrictEqual(settings(a), settings(b));
}

function conflict({ mounted, address = '127.0.0.1', port = DEFAULT_PORT }: EndpointOptions): NexoError {
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
