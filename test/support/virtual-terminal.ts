import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Movement, StoredTransaction } from '../../lib/virtual/terminal/transaction-records.ts';

const COMMAND = fileURLToPath(new URL('../../dist/lib/virtual/cli.js', import.meta.url));
const DEADLINE = 120_000;

interface Options {
  port: number;
  store: string;
  /** How long a payment takes, in ms. */
  delay: number;
  /** Further options of the command. */
  more?: string[];
}

/** The stand-alone virtual terminal, as `npx nexo-virtual-terminal` starts it. */
export class VirtualTerminalProcess {
  readonly port: number;
  readonly #options: Options;
  #child: ChildProcess | undefined;
  #log = '';
  readonly #observers = new Set<() => void>();

  static async start(options: Omit<Options, 'port'> & { port?: number }): Promise<VirtualTerminalProcess> {
    const terminal = new VirtualTerminalProcess({ ...options, port: options.port ?? (await freePort()) });
    await terminal.start();
    return terminal;
  }

  constructor(options: Options) {
    this.#options = options;
    this.port = options.port;
  }

  /** Starts it, again if it was killed, at the same port and with the same file. */
  async start(): Promise<void> {
    const { port, store, delay, more = [] } = this.#options;
    const args = [COMMAND, '--port', String(port), '--store', store, '--delay', String(delay), ...more];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    const from = this.#log.length;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#log += text;
        for (const check of [...this.#observers]) check();
      });
    }
    await this.#until(() => this.#log.includes('Virtual terminal on http', from), 'that it listens');
  }

  /** Waits until so many exchanges with this terminal are in its log. */
  async answered(poiId: string, pattern: RegExp, count = 1): Promise<void> {
    const found = () => this.exchanges(poiId).filter((line) => pattern.test(line)).length;
    await this.#until(() => found() >= count, `${poiId} ${pattern} ${count} times`);
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /** Its log's lines about one terminal: `<category> <ServiceID> … → <result>`. */
  exchanges(poiId: string): string[] {
    return [...this.#log.matchAll(/^\S+Z (\S+) (.*)$/gm)].flatMap(([, id, rest]) =>
      id === poiId && rest ? [rest] : [],
    );
  }

  /** What it keeps on disk of one SaleTransactionID. */
  records(transactionId: string): StoredTransaction[] {
    return this.#stored().filter(
      ({ body }) => body.PaymentResponse?.SaleData?.SaleTransactionID?.TransactionID === transactionId,
    );
  }

  /** The money it moved for one SaleTransactionID: its own truth. */
  moved(transactionId: string): Movement[] {
    return this.records(transactionId).flatMap(({ moved }) => moved ?? []);
  }

  #until(find: () => boolean, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (then: () => void) => {
        clearTimeout(timer);
        this.#observers.delete(check);
        then();
      };
      const check = () => {
        if (find()) settle(resolve);
      };
      const timer = setTimeout(
        () => settle(() => reject(new Error(`The virtual terminal did not say ${what}. Its log:\n${this.#log}`))),
        DEADLINE,
      );
      this.#observers.add(check);
      check();
    });
  }

  #stored(): StoredTransaction[] {
    const { store } = this.#options;
    if (!existsSync(store)) return [];
    const text = readFileSync(store, 'utf8');
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    return whole
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as StoredTransaction);
  }
}

/** A free port of 127.0.0.1. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
