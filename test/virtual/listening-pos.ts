import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import type { Nexo } from '../../lib/protocol/types.ts';
import { decode } from '../../lib/protocol/xml/decode.ts';
import { encode } from '../../lib/protocol/xml/encode.ts';
import { replyTo } from './recording-pos.ts';

type Request = Nexo<'SaleToPOIRequest'>;

export interface Received {
  request: Request;
  body: string;
  http: IncomingMessage;
  response: ServerResponse;
}

/** A POS that listens on its own socket and keeps the messages it receives. */
export class ListeningPos {
  readonly received: Received[] = [];
  port = 0;
  /** Answers each message; default 204, and yes to a question. */
  answer: (received: Received) => void = acknowledge;
  readonly #wakers = new Set<() => void>();

  static async start(t: TestContext): Promise<ListeningPos> {
    const pos = new ListeningPos();
    const server = createServer((http, response) => {
      const chunks: Buffer[] = [];
      http.on('data', (chunk: Buffer) => chunks.push(chunk));
      http.on('end', () => pos.#receive(Buffer.concat(chunks), http, response));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => {
      server.close();
      server.closeAllConnections();
    });
    pos.port = (server.address() as AddressInfo).port;
    return pos;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/EPASSaleToPOI/3.1`;
  }

  /** Waits for the first message that matches. */
  async until(matches: (request: Request) => boolean): Promise<Received> {
    for (;;) {
      const found = this.received.find(({ request }) => matches(request));
      if (found) return found;
      await new Promise<void>((resolve) => this.#wakers.add(resolve));
    }
  }

  #receive(bytes: Buffer, http: IncomingMessage, response: ServerResponse): void {
    const { message } = decode(bytes);
    if (!('SaleToPOIRequest' in message)) throw new Error('a terminal sends requests');
    const received = { request: message.SaleToPOIRequest, body: bytes.toString(), http, response };
    this.received.push(received);
    this.answer(received);
    for (const wake of this.#wakers) wake();
    this.#wakers.clear();
  }
}

export function acknowledge({ request, response }: Received): void {
  const reply = replyTo({ SaleToPOIRequest: request }, true);
  if (reply.type !== 'message') {
    response.writeHead(204).end();
    return;
  }
  const body = encode(reply.message);
  response.writeHead(200, { 'Content-Type': 'application/xml', 'Content-Length': body.length }).end(body);
}

/** The text on a display, or the name of an event. */
export function shown({ DisplayRequest, EventNotification }: Request): string | undefined {
  const text = DisplayRequest?.DisplayOutput[0]?.OutputContent.OutputText?.[0]?.Text;
  return text?.replace(/^\d+,"(.*)"$/, '$1') ?? EventNotification?.EventToNotify;
}
