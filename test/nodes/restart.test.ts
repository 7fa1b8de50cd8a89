/** Killed and started again: the true outcome leaves the same node, with its context. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Report } from '../support/collector.ts';
import { Gate } from '../support/gate.ts';
import { Lane } from '../support/node-red-flow.ts';
import { Rig } from '../support/node-red-rig.ts';
import { VirtualTerminalProcess } from '../support/virtual-terminal.ts';

const virtual = { connection: 'virtual', host: '', port: '' };
const approved = new Lane('approved', { nodes: { payment: {}, 'payment-other': {} } });
const declined = new Lane('declined');
const finished = new Lane('finished', { terminal: virtual });
const inProcess = new Lane('inprocess', { terminal: virtual, nodes: { payment: {}, status: {} } });
const inProcessOpen = new Lane('inprocessopen', { terminal: { ...virtual, recoveryTimeout: 1 } });

/** Long enough for a `kill -9` to arrive while the customer looks for the card. */
const DELAY = 2500;

let rig: Rig;
/** Payments here stay unresolved until the gate to the terminal is opened. */
let unresolved: Lane;
let gate: Gate;
/** A terminal that is killed as well. */
let mortal: VirtualTerminalProcess;
let mortalGate: Gate;
let both: Lane;
let folder: string;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nexo-mortal-'));
  mortal = await VirtualTerminalProcess.start({ store: join(folder, 'terminal.jsonl'), delay: 100 });
  mortalGate = await Gate.start(() => mortal.port);
  both = new Lane('both', { terminal: { port: mortalGate.port } });
  gate = await Gate.start(() => rig.terminal.port);
  unresolved = new Lane('unresolved', { terminal: { port: gate.port, responseTimeout: 2, recoveryTimeout: 1 } });
  const lanes = [approved, declined, unresolved, finished, both, inProcess, inProcessOpen];
  rig = await Rig.start({ lanes, delay: DELAY });
});
after(async () => {
  gate?.close();
  mortalGate?.close();
  await rig?.end();
  await mortal?.kill();
  rmSync(folder, { recursive: true, force: true });
});

async function startPayment(lane: Lane, amount: string, transactionId: string): Promise<void> {
  await rig.feed(lane, 'payment', { payload: { amount, transactionId, context: { order: transactionId } } });
  await rig.status(lane, 'payment', 'waiting for card');
}

/** The certain outcomes that left a lane's payment nodes for a transaction. */
function resultsOf(lane: Lane, transactionId: string): Report[] {
  const where = ({ payload }: Report['msg']) =>
    payload.transactionId === transactionId && payload.outcome !== 'unresolved';
  return rig.collector.all({ lane: lane.name, kind: 'output', where });
}

/** Waits for the outcome after a restart, and checks all that a flow needs to go on from there. */
async function assertRecovered(
  lane: Lane,
  transactionId: string,
  expected: { port: number; outcome: string; node?: string },
) {
  const { run } = await rig.collector.until(() => resultsOf(lane, transactionId).at(-1), transactionId);
  assert.ok(run > 1, 'it was found after the restart');
  const [report, ...more] = resultsOf(lane, transactionId);
  assert.ok(report && more.length === 0, 'and sent once');
  const { node, port, msg } = report;
  const { outcome, recovered, context, transactionId: id } = msg.payload;
  assert.deepEqual(
    { node, port, outcome, recovered, context, id },
    { node: 'payment', ...expected, recovered: true, context: { order: transactionId }, id: transactionId },
  );
  assert.ok(msg._msgid && msg.nexo.terminal);
  return report;
}

/** Brings every lane to where it is when the power goes, and pulls the plug. */
async function pay(): Promise<void> {
  await Promise.all([
    rig.pay(inProcess, { amount: '90.00', transactionId: 'virtual-90' }),
    rig.pay(finished, { amount: '91.00', transactionId: 'order-91' }),
  ]);
  gate.closeAfter('<PaymentRequest');
  const lost = { amount: '95.00', transactionId: 'order-95', context: { order: 'order-95' } };
  await rig.feed(unresolved, 'payment', { payload: lost });
  await rig.status(unresolved, 'payment', 'unresolved, querying');
  mortalGate.closeAfter('<PaymentRequest');
  await startPayment(both, '94.21', 'order-94');
  await mortal.answered(both.poiId, /^Payment .*connection dropped/);
  await mortal.kill();
  await Promise.all([
    startPayment(approved, '89.00', 'order-89'),
    startPayment(declined, '89.01', 'order-8901'),
    startPayment(inProcessOpen, '92.00', 'virtual-92'),
  ]);
  const waiting = { amount: '93.00', transactionId: 'order-93', context: { order: 'order-93' } };
  await rig.feed(approved, 'payment-other', { payload: waiting });
  await rig.status(approved, 'payment-other', 'queued');
}

