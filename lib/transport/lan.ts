import net from 'node:net';
import type tls from 'node:tls';
import { Client } from 'undici';
import { connector } from './connect.ts';
import { Exchange } from './exchange.ts';
import type { Reply, SendOptions, Transport } from './transport.ts';

export interface LanOptions {
  /** Name or address of the terminal; an IPv6 address with or without brackets. */
  host: string;
  /** Default 11000. */
  port?: number;
  /** Default `/EPASSaleToPOI/3.1`. */
  path?: string;
  /** HTTPS. */
  secure?: boolean;
  /** Only with `secure`: `ca`, `servername`, `cert`, `key`, `rejectUnauthorized`… as in `tls.connect`. */
  tls?: tls.ConnectionOptions;
  /** Milliseconds until an attempt to connect is given up. Default 5000. */
  connectTimeout?: number;
}

const HEADERS = { accept: '*/*', 'content-type': 'application/xml; charset=utf-8' };
/** Milliseconds an idle connection is kept: less than terminals do, for a stale one means an unknown outcome. */
const IDLE = 3000;

/**
 * A terminal on the local network, over HTTP/1.1 (Swedbank Pay: "Message Transport over LAN or WLAN").
 *
 * One connection carries the ordinary requests, in order; what overtakes gets another, so that an Abort never waits
 * behind the payment it is to end. Nothing is sent twice, redirected or cut off by a time limit of its own.
 */
export class LanTransport implements Transport {
  readonly #origin: string;
  readonly #path: string;
  readonly #clientOptions: Client.Options;
  readonly #sockets = new Set<net.Socket>();
  readonly #clients = new Set<Client>();
  #ordinary: Client | undefined;
  #overtaking: Client | undefined;
  #closed = false;

  constructor(options: LanOptions) {
    const host = net.isIPv6(options.host) ? `[${options.host}]` : options.host;
    this.#origin = `${options.secure ? 'https' : 'http'}://${host}:${options.port ?? 11000}`;
    this.#path = options.path ?? '/EPASSaleToPOI/3.1';
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

  async send(body: Uint8Array, options: SendOptions): Promise<Reply> {
    if (this.#closed) return { type: 'unreachable', reason: 'the connection to the terminal was closed' };
    if (options.signal.aborted) return { type: 'unreachable', reason: 'given up before it was sent' };
    try {
      return options.overtake ? await this.#overtake(body, options.signal) : await this.#queue(body, options.signal);
    } catch (error) {
      // Refused by undici before anything was queued: an impossible host, port or path.
      return { type: 'unreachable', reason: `cannot use ${this.#origin}${this.#path}: ${(error as Error).message}` };
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

  #queue(body: Uint8Array, signal: AbortSignal): Promise<Reply> {
    this.#ordinary ??= this.#client();
    return this.#exchange(this.#ordinary, body, signal);
  }

  /** Never queued, not even behind another that overtakes: a status query may hang while an Abort has to go out. */
  async #overtake(body: Uint8Array, signal: AbortSignal): Promise<Reply> {
    const client = this.#overtaking ?? this.#client();
    this.#overtaking = undefined;
    const reply = await this.#exchange(client, body, signal);
    const healthy = reply.type === 'message' || reply.type === 'empty';
    if (healthy && !this.#overtaking && !this.#closed) this.#overtaking = client;
    else this.#drop(client);
    return reply;
  }

  #exchange(client: Client, body: Uint8Array, signal: AbortSignal): Promise<Reply> {
    return new Promise((resolve) => {
      const exchange = new Exchange(signal, resolve);
      client.dispatch({ method: 'POST', path: this.#path, headers: HEADERS, body }, exchange);
    });
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
