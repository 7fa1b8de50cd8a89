/** A flow of core nodes: http in, xml, http response. It knows no terminals, checks nothing, and answers nobody in nexo. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startNodeRed } from '../../scripts/node-red.ts';
import { contend } from './contender.ts';
import { PATH } from './terminals.ts';

const flow = [
  { id: 'tab', type: 'tab', label: 'Core nodes' },
  { id: 'in', type: 'http in', z: 'tab', url: PATH, method: 'post', upload: false, wires: [['parse']] },
  { id: 'parse', type: 'xml', z: 'tab', property: 'payload', wires: [['out']] },
  { id: 'out', type: 'http response', z: 'tab', statusCode: '204', headers: {}, wires: [] },
];

const parent = fileURLToPath(new URL('../../.user', import.meta.url));
mkdirSync(parent, { recursive: true });
const userDir = mkdtempSync(join(parent, 'bench-'));
process.once('exit', () => rmSync(userDir, { recursive: true, force: true }));
writeFileSync(join(userDir, 'flows.json'), JSON.stringify(flow));

const server = createServer();
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address() as AddressInfo;
await startNodeRed(server, userDir, port);
contend(port);
