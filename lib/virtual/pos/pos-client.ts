import http from 'node:http';
import https from 'node:https';
import { NexoError } from '../../protocol/errors.ts';
import type { Message } from '../../protocol/types.ts';
import { decode, MAX_BYTES } from '../../protocol/xml/decode.ts';
import { encode } from '../../protocol/xml/encode.ts';
import type { Pos, PosReply } from './pos.ts';

export interface PosClientOptions {
  /** Milliseconds until a message without an answer is given up. Default 3000. A question has its own MaxInputTime. */
  timeout?: number;
}

const PATH = '/EPASSaleToPOI/3.1';
const HEADERS = { Accept: '*/*', 'Content-Type': 'application/xml; charset=utf-8' };
/** Milliseconds an idle connection is kept: less than a POS does. */
const IDLE = 2000;
/** Milliseconds a question may be answered late. */
const GRACE = 1000;

type Answered = (reply: PosReply) => void;

/**
 * The listener of a POS over HTTP, for any number of terminals: each sends one message after the other, in order, on a
 * connection that is kept.
 */
export class PosClient {
  readonly #url: URL;
  readonly #timeout: number;
  readonly #agent: http.Agent;
  readonly #request: typeof http.request;
  #closed = false;

  /**
   * @param url `http://127.0.0.1:11001/EPASSaleToPOI/3.1`; without a path, that one
   * @throws NexoError `bad_address`
   */
  constructor(url: string, options: PosClientOptions = {}) {
    this.#url = addressOf(url);
    this.#timeout = options.timeout ?? 3000;
    const { Agent, request } = this.#url.protocol === 'https:' ? https : http;
    this.#agent = new Agent({ keepAlive: true, maxFreeSockets: Number.POSITIVE_INFINITY, timeout: IDLE });
    this.#request = request;
  }

  /** The way of one terminal. */
  pos(): Pos {
    const queue: [Message, Answered][] = [];
    let open = false;
    const next = () => {
      const [message, answered] = queue.shift() ?? [];
      open = message !== undefined;
      if (!message) return;
      this.#post(message, (reply) => {
        answered?.(reply);
        // Later: the connection is free for the next message only then.
        setImmediate(next);
      });
    };
    return {
      send(message, answered) {
        queue.push([message, answered]);
        if (!open) next();
      },
    };
  }

  /** Drops every connection: what is open fails, and nothing keeps the process running. */
  close(): void {
    this.#closed = true;
    this.#agent.destroy();
  }

  #post(message: Message, answered: Answered): void {
    try {
      if (this.#closed) throw new Error('the connection was closed by this side');
      this.#exchange(bytesOf(message), limitOf(message, this.#timeout), answered);
    } catch (error) {
      // Later, as everything else that is sent.
      setImmediate(() => answered({ type: 'failed', reason: (error as Error).message }));
    }
  }

  #exchange(body: Buffer, limit: number, answered: Answered): void {
    let settled = false;
    const settle = (reply: PosReply) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      answered(reply);
    };
    const timer = setTimeout(() => {
      settle({ type: 'failed', reason: `no answer within ${limit / 1000} s` });
      request.destroy();
    }, limit);
    const headers = { ...HEADERS, 'Content-Length': body.length };
    const request = this.#request(this.#url, { method: 'POST', agent: this.#agent, headers }, (response) =>
      read(response, settle),
    );
    request.on('error', (error: NodeJS.ErrnoException) => {
      // The POS closed a connection that was idle just as it was used again: it has not seen the message.
      if (!settled && !this.#closed && request.reusedSocket && error.code === 'ECONNRESET') {
        settled = true;
        clearTimeout(timer);
        return this.#exchange(body, limit, answered);
      }
      settle({ type: 'failed', reason: error.message || (error.code ?? 'the connection failed') });
    });
    request.end(body);
  }
}

function addressOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol))
    throw new NexoError('bad_address', `"${text}" is no address of a POS: use one like http://127.0.0.1:11001${PATH}.`);
  if (url.pathname === '/') url.pathname = PATH;
  return url;
}

/** The terminal's requests carry no ProtocolVersion, as the published ones. */
function bytesOf(message: Message): Buffer {
  const text = encode(message).toString();
  return Buffer.from(text.replace(' ProtocolVersion="3.1"', ''));
}

function limitOf(message: Message, usual: number): number {
  const seconds = 'SaleToPOIRequest' in message && message.SaleToPOIRequest.InputRequest?.InputData.MaxInputTime;
  return typeof seconds === 'number' ? seconds * 1000 + GRACE : usual;
}

function read(response: http.IncomingMessage, settle: Answered): void {
  const chunks: Buffer[] = [];
  let size = 0;
  response.on('error', (error) => settle({ type: 'failed', reason: error.message }));
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MAX_BYTES) chunks.push(chunk);
    else response.destroy(new Error('the answer is larger than 1 MiB'));
  });
  response.on('end', () => settle(replyOf(response.statusCode, Buffer.concat(chunks))));
}

function replyOf(status: number | undefined, body: Buffer): PosReply {
  if (status === 204) return { type: 'empty' };
  if (status !== 200) return { type: 'failed', reason: `the POS answered HTTP ${status}` };
  try {
    return { type: 'message', message: decode(body).message };
  } catch (error) {
    return { type: 'failed', reason: `the POS answered no nexo message: ${(error as Error).message}` };
  }
}
