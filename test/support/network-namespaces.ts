/** Two hosts with a network cable between them: Linux network namespaces and a pair of virtual Ethernet devices. */
import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';

export type Host = 'pos' | 'terminal';

const HOSTS: Record<Host, { ip: string; mac: string; peer: Host }> = {
  pos: { ip: '10.213.0.1', mac: '02:00:00:00:00:01', peer: 'terminal' },
  terminal: { ip: '10.213.0.2', mac: '02:00:00:00:00:02', peer: 'pos' },
};

let created = 0;

/** A network of the hosts `pos` and `terminal`. The programs on them are child processes. */
export class TestNetwork {
  readonly terminalAddress = HOSTS.terminal.ip;
  readonly #id: string;
  readonly #children = new Set<ChildProcess>();

  /**
   * Creates the namespaces. They exist until `close`.
   * @throws Error where that is not possible: it requires root, Linux and the command `ip` (iproute2)
   */
  constructor() {
    this.#id = `nexo-${process.pid}-${created++}`;
    try {
      for (const host of ['pos', 'terminal'] as const) ip('netns', 'add', this.#namespace(host));
      const peer = ['peer', 'name', 'cable', 'netns', this.#namespace('terminal')];
      ip('-n', this.#namespace('pos'), 'link', 'add', 'cable', 'type', 'veth', ...peer);
      for (const host of ['pos', 'terminal'] as const) this.#configure(host);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Unplugs the cable at the terminal, or plugs it in again. Packets are dropped while it is unplugged. */
  plug(connected: boolean): void {
    ip('-n', this.#namespace('terminal'), 'link', 'set', 'cable', connected ? 'up' : 'down');
  }

  /** Runs a module of this folder on a host, with IPC. It ends with the network. */
  run(host: Host, module: string, ...args: string[]): ChildProcess {
    const child = fork(new URL(`./${module}.ts`, import.meta.url), args, {
      execPath: 'ip',
      execArgv: ['netns', 'exec', this.#namespace(host), process.execPath],
    });
    this.#children.add(child);
    return child;
  }

  /** The bytes that the POS's kernel still has to deliver, in open and in closed connections (proc_pid_net(5)). */
  undelivered(pos: ChildProcess): number {
    const [, ...connections] = readFileSync(`/proc/${pos.pid}/net/tcp`, 'utf8').trim().split('\n');
    return connections.reduce((sum, line) => {
      const [transmitQueue = '0'] = line.trim().split(/\s+/)[4]?.split(':') ?? [];
      return sum + Number.parseInt(transmitQueue, 16);
    }, 0);
  }

  close(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    for (const host of ['pos', 'terminal'] as const) {
      try {
        ip('netns', 'delete', this.#namespace(host));
      } catch {
        // It was not created.
      }
    }
  }

  #configure(host: Host): void {
    const { ip: address, mac, peer } = HOSTS[host];
    const namespace = ['-n', this.#namespace(host)];
    ip(...namespace, 'link', 'set', 'cable', 'address', mac);
    ip(...namespace, 'address', 'add', `${address}/24`, 'dev', 'cable');
    ip(...namespace, 'link', 'set', 'cable', 'up');
    // Without this, packets would wait for the address resolution of an unplugged host instead of being lost.
    const resolved = ['lladdr', HOSTS[peer].mac, 'nud', 'permanent'];
    ip(...namespace, 'neighbour', 'replace', HOSTS[peer].ip, ...resolved, 'dev', 'cable');
  }

  #namespace(host: Host): string {
    return `${this.#id}-${host}`;
  }
}

/** Why this machine has no network namespaces for tests; undefined where it has. */
export function missingNamespaces(): string | undefined {
  try {
    new TestNetwork().close();
    return undefined;
  } catch (error) {
    const [reason] = String((error as { stderr?: unknown }).stderr ?? (error as Error).message).split('\n');
    return `needs Linux, root and iproute2 for network namespaces (${reason})`;
  }
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
