/** Two Node-REDs with one journal: the second is kept out, and takes over when the first one has gone. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { type FlowNode, Lane } from '../support/node-red-flow.ts';
import { Rig } from '../support/node-red-rig.ts';

const lane = new Lane('till', { terminal: { journal: 'shared' } });
const journalIn = (folder: string): FlowNode => ({
  id: 'shared',
  type: 'nexo-journal',
  name: 'Journal',
  store: 'sqlite',
  file: join(folder, 'shared.sqlite'),
  retentionDays: 30,
});

let first: Rig;
let second: Rig;
before(async () => {
  first = await Rig.start({ lanes: [lane], extra: [journalIn('')], delay: 50 });
  second = await Rig.start({ lanes: [lane], extra: [journalIn(first.userDir)], delay: 50 });
});
after(async () => {
  await second?.end();
  await first?.end();
});

it('the second one starts no payment and says why, the first one goes on', async () => {
  const source = ({ error }: { error: { source: { id: string } } }) => error.source.id === lane.terminalId;
  const { msg } = await second.collector.next({ lane: lane.name, kind: 'catch', where: source });
  assert.equal(msg.error.code, 'journal_locked');
  assert.match(
    msg.error.message,
    /shared\.sqlite is in use by another program, perhaps a second Node-RED\. Stop that one/,
  );

  const payload = { amount: '10.00', transactionId: 'order-1' };
  const there = second.feed(lane, 'payment', { payload }).then((msgid) => second.caught(lane, msgid));
  const [error, here] = await Promise.all([there, first.pay(lane, payload)]);
  assert.equal(here.msg.payload.outcome, 'approved');
  assert.equal(error.code, 'journal_unreadable');
  assert.match(error.message, /in use by another program/);
  assert.deepEqual(second.terminal.exchanges(lane.poiId), [], 'nothing was sent');
});

it('the second one takes over with a deploy, with all that the first one wrote, once that one was killed', async () => {
  await first.killNodeRed();
  await second.nodeRed.deploy(second.flows(), 'full');
  const repeated = await second.pay(lane, { amount: '10.00', transactionId: 'order-1' });
  assert.equal(repeated.msg.payload.outcome, 'approved');
  assert.deepEqual(second.terminal.moved('order-1'), [], 'the result is the first one’s');
  await second.pay(lane, { amount: '11.00', transactionId: 'order-2' });
  assert.equal(second.terminal.moved('order-2').length, 1);
});