describe('kill -9 of Node-RED during payments, and a restart', () => {
  before(async () => {
    await pay();
    await rig.killNodeRed();
    await Promise.all([mortal.start(), rig.startNodeRed()]);
    await mortalGate.open();
  });

  it('reports the approval of a payment that was in progress', async () => {
    const { msg } = await assertRecovered(approved, 'order-89', { port: 1, outcome: 'approved' });
    const { amount, card, receipts } = msg.payload;
    assert.equal(amount, '89.00');
    assert.ok(card && receipts.customer, 'with all that the terminal said');
    assert.equal(rig.terminal.moved('order-89').length, 1);
    await rig.status(approved, 'payment', 'approved 89.00 SEK');
  });

  it('reports that a payment in progress was declined', async () => {
    const { msg } = await assertRecovered(declined, 'order-8901', { port: 2, outcome: 'declined' });
    assert.equal(msg.payload.error?.condition, 'Refusal');
    assert.deepEqual(rig.terminal.moved('order-8901'), []);
  });

  it('reports that a payment in line was not started', async () => {
    await assertRecovered(approved, 'order-93', { port: 2, outcome: 'not_started', node: 'payment-other' });
    assert.deepEqual(rig.terminal.records('order-93'), []);
  });

  it('reports that a payment on a virtual terminal, which was killed with it, is unresolved', async () => {
    const { name } = inProcessOpen;
    const open = await rig.collector.next({ run: 2, lane: name, kind: 'output', node: 'payment' });
    const { outcome, approved, recovered, context, transactionId } = open.msg.payload;
    assert.deepEqual([open.port, outcome, approved, recovered], [3, 'unresolved', false, true]);
    assert.deepEqual([transactionId, context], ['virtual-92', { order: 'virtual-92' }]);
    assert.equal((await rig.pay(inProcessOpen, '97.00')).msg.payload.error?.condition, 'Unresolved');
    assert.deepEqual(resultsOf(inProcessOpen, 'virtual-92'), [], 'no outcome without proof');
  });

  it('reports the approval that nobody heard of, also where the terminal was killed as well', async () => {
    await assertRecovered(both, 'order-94', { port: 1, outcome: 'approved' });
    assert.equal(mortal.moved('order-94').length, 1);
  });

  it('keeps a terminal blocked whose payment was unresolved, until it is certain', async () => {
    const turnedAway = await rig.pay(unresolved, '96.00');
    assert.equal(turnedAway.msg.payload.error?.condition, 'Unresolved');
    await gate.open();
    await assertRecovered(unresolved, 'order-95', { port: 1, outcome: 'approved' });
    assert.equal(rig.terminal.moved('order-95').length, 1);
  });

  it('charges a transactionId from before the restart once, with the same result', async () => {
    const before = resultsOf(approved, 'order-89')[0]?.msg.payload;
    const { port, msg } = await rig.pay(approved, { amount: '89.00', transactionId: 'order-89' });
    assert.ok(before);
    assert.deepEqual([port, msg.payload], [1, { ...before, repeated: true }]);
    assert.equal(rig.terminal.moved('order-89').length, 1);
    const error = await rig.caught(
      approved,
      await rig.feed(approved, 'payment', { payload: { amount: '88.00', transactionId: 'order-89' } }),
    );
    assert.equal(error.code, 'transaction_mismatch');
  });

  it('does not repeat a result that was told before', async () => {
    assert.deepEqual(
      resultsOf(finished, 'order-91').map(({ run }) => run),
      [1],
    );
    const again = await rig.pay(finished, { amount: '91.00', transactionId: 'order-91' });
    assert.equal(again.msg.payload.outcome, 'approved');
    assert.equal(resultsOf(finished, 'order-91').length, 2);
  });

  it('still knows the last payment of a virtual terminal in process', async () => {
    const { msg } = await rig.ask(inProcess, 'status');
    const { outcome, transactionId, amount, receipts } = msg.payload;
    assert.deepEqual([outcome, transactionId, amount], ['approved', 'virtual-90', '90.00']);
    assert.match(receipts.customer?.text ?? '', /90,00 SEK/);
  });
});

it('every result was sent once', () => rig.assertOnce());
