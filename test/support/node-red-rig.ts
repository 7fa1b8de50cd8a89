import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { TransactionRecord } from '../../lib/session/record.ts';
import { Collector, type Report } from './collector.ts';
import type { FlowNode, Lane } from './node-red-flow.ts';
import { NodeRedProcess, writeFlows } from './node-red-process.ts';
import { VirtualTerminalProcess } from './virtual-terminal.ts';

export interface RigOptions {
  lanes: Lane[];
  /** Further nodes, such as journals. */
  extra?: FlowNode[];
  /** How long a payment takes at the terminal, in ms. */
  delay?: number;
  /** Further options of the stand-alone terminal's command. */
  terminal?: string[];
  /** Called with the user directory before Node-RED starts. */
  prepare?: (userDir: string) => void;
  /** Further environment variables of Node-RED's process. */
  env?: NodeJS.ProcessEnv;
}

/** Everything a test of the nodes needs: Node-RED, a stand-alone terminal, and a collector of what the flows report. */
export class Rig {
  readonly userDir: string;
  readonly collector: Collector;
  readonly terminal: VirtualTerminalProcess;
  readonly #options: RigOptions;
  #nodeRed: NodeRedProcess | undefined;
  #runs = 0;
  #expectedToEnd = false;

  static async start(options: RigOptions): Promise<Rig> {
    const userDir = mkdtempSync(join(tmpdir(), 'nexo-nodes-'));
    const store = join(userDir, 'terminal.jsonl');
    const collector = await Collector.start();
    const terminal = await VirtualTerminalProcess.start({
      store,
      delay: options.delay ?? 100,
      more: options.terminal ?? [],
    });
    const rig = new Rig(userDir, collector, terminal, options);
    writeFlows(userDir, rig.flows());
    options.prepare?.(userDir);
    try {
      await rig.startNodeRed();
    } catch (error) {
      await rig.end();
      throw error;
    }
    return rig;
  }

  private constructor(userDir: string, collector: Collector, terminal: VirtualTerminalProcess, options: RigOptions) {
    this.userDir = userDir;
    this.collector = collector;
    this.terminal = terminal;
    this.#options = options;
  }

  get nodeRed(): NodeRedProcess {
    assert.ok(this.#nodeRed, 'Node-RED was not started');
    return this.#nodeRed;
  }

  flows(): FlowNode[] {
    const { lanes, extra = [] } = this.#options;
    return [...extra, ...lanes.flatMap((lane) => lane.flow(this.terminal.port, this.collector.url))];
  }

  /** Starts Node-RED, the next one on the same user directory. */
  async startNodeRed(): Promise<void> {
    this.#expectedToEnd = false;
    this.collector.ended(undefined);
    this.#nodeRed = await NodeRedProcess.start(
      this.userDir,
      ++this.#runs,
      (error) => {
        if (!this.#expectedToEnd) this.collector.ended(error);
      },
      this.#options.env,
    );
  }

  async killNodeRed(): Promise<void> {
    this.#expectedToEnd = true;
    await this.nodeRed.kill();
  }

  async stopNodeRed(): Promise<void> {
    this.#expectedToEnd = true;
    await this.nodeRed.stop();
  }

  /** Sends a message into a node of a lane. Returns its `_msgid`. */
  feed(lane: Lane, to: string, msg: Record<string, unknown>, more: { cyclic?: boolean } = {}): Promise<string> {
    return this.nodeRed.post(`/feed/${lane.name}`, { to, msg, ...more });
  }

  /** Sends a payment, and waits for how it ends: its final message. */
  async pay(lane: Lane, payload: unknown, node = 'payment'): Promise<Report> {
    return this.final(lane, await this.feed(lane, node, { payload }));
  }

  /** The message with a payment's final outcome. */
  final(lane: Lane, msgid: string, within?: number): Promise<Report> {
    const where = (msg: Report['msg']) => msg.payload.outcome !== 'unresolved';
    const wanted = { lane: lane.name, kind: 'output', msgid, where } as const;
    return this.collector.next(wanted, within === undefined ? {} : { within });
  }

  /** Sends anything to a node that has one output, and waits for what comes out. */
  async ask(lane: Lane, node: string, payload?: unknown): Promise<Report> {
    const msgid = await this.feed(lane, node, payload === undefined ? {} : { payload });
    return this.collector.next({ lane: lane.name, kind: 'output', node, msgid });
  }

  /** The error with which a message ended. */
  async caught(lane: Lane, msgid: string): Promise<Report['msg']['error']> {
    return (await this.collector.next({ lane: lane.name, kind: 'catch', msgid })).msg.error;
  }

  /** The status texts of a lane's node so far, in order. */
  statuses(lane: Lane, node: string): string[] {
    const { collector } = this;
    const id = `${lane.name}-${node}`;
    const reports = collector.all({ lane: lane.name, kind: 'status', where: ({ status }) => status.source.id === id });
    return reports.map(({ msg }) => msg.status.text ?? '');
  }

  /** Waits for a status text of a lane's node. */
  status(lane: Lane, node: string, text: string, options: { count?: number } = {}): Promise<Report> {
    const id = `${lane.name}-${node}`;
    const where = ({ status }: Report['msg']) => status.source.id === id && status.text === text;
    return this.collector.next({ lane: lane.name, kind: 'status', where }, options);
  }

  /** What a journal of the stopped Node-RED holds. */
  journal(file = 'nexo-journal.sqlite'): TransactionRecord[] {
    assert.ok(!this.nodeRed.running, 'a journal can be read only when Node-RED is stopped');
    const database = new DatabaseSync(join(this.userDir, file), { readOnly: true });
    try {
      const rows = database.prepare('SELECT json FROM transactions ORDER BY seq').all();
      return rows.map(({ json }) => JSON.parse(String(json)) as TransactionRecord);
    } finally {
      database.close();
    }
  }

  /** No message left a payment node twice with a certain outcome, and none was completed twice. */
  assertOnce(): void {
    const seen = new Map<string, Report>();
    const certain = ({ payload }: Report['msg']) => payload?.outcome !== 'unresolved';
    const ends = [
      ...this.collector.all({ kind: 'output', where: certain }),
      ...this.collector.all({ kind: 'complete' }),
      ...this.collector.all({ kind: 'catch' }),
    ];
    for (const report of ends) {
      const end = report.kind === 'output' ? 'output' : 'done';
      const key = `${end} ${report.msg._msgid}`;
      assert.ok(!seen.has(key), `${key} came twice: ${JSON.stringify([seen.get(key), report])}`);
      seen.set(key, report);
    }
  }

  async end(): Promise<void> {
    this.#expectedToEnd = true;
    await this.#nodeRed?.kill();
    await this.terminal.kill();
    await this.collector.close();
    rmSync(this.userDir, { recursive: true, force: true });
  }
}
