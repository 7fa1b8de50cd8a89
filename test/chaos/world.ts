/** Everything of a chaos run that lives outside of the test: Node-RED, the terminal, the proxies, and what they said. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import type { TransactionRecord } from '../../lib/session/record.ts';
import type { StoredTransaction as TerminalRecord } from '../../lib/virtual/terminal/transaction-records.ts';
import { NodeRedProcess, writeFlows } from '../support/node-red-process.ts';
import { Random } from '../support/random.ts';
import { VirtualTerminalProcess } from '../support/virtual-terminal.ts';
import { Chronicle } from './chronicle.ts';
import { Collector } from './collector.ts';
import { flowOf, type Target, type Till } from './flow.ts';
import { FaultyProxy } from './proxy.ts';

/** Something a flow was asked for. */
export interface Asking {
  ask: number;
  lane: string;
  to: Target;
  transactionId: string;
  /** When, in ms since 1970. */
  at: number;
  /** Node-RED took it; false: it was killed before it could say so. */
  taken: boolean;
}

export class World {
  readonly chronicle = new Chronicle();
  readonly userDir: string;
  readonly collector: Collector;
  readonly terminal: VirtualTerminalProcess;
  readonly proxies: FaultyProxy[] = [];
  readonly askings: Asking[] = [];
  /** When Node-RED was killed, in ms since 1970. */
  readonly kills: number[] = [];
  readonly logs: string[] = [];
  runs = 0;
  #nodeRed: NodeRedProcess | undefined;
  #up = Promise.resolve();
  #asked = 0;
  /** The run that is meant to end. */
  #wanted = 0;
  /** Node-RED ended by itself, which it must not. */
  failure: Error | undefined;

  /** @param settings of each till's `nexo-terminal`; there are as many tills */
  static async start(seed: number, settings: Record<string, unknown>[]): Promise<World> {
    const userDir = mkdtempSync(join(tmpdir(), 'nexo-chaos-'));
    const random = new Random(seed, 1);
    const port = await portFrom(random);
    const store = join(userDir, STORE);
    const terminal = await VirtualTerminalProcess.start({ port, store, delay: 100 });
    const world = new World(userDir, await Collector.start(), terminal);
    const tills: Till[] = [];
    for (const [index, own] of settings.entries()) {
      const name = `t${index + 1}`;
      const { chronicle } = world;
      const options = { lane: name, port: await portFrom(random), terminal: port, chronicle };
      world.proxies.push(await FaultyProxy.start({ ...options, random: new Random(seed, 2, index) }));
      tills.push({ name, poiId: `POI-${name}`, port: options.port, settings: own });
    }
    const flows = tills.flatMap((till) => flowOf(till, world.collector.url));
    writeFlows(userDir, flows);
    return world;
  }

  private constructor(userDir: string, collector: Collector, terminal: VirtualTerminalProcess) {
    this.userDir = userDir;
    this.collector = collector;
    this.terminal = terminal;
    collector.listen(({ lane, run, seq, ask, kind, node, port, payload, error }) => {
      const said = payload
        ? `${payload.outcome}${payload.recovered ? ' (recovered)' : ''} ${payload.error?.condition ?? ''}`
        : `${error?.code} ${error?.message}`;
      const about = node === 'abort' ? undefined : payload?.transactionId;
      const text = `told ${run}.${seq} ${kind} ${node ?? ''} ${port ?? ''} to ask ${ask ?? 'nobody'}: ${said}`;
      this.chronicle.note(text, { lane, ...(about !== undefined && { about }) });
    });
  }

  /** Resolves once Node-RED is up (again). */
  get up(): Promise<void> {
    return this.#up;
  }

  startNodeRed(): Promise<void> {
    this.#up = this.#startNodeRed();
    return this.#up;
  }

