/** Deploys: payments in progress outlive them, connections and threads do not. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Report } from '../support/collector.ts';
import { type FlowNode, Lane } from '../support/node-red-flow.ts';
import { Rig } from '../support/node-red-rig.ts';

const one = new Lane('one', { nodes: { payment: {}, login: {} } });
const other = new Lane('other');

let rig: Rig;
let flows: FlowNode[];
before(async () => {
  rig = await Rig.start({ lanes: [one, other], delay: 1000 });
  flows = rig.flows();
});
after(() => rig?.end());

/** Changes one node of the flows that run. */
function change(id: string, type: 'nodes' | 'flows'): Promise<void> {
  flows = flows.map((node) => (node.id === id ? { ...node, name: `${node.name} again` } : node));
  return rig.nodeRed.deploy(flows, type);
}

/** Pays, deploys while the terminal waits for the card, and sees the outcome leave the payment node once. */
async function payThrough(lane: Lane, amount: string, deploy: () => Promise<void>): Promise<Report> {
  const payload = { amount, transactionId: `order-${amount}`, context: amount };
  const paying = rig.statuses(lane, 'payment').filter((text) => text === 'waiting for card').length + 1;
  await rig.feed(lane, 'payment', { payload });
  await rig.status(lane, 'payment', 'waiting for card', { count: paying });
  await deploy();
  const where = (msg: Report['msg']) => msg.payload.transactionId === payload.transactionId;
  const wanted = { lane: lane.name, kind: 'output', node: 'payment', where } as const;
  const report = await rig.collector.next(wanted);
  assert.equal(report.msg.payload.context, amount);
  const repeat = await rig.pay(lane, payload);
  assert.deepEqual(repeat.msg.payload.outcome, report.msg.payload.outcome, 'the node goes on');
  assert.deepEqual(rig.collector.all(wanted), [report, repeat], 'sent once');
  return report;
}

/** A deploy in which two payments take part: it happens when both are at their terminals. */
function deployOnceBothPay(deploy: () => Promise<void>): () => Promise<void> {
  const both = Promise.withResolvers<void>();
  let paying = 0;
  const deployed = both.promise.then(deploy);
  return () => {
    if (++paying === 2) both.resolve();
    return deployed;
  };
}

describe('a payment in progress outlives a deploy', () => {
  it('of everything', async () => {
    const deployed = deployOnceBothPay(() => rig.nodeRed.deploy(flows, 'full'));
    const [approved, declined] = await Promise.all([
      payThrough(one, '10.00', deployed),
      payThrough(other, '10.01', deployed),
    ]);
    assert.deepEqual([approved.port, approved.msg.payload.outcome], [1, 'approved']);
    assert.deepEqual([declined.port, declined.msg.payload.outcome], [2, 'declined']);
    assert.equal(approved.msg.payload.recovered, true, 'its own message is gone');
    assert.equal(rig.terminal.moved('order-10.00').length, 1);
  });

  it('of its payment node; one in another flow does not even notice', async () => {
    const deployed = deployOnceBothPay(() => change('one-payment', 'nodes'));
    const [touched, untouched] = await Promise.all([
      payThrough(one, '11.00', deployed),
      payThrough(other, '11.50', deployed),
    ]);
    assert.deepEqual([touched.port, touched.msg.payload.outcome, touched.msg.payload.recovered], [1, 'approved', true]);
    assert.deepEqual([untouched.port, untouched.msg.payload.recovered], [1, false]);
  });

  it('of its terminal', async () => {
    const { port, msg } = await payThrough(one, '12.00', () => change('one-terminal', 'nodes'));
    assert.deepEqual([port, msg.payload.outcome, msg.payload.recovered], [1, 'approved', true]);
  });

  it('of its flow', async () => {
    const { port, msg } = await payThrough(one, '13.00', () => change('one-login', 'flows'));
    assert.deepEqual([port, msg.payload.outcome, msg.payload.recovered], [1, 'approved', true]);
  });
});

describe('a payment node that is disabled while it pays', () => {
  it('sends the outcome once it is enabled again', async () => {
    const setDisabled = (d: boolean) => {
      flows = flows.map((node) => (node.id === 'other-payment' ? { ...node, d } : node));
      return rig.nodeRed.deploy(flows, 'nodes');
    };
    const transactionId = 'order-16';
    const paying = rig.statuses(other, 'payment').filter((text) => text === 'waiting for card').length + 1;
    await rig.feed(other, 'payment', { payload: { amount: '16.00', transactionId } });
    await rig.status(other, 'payment', 'waiting for card', { count: paying });
    await setDisabled(true);
    await rig.terminal.answered(other.poiId, /^Payment \d+ 16\.00 SEK → Success/);
    await setDisabled(false);
    const where = ({ payload }: Report['msg']) => payload.transactionId === transactionId;
    const { port, msg } = await rig.collector.next({ lane: 'other', kind: 'output', where });
    assert.deepEqual([port, msg.payload.outcome, msg.payload.recovered], [1, 'approved', true]);
  });
});

describe('twenty deploys in a row', () => {
  it('leave no connection and no thread behind', async () => {
    const { port } = rig.terminal;
    const deployAndUse = async () => {
      await rig.nodeRed.deploy(flows, 'full');
      await rig.ask(one, 'login');
    };
    await deployAndUse();
    const baseline = await rig.nodeRed.resources(port);
    // The connection of a login is closed once it is answered.
    assert.ok(baseline.sockets === 0 && baseline.workers > 0, JSON.stringify(baseline));
    for (let deploys = 0; deploys < 20; deploys++) await deployAndUse();
    assert.deepEqual(await rig.nodeRed.resources(port), baseline);
    assert.equal((await rig.pay(one, '15.00')).msg.payload.outcome, 'approved');
  });
});

it('every result was sent once, and nothing was worth a warning but the node that was not there', () => {
  rig.assertOnce();
  assert.match(
    rig.nodeRed.log,
    /^\S.* \[error\] .*"order-16" is approved, but its node \(other-payment\) is not there.*\n$/,
  );
});
