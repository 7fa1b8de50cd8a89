import type { IncomingHttpHeaders } from 'node:http';
import type net from 'node:net';
import { Agent, type Dispatcher, request } from 'undici';
import { type Clock, systemClock } from '../../clock.ts';
import { patientTimer } from '../patient-timer.ts';
import { closeSockets, socketConnector } from '../socket-connector.ts';

export interface CloudResponse {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

export interface CloudRequest {
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body?: string;
  /** Milliseconds until the request fails without a complete answer. */
  timeout: number;
  signal?: AbortSignal;
}

/** Milliseconds that connecting may take. */
const CONNECT_TIMEOUT = 5000;

/** HTTP client for the cloud service's other resources: tokens, pairings, events. Follows no redirects. */
export class CloudHttp {
  readonly #clock: Clock;
  readonly #sockets = new Set<net.Socket>();
  readonly #agent: Agent;

  /** @param options maxBytes: maximum size of a response body; -1: unlimited, for a stream */
  constructor(options: { clock?: Clock | undefined; maxBytes: number }) {
    this.#clock = options.clock ?? systemClock;
    this.#agent = new Agent({
      connect: socketConnector({ timeout: CONNECT_TIMEOUT, sockets: this.#sockets }),
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: 3000,
      maxResponseSize: options.maxBytes,
      allowH2: false,
    });
  }

  /**
   * Sends one request and reads the whole response.
   * @throws Error by rejection: no connection, no answer within `timeout`, aborted
   */
  async send(url: URL, { timeout, signal, ...rest }: CloudRequest): Promise<CloudResponse> {
    const timedOut = new AbortController();
    const timer = patientTimer(this.#clock, timeout, () =>
      timedOut.abort(new Error(`no answer within ${timeout / 1000} s`)),
    );
    try {
      const aborted = signal ? AbortSignal.any([signal, timedOut.signal]) : timedOut.signal;
      const { statusCode, headers, body } = await this.open(url, { ...rest, signal: aborted });
      return { status: statusCode, headers, text: await body.text() };
    } finally {
      timer.cancel();
    }
  }

  /**
   * Sends one request and resolves with the response's head; its body is a stream.
   * @throws Error by rejection: no connection, aborted
   */
  open(url: URL, options: Omit<CloudRequest, 'timeout'>): Promise<Dispatcher.ResponseData> {
    const { method, headers, body, signal } = options;
    return request(url, {
      method,
      headers,
      dispatcher: this.#agent,
      ...(body === undefined ? {} : { body }),
      ...(signal ? { signal } : {}),
    });
  }

  /** Ends open requests and closes every connection. */
  async close(): Promise<void> {
    await Promise.all([this.#agent.destroy(), closeSockets(this.#sockets)]);
  }
}

/** Why there was no connection or no answer, in one line without secrets. */
export function failureReason(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return failureReason(error.errors[0]);
  const { code, message } = error as NodeJS.ErrnoException;
  const known = typeof code === 'string' && /^[A-Z][A-Z_\d]+$/.test(code) && !code.startsWith('UND_ERR');
  if (known) return code;
  return /^no (connection|answer) within [\d.]+ s$/.test(message) ? message : 'the connection failed';
}
