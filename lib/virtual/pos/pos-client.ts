import http from 'node:http';
import https from 'node:https';
import type { Codec } from '../../protocol/codec.ts';
import { NexoError } from '../../protocol/errors.ts';
import { swedbankPay } from '../../protocol/profiles/swedbank-pay.ts';
import type { Message } from '../../protocol/types.ts';
import { xmlCodec } from '../../protocol/xml/xml-codec.ts';
import type { Pos, PosReply } from './pos.ts';

export interface PosClientOptions {
  /** Milliseconds until a message fails without an answer. Default 3000. An InputRequest has its own MaxInputTime. */
  timeout?: number;
  /** The dialect of the wire. Default: XML. */
  codec?: Codec;
}

const PATH = swedbankPay.http.path;
/** The largest answer that is read, in bytes. */
const MAX_BYTES = 1024 * 1024;
/** Milliseconds an idle connection is kept: shorter than a POS keeps it. */
const KEEP_ALIVE = 2000;
/** Milliseconds that are added to the MaxInputTime of an InputRequest. */
const INPUT_GRACE = 1000;

type OnReply = (reply: PosReply) => void;

/**
 * HTTP client for a POS that listens. For any number of terminals: each sends one message at a time, in order, on a
 * kept-alive connection.
 */
export class PosClient {
  readonly #url: URL;
  readonly #timeout: number;
  readonly #codec: Codec;
  readonly #agent: http.Agent;
  readonly #request: typeof http.request;
  #closed = false;

  /**
   * @param url such as `http://127.0.0.1:11001/EPASSaleToPOI/3.1`; the default path is `/EPASSaleToPOI/3.1`
   * @throws NexoError `bad_address`
   */
  constructor(url: string, options: PosClientOptions = {}) {
    this.#url = posUrl(url);
    this.#timeout = options.timeout ?? 3000;
    this.#codec = options.codec ?? xmlCodec;
    const { Agent, request } = this.#url.protocol === 'https:' ? https : http;
    this.#agent = new Agent({ keepAlive: true, maxFreeSockets: Number.POSITIVE_INFINITY, timeout: KEEP_ALIVE });
    this.#request = request;
  }

  /** A connection for one terminal. */
  pos(): Pos {
    const queue: [Message, OnReply][] = [];
    let open = false;
    const next = () => {
      const [message, onReply] = queue.shift() ?? [];
      open = message !== undefined;
      if (!message) return;
      this.#post(message, (reply) => {
        onReply?.(reply);
        // Asynchronously: the connection is free for the next message only then.
        setImmediate(next);
      });
    };
    return {
      send(message, onReply) {
        queue.push([message, onReply]);
        if (!open) next();
      },
    };
  }

  /** Drops every connection. Open messages fail. */
  close(): void {
    this.#closed = true;
    this.#agent.destroy();
  }

  #post(message: Message, onReply: OnReply): void {
    try {
      if (this.#closed) throw new Error('the connection was closed by this side');
      // As it is: the published requests of terminals have no ProtocolVersion.
      this.#exchange(this.#codec.encode(message, { asIs: true }), timeoutOf(message, this.#timeout), onReply);
    } catch (error) {
      // Asynchronously, like every other reply.
      setImmediate(() => onReply({ type: 'failed', reason: (error as Error).message }));
    }
  }

  #exchange(body: Buffer, timeout: number, onReply: OnReply): void {
    let settled = false;
    const settle = (reply: PosReply) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      onReply(reply);
    };
    const timer = setTimeout(() => {
      settle({ type: 'failed', reason: `no answer within ${timeout / 1000} s` });
      request.destroy();
    }, timeout);
    const headers = { Accept: '*/*', 'Content-Type': this.#codec.contentType, 'Content-Length': body.length };
    const request = this.#request(this.#url, { method: 'POST', agent: this.#agent, headers }, (response) =>
      read(response, this.#codec, settle),
    );
    request.on('error', (error: NodeJS.ErrnoException) => {
      // The POS closed an idle connection at the moment of its reuse: it has not received the message.
      if (!settled && !this.#closed && request.reusedSocket && error.code === 'ECONNRESET') {
        settled = true;
        clearTimeout(timer);
        return this.#exchange(body, timeout, onReply);
      }
      settle({ type: 'failed', reason: error.message || (error.code ?? 'the connection failed') });
    });
    request.end(body);
  }
}

function posUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol))
    throw new NexoError(
      'bad_address',
      `"${text}" is not an address of a POS: use one like http://127.0.0.1:11001${PATH}.`,
    );
  if (url.pathname === '/') url.pathname = PATH;
  return url;
}

function timeoutOf(message: Message, defaultTimeout: number): number {
  const seconds = 'SaleToPOIRequest' in message && message.SaleToPOIRequest.InputRequest?.InputData.MaxInputTime;
  return typeof seconds === 'number' ? seconds * 1000 + INPUT_GRACE : defaultTimeout;
}

function read(response: http.IncomingMessage, codec: Codec, settle: OnReply): void {
  const chunks: Buffer[] = [];
  let size = 0;
  response.on('error', (error) => settle({ type: 'failed', reason: error.message }));
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MAX_BYTES) chunks.push(chunk);
    else response.destroy(new Error('the answer is larger than 1 MiB'));
  });
  response.on('end', () => settle(replyOf(response.statusCode, Buffer.concat(chunks), codec)));
}

function replyOf(status: number | undefined, body: Buffer, codec: Codec): PosReply {
  if (status === 204) return { type: 'empty' };
  if (status !== 200) return { type: 'failed', reason: `the POS answered HTTP ${status}` };
  try {
    return { type: 'message', message: codec.decode(body).message };
  } catch (error) {
    return { type: 'failed', reason: `the answer of the POS is not a nexo message: ${(error as Error).message}` };
  }
}
