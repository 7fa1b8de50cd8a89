/** Payments that meet each other: aborted, repeated, at once. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Lane } from '../support/node-red-flow.ts';
import { Rig } from '../support/node-red-rig.ts';

const abort = new Lane('abort', { nodes: { payment: {}, abort: {} } });
const repeat = new Lane('repeat', { nodes: { payment: {}, 'payment-other': {} } });
const waits = new Lane('waits', { nodes: { payment: {}, abort: {} } });
const refuses = new Lane('refuses', { terminal: { whenBusy: 'refuse' }, nodes: { payment: {}, abort: {} } });
const busy = new Lane('busy', { nodes: { payment: {}, abort: {} } });
const free = new Lane('free');

let rig: Rig;
before(async () => {
  rig = await Rig.start({ lanes: [abort, repeat, waits, refuses, busy, free] });
});
after(() => rig?.end());

/** Starts a payment that takes 20 s, and comes back once the terminal has it. */
async function startSlow(lane: Lane): Promise<string> {
  const msgid = await rig.feed(lane, 'payment', { payload: '50.06' });
  await rig.status(lane, 'payment', 'waiting for card');
  return msgid;
}

describe('a flow', { concurrency: true }, () => {
  it('aborts a payment while the customer looks for the card', async () => {
    const payment = await startSlow(abort);
    const taken = await rig.ask(abort, 'abort', 'whatever');
    assert.equal(taken.msg.payload.sent, true);
    const { port, msg } = await rig.final(abort, payment);
    const { outcome, approved, amount, error, transactionId } = msg.payload;
    assert.deepEqual(
      { port, outcome, approved, amount, condition: error?.condition },
      { port: 2, outcome: 'aborted', approved: false, amount: '0.00', condition: 'Aborted' },
    );
    assert.equal(taken.msg.payload.transactionId, transactionId, 'the abort names what it aborted');
    await rig.status(abort, 'payment', 'aborting');

    const nothing = await rig.ask(abort, 'abort');
    assert.deepEqual(nothing.msg.payload, { sent: false, transactionId: null }, 'nothing is in progress any more');
    const aborts = rig.terminal.exchanges(abort.poiId).filter((line) => line.startsWith('Abort'));
    assert.equal(aborts.length, 1);
    assert.equal((await rig.pay(abort, '51.00')).msg.payload.outcome, 'approved', 'the next one is not affected');
  });

  it('repeats a transactionId: charged once, with the first result for everybody', async () => {
    const payload = { amount: '60.00', transactionId: 'order-60' };
    const [one, other] = await Promise.all([rig.pay(repeat, payload), rig.pay(repeat, payload)]);
    assert.notEqual(one.msg._msgid, other.msg._msgid);
    const later = await rig.pay(repeat, { ...payload, amount: 60 });
    const elsewhere = await rig.pay(repeat, payload, 'payment-other');
    assert.equal(elsewhere.node, 'payment-other', 'the one who asks gets the answer');
    for (const { port, msg } of [one, other, later, elsewhere]) {
      const { repeated, ...same } = msg.payload;
      assert.deepEqual({ port, ...same, repeated }, { port: 1, ...one.msg.payload, repeated });
      await rig.collector.next({ lane: 'repeat', kind: 'complete', msgid: msg._msgid });
    }
    const repeats = [one, other, later, elsewhere].map(({ msg }) => msg.payload.repeated);
    assert.deepEqual([repeats.filter((repeated) => !repeated).length, repeats.slice(2)], [1, [true, true]]);
    assert.equal(rig.terminal.moved('order-60').length, 1);
    const sent = rig.terminal.exchanges(repeat.poiId).filter((line) => line.startsWith('Payment'));
    assert.equal(sent.length, 1, 'the terminal was asked once');
  });

  it('reuses a transactionId for something else: refused with transaction_mismatch', async () => {
    const transactionId = 'order-61';
    const { msg } = await rig.pay(free, { amount: '61.00', transactionId });
    assert.equal(msg.payload.outcome, 'approved');
    for (const change of [{ amount: '62.00' }, { currency: 'EUR' }, { paymentType: 'Refund' }]) {
      const payload = { amount: '61.00', transactionId, ...change };
      const error = await rig.caught(free, await rig.feed(free, 'payment', { payload }));
      assert.equal(error.code, 'transaction_mismatch', JSON.stringify(change));
      assert.equal(error.cause?.path, 'payload.transactionId');
    }
    assert.equal(rig.terminal.moved(transactionId).length, 1);
  });

  it('sends two payments at once: the second waits in line', async () => {
    const payment = await startSlow(waits);
    const second = await rig.feed(waits, 'payment', { payload: '70.00' });
    await rig.collector.next({
      lane: 'waits',
      kind: 'status',
      where: ({ status, _msgid }) => status.text === 'queued' && _msgid !== payment,
    });
    await rig.ask(waits, 'abort');
    assert.equal((await rig.final(waits, payment)).msg.payload.outcome, 'aborted');
    const { port, msg } = await rig.final(waits, second);
    assert.deepEqual([port, msg.payload.outcome, msg.payload.amount], [1, 'approved', '70.00']);
    const answers = rig.terminal.exchanges(waits.poiId).filter((line) => line.includes('Busy'));
    assert.deepEqual(answers, [], 'it was not sent before its turn');
  });

  it('sends two payments at once to a terminal that refuses: the second is turned away', async () => {
    const payment = await startSlow(refuses);
    const { port, msg } = await rig.pay(refuses, { amount: '71.00', transactionId: 'order-71' });
    assert.deepEqual([port, msg.payload.outcome, msg.payload.error?.condition], [2, 'not_started', 'Busy']);
    await rig.ask(refuses, 'abort');
    assert.equal((await rig.final(refuses, payment)).msg.payload.outcome, 'aborted');
    const again = await rig.pay(refuses, { amount: '71.00', transactionId: 'order-71' });
    assert.equal(again.msg.payload.outcome, 'approved', 'what was turned away may be tried again');
  });

  it('pays on one terminal while another is busy', async () => {
    const payment = await startSlow(busy);
    assert.equal((await rig.pay(free, '80.00')).msg.payload.outcome, 'approved');
    assert.deepEqual(rig.collector.all({ lane: 'busy', kind: 'output' }), [], 'the other one is still at it');
    await rig.ask(busy, 'abort');
    assert.equal((await rig.final(busy, payment)).msg.payload.outcome, 'aborted');
  });
});

it('every result was sent once', () => rig.assertOnce());
