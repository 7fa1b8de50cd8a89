import type { IncomingHttpHeaders } from 'node:http';
import type net from 'node:net';
import { Agent, type Dispatcher, request } from 'undici';
import { type Clock, systemClock } from '../../clock.ts';
import { connector } from '../socket-connector.ts';

export interface CloudResponse {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

export interface CloudRequest {
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body?: string;
  /** Milliseconds until it is given up. */
  limit: number;
  signal?: AbortSignal;
}

/** Milliseconds an attempt to connect may take. */
const CONNECT = 5000;

/** What is asked of the cloud beside nexo messages: tokens, pairings, events. Redirects are not followed. */
export class CloudHttp {
  readonly #clock: Clock;
  readonly #sockets = new Set<net.Socket>();
  readonly #agent: Agent;

  /** @param most bytes of an answer, at most; -1: an endless one */
  constructor(options: { clock?: Clock | undefined; most: number }) {
    this.#clock = options.clock ?? systemClock;
    this.#agent = new Agent({
      connect: connector({ timeout: CONNECT, sockets: this.#sockets }),
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: 3000,
      maxResponseSize: options.most,
      allowH2: false,
    });
  }

  /** One request and its whole answer. @throws Error by rejection: no connection, no answer in time, given up */
  async ask(url: URL, { limit, signal, ...rest }: CloudRequest): Promise<CloudResponse> {
    const giveUp = new AbortController();
    const timer = this.#clock.after(limit, () => giveUp.abort(new Error(`no answer within ${limit / 1000} s`)));
    try {
      const either = signal ? AbortSignal.any([signal, giveUp.signal]) : giveUp.signal;
      const { statusCode, headers, body } = await this.open(url, { ...rest, signal: either });
      return { status: statusCode, headers, text: await body.text() };
    } finally {
      timer.cancel();
    }
  }

  /** One request; the answer's body comes as it comes. @throws Error by rejection */
  open(url: URL, ask: Omit<CloudRequest, 'limit'>): Promise<Dispatcher.ResponseData> {
    const { method, headers, body, signal } = ask;
    return request(url, {
      method,
      headers,
      dispatcher: this.#agent,
      ...(body === undefined ? {} : { body }),
      ...(signal ? { signal } : {}),
    });
  }

  async close(): Promise<void> {
    const gone = [...this.#sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    const ended = this.#agent.destroy();
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all([ended, ...gone]);
  }
}

/** Why there was no connection or no answer, in a line without secrets: an address and a code, at most. */
export function whyNot(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return whyNot(error.errors[0]);
  const { code, message } = error as NodeJS.ErrnoException;
  const known = typeof code === 'string' && /^[A-Z][A-Z_\d]+$/.test(code) && !code.startsWith('UND_ERR');
  if (known) return code;
  return /^no (connection|answer) within [\d.]+ s$/.test(message) ? message : 'the connection failed';
}
