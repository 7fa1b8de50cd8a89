import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FlowNode } from './node-red-flow.ts';

const CHILD = fileURLToPath(new URL('./node-red-child.ts', import.meta.url));
const DEADLINE = 60_000;

/** A real Node-RED with this package installed, in a process that can be killed. */
export class NodeRedProcess {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #log: string[];

  /**
   * Starts it on a user directory, and waits until its flows run.
   * @param run as flows report it (`NEXO_TEST_RUN`)
   * @param onExit called when it ends for any reason
   */
  static async start(
    userDir: string,
    run: number,
    onExit: (error: Error) => void,
    env: NodeJS.ProcessEnv = {},
  ): Promise<NodeRedProcess> {
    const child = spawn(process.execPath, [CHILD, userDir], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, NEXO_TEST_RUN: String(run), NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1', ...env },
    });
    const log: string[] = [];
    child.stdout?.setEncoding('utf8').on('data', (text: string) => log.push(text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => log.push(text));
    child.once('exit', (code, signal) => {
      onExit(new Error(`Node-RED ended with ${code ?? signal}. Its log:\n${log.join('')}`));
    });
    const { port } = await answer<{ port: number }>(child, 'ready', log);
    return new NodeRedProcess(child, port, log);
  }

  private constructor(child: ChildProcess, port: number, log: string[]) {
    this.#child = child;
    this.#log = log;
    this.url = `http://127.0.0.1:${port}`;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Everything it printed. */
  get log(): string {
    return this.#log.join('');
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    await this.#end(() => this.#child.kill('SIGKILL'));
  }

  /** Stops it as Ctrl-C does: every node is closed. */
  async stop(): Promise<void> {
    await this.#end(() => this.#child.send({ ask: 'stop' }));
  }

  /** How many connections it has to that port, and how many threads beside its main one. */
  async resources(port: number): Promise<{ sockets: number; workers: number }> {
    const answered = answer<{ sockets: number; workers: number }>(this.#child, 'resources', this.#log);
    this.#child.send({ ask: 'resources', port });
    return answered;
  }

  /** Deploys, as the editor's button does, and waits until the flows run. */
  async deploy(flows: FlowNode[], type: 'full' | 'nodes' | 'flows'): Promise<void> {
    const started = answer(this.#child, 'started', this.#log);
    const response = await fetch(`${this.url}/flows`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'Node-RED-Deployment-Type': type },
      body: JSON.stringify(flows),
    });
    if (!response.ok) throw new Error(`Node-RED answered ${response.status} to a deploy: ${await response.text()}`);
    await started;
  }

  async post(path: string, body: unknown): Promise<string> {
    const response = await fetch(this.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`Node-RED answered ${response.status} to ${path}`);
    return response.text();
  }

  async #end(how: () => void): Promise<void> {
    if (!this.running) return;
    const gone = once(this.#child, 'exit', { signal: AbortSignal.timeout(DEADLINE) });
    how();
    await gone;
  }
}

export function writeFlows(userDir: string, flows: FlowNode[]): void {
  writeFileSync(join(userDir, 'flows.json'), JSON.stringify(flows, null, 1));
}

/** The child's next message of that type. */
function answer<T>(child: ChildProcess, type: string, log: string[]): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      clearTimeout(timer);
      child.off('message', take).off('exit', fail);
    };
    const take = (message: unknown) => {
      if ((message as { type: string }).type !== type) return;
      settle();
      resolve(message as T);
    };
    const fail = (why: unknown) => {
      settle();
      reject(new Error(`Node-RED does not answer (${why}). Its log:\n${log.join('')}`));
    };
    const timer = setTimeout(() => fail('too slow'), DEADLINE);
    child.on('message', take).once('exit', fail);
  });
}
