/** A Node-RED in a process of its own, which a test can kill: `node node-red-child.ts <user directory>`, with IPC. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import RED from 'node-red';
import { startNodeRed } from '../../scripts/node-red.ts';
import { installLinked } from '../../scripts/user-directory.ts';

interface Handle {
  type: string;
  remoteEndpoint?: { port: number } | null;
}

const userDir = process.argv[2] ?? '';
const server = createServer().listen(0, '127.0.0.1');
// The parent has ended, so that it cannot be stopped in another way.
process.once('disconnect', () => process.exit(1));
await once(server, 'listening');
const { port } = server.address() as AddressInfo;
installLinked(userDir, fileURLToPath(new URL('../..', import.meta.url)));
const nodeRed = await startNodeRed(server, userDir, port, process.env.NEXO_TEST_LOG_LEVEL);

// A deploy is answered before its flows run.
RED.events.on('flows:started', () => process.send?.({ type: 'started' }));
process.on('message', (request: { ask: 'stop' } | { ask: 'resources'; port: number }) => {
  if (request.ask === 'resources') return process.send?.({ type: 'resources', ...resources(request.port) });
  nodeRed.stop().then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
process.send?.({ type: 'ready', port });

/** How many connections this process has to that port, and how many threads beside its main one. */
function resources(port: number): { sockets: number; workers: number } {
  const { libuv, workers } = process.report.getReport() as unknown as { libuv: Handle[]; workers: unknown[] };
  const sockets = libuv.filter(({ type, remoteEndpoint }) => type === 'tcp' && remoteEndpoint?.port === port);
  return { sockets: sockets.length, workers: workers.length };
}
