/** A flow in a real Node-RED in this process, with a node of the bench's own in it, of type `bench-driver`. */
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

/** What the driver's file in the user directory gets from Node-RED, and passes on. */
interface NodeApi<M> {
  nodes: {
    createNode(node: object, config: object): void;
    registerType(type: string, make: (this: DriverNode<M>, config: object) => void): void;
  };
}

export interface Contest<M> {
  /** The flow's nodes, one `bench-driver` among them where `input` is given. */
  flow: (userDir: string) => FlowNode[];
  /** Whether the package is to be installed: the core nodes do without. */
  withPackage: boolean;
  /** Hears every message that comes to the driver. */
  input?: (msg: M) => void;
}

/** On this disk, and not in the system's temporary folder, which may be memory: a commit has to cost what it costs. */
function userDirectory(): string {
  const parent = join(root, '.user');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A node file as users write them, that leaves the work to this process's listener. */
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

/** A port that nobody listens on just now. */
export async function freePort(): Promise<number> {
  const server = await listen();
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts Node-RED with the flow. Resolves once it runs, with Node-RED's own port and, where there is one, the driver. */
export async function startFlow<M>({ flow, withPackage, input }: Contest<M>): Promise<{
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
