import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PaymentPayload } from '../../lib/contract/payment-output.ts';

/** `msg` as a node sent it. `payload` is typed for what a test may read of it; what is really there is for the test to see. */
export interface ReportedMessage {
  _msgid: string;
  payload: PaymentPayload & { sent?: boolean; loggedIn?: boolean; session?: { state: string } };
  nexo: { request: unknown; response: unknown; terminal: unknown };
  error: { message: string; code?: string; cause?: { path?: string }; source: { id: string; type: string } };
  status: { text?: string; fill?: string; shape?: string; source: { id: string } };
  [property: string]: unknown;
}

/** Something a flow under test reported. */
export interface Report {
  /** Which Node-RED process: 1 for the first. */
  run: number;
  /** Order within that process: reports travel side by side, and may arrive otherwise. */
  seq: number;
  lane: string;
  kind: 'output' | 'catch' | 'status' | 'complete';
  /** Of an output: the node's name within its lane, and the output counted from 1. */
  node?: string;
  port?: number;
  msg: ReportedMessage;
}

export type Matching = Partial<Omit<Report, 'msg'>> & { msgid?: string; where?: (msg: ReportedMessage) => boolean };

interface Waiter {
  check(): boolean;
  fail(error: Error): void;
}

const DEADLINE = 120_000;

/** Receives over HTTP what the flows of a Node-RED report, and lets tests wait for it. */
export class Collector {
  readonly url: string;
  readonly #server: Server;
  readonly #reports: Report[] = [];
  readonly #waiters = new Set<Waiter>();
  /** Why nothing more will come. */
  #end: Error | undefined;

  static async start(): Promise<Collector> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Collector(server);
  }

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    server.on('request', async (request, response) => {
      this.#add(JSON.parse(await textOf(request)) as Report);
      response.end();
    });
  }

  /** What was reported so far and matches, in the order in which it happened. */
  all(wanted: Matching = {}): Report[] {
    const found = this.#reports.filter((report) => matches(report, wanted));
    return found.sort((a, b) => a.run - b.run || a.seq - b.seq);
  }

  /** Waits until `count` reports match, and returns the last of them. */
  async next(wanted: Matching, { count = 1, within = DEADLINE } = {}): Promise<Report> {
    return this.until(() => this.all(wanted)[count - 1], JSON.stringify(wanted), within);
  }

  /** Waits until `find` finds something, which it is asked to with every report. */
  until<T>(find: () => T | undefined, what: string, within = DEADLINE): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (then: () => void) => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        then();
      };
      const fail = (error: Error) => settle(() => reject(error));
      const check = () => {
        const found = find();
        if (found !== undefined) settle(() => resolve(found));
        return found !== undefined;
      };
      const waiter = { check, fail };
      const timer = setTimeout(() => fail(new Error(`Not within ${within} ms: ${what}\n${this.#summary()}`)), within);
      this.#waiters.add(waiter);
      if (!check() && this.#end) fail(this.#end);
    });
  }

  /** Fails all waiting calls, because the reporting process has ended. `undefined`: it runs again. */
  ended(error: Error | undefined): void {
    this.#end = error;
    if (error) for (const waiter of [...this.#waiters]) waiter.fail(error);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #add(report: Report): void {
    this.#reports.push(report);
    for (const waiter of [...this.#waiters]) waiter.check();
  }

  #summary(): string {
    const line = ({ run, seq, lane, kind, node, port, msg }: Report) =>
      `  ${run}.${seq} ${lane} ${kind} ${node ?? ''} ${port ?? ''} ${msg._msgid ?? ''} ${
        msg.status?.text ?? msg.error?.message ?? msg.payload?.outcome ?? ''
      }`;
    return `Reported so far:\n${this.all().slice(-60).map(line).join('\n')}`;
  }
}

function matches(report: Report, { msgid, where, ...fields }: Matching): boolean {
  for (const [name, value] of Object.entries(fields)) {
    if (report[name as keyof Report] !== value) return false;
  }
  return (msgid === undefined || report.msg._msgid === msgid) && (where === undefined || where(report.msg));
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  request.setEncoding('utf8');
  for await (const chunk of request) text += chunk;
  return text;
}
