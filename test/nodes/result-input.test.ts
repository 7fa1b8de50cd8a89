/** What flows send that looks like an order and is none: results, repeats, look-ups that failed, timestamps. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Report } from '../support/collector.ts';
import { refused, ThreeWayLane } from '../support/node-red-post-approval.ts';
import { Rig } from '../support/node-red-rig.ts';

const nodes = {
  payment: {},
  'payment-back': { paymentType: 'Refund' },
  'payment-each': { doubleClick: 'each' },
  status: {},
  'status-last': { which: 'last' },
  reversal: {},
  'reversal-last': { which: 'last' },
};
const till = new ThreeWayLane('till', { nodes });
const clicks = new ThreeWayLane('clicks', { nodes });
const lookups = new ThreeWayLane('lookups', { nodes });
const small = new ThreeWayLane('small', { nodes, terminal: { maxAmount: 500 } });

let rig: Rig;
before(async () => {
  rig = await Rig.start({ lanes: [till, clicks, lookups, small] });
});
after(() => rig?.end());

/** What a result of a payment is passed on as: the whole message, as a wire does. */
async function passResult(lane: ThreeWayLane, from: Report, to: string, change: object = {}): Promise<Report> {
  const { payload, nexo } = from.msg;
  return rig.final(lane, await rig.feed(lane, to, { payload: { ...payload, ...change }, nexo }));
}

const charged = (lane: ThreeWayLane) => rig.terminal.exchanges(lane.poiId).filter((line) => line.startsWith('Payment'));

describe('a result', () => {
  it('that is approved never charges again', async () => {
    const paid = await rig.pay(till, { amount: '60.00', transactionId: 'once' });
    const before = charged(till).length;
    const { code, path, message } = await refused(rig, till, 'payment', { payload: paid.msg.payload });
    assert.deepEqual([code, path], ['result_not_order', 'payload']);
    assert.match(message, /"once".*approved.*set to Refund/);
    assert.equal(charged(till).length, before);
  });

  it('into a node set to Refund gives the money back, once', async () => {
    const paid = await rig.pay(till, { amount: '61.00', transactionId: 'back', context: { table: 4 } });
    const back = await passResult(till, paid, 'payment-back');
    const { outcome, amount, paymentType, transactionId, originalTransactionId, context, repeated } = back.msg.payload;
    assert.deepEqual(
      { port: back.port, outcome, amount, paymentType, transactionId, originalTransactionId, context, repeated },
      {
        port: 1,
        outcome: 'approved',
        amount: '61.00',
        paymentType: 'Refund',
        transactionId: 'back~R',
        originalTransactionId: 'back',
        context: { table: 4 },
        repeated: false,
      },
    );
    assert.equal((await passResult(till, paid, 'payment-back')).msg.payload.repeated, true);
    assert.equal(rig.terminal.moved('back~R').length, 1);
    const again = await refused(rig, till, 'payment-back', { payload: back.msg.payload });
    assert.equal(again.code, 'result_not_order');
  });

  it('that is not approved is tried again: the same order, and its context', async () => {
    const first = await rig.pay(till, { amount: '62.01', transactionId: 'again', context: { table: 5 } });
    assert.equal(first.port, 2);
    const second = await passResult(till, first, 'payment');
    const third = await passResult(till, second, 'payment');
    assert.deepEqual(
      [first, second, third].map(({ msg }) => [
        msg.payload.transactionId,
        msg.payload.requestedAmount,
        msg.payload.context,
      ]),
      ['again', 'again~2', 'again~3'].map((id) => [id, '62.01', { table: 5 }]),
    );
    assert.equal(third.msg.payload.originalTransactionId, 'again');
    const busy = await rig.pay(till, { amount: '63.12', transactionId: 'busy' });
    assert.equal(busy.msg.payload.outcome, 'not_started');
    assert.equal((await passResult(till, busy, 'payment')).msg.payload.transactionId, 'busy');
  });
});

