/** A flow in a real Node-RED in this process, driven by a node of the bench's own. */
import type { EventEmitter } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startNodeRed } from '../../scripts/node-red.ts';
import { installLinked } from '../../scripts/user-directory.ts';
import type { Pay } from './contender.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface FlowNode {
  id: string;
  type: string;
  [property: string]: unknown;
}

interface BenchMessage {
  payload: unknown;
  benchTerminal: number;
}

interface Waiting {
  resolve(): void;
  reject(error: Error): void;
}

interface DriverNode {
  on(event: 'input', handler: (msg: BenchMessage, send: unknown, done: () => void) => void): void;
  send(messages: (BenchMessage | null)[]): void;
}

/** What the driver's file in the user directory gets from Node-RED, and passes on. */
interface NodeApi {
  nodes: {
    createNode(node: object, config: object): void;
    registerType(type: string, make: (this: DriverNode, config: object) => void): void;
  };
}

export interface Contest {
  flow: (userDir: string) => FlowNode[];
  /** Whether the package is to be installed: the core nodes do without. */
  withPackage: boolean;
}

const AMOUNT = '89.00';

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

/**
 * Starts Node-RED with a flow that holds a node `driver`: its output number is the terminal's, and what comes back to
 * it is a payment's result with `msg.payload.approved`.
 */
export async function driveFlow({ flow, withPackage }: Contest): Promise<Pay> {
  const waiting = new Map<number, Waiting>();
  const started = Promise.withResolvers<DriverNode>();
  (process as EventEmitter).once('bench-driver', ({ nodes }: NodeApi) => {
    nodes.registerType('bench-driver', function (config) {
      nodes.createNode(this, config);
      started.resolve(this);
      this.on('input', ({ payload, benchTerminal }, _send, done) => {
        const payment = waiting.get(benchTerminal);
        if ((payload as { approved?: boolean }).approved) payment?.resolve();
        else payment?.reject(new Error(`Not approved: ${JSON.stringify(payload)}`));
        done();
      });
    });
  });
  const userDir = userDirectory();
  if (withPackage) installLinked(userDir, root);
  installDriver(userDir);
  writeFileSync(join(userDir, 'flows.json'), JSON.stringify(flow(userDir)));
  const server = await listen();
  await startNodeRed(server, userDir, (server.address() as AddressInfo).port);
  const driver = await started.promise;
  return (terminal) =>
    new Promise((resolve, reject) => {
      waiting.set(terminal, { resolve, reject });
      const messages: (BenchMessage | null)[] = Array(terminal + 1).fill(null);
      messages[terminal] = { payload: AMOUNT, benchTerminal: terminal };
      driver.send(messages);
    });
}
