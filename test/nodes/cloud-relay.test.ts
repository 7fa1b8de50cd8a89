/**
 * A payment that was lost on its way through the cloud. The relay may still deliver it, whatever time has passed: so it
 * stays unresolved until the terminal knows it, or a person rules on it.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { CloudFault } from '../../lib/virtual/cloud/cloud-faults.ts';
import { CloudRig } from '../support/node-red-cloud.ts';
import type { LaneOptions } from '../support/node-red-flow.ts';
import type { Rig } from '../support/node-red-rig.ts';

const FAULTS: Record<string, { what: string; fault: CloudFault }> = {
  dropped: { what: 'the connection drops', fault: { type: 'drop', relayed: false } },
  full: { what: 'the service has no capacity (503)', fault: { type: 'status', status: 503 } },
  offline: { what: 'the service does not reach the terminal (504)', fault: { type: 'offline' } },
};
/** Times that are short, so that only the relay stands in the way of "not started". */
const terminal = { responseTimeout: 1, recoveryTimeout: 1 };
const lane = (): LaneOptions => ({ terminal, nodes: { payment: {}, transactions: {} } });

let cloud: CloudRig;
let rig: Rig;
before(async () => {
  cloud = await CloudRig.start({ lanes: Object.fromEntries(Object.keys(FAULTS).map((name) => [name, lane()])) });
  ({ rig } = cloud);
});
after(() => cloud?.end());

describe('a payment that never reached the terminal', { concurrency: true }, () => {
  for (const [name, { what, fault }] of Object.entries(FAULTS)) {
    it(`${what}: output 3, however often the terminal says that it is idle, until a ruling`, async () => {
      const lane = cloud.lane(name);
      assert.equal((await rig.pay(lane, { amount: '10.00', transactionId: `${name} 10` })).port, 1);
      cloud.service.faults.add({ ...fault, on: 'Payment', poiId: lane.poiId });
      const transactionId = `${name} 89`;
      const msgid = await rig.feed(lane, 'payment', { payload: { amount: '89.00', transactionId } });
      const unresolved = await rig.collector.next({ lane: name, kind: 'output', node: 'payment', msgid });
      assert.deepEqual([unresolved.port, unresolved.msg.payload.outcome], [3, 'unresolved']);
      // More than the two idle answers, five seconds apart, that are a proof on the local network.
      const asked = cloud.exchanges(name).length;
      await cloud.exchanged(name, /^TransactionStatus/, asked + 8);
      assert.equal(rig.collector.all({ lane: name, kind: 'output', node: 'payment', msgid }).length, 1);
      const next = await rig.pay(lane, '11.00');
      assert.equal(next.msg.payload.error?.condition, 'Unresolved');

      const ruling = { transactionId, outcome: 'declined', by: 'Karin Ek', note: 'looked at the terminal' };
      await rig.ask(lane, 'transactions', { ruling });
      const { port, msg } = await rig.final(lane, msgid);
      assert.deepEqual([port, msg.payload.outcome, msg.payload.error?.condition], [2, 'declined', 'Ruled']);
      assert.equal((await rig.pay(lane, '12.00')).port, 1);
      assert.equal(cloud.moved(name), 2);
    });
  }
});