describe('two equal messages without a transactionId', () => {
  const both = async (node: string, payload: unknown) => {
    const msgids = await Promise.all([1, 2].map(() => rig.feed(clicks, node, { payload })));
    return (await Promise.all(msgids.map((msgid) => rig.final(clicks, msgid)))).map(({ msg }) => msg.payload);
  };

  it('are a double click: one payment, and each gets its result', async () => {
    const [one, two] = await both('payment', '64.00');
    assert.equal(one?.transactionId, two?.transactionId);
    assert.deepEqual([one?.repeated, two?.repeated].sort(), [false, true]);
    assert.equal(charged(clicks).length, 1);
    const later = await rig.pay(clicks, '64.00');
    assert.notEqual(later.msg.payload.transactionId, one?.transactionId, 'it is over: the next customer');
    assert.equal(later.msg.payload.repeated, false);
  });

  it('are two customers where they differ, or where the node is set to that', async () => {
    const msgids = await Promise.all(
      [1, 2].map((table) => rig.feed(clicks, 'payment', { payload: { amount: '65.00', context: { table } } })),
    );
    const tables = await Promise.all(msgids.map((msgid) => rig.final(clicks, msgid)));
    assert.equal(new Set(tables.map(({ msg }) => msg.payload.transactionId)).size, 2);
    const [one, two] = await both('payment-each', '66.00');
    assert.notEqual(one?.transactionId, two?.transactionId);
    assert.deepEqual([one?.repeated, two?.repeated], [false, false]);
  });
});

describe('a look-up that failed', () => {
  it('is neither the last payment’s result nor its reversal', async () => {
    const paid = await rig.pay(lookups, { amount: '67.00', transactionId: 'others' });
    for (const payload of [null, '', {}, { transactionId: null }, { id: 'x' }]) {
      for (const node of ['status', 'reversal']) {
        assert.equal((await refused(rig, lookups, node, { payload })).code, 'invalid_payload', node);
      }
    }
    assert.equal((await rig.ask(lookups, 'status', 1_700_000_000_000)).msg.payload.transactionId, 'others');
    assert.equal((await rig.ask(lookups, 'status', 'others')).msg.payload.transactionId, 'others');
    assert.equal((await rig.ask(lookups, 'status-last', {})).msg.payload.transactionId, 'others');
    const unknown = { poiTransaction: { ...paid.msg.payload.poiTransaction, id: 'never' } };
    assert.equal((await refused(rig, lookups, 'reversal', { payload: unknown })).code, 'unknown_transaction');
    const msgid = await rig.feed(lookups, 'reversal-last', {});
    const back = await rig.collector.next({ lane: 'lookups', kind: 'output', node: 'reversal-last', msgid });
    assert.equal(back.msg.payload.transactionId, 'others');
  });

  it('repeated does not hide the last payment from a reversal', async () => {
    await rig.pay(lookups, { amount: '68.00', transactionId: 'earlier' });
    await rig.pay(lookups, { amount: '69.00', transactionId: 'latest' });
    assert.equal((await rig.pay(lookups, { amount: '68.00', transactionId: 'earlier' })).msg.payload.repeated, true);
    const msgid = await rig.feed(lookups, 'reversal-last', {});
    const back = await rig.collector.next({ lane: 'lookups', kind: 'output', node: 'reversal-last', msgid });
    assert.deepEqual([back.port, back.msg.payload.transactionId], [1, 'latest']);
  });
});

describe('an amount above the terminal’s highest', () => {
  it('is refused before anything is sent, with a hint', async () => {
    const { code, message } = await refused(rig, small, 'payment', { payload: Date.now() });
    assert.equal(code, 'amount_too_high');
    assert.match(message, /timestamp/);
    assert.equal((await refused(rig, small, 'payment-back', { payload: '500.01' })).code, 'amount_too_high');
    assert.deepEqual(charged(small), []);
    assert.equal((await rig.pay(small, '500.00')).port, 1);
  });
});
