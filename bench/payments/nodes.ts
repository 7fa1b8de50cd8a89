/** The nodes: one terminal and one payment node each, with a journal: every payment is durable before and after. */
import { join } from 'node:path';
import type { FlowNode } from '../flow.ts';
import { serveParent } from './contender.ts';
import { driveFlow } from './flow.ts';

function terminal(index: number, port: number): FlowNode[] {
  return [
    {
      id: `terminal-${index}`,
      type: 'nexo-terminal',
      name: `Terminal ${index}`,
      connection: 'lan',
      host: '127.0.0.1',
      port,
      path: '/EPASSaleToPOI/3.1',
      secure: false,
      tls: '',
      poiId: `BENCH-${index}`,
      saleId: '1',
      currency: 'SEK',
      language: 'sv',
      endpoint: '',
      journal: 'journal',
      autoLogin: true,
      responseTimeout: 300,
      recoveryTimeout: 120,
      whenBusy: 'wait',
    },
    {
      id: `payment-${index}`,
      type: 'nexo-payment',
      z: 'tab',
      name: '',
      terminal: `terminal-${index}`,
      paymentType: 'Normal',
      wires: [['driver'], ['driver'], ['driver']],
    },
  ];
}

function flow(userDir: string, port: number, terminals: number): FlowNode[] {
  const indexes = Array.from({ length: terminals }, (_, index) => index);
  return [
    { id: 'tab', type: 'tab', label: 'nexo nodes' },
    { id: 'journal', type: 'nexo-journal', store: 'sqlite', file: join(userDir, 'journal.sqlite'), retentionDays: 30 },
    { id: 'driver', type: 'bench-driver', z: 'tab', wires: indexes.map((index) => [`payment-${index}`]) },
    ...indexes.flatMap((index) => terminal(index, port)),
  ];
}

await serveParent(({ port, terminals }) =>
  driveFlow({ flow: (userDir) => flow(userDir, port, terminals), withPackage: true }),
);
