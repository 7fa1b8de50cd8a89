/** A faulty way between Node-RED and a terminal. It breaks connections, never HTTP's rule that nothing is sent twice. */
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Message } from '../../lib/protocol/types.ts';
import { decode } from '../../lib/protocol/xml/decode.ts';
import type { Random } from '../support/random.ts';
import type { Chronicle } from './chronicle.ts';
import { GARBAGE, indiscreet } from './secrets.ts';

/**
 * What becomes of one exchange.
 * `resetUnread`, `unavailable`: the terminal never hears of it. `resetSent`, `dropAnswer`: it does, and its answer is
 * lost. `lateRequest`: it hears of it late, even if nobody waits any more. `lateAnswer`, `silence`: late, never.
 * `cutShort`: half of the announced bytes. `halfXml`: half of the message, in good order. `stale`: the answer before
 * this one. `leak`: with card secrets in it. `closed`: passes, then nobody listens for a while.
 */
export type Mischief =
  | 'pass'
  | 'resetUnread'
  | 'unavailable'
  | 'resetSent'
  | 'dropAnswer'
  | 'lateRequest'
  | 'lateAnswer'
  | 'silence'
  | 'cutShort'
  | 'halfXml'
  | 'http500'
  | 'http204'
  | 'garbage'
  | 'stale'
  | 'leak'
  | 'closed';

type Weights = readonly (readonly [number, Mischief])[];

/** A lost request costs a terminal three minutes, until it is proven that nothing was started: so there are few of them. */
const MONEY: Weights = [
  [132, 'pass'],
  [1, 'resetUnread'],
  [1, 'unavailable'],
  [5, 'resetSent'],
  [6, 'dropAnswer'],
  [5, 'lateRequest'],
  [5, 'lateAnswer'],
  [2, 'silence'],
  [4, 'cutShort'],
  [3, 'halfXml'],
  [3, 'http500'],
  [3, 'http204'],
  [3, 'garbage'],
  [3, 'stale'],
  [6, 'leak'],
  [3, 'closed'],
];
/** Of all else few fail: a proof takes four answers in a row. */
const ASKING: Weights = [
  [150, 'pass'],
  [1, 'resetUnread'],
  [1, 'unavailable'],
  [2, 'dropAnswer'],
  [2, 'lateAnswer'],
  [1, 'cutShort'],
  [1, 'http500'],
  [1, 'http204'],
  [1, 'garbage'],
  [2, 'stale'],
  [2, 'leak'],
];
/** Longest delay of a request, in ms: less than the response limit, after which nothing sent before may still arrive. */
const LATEST = 900;

/** A request as it arrived here, whole. */
export interface Seen {
  lane: string;
  category: string;
  serviceId: string;
  /** Of a payment. */
  transactionId?: string;
  /** The ServiceID that a status or an abort is about. */
  about?: string;
  mischief: Mischief;
  /** The whole answer went back, and somebody was there to take it. */
  answered: boolean;
}

interface Answer {
  status: number;
  type: string;
  body: Buffer;
}

export interface ProxyOptions {
  lane: string;
  port: number;
  /** Where the terminal listens. */
  terminal: number;
  random: Random;
  chronicle: Chronicle;
}

/** Between one `nexo-terminal` and its terminal. */
export class FaultyProxy {
  readonly port: number;
  readonly seen: Seen[] = [];
  readonly #options: ProxyOptions;
  readonly #sockets = new Set<net.Socket>();
  readonly #server: net.Server;
  #calm = false;
  #closed = false;
  #last: Answer | undefined;

