/** A flow of core nodes: http in, xml, http response. It does not distinguish terminals, validates nothing, and sends no nexo responses. */
import { startFlow } from '../flow.ts';
import { serveParent } from './contender.ts';
import { PATH } from './terminals.ts';

const flow = [
  { id: 'tab', type: 'tab', label: 'Core nodes' },
  { id: 'in', type: 'http in', z: 'tab', url: PATH, method: 'post', upload: false, wires: [['parse']] },
  { id: 'parse', type: 'xml', z: 'tab', property: 'payload', wires: [['out']] },
  { id: 'out', type: 'http response', z: 'tab', statusCode: '204', headers: {}, wires: [] },
];

const { port } = await startFlow({ flow: () => flow, withPackage: false });
serveParent(port);
