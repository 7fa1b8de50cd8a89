import type net from 'node:net';
import type tls from 'node:tls';
import { Client } from 'undici';
import { HttpExchange, type ResponseOptions } from './http-exchange.ts';
import type { RequestSocket } from './request-socket.ts';
import { closeSockets, type SocketConnectorOptions, socketConnector } from './socket-connector.ts';
import type { SendOptions, TransportReply } from './transport.ts';

export interface HttpClientOptions {
  /** `http://192.168.1.20:11000`: scheme, host and port. */
  origin: string;
  /** Only with https: options of `tls.connect`. */
  tls?: tls.ConnectionOptions | undefined;
  /** Milliseconds that connecting may take, TLS handshake included. Default 5000. */
  connectTimeout?: number | undefined;
}

/** One POST of a nexo message. */
export interface PostRequest extends SendOptions {
  path: string;
  headers?: Record<string, string>;
  body: Uint8Array;
}

const XML = 'application/xml; charset=utf-8';
/** Milliseconds an idle connection is kept. Shorter than terminals keep it: a stale connection means an unknown outcome. */
const KEEP_ALIVE = 3000;
const CLIENT_OPTIONS: Client.Options = {
  // A payment takes as long as the customer does. The session decides when to ask for its status instead.
  headersTimeout: 0,
  bodyTimeout: 0,
  pipelining: 1,
  allowH2: false,
  keepAliveTimeout: KEEP_ALIVE,
  keepAliveMaxTimeout: KEEP_ALIVE,
  keepAliveTimeoutThreshold: 1000,
};

/** A client of undici, which has one connection at a time. */
interface Connection {
  client: Client;
  /** The socket of its current connection. */
  socket: RequestSocket | undefined;
}

/**
 * HTTP/1.1 connections to one server that accepts nexo messages.
 *
 * One connection carries the ordinary requests, in order. A request with `overtake` uses another connection, so that an
 * Abort never waits behind the payment it ends. The client repeats no request, follows no redirect, and has no response
 * time-out of its own. A connection whose request ends without a complete response is reset (see `RequestSocket`).
 */
export class HttpClient {
  readonly #origin: string;
  readonly #responseOptions: ResponseOptions;
  readonly #connectorOptions: SocketConnectorOptions;
  readonly #sockets = new Set<net.Socket>();
  readonly #connections = new Set<Connection>();
  #ordered: Connection | undefined;
  #spare: Connection | undefined;
  #closed = false;

  constructor(options: HttpClientOptions, responseOptions: ResponseOptions) {
    this.#origin = options.origin;
    this.#responseOptions = responseOptions;
    const { tls, connectTimeout = 5000 } = options;
    this.#connectorOptions = { tls, timeout: connectTimeout, sockets: this.#sockets };
  }

  /**
   * Sends one request, once. Never rejects.
   * @param onHead called with status and headers of the response
   */
  async post(request: PostRequest, onHead?: ResponseOptions['onHead']): Promise<TransportReply> {
    const { peer } = this.#responseOptions;
    if (this.#closed) return { type: 'unreachable', reason: `the connection to ${peer} was closed` };
    if (request.signal.aborted) return { type: 'unreachable', reason: 'cancelled before it was sent' };
    const options = onHead ? { ...this.#responseOptions, onHead } : this.#responseOptions;
    try {
      return request.overtake ? await this.#postAtOnce(request, options) : await this.#postInOrder(request, options);
    } catch (error) {
      // undici rejects an impossible host, port or path before it queues anything.
      return { type: 'unreachable', reason: `cannot use ${this.#origin}: ${(error as Error).message}` };
    }
  }

  /** Ends open exchanges and closes every connection. */
  async close(): Promise<void> {
    this.#closed = true;
    const reason = new Error('the connection was closed by this side');
    const destroyed = [...this.#connections].map(({ client }) => client.destroy(reason));
    this.#connections.clear();
    await Promise.all([...destroyed, closeSockets(this.#sockets)]);
  }

  #postInOrder(request: PostRequest, options: ResponseOptions): Promise<TransportReply> {
    this.#ordered ??= this.#open();
    return exchange(this.#ordered, request, options);
  }

  /** Never queued, not even behind another overtaking request: a status query may hang while an Abort must go out. */
  async #postAtOnce(request: PostRequest, options: ResponseOptions): Promise<TransportReply> {
    const connection = this.#spare ?? this.#open();
    this.#spare = undefined;
    const reply = await exchange(connection, request, options);
    const healthy = reply.type === 'message' || reply.type === 'empty';
    if (healthy && !this.#spare && !this.#closed) this.#spare = connection;
    else this.#drop(connection);
    return reply;
  }

  #open(): Connection {
    const onSocket = (socket: RequestSocket) => {
      connection.socket = socket;
    };
    const connect = socketConnector({ ...this.#connectorOptions, onSocket });
    const connection: Connection = {
      client: new Client(this.#origin, { ...CLIENT_OPTIONS, connect }),
      socket: undefined,
    };
    this.#connections.add(connection);
    return connection;
  }

  #drop(connection: Connection): void {
    this.#connections.delete(connection);
    connection.client.destroy().catch(() => {});
  }
}

function exchange(connection: Connection, request: PostRequest, options: ResponseOptions): Promise<TransportReply> {
  const { path, body, signal, contentType = XML } = request;
  const headers = { accept: '*/*', 'content-type': contentType, ...request.headers };
  return new Promise((resolve) => {
    const handler = new HttpExchange(signal, resolve, options, () => connection.socket);
    connection.client.dispatch({ method: 'POST', path, headers, body }, handler);
  });
}