  static async start(options: ProxyOptions): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(options);
    await proxy.#listen();
    return proxy;
  }

  private constructor(options: ProxyOptions) {
    this.#options = options;
    this.port = options.port;
    this.#server = net.createServer((socket) => this.#accept(socket));
  }

  /** From now on everything passes. */
  calm(): void {
    this.#calm = true;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const closed = this.#server.listening ? once(this.#server, 'close') : undefined;
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #listen(): Promise<void> {
    this.#server.listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  #note(text: string, about?: string): void {
    this.#options.chronicle.note(text, { lane: this.#options.lane, ...(about !== undefined && { about }) });
  }

  #accept(socket: net.Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket)).on('error', () => undefined);
    if (!this.#calm && this.#options.random.chance(0.01)) {
      this.#note('proxy: connection reset at once');
      socket.resetAndDestroy();
      return;
    }
    let buffer = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      buffer = Buffer.concat([buffer, chunk]);
      const { size, head } = requestSize(buffer);
      if (size === 0 || buffer.length < size) return;
      const body = buffer.subarray(head, size);
      buffer = buffer.subarray(size);
      void this.#exchange(socket, body);
    });
  }

  async #exchange(socket: net.Socket, body: Buffer): Promise<void> {
    const seen = this.#read(body);
    this.seen.push(seen);
    const about = seen.transactionId;
    const label = `${seen.category} ${seen.serviceId}${seen.about === undefined ? '' : ` about ${seen.about}`}`;
    this.#note(`→ ${label}: ${seen.mischief}`, about);
    const answer = await this.#act(socket, body, seen);
    if (answer === undefined) return;
    seen.answered = !socket.destroyed && (seen.mischief === 'pass' || seen.mischief === 'leak' || late(seen));
    this.#note(
      `← ${label}: ${answer.status} ${summary(answer.body)}${socket.destroyed ? ' (nobody there)' : ''}`,
      about,
    );
    if (seen.mischief === 'closed') await this.#refuse();
  }

  #read(body: Buffer): Seen {
    const { header, message } = decode(body);
    const { random, lane } = this.#options;
    const money = header.MessageCategory === 'Payment' || header.MessageCategory === 'Reversal';
    const mischief = this.#calm ? 'pass' : random.weighted(money ? MONEY : ASKING);
    const named = namesIn(message);
    return {
      lane,
      category: header.MessageCategory,
      serviceId: header.ServiceID ?? '',
      ...named,
      mischief,
      answered: false,
    };
  }

  /** Does what was decided. Returns what the terminal answered, once it did. */
  async #act(socket: net.Socket, body: Buffer, { mischief }: Seen): Promise<Answer | undefined> {
    const { random } = this.#options;
    if (mischief === 'resetUnread') return void socket.resetAndDestroy();
    if (mischief === 'unavailable') return void write(socket, { status: 503, type: 'text/plain', body: NOT_NOW });
    if (mischief === 'lateRequest') await pause(random.between(100, LATEST));
    const forwarded = this.#forward(body);
    if (mischief === 'resetSent') {
      await forwarded.sent;
      socket.resetAndDestroy();
    }
    const answer = await forwarded.answer;
    if (answer === undefined) return void socket.resetAndDestroy();
    const before = this.#last;
    this.#last = answer;
    if (mischief === 'lateAnswer') await pause(random.between(200, 3000));
    spoil(socket, answer, mischief, before);
    return answer;
  }

  #forward(body: Buffer): { sent: Promise<void>; answer: Promise<Answer | undefined> } {
    const headers = { 'content-type': 'application/xml; charset=utf-8', 'content-length': body.length };
    const { terminal: port } = this.#options;
    const to = { host: '127.0.0.1', port, path: '/EPASSaleToPOI/3.1', method: 'POST', headers, agent: false as const };
    const request = http.request(to);
    const sent = new Promise<void>((resolve) => request.once('finish', resolve).once('close', resolve));
    const answer = new Promise<Answer | undefined>((resolve) => {
      request.once('close', () => resolve(undefined));
      request.once('error', (error) => this.#note(`terminal: ${error.message}`));
      request.once('response', async (response) => {
        try {
          const chunks: Buffer[] = [];
          for await (const chunk of response) chunks.push(chunk);
          const type = response.headers['content-type'] ?? '';
          resolve({ status: response.statusCode ?? 0, type, body: Buffer.concat(chunks) });
        } catch {
          resolve(undefined);
        }
      });
    });
    request.end(body);
    return { sent, answer };
  }

  /** Nobody listens for a while: the one fault that proves that nothing was sent. */
  async #refuse(): Promise<void> {
    if (this.#calm || !this.#server.listening) return;
    const ms = this.#options.random.between(100, 1200);
    this.#note(`proxy: connections refused for ${ms} ms`);
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await pause(ms);
    if (!this.#closed) await this.#listen();
  }
}

