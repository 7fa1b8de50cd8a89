/** Power cuts between payment, goods and reversal, and terminals that cannot be reached for it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Message } from '../../lib/protocol/types.ts';
import { encode } from '../../lib/protocol/xml/encode.ts';
import type { Lane } from '../support/node-red-flow.ts';
import { givenBack, passOn, reversalOf, summary, ThreeWayLane } from '../support/node-red-post-approval.ts';
import { Rig } from '../support/node-red-rig.ts';
import { login, payment } from '../support/pos.ts';
import { VirtualTerminalProcess } from '../support/virtual-terminal.ts';

const nodes = { payment: { awaitFulfilment: true }, fulfil: {}, 'payment-plain': {}, reversal: { which: 'last' } };
const held = new ThreeWayLane('held', { nodes });
const spoilt = new ThreeWayLane('spoilt', { nodes });

let folder: string;
let rig: Rig;
/** A terminal that is switched off now and then. */
let mortal: VirtualTerminalProcess;
let off: Lane;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nexo-mortal-'));
  mortal = await VirtualTerminalProcess.start({ store: join(folder, 'terminal.jsonl'), delay: 50 });
  // Reported between two tries, one second and three after the first: the plug is pulled while none is marked as sent, which
  // would take two minutes to prove otherwise.
  const terminal = { port: mortal.port, recoveryTimeout: 2 };
  off = new ThreeWayLane('off', { terminal, nodes });
  rig = await Rig.start({ lanes: [held, spoilt, off] });
});
after(async () => {
  await rig?.end();
  await mortal?.kill();
  rmSync(folder, { recursive: true, force: true });
});

/** Another till at the same terminal. */
async function elsewhere(poiId: string): Promise<void> {
  const till = { saleId: 'another till', poiId };
  for (const message of [login({ id: '1', ...till }), payment({ id: '2', ...till }, '1.00')]) await post(message);
}

async function post(message: Message): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${rig.terminal.port}/EPASSaleToPOI/3.1`, {
    method: 'POST',
    headers: { 'content-type': 'application/xml' },
    body: new Uint8Array(encode(message)),
  });
  assert.equal(response.status, 200);
  assert.match(await response.text(), /Result="Success"/);
}

describe('a reversal that the terminal refuses', () => {
  it('leaves the money where it is, and calls for a person: goods that did not come out', async () => {
    const paid = await rig.pay(spoilt, { amount: '20.00', transactionId: 'spoilt-1' });
    await elsewhere(spoilt.poiId);
    const refused = await passOn(rig, spoilt, paid, 'fulfil', false);
    const { condition, ...rest } = summary(refused);
    const expected = { outcome: 'approved', amount: '20.00', reversed: false, delivered: false };
    assert.deepEqual(rest, { port: 3, ...expected, transactionId: 'spoilt-1' });
    assert.equal(condition, 'NotFound');
    await rig.status(spoilt, 'fulfil', 'charged, no goods');
    assert.equal(givenBack(rig.userDir, 'spoilt-1'), false);
  });

  it('leaves the payment as it was: reversal node', async () => {
    await rig.pay(spoilt, { amount: '21.00', transactionId: 'spoilt-2' }, 'payment-plain');
    await elsewhere(spoilt.poiId);
    const refused = await rig.ask(spoilt, 'reversal');
    assert.deepEqual([refused.port, reversalOf(refused).outcome, reversalOf(refused).reversed], [2, 'approved', false]);
    await rig.status(spoilt, 'reversal', 'not reversed');
  });
});

it('a reversal that cannot be started: the flow’s own gets the error, nothing is owed', async () => {
  await rig.pay(off, { amount: '22.00', transactionId: 'off-0' }, 'payment-plain');
  await mortal.kill();
  const refused = await rig.ask(off, 'reversal');
  assert.deepEqual([refused.port, reversalOf(refused).outcome], [2, 'approved']);
  assert.equal(reversalOf(refused).error?.condition, 'Unreachable');
  await mortal.start();
});

it('a reversal that is owed and cannot be started: unresolved, and certain once the terminal is back', async () => {
  const paid = await rig.pay(off, { amount: '23.00', transactionId: 'off-1' });
  await mortal.kill();
  const msgid = await rig.feed(off, 'fulfil', { payload: false, nexo: paid.msg.nexo });
  const unresolved = await rig.collector.next({ lane: 'off', kind: 'output', node: 'fulfil', msgid });
  assert.deepEqual([unresolved.port, reversalOf(unresolved).outcome], [3, 'unresolved']);
  await mortal.start();
  const back = await rig.final(off, msgid);
  assert.deepEqual([back.node, back.port, reversalOf(back).outcome], ['fulfil', 2, 'reversed']);
  assert.equal(givenBack(folder, 'off-1'), true);
});

describe('kill -9 of Node-RED', () => {
  before(async () => {
    await rig.pay(held, { amount: '24.00', transactionId: 'held-1', context: { slot: 7 } });
    const paid = await rig.pay(off, { amount: '25.00', transactionId: 'off-2', context: { slot: 8 } });
    await mortal.kill();
    const msgid = await rig.feed(off, 'fulfil', { payload: false, nexo: paid.msg.nexo });
    await rig.collector.next({ lane: 'off', kind: 'output', node: 'fulfil', msgid });
    await rig.killNodeRed();
    await Promise.all([mortal.start(), rig.startNodeRed()]);
  });

  /** What left a node after the restart about a transaction. */
  const resultOf = (lane: Lane, node: string, transactionId: string) => {
    const where = ({ payload }: { payload: { transactionId: string; outcome: string } }) =>
      payload.transactionId === transactionId && payload.outcome !== 'unresolved';
    const find = () => rig.collector.all({ run: 2, lane: lane.name, kind: 'output', node, where })[0];
    return rig.collector.until(find, transactionId);
  };

  it('between approval and goods: the approval comes again, still waits, and can be taken back', async () => {
    const again = await resultOf(held, 'payment', 'held-1');
    const { outcome, recovered, context } = again.msg.payload;
    assert.deepEqual([again.port, outcome, recovered, context], [1, 'approved', true, { slot: 7 }]);
    const back = await passOn(rig, held, again, 'fulfil', false);
    assert.deepEqual([back.port, reversalOf(back).outcome], [2, 'reversed']);
    assert.equal(givenBack(rig.userDir, 'held-1'), true);
  });

  it('with a reversal owed: it is made, and its outcome leaves the fulfil node', async () => {
    const back = await resultOf(off, 'fulfil', 'off-2');
    const { outcome, recovered, context } = reversalOf(back);
    assert.deepEqual([back.port, outcome, recovered, context], [2, 'reversed', true, { slot: 8 }]);
    assert.equal((back.msg.nexo as { transactionId?: string }).transactionId, 'off-2');
    assert.equal(givenBack(folder, 'off-2'), true);
  });
});
