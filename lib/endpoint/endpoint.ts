import type { Router } from 'express';
import { NexoError } from '../protocol/errors.ts';
import { allowList } from './allow-list.ts';
import { ConcurrencyLimit } from './concurrency-limit.ts';
import { Dispatcher } from './dispatcher.ts';
import {
  DEFAULT_PATH,
  defaultEndpointLimits,
  type EndpointOptions,
  type EndpointRefusal,
  type Receiver,
} from './options.ts';
import { notFound, routesOf } from './router.ts';
import { type Listening, listen, type ServerSettings } from './server.ts';

/** Takes a registration back. Resolves when it is gone, and with the last one the server and its port. */
export type Unregister = () => Promise<void>;

/**
 * The POS side's HTTP server, for any number of terminals: it is there from the first registration to the last.
 * Messages find their terminal by POIID.
 */
export class Endpoint {
  readonly #desk: Dispatcher;
  readonly #routes: Router;
  readonly #server: ServerSettings | undefined;
  readonly #log: (refusal: EndpointRefusal) => void;
  #listening: Listening | undefined;
  #transition: Promise<void> = Promise.resolve();

  /** @throws NexoError `endpoint_allow`, `endpoint_path`, `endpoint_port` */
  constructor(options: EndpointOptions = {}) {
    const limits = { ...defaultEndpointLimits, ...options.limits };
    const { address = '127.0.0.1', port = 11000, tls, path = DEFAULT_PATH } = options;
    if (!Number.isInteger(port) || port < 0 || port > 65535) {
      throw new NexoError('endpoint_port', 'The endpoint’s port must be a whole number from 1 to 65535.', {
        path: 'port',
      });
    }
    this.#log = options.log ?? (() => undefined);
    this.#desk = new Dispatcher(limits.line, this.#log);
    this.#routes = routesOf({
      path,
      limits,
      gate: new ConcurrencyLimit(limits),
      allowed: allowList(options.allow ?? []),
      log: this.#log,
      handle: (body, from, reply) => this.#desk.handle(body, from, reply),
    });
    this.#server = options.mounted ? undefined : { address, port, tls, limits, log: this.#log };
  }

  /** Terminals that are registered, or are just being. */
  get size(): number {
    return this.#desk.size;
  }

  /** Where it listens, while it does. */
  get listening(): { address: string; port: number } | undefined {
    return this.#listening && { address: this.#listening.address, port: this.#listening.port };
  }

  /** Its one route, for `router`. */
  get routes(): Router {
    return this.#routes;
  }

  /**
   * Messages of this terminal go to this receiver. Resolves once they can come in.
   *
   * @throws NexoError by rejection: `endpoint_duplicate_poiid`, or why the server cannot start (see `listen`); nothing
   *   is registered then
   */
  async register(poiId: string, receiver: Receiver): Promise<Unregister> {
    const remove = this.#desk.add(poiId, receiver);
    try {
      await this.#settle();
    } catch (error) {
      remove();
      await this.#settle().catch(() => undefined);
      throw error;
    }
    return () => {
      remove();
      return this.#settle();
    };
  }

  /** Call it at each login: the DeviceIDs of the new session start over, and none is a repeat of an old one. */
  forget(poiId: string): void {
    this.#desk.forget(poiId);
  }

  /** Resolves when the server is no longer being started or stopped. */
  idle(): Promise<void> {
    return this.#transition;
  }

  /** Starts or stops the server, so that it is there while a terminal is: one change at a time. */
  #settle(): Promise<void> {
    const change = this.#transition.then(() => this.#change());
    this.#transition = change.catch(() => undefined);
    return change;
  }

  async #change(): Promise<void> {
    const needed = this.#desk.size > 0;
    if (needed && this.#server && !this.#listening) {
      this.#listening = await listen(this.#server, (request, response) => {
        // The router asks no more of a request than what every server gives.
        const handle = this.#routes as unknown as (req: object, res: object, next: () => void) => void;
        handle(request, response, () => notFound(this.#log, request, response));
      });
    } else if (!needed && this.#listening) {
      const { close } = this.#listening;
      this.#listening = undefined;
      await close();
    }
  }
}

/**
 * The endpoint's route for a server that is there already, such as Node-RED's own, in an app of Express 4 or 5. The
 * caller takes it out again: Express has no way to.
 */
export function router(endpoint: Endpoint): Router {
  return endpoint.routes;
}
