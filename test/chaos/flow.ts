/** The flow of one till: fed over HTTP, it reports every message of its nodes with the asking that led to it. */
import { type FlowNode, terminalNode } from '../support/node-red-flow.ts';

export interface Till {
  name: string;
  poiId: string;
  /** Where its terminal is reached: the proxy's port. */
  port: number;
  settings: Record<string, unknown>;
}

const PALETTE = ['payment', 'abort', 'status', 'fulfil', 'reversal'] as const;
export type Target = (typeof PALETTE)[number];

/** @param collector where everything is reported to */
export function flowOf({ name, poiId, port, settings }: Till, collector: string): FlowNode[] {
  const at = (id: string, type: string, rest: object): FlowNode => ({ id: `${name}-${id}`, type, z: name, ...rest });
  const terminal = `${name}-terminal`;
  const outputs = (node: Target) => (node === 'abort' || node === 'status' ? [1] : [1, 2, 3]);
  return [
    { id: name, type: 'tab', label: name },
    { ...terminalNode(terminal, poiId, port), ...settings },
    at('in', 'http in', { url: `/ask/${name}`, method: 'post', wires: [[`${name}-route`]] }),
    at('route', 'function', {
      outputs: PALETTE.length + 1,
      func: ROUTE,
      wires: [...PALETTE.map((node) => [`${name}-${node}`]), [`${name}-taken`]],
    }),
    at('taken', 'http response', { statusCode: '200', wires: [] }),
    ...PALETTE.flatMap((node) => [
      at(node, `nexo-${node}`, { terminal, wires: outputs(node).map((port) => [`${name}-${node}-${port}`]) }),
      ...outputs(node).map((port) => at(`${node}-${port}`, 'function', report(name, { kind: 'output', node, port }))),
    ]),
    at('catch', 'catch', { scope: PALETTE.map((node) => `${name}-${node}`), wires: [[`${name}-caught`]] }),
    at('caught', 'function', report(name, { kind: 'catch' })),
    at('send', 'http request', { method: 'POST', url: collector, ret: 'txt', wires: [[]] }),
  ];
}

const ROUTE = `
const { to, ask, payload } = msg.payload;
return [...${JSON.stringify(PALETTE)}.map((node) => (node === to ? { ask, payload } : null)), { ...msg, payload: '' }];
`;

function report(name: string, about: object) {
  const func = `
const seq = (global.get('seq') || 0) + 1;
global.set('seq', seq);
const { ask, payload, nexo, error } = msg;
const run = Number(env.get('NEXO_TEST_RUN'));
const told = error ? { error: { message: error.message, code: error.code } } : { payload, nexo };
return { payload: { ...${JSON.stringify({ lane: name, ...about })}, run, seq, ask, ...told } };
`;
  return { outputs: 1, func, wires: [[`${name}-send`]] };
}
