/** A flow in a real Node-RED in this process, with a node of type `bench-driver` that the bench controls. */
import type { EventEmitter } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startNodeRed } from '../scripts/node-red.ts';
import { installLinked } from '../scripts/user-directory.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

export interface FlowNode {
  id: string;
  type: string;
  [property: string]: unknown;
}

export interface DriverNode<M> {
  on(event: 'input', handler: (msg: M, send: unknown, done: () => void) => void): void;
  send(messages: (M | null)[]): void;
}

/** The part of Node-RED's API that the driver uses. */
interface NodeApi<M> {
  nodes: {
    createNode(node: object, config: object): void;
    registerType(type: string, make: (this: DriverNode<M>, config: object) => void): void;
  };
}

export interface BenchFlow<M> {
  /** The flow's nodes, one `bench-driver` among them where `input` is given. */
  flow: (userDir: string) => FlowNode[];
  /** Whether this package is installed. The core nodes do not need it. */
  withPackage: boolean;
  /** Called with every message that reaches the driver. */
  input?: (msg: M) => void;
}

/** In the repository, not in the system's temporary folder, which may be in memory: commits have to reach a disk. */
function userDirectory(): string {
  const parent = join(root, '.user');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Installs the driver as a node file in the user directory; it calls back into this process. */
function installDriver(userDir: string): void {
  const folder = join(userDir, 'nodes');
  mkdirSync(folder);
  writeFileSync(join(folder, 'bench-driver.js'), "module.exports = (RED) => process.emit('bench-driver', RED);\n");
  writeFileSync(
    join(folder, 'bench-driver.html'),
    '<script type="text/javascript">RED.nodes.registerType("bench-driver", { defaults: {} })</script>\n',
  );
}

async function listen(): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** A free port. */
export async function freePort(): Promise<number> {
  const server = await listen();
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts Node-RED with the flow. Resolves once it runs, with Node-RED's own port and, where there is one, the driver. */
export async function startFlow<M>({ flow, withPackage, input }: BenchFlow<M>): Promise<{
  port: number;
  driver: DriverNode<M> | undefined;
}> {
  let driver: DriverNode<M> | undefined;
  (process as EventEmitter).once('bench-driver', ({ nodes }: NodeApi<M>) => {
    nodes.registerType('bench-driver', function (config) {
      nodes.createNode(this, config);
      driver = this;
      this.on('input', (msg, _send, done) => {
        input?.(msg);
        done();
      });
    });
  });
  const userDir = userDirectory();
  if (withPackage) installLinked(userDir, root);
  if (input) installDriver(userDir);
  writeFileSync(join(userDir, 'flows.json'), JSON.stringify(flow(userDir)));
  const server = await listen();
  const { port } = server.address() as AddressInfo;
  await startNodeRed(server, userDir, port);
  return { port, driver };
}
