import { NexoError } from '../protocol/errors.ts';
import { xmlCodec } from '../protocol/xml/xml-codec.ts';
import { allowList } from './allow-list.ts';
import { ConcurrencyLimit } from './concurrency-limit.ts';
import { Dispatcher } from './dispatcher.ts';
import {
  DEFAULT_PATH,
  DEFAULT_PORT,
  defaultEndpointLimits,
  type EndpointOptions,
  type EndpointRefusal,
  type EndpointRoute,
  type Receiver,
} from './options.ts';
import { notFound, routesOf } from './router.ts';
import { type Listening, listen, type ServerSettings } from './server.ts';

/** Removes a registration. With the last one the server stops: resolves when its port is free. */
export type Unregister = () => Promise<void>;

/**
 * The POS side's HTTP server, which receives the requests of any number of terminals. It listens while at least one
 * terminal is registered. Messages are routed by POIID.
 */
export class Endpoint {
  readonly #dispatcher: Dispatcher;
  readonly #routes: EndpointRoute;
  readonly #server: ServerSettings | undefined;
  readonly #log: (refusal: EndpointRefusal) => void;
  #listening: Listening | undefined;
  #transition: Promise<void> = Promise.resolve();

  /** @throws NexoError `endpoint_allow`, `endpoint_path`, `endpoint_port` */
  constructor(options: EndpointOptions = {}) {
    const limits = { ...defaultEndpointLimits, ...options.limits };
    const { address = '127.0.0.1', port = DEFAULT_PORT, tls, path = DEFAULT_PATH, codec = xmlCodec } = options;
    if (!Number.isInteger(port) || port < 0 || port > 65535) {
      throw new NexoError('endpoint_port', 'The endpoint’s port must be a whole number from 1 to 65535.', {
        path: 'port',
      });
    }
    this.#log = options.log ?? (() => undefined);
    this.#dispatcher = new Dispatcher(limits.openMessages, codec, this.#log, options.now);
    this.#routes = routesOf({
      path,
      codec,
      limits,
      concurrency: new ConcurrencyLimit(limits),
      allowed: allowList(options.allow ?? []),
      log: this.#log,
      handle: (body, from, reply) => this.#dispatcher.handle(body, from, reply),
    });
    this.#server = options.mounted ? undefined : { address, port, tls, limits, log: this.#log };
  }

  /** Number of terminals that are registered or being registered. */
  get size(): number {
    return this.#dispatcher.size;
  }

  /** The address and port it listens on; undefined while it does not listen. */
  get listening(): { address: string; port: number } | undefined {
    return this.#listening && { address: this.#listening.address, port: this.#listening.port };
  }

  /** Its route, for an Express app. */
  get routes(): EndpointRoute {
    return this.#routes;
  }

  /**
   * Registers the receiver of a terminal's messages. Resolves when the server listens.
   *
   * @throws NexoError by rejection: `endpoint_duplicate_poiid`, or why the server cannot start (see `listen`); nothing
   *   is registered then
   */
  async register(poiId: string, receiver: Receiver): Promise<Unregister> {
    const remove = this.#dispatcher.add(poiId, receiver);
    try {
      await this.#update();
    } catch (error) {
      remove();
      await this.#update().catch(() => undefined);
      throw error;
    }
    return () => {
      remove();
      return this.#update();
    };
  }

  /** Call at each login: the DeviceIDs of the new session start over, so none of them repeats an earlier one. */
  forgetDeviceIds(poiId: string): void {
    this.#dispatcher.forgetDeviceIds(poiId);
  }

  /** Resolves when the server is no longer being started or stopped. */
  idle(): Promise<void> {
    return this.#transition;
  }

  /** Starts or stops the server as needed, one transition at a time. */
  #update(): Promise<void> {
    const startOrStop = this.#transition.then(() => this.#startOrStop());
    this.#transition = startOrStop.catch(() => undefined);
    return startOrStop;
  }

  async #startOrStop(): Promise<void> {
    const needed = this.#dispatcher.size > 0;
    if (needed && this.#server && !this.#listening) {
      this.#listening = await listen(this.#server, (request, response) => {
        this.#routes(request, response, () => notFound(this.#log, request, response));
      });
    } else if (!needed && this.#listening) {
      const { close } = this.#listening;
      this.#listening = undefined;
      await close();
    }
  }
}

/**
 * The endpoint's route for an existing server, such as Node-RED's own, in an app of Express 4 or 5. Express cannot remove
 * a route: the caller has to.
 */
export function router(endpoint: Endpoint): EndpointRoute {
  return endpoint.routes;
}
