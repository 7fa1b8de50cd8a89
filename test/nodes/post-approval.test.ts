/** What comes after an approval: goods that came out or did not, and payments that are taken back. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { TransactionRow } from '../../lib/contract/transaction-rows.ts';
import { givenBack, passOn, refused, reversalOf, summary, ThreeWayLane } from '../support/node-red-post-approval.ts';
import { Rig } from '../support/node-red-rig.ts';

const awaits = { awaitFulfilment: true };
const machine = new ThreeWayLane('machine', { nodes: { payment: awaits, fulfil: {} } });
const bad = new ThreeWayLane('bad', {
  nodes: { payment: awaits, 'payment-plain': {}, fulfil: {}, reversal: {}, transactions: {} },
});
const shop = new ThreeWayLane('shop', {
  nodes: {
    payment: {},
    reversal: {},
    'reversal-broken': { reason: 'Malfunction' },
    'reversal-last': { which: 'last' },
  },
});
const other = new ThreeWayLane('other', { nodes: { payment: awaits, fulfil: {}, reversal: {} } });
const impatient = new ThreeWayLane('impatient', {
  terminal: { approvedAfterAbort: 'reverse' },
  nodes: { payment: {} },
});

let rig: Rig;
before(async () => {
  rig = await Rig.start({ lanes: [machine, bad, shop, other, impatient] });
});
after(() => rig?.end());

describe('a machine whose goods may fail to come out', () => {
  it('holds the terminal from the approval until the goods came out', async () => {
    const paid = await rig.pay(machine, { amount: '20.00', transactionId: 'cola-1', context: { slot: 3 } });
    assert.deepEqual([paid.port, paid.msg.payload.outcome], [1, 'approved']);
    assert.equal((paid.msg.nexo as { transactionId?: string }).transactionId, 'cola-1');
    const next = await rig.feed(machine, 'payment', { payload: { amount: '21.00', transactionId: 'cola-2' } });
    await rig.status(machine, 'payment', 'queued');
    await rig.status(machine, 'terminal', 'waiting for goods');
    assert.deepEqual(rig.terminal.moved('cola-2'), [], 'nothing else starts meanwhile');

    const delivered = await passOn(rig, machine, paid, 'fulfil', true);
    assert.deepEqual(summary(delivered), {
      port: 1,
      outcome: 'approved',
      amount: '20.00',
      reversed: false,
      delivered: true,
      condition: null,
      transactionId: 'cola-1',
    });
    assert.deepEqual(reversalOf(delivered).context, { slot: 3 });
    await rig.status(machine, 'fulfil', 'delivered 20.00 SEK');
    assert.equal((await rig.final(machine, next)).msg.payload.outcome, 'approved', 'then the next one does');
    await rig.feed(machine, 'fulfil', { payload: { transactionId: 'cola-2', delivered: true } });
    await rig.status(machine, 'fulfil', 'delivered 21.00 SEK');
  });

  it('gives the money back when they did not', async () => {
    const paid = await rig.pay(machine, { amount: '22.00', transactionId: 'cola-3' });
    const back = await passOn(rig, machine, paid, 'fulfil', false);
    const expected = { outcome: 'reversed', amount: '22.00', reversed: true, delivered: false, condition: null };
    assert.deepEqual(summary(back), { port: 2, ...expected, transactionId: 'cola-3' });
    assert.match(reversalOf(back).receipts.customer?.text ?? '', /Makulering/);
    const { request } = back.msg.nexo as {
      request: { SaleToPOIRequest: { ReversalRequest: { ReversalReason: string } } };
    };
    assert.equal(request.SaleToPOIRequest.ReversalRequest.ReversalReason, 'Malfunction');
    assert.equal(givenBack(rig.userDir, 'cola-3'), true);
    await rig.status(machine, 'fulfil', 'reversed 22.00 SEK');
  });
});

describe('a fulfil node refuses, and changes nothing:', () => {
  const id = { path: 'payload.transactionId' };
  let paid: Awaited<ReturnType<Rig['pay']>>;
  before(async () => {
    await rig.pay(bad, { amount: '5.00', transactionId: 'plain' }, 'payment-plain');
    await rig.pay(other, { amount: '6.00', transactionId: 'elsewhere' });
    paid = await rig.pay(bad, { amount: '7.00', transactionId: 'held' });
  });

  const cases: [name: string, msg: Record<string, unknown>, code: string, path: string, advice: RegExp][] = [
    ['no payload', {}, 'invalid_delivered', 'payload', /true when/],
    ['a text', { payload: 'true', nexo: { transactionId: 'held' } }, 'invalid_delivered', 'payload', /true when/],
    ['a number', { payload: 1, nexo: { transactionId: 'held' } }, 'invalid_delivered', 'payload', /true when/],
    ['no delivered', { payload: { transactionId: 'held' } }, 'invalid_delivered', 'payload.delivered', /delivered/],
    ['no id', { payload: true }, 'no_transaction_id', id.path, /keep the msg/],
    [
      'an unusable id',
      { payload: { transactionId: 'å', delivered: true } },
      'invalid_transaction_id',
      id.path,
      /ASCII/,
    ],
    [
      'an unknown id',
      { payload: { transactionId: 'no', delivered: true } },
      'unknown_transaction',
      id.path,
      /check the id/,
    ],
    [
      'one that does not wait',
      { payload: { transactionId: 'plain', delivered: false } },
      'already_closed',
      id.path,
      /reversal/,
    ],
    [
      'another terminal’s',
      { payload: { transactionId: 'elsewhere', delivered: false } },
      'transaction_elsewhere',
      id.path,
      /other/,
    ],
  ];
  for (const [name, msg, code, path, advice] of cases) {
    it(name, async () => {
      const error = await refused(rig, bad, 'fulfil', msg);
      assert.deepEqual([error.code, error.path], [code, path]);
      assert.match(error.message, advice);
    });
  }

  it('one that was closed before, delivered or reversed', async () => {
    assert.equal((await passOn(rig, bad, paid, 'fulfil', true)).port, 1);
    for (const delivered of [true, false]) {
      const error = await refused(rig, bad, 'fulfil', { payload: delivered, nexo: paid.msg.nexo });
      assert.deepEqual([error.code, error.path], ['already_closed', id.path]);
      assert.match(error.message, /confirmed before/);
    }
    assert.equal(givenBack(rig.userDir, 'held'), false);
    assert.equal(givenBack(rig.userDir, 'elsewhere'), false);
    await rig.ask(other, 'fulfil', { transactionId: 'elsewhere', delivered: true });
  });

  it('one that a reversal node took back, or a person ruled on, while it was waited for', async () => {
    const held = await rig.pay(bad, { amount: '12.00', transactionId: 'held-2' });
    const back = await rig.ask(bad, 'reversal', 'held-2');
    assert.deepEqual([back.port, reversalOf(back).outcome], [1, 'reversed']);
    assert.equal(givenBack(rig.userDir, 'held-2'), true);
    assert.equal((await refused(rig, bad, 'fulfil', { payload: true, nexo: held.msg.nexo })).code, 'already_closed');
    await rig.pay(bad, { amount: '13.00', transactionId: 'held-3' });
    const ruling = { transactionId: 'held-3', outcome: 'declined', by: 'Anna' };
    const error = await refused(rig, bad, 'transactions', { payload: { ruling } });
    assert.deepEqual([error.code, error.path], ['invalid_ruling', 'payload.ruling.outcome']);
    const { msg } = await rig.ask(bad, 'transactions', { ruling: { ...ruling, outcome: 'approved' } });
    const [row] = msg.payload as unknown as TransactionRow[];
    assert.deepEqual([row?.state, row?.outcome, row?.ruling?.by], ['closed', 'approved', 'Anna']);
    assert.equal(
      (await refused(rig, bad, 'fulfil', { payload: { transactionId: 'held-3', delivered: true } })).code,
      'already_closed',
    );
    const next = await rig.pay(bad, { amount: '14.00', transactionId: 'held-4' });
    assert.equal((await passOn(rig, bad, next, 'fulfil', true)).port, 1);
  });
});

describe('a reversal', () => {
  it('takes back a payment whose result comes in, and only once', async () => {
    const paid = await rig.pay(shop, { amount: '30.00', transactionId: 'r-1', context: 'table 4' });
    const back = await passOn(rig, shop, paid, 'reversal', paid.msg.payload);
    const expected = { outcome: 'reversed', amount: '30.00', reversed: true, delivered: false, condition: null };
    assert.deepEqual(summary(back), { port: 1, ...expected, transactionId: 'r-1' });
    assert.equal(reversalOf(back).context, 'table 4');
    assert.equal(givenBack(rig.userDir, 'r-1'), true);
    await rig.status(shop, 'reversal', 'reversed 30.00 SEK');
    for (const payload of [paid.msg.payload, undefined]) {
      const node = payload === undefined ? 'reversal-last' : 'reversal';
      const error = await refused(rig, shop, node, payload === undefined ? {} : { payload });
      assert.deepEqual([error.code, error.path], ['not_reversible', 'payload.transactionId']);
      assert.match(error.message, /reversed already/);
    }
    const again = await rig.pay(shop, { amount: '30.00', transactionId: 'r-1' });
    assert.deepEqual([again.port, again.msg.payload.outcome], [2, 'aborted'], 'a repeat learns that no money moved');
  });

  it('finds it by id, by the terminal’s number, or as the last one, for the reason it is told', async () => {
    const ways: [way: (payment: { id: string; poi: unknown }) => unknown, reason: string, node?: string][] = [
      [({ id }) => ({ transactionId: id }), 'Malfunction'],
      [({ id }) => id, 'Malfunction'],
      [({ poi }) => ({ poiTransaction: poi }), 'Malfunction'],
      [() => ({ reason: 'MerchantCancel' }), 'MerchantCancel', 'reversal-last'],
      [() => null, 'MerchantCancel', 'reversal-last'],
      [() => 1_700_000_000_000, 'MerchantCancel', 'reversal-last'],
    ];
    for (const [index, [way, reason, node = 'reversal-broken']] of ways.entries()) {
      const id = `way-${index}`;
      const paid = await rig.pay(shop, { amount: '31.00', transactionId: id });
      const payload = way({ id, poi: paid.msg.payload.poiTransaction });
      const msgid = await rig.feed(shop, node, { payload });
      const { port, msg } = await rig.collector.next({ lane: 'shop', kind: 'output', node, msgid });
      assert.deepEqual([port, msg.payload.outcome, msg.payload.transactionId], [1, 'reversed', id]);
      assert.match(JSON.stringify(msg.nexo.request), new RegExp(`"ReversalReason":"${reason}"`));
      assert.equal(givenBack(rig.userDir, id), true);
    }
  });

  it('refuses what is unknown, not the last, not approved, unclear or another terminal’s', async () => {
    const first = await rig.pay(shop, { amount: '32.00', transactionId: 'older' });
    const older = (await rig.pay(shop, { amount: '33.00', transactionId: 'old' })).msg.payload.poiTransaction;
    await rig.pay(shop, { amount: '34.01', transactionId: 'refused' });
    const cases: [payload: unknown, code: string, path: string][] = [
      [{ transactionId: 'nobody knows' }, 'unknown_transaction', 'payload.transactionId'],
      [{ transactionId: 'older' }, 'not_last', 'payload.transactionId'],
      [{ poiTransaction: { ...older, id: '1' } }, 'unknown_transaction', 'payload.poiTransaction'],
      [{ poiTransaction: first.msg.payload.poiTransaction }, 'not_last', 'payload.transactionId'],
      [{ transactionId: 'refused' }, 'not_reversible', 'payload.transactionId'],
      [{ transactionId: 'elsewhere' }, 'transaction_elsewhere', 'payload.transactionId'],
      [{ transactionID: 'older' }, 'invalid_payload', 'payload'],
      [{ transactionId: null }, 'invalid_payload', 'payload'],
      [{}, 'invalid_payload', 'payload'],
      ['', 'invalid_payload', 'payload'],
      [null, 'invalid_payload', 'payload'],
      [true, 'invalid_payload', 'payload'],
      [1_700_000_000_000, 'invalid_payload', 'payload'],
      [['older'], 'invalid_payload', 'payload'],
      [{ transactionId: 'older', reason: 'Boredom' }, 'invalid_reason', 'payload.reason'],
    ];
    for (const [payload, code, path] of cases) {
      const error = await refused(rig, shop, 'reversal', { payload });
      assert.deepEqual([error.code, error.path], [code, path], JSON.stringify(payload));
    }
    assert.equal(givenBack(rig.userDir, 'older'), false);
  });
});

it('an approval that won the race against an abort is taken back where the terminal is set to', async () => {
  const msgid = await rig.feed(impatient, 'payment', { payload: { amount: '40.00', transactionId: 'race' } });
  const { port, msg } = await rig.final(impatient, msgid);
  assert.deepEqual([port, msg.payload.outcome], [1, 'approved'], 'without an abort it is kept');
});

it('every result was sent once, and nothing is in the log', () => {
  rig.assertOnce();
  assert.equal(rig.nodeRed.log, '');
});
