import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SaleToPOIRequest } from '../../lib/protocol/types.ts';
import { decode } from '../../lib/protocol/xml/decode.ts';

/** In front of a terminal: passes everything on, and keeps what nodes send, as the terminal reads it. */
export class RecordingTerminal {
  readonly port: number;
  readonly requests: SaleToPOIRequest[] = [];
  /** The requests as they came. */
  readonly texts: string[] = [];
  readonly #server: Server;
  readonly #waiting = new Set<() => void>();

  /** @param port of the terminal; asked for at each request */
  static async start(port: () => number): Promise<RecordingTerminal> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new RecordingTerminal(server, port);
  }

  private constructor(server: Server, port: () => number) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('request', async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const body = Buffer.concat(chunks);
      this.#record(body);
      const headers = { 'content-type': 'application/xml' };
      const answer = await fetch(`http://127.0.0.1:${port()}${request.url}`, { method: 'POST', body, headers });
      const text = await answer.text();
      response.writeHead(answer.status, headers);
      response.end(text);
    });
  }

  /** The latest request of a terminal with this body. */
  last<Name extends keyof SaleToPOIRequest>(poiId: string, name: Name): NonNullable<SaleToPOIRequest[Name]> {
    const found = this.all(poiId, name).at(-1);
    if (found === undefined) throw new Error(`${poiId} got no ${name}`);
    return found;
  }

  /** The requests of a terminal with this body, in order. */
  all<Name extends keyof SaleToPOIRequest>(poiId: string, name: Name): NonNullable<SaleToPOIRequest[Name]>[] {
    return this.requests.flatMap((request) => {
      const body = request.MessageHeader.POIID === poiId ? request[name] : undefined;
      return body === undefined ? [] : [body as NonNullable<SaleToPOIRequest[Name]>];
    });
  }

  /** The categories of a terminal's requests, in order. */
  categories(poiId: string): string[] {
    return this.requests.flatMap(({ MessageHeader: header }) => (header.POIID === poiId ? header.MessageCategory : []));
  }

  /** Waits until a terminal has got more than `count` requests of this category. */
  async more(poiId: string, category: string, count: number): Promise<void> {
    while (this.categories(poiId).filter((one) => one === category).length <= count)
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #record(body: Buffer): void {
    this.texts.push(body.toString());
    const { message } = decode(body);
    if ('SaleToPOIRequest' in message) this.requests.push(message.SaleToPOIRequest);
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