  async #startNodeRed(): Promise<void> {
    const run = ++this.runs;
    this.#nodeRed = await NodeRedProcess.start(this.userDir, run, (error) => {
      if (this.#wanted !== run) this.failure ??= error;
    });
    this.chronicle.note(`Node-RED is up, run ${run}`);
  }

  /** `kill -9`. */
  async killNodeRed(): Promise<void> {
    const nodeRed = this.#expectEnd();
    this.kills.push(Date.now());
    this.chronicle.note('kill -9 of Node-RED');
    await nodeRed?.kill();
    this.logs.push(nodeRed?.log ?? '');
  }

  async stopNodeRed(): Promise<void> {
    const nodeRed = this.#expectEnd();
    await nodeRed?.stop();
    this.logs.push(nodeRed?.log ?? '');
  }

  #expectEnd(): NodeRedProcess | undefined {
    this.#wanted = this.runs;
    return this.#nodeRed;
  }

  /** `kill -9` of the terminal, and power again after `ms`. */
  async restartTerminal(ms: number): Promise<void> {
    this.chronicle.note('kill -9 of the terminal');
    await this.terminal.kill();
    await pause(ms);
    await this.terminal.start();
    this.chronicle.note('the terminal is up');
  }

  /**
   * Asks a till's flow for something.
   * @param payload with the transactionId that it is about
   */
  async ask(lane: string, to: Target, payload: { transactionId: string; [field: string]: unknown }): Promise<Asking> {
    const { transactionId } = payload;
    const asking: Asking = { ask: ++this.#asked, lane, to, transactionId, at: Date.now(), taken: false };
    this.askings.push(asking);
    this.chronicle.note(`asks for ${to} (${asking.ask})`, { lane, about: transactionId });
    try {
      await this.#nodeRed?.post(`/ask/${lane}`, { to, ask: asking.ask, payload });
      asking.taken = this.#nodeRed !== undefined;
    } catch {
      this.chronicle.note(`asking ${asking.ask} found nobody`, { lane, about: transactionId });
    }
    return asking;
  }

  /** What the terminal itself has on its disk: the money that moved. */
  ledger(): TerminalRecord[] {
    const text = readFileSync(join(this.userDir, STORE), 'utf8');
    const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as TerminalRecord);
  }

  /** What the journal of the stopped Node-RED holds. */
  journal(): TransactionRecord[] {
    const database = new DatabaseSync(join(this.userDir, 'nexo-journal.sqlite'), { readOnly: true });
    try {
      const rows = database.prepare('SELECT json FROM transactions ORDER BY seq').all();
      return rows.map(({ json }) => JSON.parse(String(json)) as TransactionRecord);
    } finally {
      database.close();
    }
  }

  /** Every file of the user directory that Node-RED wrote, as it is. */
  files(): { name: string; text: string }[] {
    const names = readdirSync(this.userDir, { withFileTypes: true }).filter((entry) => entry.isFile());
    return names.map(({ name }) => ({ name, text: readFileSync(join(this.userDir, name), 'latin1') }));
  }

  /** Ends everything. @param keep the directory, for somebody to look into */
  async end({ keep }: { keep: boolean }): Promise<void> {
    this.#expectEnd();
    await this.#nodeRed?.kill();
    await this.terminal.kill();
    for (const proxy of this.proxies) await proxy.close();
    await this.collector.close();
    if (!keep) return rmSync(this.userDir, { recursive: true, force: true });
    writeFileSync(join(this.userDir, 'chronicle.txt'), `${this.chronicle}\n`);
    writeFileSync(join(this.userDir, 'node-red.txt'), this.logs.join('\n---\n'));
  }
}

const STORE = 'terminal.jsonl';

/**
 * A free port that no outgoing connection is given by chance, so that whoever was killed finds it free again: below those
 * that systems hand out by themselves.
 */
async function portFrom(random: Random): Promise<number> {
  for (;;) {
    const port = random.between(12_000, 30_000);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    });
    if (free) await new Promise((resolve) => server.close(resolve));
    if (free) return port;
  }
}
