/**
 * The nodes: an endpoint, a number of terminals (the first argument), and a listener for all of them. The node behind it
 * checks that the texts of each terminal arrive in order.
 */
import { connect } from 'node:net';
import { type FlowNode, freePort, startFlow } from '../flow.ts';
import { serveParent } from './contender.ts';
import { nameOf } from './terminals.ts';

const OPEN_WITHIN_MS = 10_000;

interface ListenerMessage {
  payload: { kind: string; number: number | null; text: string };
  nexo: { terminal: { poiId: string } };
}

/** A terminal without a device at its address and without a login: it only sends messages. */
function terminal(_: unknown, index: number): FlowNode {
  return {
    id: `terminal-${index}`,
    type: 'nexo-terminal',
    name: '',
    connection: 'lan',
    host: '127.0.0.1',
    port: 9,
    poiId: nameOf(index),
    saleId: '1',
    endpoint: 'endpoint',
    autoLogin: false,
  };
}

function flow(port: number, terminals: number): FlowNode[] {
  return [
    { id: 'tab', type: 'tab', label: 'nexo nodes' },
    { id: 'endpoint', type: 'nexo-endpoint', address: '127.0.0.1', port },
    ...Array.from({ length: terminals }, terminal),
    { id: 'listener', type: 'nexo-listener', z: 'tab', terminal: '', wires: [['driver'], [], [], []] },
    { id: 'driver', type: 'bench-driver', z: 'tab', wires: [] },
  ];
}

const last = new Map<string, number>();
let received = 0;
let disordered = 0;

function input({ payload, nexo }: ListenerMessage): void {
  const { poiId } = nexo.terminal;
  // Numbers start again with each run.
  if (payload.number !== 1 && payload.number !== (last.get(poiId) ?? 0) + 1) disordered++;
  last.set(poiId, payload.number ?? Number.NaN);
  received++;
}

/** Waits for the port: it opens when the flows run and the terminals are registered. */
async function opened(port: number): Promise<void> {
  const until = performance.now() + OPEN_WITHIN_MS;
  while (performance.now() < until) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await new Promise((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return;
  }
  throw new Error('The endpoint did not open its port. The lines above say why.');
}

const port = await freePort();
await startFlow({ flow: () => flow(port, Number(process.argv[2])), withPackage: true, input });
await opened(port);
serveParent(port, () => ({ received, disordered }));
