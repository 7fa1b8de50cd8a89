/** What a flow gets from a payment, over real HTTP, from a Node-RED in a process of its own. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type FlowNode, Lane } from '../support/node-red-flow.ts';
import { Rig } from '../support/node-red-rig.ts';

const first = new Lane('first');
const shop = new Lane('shop');
const forms = new Lane('forms', { nodes: { payment: {}, 'payment-refund': { paymentType: 'Refund' } } });
const outcomes = new Lane('outcomes');

/** A web shop's own flow: http in, payment, http response. */
const shopFlow: FlowNode[] = [
  { id: 'shop-web', type: 'http in', z: 'shop', url: '/shop', method: 'post', wires: [['shop-web-payment']] },
  {
    id: 'shop-web-payment',
    type: 'nexo-payment',
    z: 'shop',
    terminal: shop.terminalId,
    paymentType: 'Normal',
    wires: [['shop-web-answer'], [], []],
  },
  { id: 'shop-web-answer', type: 'http response', z: 'shop', statusCode: '', wires: [] },
];

let rig: Rig;
before(async () => {
  rig = await Rig.start({ lanes: [first, shop, forms, outcomes], extra: shopFlow });
});
after(() => rig?.end());

describe('a payment', { concurrency: true }, () => {
  it('brings the whole result, the messages behind it, and everything else of msg as it was', async () => {
    const basket = { lines: [{ name: 'coffee', price: '44.50' }], loyal: true };
    const context = { order: 4711, notes: ['två koppar'] };
    const payload = { amount: '89.00', context, transactionId: 'order 4711' };
    const msgid = await rig.feed(first, 'payment', { payload, topic: 'till 4', basket });
    const { node, port, msg } = await rig.final(first, msgid);

    assert.deepEqual({ node, port }, { node: 'payment', port: 1 });
    const { card, receipts, poiTransaction, approvalCode, serviceId, ...rest } = msg.payload;
    assert.deepEqual(rest, {
      outcome: 'approved',
      approved: true,
      amount: '89.00',
      currency: 'SEK',
      paymentType: 'Normal',
      cashBack: '0.00',
      tip: '0.00',
      apm: null,
      nonPaymentToken: null,
      loyalty: [],
      allowedProducts: [],
      transactionId: 'order 4711',
      signatureRequired: false,
      error: null,
      requestedAmount: '89.00',
      requestedCashBack: '0.00',
      originalTransactionId: null,
      repeated: false,
      recovered: false,
      context,
    });
    assert.match(approvalCode ?? '', /^\w{6}$/);
    assert.match(serviceId, /^\d{1,10}$/);
    assert.deepEqual(Object.keys(card ?? {}), ['brand', 'type', 'maskedPan', 'entryMode', 'token', 'accountReference']);
    assert.match(card?.maskedPan ?? '', /^\d{6}\*+\d{4}$/);
    assert.equal(card?.entryMode, 'Contactless');
    assert.deepEqual(Object.keys(poiTransaction ?? {}), ['id', 'timestamp']);
    assert.match(poiTransaction?.timestamp ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

    assert.deepEqual(Object.keys(receipts).sort(), ['customer', 'merchant']);
    for (const receipt of [receipts.customer, receipts.merchant]) {
      assert.match(receipt?.text ?? '', /KÖP: +89,00 SEK\nGodkänd/);
      assert.deepEqual(receipt?.lines, receipt?.text.split('\n'));
    }
    assert.match(receipts.customer?.text ?? '', /Kortinnehavarens kvitto/);
    assert.deepEqual(Object.keys(receipts.customer?.data ?? {}), ['Cardholder']);
    assert.deepEqual(Object.keys(receipts.merchant?.data ?? {}), ['Merchant']);

    const { SaleToPOIRequest } = msg.nexo.request as { SaleToPOIRequest: Record<string, { ServiceID?: string }> };
    assert.equal(SaleToPOIRequest.MessageHeader?.ServiceID, serviceId);
    const { SaleToPOIResponse } = msg.nexo.response as { SaleToPOIResponse: Record<string, unknown> };
    assert.ok('PaymentResponse' in SaleToPOIResponse);
    assert.deepEqual(msg.nexo.terminal, {
      id: first.terminalId,
      name: `Till of ${first.poiId}`,
      poiId: first.poiId,
      saleId: '1',
    });

    const { topic, basket: still, _msgid } = msg;
    assert.deepEqual({ topic, still, _msgid }, { topic: 'till 4', still: basket, _msgid: msgid });
    assert.deepEqual(Object.keys(msg).sort(), ['_msgid', 'basket', 'nexo', 'payload', 'topic']);
  });

  it('shows what happens, step by step, and completes its message once', async () => {
    const msgid = (await rig.pay(shop, 45)).msg._msgid;
    const wanted = { lane: 'shop', kind: 'complete', msgid } as const;
    await rig.collector.next(wanted);
    await rig.status(shop, 'payment', 'approved 45.00 SEK');
    const steps = ['logging in', 'waiting for card', 'approved 45.00 SEK'];
    assert.deepEqual(rig.statuses(shop, 'payment').slice(-3), steps);
    assert.equal(rig.collector.all(wanted).length, 1);
    assert.deepEqual(rig.statuses(shop, 'terminal').slice(0, 2), ['logging in', 'ready']);

    const response = await fetch(`${rig.nodeRed.url}/shop`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{ "amount": "12.50" }',
    });
    const answer = (await response.json()) as { outcome: string; amount: string };
    assert.deepEqual([response.status, answer.outcome, answer.amount], [200, 'approved', '12.50'], 'msg.res survives');
  });

  it('takes a number, a text or an object, and refunds by node or by message', async () => {
    const cases: [
      string,
      unknown,
      { amount: string; currency?: string; moved: number; type?: string; cashBack?: string },
    ][] = [
      ['payment', 89, { amount: '89.00', moved: 8900 }],
      ['payment', 0.3, { amount: '0.30', moved: 30 }],
      ['payment', '1234.5', { amount: '1234.50', moved: 123450 }],
      ['payment', { amount: '20', currency: 'EUR' }, { amount: '20.00', currency: 'EUR', moved: 2000 }],
      ['payment', { amount: '300', cashBack: 200 }, { amount: '300.00', cashBack: '200.00', moved: 30000 }],
      ['payment', { amount: 15, paymentType: 'Refund' }, { amount: '15.00', moved: 1500, type: 'Refund' }],
      ['payment-refund', '16', { amount: '16.00', moved: 1600, type: 'Refund' }],
      ['payment-refund', { amount: '17', paymentType: 'Normal' }, { amount: '17.00', moved: 1700 }],
    ];
    for (const [node, payload, expected] of cases) {
      const { port, msg } = await rig.pay(forms, payload, node);
      const { outcome, amount, currency, cashBack, transactionId, receipts } = msg.payload;
      const what = JSON.stringify(payload);
      assert.deepEqual(
        { port, outcome, amount, currency, cashBack },
        {
          port: 1,
          outcome: 'approved',
          amount: expected.amount,
          currency: expected.currency ?? 'SEK',
          cashBack: expected.cashBack ?? '0.00',
        },
        what,
      );
      const moved = rig.terminal.moved(transactionId).map((one) => [one.amount, one.paymentType]);
      assert.deepEqual(moved, [[expected.moved, expected.type ?? 'Normal']], what);
      assert.match(receipts.customer?.text ?? '', expected.type ? /RETUR/ : /KÖP/, what);
    }
  });

  it('leaves by the output of its outcome, with the terminal’s own reason', async () => {
    const cases: [string, { port: number; outcome: string; condition?: string; amount?: string; signature?: true }][] =
      [
        ['10.01', { port: 2, outcome: 'declined', condition: 'Refusal' }],
        ['10.02', { port: 2, outcome: 'declined', condition: 'WrongPIN' }],
        ['10.03', { port: 2, outcome: 'declined', condition: 'InvalidCard' }],
        ['10.11', { port: 2, outcome: 'declined', condition: 'PaymentRestriction' }],
        ['10.04', { port: 2, outcome: 'aborted', condition: 'Cancel' }],
        ['10.14', { port: 2, outcome: 'aborted', condition: 'Cancel' }],
        ['10.05', { port: 1, outcome: 'approved', amount: '10.05', signature: true }],
        ['10.07', { port: 1, outcome: 'partial', amount: '5.00' }],
        ['10.08', { port: 1, outcome: 'approved', amount: '10.08' }],
      ];
    for (const [asked, expected] of cases) {
      const { port, msg } = await rig.pay(outcomes, asked);
      const { outcome, approved, amount, signatureRequired, error, transactionId } = msg.payload;
      assert.deepEqual(
        { port, outcome, approved, amount, signatureRequired, condition: error?.condition },
        {
          port: expected.port,
          outcome: expected.outcome,
          approved: expected.outcome === 'approved',
          amount: expected.amount ?? '0.00',
          signatureRequired: expected.signature ?? false,
          condition: expected.condition,
        },
        asked,
      );
      if (expected.condition) assert.notEqual(error?.message, '', asked);
      assert.equal(rig.terminal.moved(transactionId).length, expected.port === 1 ? 1 : 0, asked);
    }
    for (const text of ['declined', 'aborted', 'partial 5.00 SEK', 'approved 10.05 SEK']) {
      await rig.status(outcomes, 'payment', text);
    }
  });

  it('adds the customer’s tip to what was authorised', async () => {
    const { port, msg } = await rig.pay(first, '100.09');
    const { outcome, amount, tip, transactionId } = msg.payload;
    assert.deepEqual({ port, outcome, tip }, { port: 1, outcome: 'approved', tip: '10.00' });
    assert.equal(rig.terminal.moved(transactionId)[0]?.amount, Math.round(Number(amount) * 100));
  });
});

it('never shows a card number, to flows, in the log or in the journal', async () => {
  rig.assertOnce();
  await rig.stopNodeRed();
  // The reference of a payment with a phone is as long as a card number, and is needed for its refund.
  const references = rig.collector.all({ kind: 'output' }).flatMap(({ msg }) => msg.payload.apm?.reference ?? []);
  const places = { reports: rig.collector.all(), journal: rig.journal(), log: rig.nodeRed.log };
  for (const [place, content] of Object.entries(places)) {
    // Node-RED's own message ids are hexadecimal, and now and then all digits.
    const whole = JSON.stringify(content, (key, value: unknown) =>
      typeof value === 'number' || /msgid$/.test(key) ? null : value,
    );
    const text = references.reduce((rest, reference) => rest.replaceAll(reference, ''), whole);
    assert.doesNotMatch(text, /(?<![\w.])\d{13,19}(?!\w)/, place);
    assert.doesNotMatch(text, /SensitiveCardData|TrackData|ExpiryDate/, place);
  }
  assert.equal(rig.nodeRed.log, '', 'nothing was worth a warning');
});
