import type net from 'node:net';
import type tls from 'node:tls';
import { Client } from 'undici';
import { HttpExchange, type ResponseOptions } from './http-exchange.ts';
import type { RequestSocket } from './request-socket.ts';
import { closeGracefully, closeSockets, type SocketConnectorOptions, socketConnector } from './socket-connector.ts';
import type { SendOptions, TransportReply } from './transport.ts';

export interface HttpClientOptions {
  /** `http://192.168.1.20:11000`: scheme, host and port. */
  origin: string;
  /** Only with https: options of `tls.connect`. */
  tls?: tls.ConnectionOptions | undefined;
  /** Milliseconds that connecting may take, TLS handshake included. Default 5000. */
  connectTimeout?: number | undefined;
  /** The server may take one TCP connection at a time: an idle one is closed before another is opened. Default false. */
  singleConnection?: boolean;
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
/** Milliseconds the terminal has to close a connection that this side has ended. */
const CLOSE_TIME = 500;
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
  /** What undici reads and writes: the socket, or TLS on it. */
  stream: net.Socket | undefined;
  /** Requests that are queued or without a complete response. */
  requests: number;
}

/**
 * HTTP/1.1 connections to one server that accepts nexo messages.
 *
 * One connection carries the ordinary requests, in order. A request with `overtake` uses another connection, so that an
 * Abort never waits behind the payment it ends. The client repeats no request, follows no redirect, and has no response
 * time-out of its own. A connection whose request ends without a complete response is reset (see `RequestSocket`).
 *
 * Some terminals take one TCP connection at a time: there, a second one is established and gets no answer. With
 * `singleConnection`, a connection is closed once its overtaking request is answered, and the idle ordinary one before an
 * overtaking request is sent: two are open only while requests overlap.
 */
export class HttpClient {
  readonly #origin: string;
  readonly #responseOptions: ResponseOptions;
  readonly #connectorOptions: SocketConnectorOptions;
  readonly #singleConnection: boolean;
  readonly #sockets = new Set<net.Socket>();
  readonly #connections = new Set<Connection>();
  #ordered: Connection | undefined;
  #spare: Connection | undefined;
  /** An idle connection that is being closed. */
  #closing: Promise<void> | undefined;
  #closed = false;

  constructor(options: HttpClientOptions, responseOptions: ResponseOptions) {
    this.#origin = options.origin;
    this.#responseOptions = responseOptions;
    const { tls, connectTimeout = 5000, singleConnection = false } = options;
    this.#singleConnection = singleConnection;
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

  async #postInOrder(request: PostRequest, options: ResponseOptions): Promise<TransportReply> {
    if (this.#closing) await this.#closing;
    this.#ordered ??= this.#open();
    return this.#exchange(this.#ordered, request, options);
  }

  /** Never queued, not even behind another overtaking request: a status query may hang while an Abort must go out. */
  async #postAtOnce(request: PostRequest, options: ResponseOptions): Promise<TransportReply> {
    const ordered = this.#ordered;
    if (this.#singleConnection && ordered?.requests === 0) {
      this.#ordered = undefined;
      this.#closeIdle(ordered);
    }
    // Beside an open request a second connection is needed in any case: nothing is waited for.
    if (this.#closing && !this.#ordered) await this.#closing;
    const connection = this.#spare ?? this.#open();
    this.#spare = undefined;
    const reply = await this.#exchange(connection, request, options);
    const healthy = reply.type === 'message' || reply.type === 'empty';
    if (!healthy || this.#spare || this.#closed) this.#drop(connection);
    else if (this.#singleConnection) this.#closeIdle(connection);
    else this.#spare = connection;
    return reply;
  }

  #open(): Connection {
    const onSocket = (socket: RequestSocket) => {
      connection.socket = socket;
    };
    const toSocket = socketConnector({ ...this.#connectorOptions, onSocket });
    const connect: typeof toSocket = (target, callback) =>
      toSocket(target, (...result) => {
        connection.stream = result[1] ?? undefined;
        callback(...result);
      });
    const client = new Client(this.#origin, { ...CLIENT_OPTIONS, connect });
    const connection: Connection = { client, socket: undefined, stream: undefined, requests: 0 };
    this.#connections.add(connection);
    return connection;
  }

  /** Sets `#closing` until the terminal has closed the connection too. Does nothing for one that is not established. */
  #closeIdle(connection: Connection): void {
    const { stream } = connection;
    if (stream === undefined || stream.destroyed) return this.#drop(connection);
    const closing: Promise<void> = Promise.all([this.#closing, closeGracefully(stream, CLOSE_TIME)]).then(() => {
      this.#drop(connection);
      if (this.#closing === closing) this.#closing = undefined;
    });
    this.#closing = closing;
  }

  #drop(connection: Connection): void {
    this.#connections.delete(connection);
    connection.client.destroy().catch(() => {});
  }

  #exchange(connection: Connection, request: PostRequest, options: ResponseOptions): Promise<TransportReply> {
    const { path, body, signal, contentType = XML } = request;
    const headers = { accept: '*/*', 'content-type': contentType, ...request.headers };
    if (this.#closed || signal.aborted)
      return Promise.resolve({ type: 'unreachable', reason: 'cancelled before it was sent' });
    connection.requests++;
    const reply = new Promise<TransportReply>((resolve) => {
      const handler = new HttpExchange(signal, resolve, options, () => connection.socket);
      connection.client.dispatch({ method: 'POST', path, headers, body }, handler);
    });
    return reply.finally(() => connection.requests--);
  }
}
