import type net from 'node:net';
import type tls from 'node:tls';
import { Client } from 'undici';
import { HttpExchange, type Reading } from './http-exchange.ts';
import { connector } from './socket-connector.ts';
import type { SendOptions, TransportReply } from './transport.ts';

export interface HttpClientOptions {
  /** `http://192.168.1.20:11000`: scheme, host and port. */
  origin: string;
  /** Only with https: as in `tls.connect`. */
  tls?: tls.ConnectionOptions | undefined;
  /** Milliseconds until an attempt to connect is given up. Default 5000. */
  connectTimeout?: number | undefined;
}

/** One POST of a nexo message. */
export interface Post extends SendOptions {
  path: string;
  headers?: Record<string, string>;
  body: Uint8Array;
}

const HEADERS = { accept: '*/*', 'content-type': 'application/xml; charset=utf-8' };
/** Milliseconds an idle connection is kept: less than terminals do, for a stale one means an unknown outcome. */
const IDLE = 3000;

/**
 * HTTP/1.1 connections to one server that takes nexo messages.
 *
 * One connection carries the ordinary requests, in order; what overtakes gets another, so that an Abort never waits
 * behind the payment it is to end. Nothing is sent twice, redirected or cut off by a time limit of its own.
 */
export class HttpClient {
  readonly #origin: string;
  readonly #reading: Reading;
  readonly #clientOptions: Client.Options;
  readonly #sockets = new Set<net.Socket>();
  readonly #clients = new Set<Client>();
  #ordinary: Client | undefined;
  #overtaking: Client | undefined;
  #closed = false;

  constructor(options: HttpClientOptions, reading: Reading) {
    this.#origin = options.origin;
    this.#reading = reading;
    this.#clientOptions = {
      connect: connector({
        ...(options.tls ? { tls: options.tls } : {}),
        timeout: options.connectTimeout ?? 5000,
        sockets: this.#sockets,
      }),
      // A payment may take as long as the customer does: the session decides when to ask for its status instead.
      headersTimeout: 0,
      bodyTimeout: 0,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: IDLE,
      keepAliveMaxTimeout: IDLE,
      keepAliveTimeoutThreshold: 1000,
    };
  }

  /**
   * Sends once. Never rejects.
   * @param head sees status and headers of the answer
   */
  async post(post: Post, head?: Reading['head']): Promise<TransportReply> {
    if (this.#closed) return { type: 'unreachable', reason: `the connection to ${this.#reading.who} was closed` };
    if (post.signal.aborted) return { type: 'unreachable', reason: 'given up before it was sent' };
    const reading = head ? { ...this.#reading, head } : this.#reading;
    try {
      return post.overtake ? await this.#overtake(post, reading) : await this.#queue(post, reading);
    } catch (error) {
      // Refused by undici before anything was queued: an impossible host, port or path.
      return { type: 'unreachable', reason: `cannot use ${this.#origin}: ${(error as Error).message}` };
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const clients = [...this.#clients];
    this.#clients.clear();
    const ended = clients.map((client) => client.destroy(new Error('the connection was closed by this side')));
    const sockets = [...this.#sockets];
    const gone = sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    for (const socket of sockets) socket.destroy();
    await Promise.all([...ended, ...gone]);
  }

  #queue(post: Post, reading: Reading): Promise<TransportReply> {
    this.#ordinary ??= this.#client();
    return exchange(this.#ordinary, post, reading);
  }

  /** Never queued, not even behind another that overtakes: a status query may hang while an Abort has to go out. */
  async #overtake(post: Post, reading: Reading): Promise<TransportReply> {
    const client = this.#overtaking ?? this.#client();
    this.#overtaking = undefined;
    const reply = await exchange(client, post, reading);
    const healthy = reply.type === 'message' || reply.type === 'empty';
    if (healthy && !this.#overtaking && !this.#closed) this.#overtaking = client;
    else this.#drop(client);
    return reply;
  }

  #client(): Client {
    const client = new Client(this.#origin, this.#clientOptions);
    this.#clients.add(client);
    return client;
  }

  #drop(client: Client): void {
    this.#clients.delete(client);
    client.destroy().catch(() => {});
  }
}

function exchange(client: Client, { path, headers, body, signal }: Post, reading: Reading): Promise<TransportReply> {
  return new Promise((resolve) => {
    const handler = new HttpExchange(signal, resolve, reading);
    client.dispatch({ method: 'POST', path, headers: { ...HEADERS, ...headers }, body }, handler);
  });
}
