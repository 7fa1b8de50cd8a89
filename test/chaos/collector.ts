import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PaymentPayload } from '../../lib/contract/payment-output.ts';
import type { ReversalPayload } from '../../lib/contract/reversal-output.ts';

/** What a node of a till's flow said. */
export interface Told {
  lane: string;
  kind: 'output' | 'catch';
  node?: string;
  port?: number;
  /** Which Node-RED process, from 1, and the order within it. */
  run: number;
  seq: number;
  /** The asking it answers; absent where that was before a restart. */
  ask?: number;
  payload?: PaymentPayload | ReversalPayload;
  error?: { message: string; code?: string };
  /** When it arrived, in ms since 1970. */
  at: number;
}

/** Receives what the flows tell, from processes that may be killed in mid-sentence. */
export class Collector {
  readonly url: string;
  readonly told: Told[] = [];
  /** Everything as it arrived. */
  readonly raw: string[] = [];
  readonly #server: Server;
  readonly #hearing = new Set<(told: Told) => void>();

  static async start(): Promise<Collector> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Collector(server);
  }

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => undefined);
      request.on('end', () => {
        response.end();
        this.#take(Buffer.concat(chunks).toString());
      });
    });
  }

  /** Calls back with everything that is told from now on. */
  listen(hear: (told: Told) => void): void {
    this.#hearing.add(hear);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(text: string): void {
    const told: Told = { ...(JSON.parse(text) as Omit<Told, 'at'>), at: Date.now() };
    this.raw.push(text);
    this.told.push(told);
    for (const hear of this.#hearing) hear(told);
  }
}
