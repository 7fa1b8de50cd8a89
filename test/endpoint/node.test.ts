/** The node `nexo-endpoint` in a real Node-RED: its own server, Node-RED's, deploys, and the errors that users see. */
import assert from 'node:assert/strict';
import type { EventEmitter } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Node, NodeAPI, NodeDef } from 'node-red';
import endpointNode from '../../nodes/endpoint.ts';
import { endpointOf } from '../../nodes/shared/endpoint-node.ts';
import { type NodeRed, startNodeRed } from '../../scripts/node-red.ts';
import { display, event, Notes, PATH, resultOf, send } from './support.ts';

type FlowNode = Record<string, unknown> & { id: string; type: string };

/** Messages by POIID, and what Catch and Status nodes saw since the last deploy; status texts are keys, for
 * a node file in the user directory has no catalogue. */
const notes = new Map<string, Notes>();
const caught: { code?: string; message: string; source: { id: string } }[] = [];
const statuses: { text: string; source: { id: string } }[] = [];
const refused: { poiId: string; code: string }[] = [];

interface TerminalNode extends Node {
  users: Record<string, Node>;
}

/** Stands in for the terminal node, which is not what is tested here: registers as that does. */
function standIns(RED: NodeAPI): void {
  RED.nodes.registerType(
    'nexo-terminal',
    function (this: TerminalNode, config: NodeDef & { poiId: string; endpoint: string }) {
      RED.nodes.createNode(this, config);
      this.users = {};
      const own = new Notes();
      notes.set(config.poiId, own);
      const registering = endpointOf(RED, config.endpoint)
        .register(config.poiId, own)
        .catch((error: { code: string }) => {
          refused.push({ poiId: config.poiId, code: error.code });
          return () => Promise.resolve();
        });
      this.on('close', (done: () => void) => {
        registering.then((unregister) => unregister()).then(() => done());
      });
    },
  );
  RED.nodes.registerType('user', function (this: Node, config: NodeDef & { terminal: string }) {
    RED.nodes.createNode(this, config);
    const terminal = RED.nodes.getNode(config.terminal) as TerminalNode;
    terminal.users[this.id] = this;
  });
  RED.nodes.registerType('sink', function (this: Node, config: NodeDef) {
    RED.nodes.createNode(this, config);
    this.on('input', (msg, _send, done) => {
      const { error, status } = msg as unknown as { error?: (typeof caught)[0]; status?: (typeof statuses)[0] };
      if (error) caught.push(error);
      if (status) statuses.push(status);
      done();
    });
  });
}

const endpoint = (id: string, settings: object): FlowNode => ({
  id,
  type: 'nexo-endpoint',
  name: '',
  address: '127.0.0.1',
  port: 11000,
  allow: '',
  mount: false,
  secure: false,
  tls: '',
  version: 1,
  ...settings,
});

/** A terminal with an endpoint, and a palette node that uses it. */
const terminal = (poiId: string, endpointId: string): FlowNode[] => [
  { id: `terminal-${poiId}`, type: 'nexo-terminal', poiId, endpoint: endpointId },
  { id: `user-${poiId}`, type: 'user', z: 'tab', terminal: `terminal-${poiId}`, wires: [] },
];

const frame: FlowNode[] = [
  { id: 'tab', type: 'tab', label: 'Test' },
  { id: 'on-catch', type: 'catch', z: 'tab', scope: null, uncaught: false, wires: [['heard']] },
  { id: 'on-status', type: 'status', z: 'tab', scope: null, wires: [['heard']] },
  { id: 'heard', type: 'sink', z: 'tab', wires: [] },
];

let server: Server;
let userDir: string;
let nodeRed: NodeRed;
let RED: NodeAPI;
let port: number;
let ownPort: number;

const own = () => `http://127.0.0.1:${ownPort}${PATH}`;
const shared = () => `http://127.0.0.1:${port}${PATH}`;

async function freePort(): Promise<number> {
  const probe = net.createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port: free } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return free;
}

async function deploy(flows: FlowNode[], type = 'full'): Promise<void> {
  for (const list of [caught, statuses, refused]) list.length = 0;
  const started = new Promise<void>((resolve) => RED.events.once('flows:started', () => resolve()));
  const response = await fetch(`http://127.0.0.1:${port}/flows`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'Node-RED-Deployment-Type': type },
    body: JSON.stringify([...frame, ...flows]),
  });
  assert.ok(response.ok, await response.text());
  await started;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}

before(async () => {
  userDir = mkdtempSync(join(tmpdir(), 'nexo-endpoint-'));
  mkdirSync(join(userDir, 'nodes'));
  writeFileSync(join(userDir, 'nodes', 'hook.js'), "module.exports = (RED) => process.emit('endpoint-test', RED);\n");
  writeFileSync(join(userDir, 'nodes', 'hook.html'), '<script type="text/javascript"></script>\n');
  writeFileSync(join(userDir, 'flows.json'), JSON.stringify(frame));
  (process as EventEmitter).once('endpoint-test', (api: NodeAPI) => {
    RED = api;
    endpointNode(api);
    standIns(api);
  });
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
  nodeRed = await startNodeRed(server, userDir, port);
  ownPort = await freePort();
});

after(async () => {
  await nodeRed?.stop();
  rmSync(userDir, { recursive: true, force: true });
});