const NOT_NOW = Buffer.from('not now');

/** A delayed answer is an answer all the same, for whoever waited. */
function late({ mischief }: Seen): boolean {
  return mischief === 'lateRequest' || mischief === 'lateAnswer' || mischief === 'closed';
}

function spoil(socket: net.Socket, answer: Answer, mischief: Mischief, before: Answer | undefined): void {
  const half = answer.body.subarray(0, answer.body.length >> 1);
  switch (mischief) {
    case 'dropAnswer':
      return void socket.destroy();
    case 'silence':
      return;
    case 'cutShort':
      return write(socket, answer, half, () => socket.destroy());
    case 'halfXml':
      return write(socket, { ...answer, body: half });
    case 'http500':
      return write(socket, { status: 500, type: 'text/html', body: Buffer.from(GARBAGE) });
    case 'http204':
      return write(socket, { status: 204, type: '', body: Buffer.alloc(0) });
    case 'garbage':
      return write(socket, { status: 200, type: 'application/xml', body: Buffer.from(GARBAGE) });
    case 'stale':
      return write(socket, before ?? answer);
    case 'leak':
      return write(socket, { ...answer, body: Buffer.from(indiscreet(answer.body.toString())) });
    default:
      return write(socket, answer);
  }
}

/** @param part what is written of the body that is announced */
function write(
  socket: net.Socket,
  { status, type, body }: Answer,
  part = body,
  then: () => void = () => undefined,
): void {
  if (socket.destroyed) return;
  const length = status === 204 ? '' : `Content-Length: ${body.length}\r\n`;
  const kind = type === '' ? '' : `Content-Type: ${type}\r\n`;
  socket.write(`HTTP/1.1 ${status} ${http.STATUS_CODES[status] ?? ''}\r\n${kind}${length}\r\n`);
  socket.write(part, then);
}

function namesIn(message: Message): { transactionId?: string; about?: string } {
  if (!('SaleToPOIRequest' in message)) return {};
  const { PaymentRequest, TransactionStatusRequest, AbortRequest } = message.SaleToPOIRequest;
  const transactionId = PaymentRequest?.SaleData.SaleTransactionID.TransactionID;
  const about = (TransactionStatusRequest ?? AbortRequest)?.MessageReference?.ServiceID;
  return { ...(transactionId !== undefined && { transactionId }), ...(about !== undefined && { about }) };
}

/** What an answer says, in a few words. */
function summary(body: Buffer): string {
  const text = body.toString();
  const parts = [
    /Result="(\w+)"/,
    /ErrorCondition="(\w+)"/,
    /<MessageHeader[^>]*MessageType="Response"[^>]*ServiceID="(\w+)"/,
  ];
  const repeated = /<RepeatedMessageResponse[\s\S]*?ServiceID="(\w+)"[\s\S]*? Result="(\w+)"/.exec(text);
  const said = parts.flatMap((pattern) => pattern.exec(text)?.[1] ?? []);
  return said.concat(repeated ? [`repeats ${repeated[1]} ${repeated[2]}`] : []).join(' ');
}

/** Bytes of the first request in `buffer`, 0 while its head is incomplete, and of its head. */
function requestSize(buffer: Buffer): { size: number; head: number } {
  const end = buffer.indexOf('\r\n\r\n');
  if (end < 0) return { size: 0, head: 0 };
  const length = /content-length: *(\d+)/i.exec(buffer.toString('latin1', 0, end))?.[1];
  return { size: end + 4 + Number(length ?? 0), head: end + 4 };
}