describe('on a port of its own', () => {
  it('receives the messages of its terminals, each its own', async () => {
    await deploy([endpoint('e', { port: ownPort }), ...terminal('A', 'e'), ...terminal('B', 'e')]);
    await until(() => statuses.length > 1);
    assert.deepEqual(
      statuses.map(({ text, source }) => [text, source.id]),
      Array(2).fill(['status.listening', 'e']),
    );
    assert.equal(resultOf(await send(own(), display('for A', { poiId: 'A' }))), 'Success');
    assert.equal((await send(own(), event('for B', { poiId: 'B' }))).status, 204);
    await notes.get('B')?.count(1);
    assert.deepEqual([notes.get('A')?.texts, notes.get('B')?.texts], [['for A'], ['for B']]);
    assert.deepEqual(caught, []);
  });

  it('is there after fifty deploys of every kind, and once only', async () => {
    const flows = [endpoint('e', { port: ownPort }), ...terminal('A', 'e'), ...terminal('B', 'e')];
    const count = () => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPServerWrap').length;
    await deploy(flows);
    await send(own(), display('x', { poiId: 'A' }));
    const before_ = count();
    for (let deploys = 0; deploys < 50; deploys++) {
      const type = ['full', 'nodes', 'flows'][deploys % 3] ?? '';
      const name = `${deploys}`;
      const changed = flows.map((node, index) => (index === deploys % flows.length ? { ...node, name } : node));
      await deploy(changed, type);
      assert.equal(resultOf(await send(own(), display('x', { poiId: 'A' }))), 'Success');
    }
    assert.equal(count(), before_);
    assert.deepEqual([caught, refused], [[], []]);
  });

  it('may change its port and its allowed addresses, and stops with its last terminal', async () => {
    const free = await freePort();
    await deploy([endpoint('e', { port: String(free), allow: '192.0.2.1, 10.0.0.0/8' }), ...terminal('A', 'e')]);
    const moved = own().replace(`${ownPort}`, `${free}`);
    assert.equal((await send(moved, display('x', { poiId: 'A' }))).status, 403);
    await assert.rejects(send(own(), display('x', { poiId: 'A' })), { code: 'ECONNREFUSED' });
    await deploy([endpoint('e', { port: free })]);
    await assert.rejects(send(moved, display('x', { poiId: 'A' })), { code: 'ECONNREFUSED' });
  });

  it('reports to Catch and Status nodes of its users that it cannot listen', async (t) => {
    const other = net.createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    t.after(() => other.close());
    const taken = (other.address() as AddressInfo).port;
    await deploy([endpoint('e', { port: taken }), ...terminal('A', 'e'), ...terminal('B', 'e')]);
    await until(() => caught.length > 1 && statuses.length > 1);
    assert.deepEqual(
      caught.map(({ code, source }) => [code, source.id]),
      Array(2).fill(['endpoint_port_in_use', 'e']),
    );
    assert.deepEqual([...new Set(statuses.map(({ text }) => text))], ['status.notListening']);
    assert.deepEqual(refused, [], 'it goes on trying');
  });

  it('says which setting is wrong to the terminal that needs it', async () => {
    const wrong: [object, string][] = [
      [{ port: 'x' }, 'invalid_config'],
      [{ secure: true }, 'invalid_config'],
      [{ port: ownPort, allow: 'till-1' }, 'endpoint_allow'],
    ];
    for (const [settings, code] of wrong) {
      await deploy([endpoint('e', settings), ...terminal('A', 'e')]);
      await until(() => refused.length > 0);
      assert.deepEqual(refused, [{ poiId: 'A', code }]);
    }
    await deploy([
      endpoint('e', { port: ownPort }),
      endpoint('f', { port: ownPort, allow: '10.0.0.1' }),
      ...terminal('A', 'e'),
      ...terminal('B', 'f'),
    ]);
    await until(() => refused.length > 0);
    assert.deepEqual(
      refused.map(({ code }) => code),
      ['endpoint_conflict'],
    );
  });
});

describe('on Node-RED’s own server', () => {
  const mounted = (settings: object = {}) => endpoint('m', { mount: true, ...settings });

  it('receives the messages of its terminals, and leaves everything else to Node-RED', async () => {
    await deploy([mounted(), ...terminal('A', 'm')]);
    assert.equal(resultOf(await send(shared(), display('x', { poiId: 'A' }))), 'Success');
    assert.equal((await send(`${shared()}/`, event('y', { poiId: 'A' }))).status, 204);
    assert.equal((await send(shared(), display('x', { poiId: 'B' }))).status, 200);
    assert.equal((await fetch(shared())).status, 405);
    assert.equal((await fetch(`http://127.0.0.1:${port}/flows`)).status, 200);
    assert.deepEqual(notes.get('A')?.texts, ['x', 'y']);
    await assert.rejects(send(own(), 'x'), { code: 'ECONNREFUSED' });
  });

  it('exists once after ten deploys, keeps its allowed addresses, and stops', async () => {
    const layers = () => (RED.httpNode as unknown as { _router: { stack: unknown[] } })._router.stack.length;
    const before_ = layers();
    for (let deploys = 0; deploys < 10; deploys++) {
      await deploy(
        [mounted({ name: `${deploys}`, allow: deploys % 2 ? '192.0.2.1' : '' }), ...terminal('A', 'm')],
        'nodes',
      );
      const { status } = await send(shared(), display('x', { poiId: 'A' }));
      assert.equal(status, deploys % 2 ? 403 : 200);
    }
    assert.equal(layers(), before_);
    await deploy([]);
    assert.equal((await send(shared(), display('x', { poiId: 'A' }))).status, 404);
    assert.equal(layers(), before_ - 1);
  });
});
