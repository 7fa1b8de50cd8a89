/** What comes out of the nodes: each property of a result, from an answer of the terminal. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { CardPayload } from '../../lib/contract/card-output.ts';
import { Lane } from '../support/node-red-flow.ts';
import { refused } from '../support/node-red-post-approval.ts';
import { Rig } from '../support/node-red-rig.ts';

const nodes = {
  payment: {},
  card: {},
  'card-abort': { action: 'abort' },
  receipt: { format: 'formatted', columns: '32', header: false, language: 'sv' },
  'receipt-whole': { format: 'formatted', columns: '32', header: true, language: 'sv' },
  'receipt-danish': { format: 'formatted', columns: '24', language: 'da' },
};
const till = new Lane('till', { nodes });
const held = new Lane('held', { nodes });

let rig: Rig;
before(async () => {
  rig = await Rig.start({ lanes: [till, held] });
});
after(() => rig?.end());

const pay = async (payload: unknown) => (await rig.pay(till, payload)).msg.payload;

describe('a payment’s result', () => {
  it('has what the customer got in cash, and added as a tip', async () => {
    const cash = await pay({ amount: '150.00', cashBack: '50.00' });
    assert.deepEqual([cash.amount, cash.cashBack, cash.tip], ['150.00', '50.00', '0.00']);
    const tip = await pay('100.09');
    assert.deepEqual([tip.amount, tip.tip], ['110.09', '10.00']);
  });

  it('has how the card was read, of which kind it is, and the loyalty that comes with it', async () => {
    const chip = await pay({ amount: '10.00', transactionId: 'chip-1' });
    assert.deepEqual([chip.card?.entryMode, chip.card?.type, chip.loyalty], ['ICC', 'payment', []]);
    const combined = await pay({ amount: '10.00', transactionId: 'combined-1' });
    assert.deepEqual([combined.card?.type, combined.card?.brand], ['combined', 'Demo Club Mastercard']);
    assert.equal(combined.loyalty[0]?.brand, 'Demo Club');
    assert.ok(combined.loyalty[0]?.account);
    const token = await pay({ amount: '10.00', transactionId: 'nonPaymentToken-1' });
    assert.match(token.nonPaymentToken ?? '', /^[0-9a-f-]{36}$/);
    assert.deepEqual(token.loyalty, []);
  });

  it('with an alternative method has its name and reference and no card, and is refunded by it, in parts, to its end', async () => {
    const paid = await pay('100.08');
    assert.equal(paid.card, null);
    assert.equal(paid.apm?.type, 'Swish');
    const apmReference = paid.apm?.reference;
    assert.ok(apmReference);
    for (const amount of ['60.00', '40.08']) {
      const back = await pay({ amount, paymentType: 'Refund', apmReference });
      assert.deepEqual([back.outcome, back.paymentType], ['approved', 'Refund'], amount);
    }
    await refused(rig, till, 'payment', { payload: { amount: '1.00', paymentType: 'Refund', apmReference } });
  });

  it('of a fuel card names the products that it pays for', async () => {
    const saleItems = [
      { productCode: '24601', itemAmount: '60.00' },
      { productCode: '99', itemAmount: '40.00' },
    ];
    const { outcome, allowedProducts, error } = await pay({ amount: '100.00', saleItems, transactionId: 'fuelCard-1' });
    assert.deepEqual([outcome, error?.condition], ['declined', 'PaymentRestriction']);
    assert.deepEqual(allowedProducts, ['24601']);
  });

  it('has both receipts, as the terminal’s data and as its text, and says whether a signature is needed', async () => {
    const { receipts, signatureRequired } = await pay('20.00');
    assert.equal(signatureRequired, false);
    const { customer, merchant } = receipts;
    const data = customer?.data as { Cardholder: { Mandatory: { Payment: { ReceiptNumber: string } } } };
    assert.match(data.Cardholder.Mandatory.Payment.ReceiptNumber, /^\d+$/);
    assert.ok((merchant?.data as { Merchant?: object } | undefined)?.Merchant);
    assert.match(customer?.text ?? '', /KÖP: +20,00 SEK[\s\S]*Kortinnehavarens kvitto/);
    assert.match(merchant?.text ?? '', /Försäljarens kvitto/);
    assert.deepEqual(customer?.text.split('\n'), customer?.lines);
  });

  it('has the conditions of the terminal as outcomes', async () => {
    const ends: [string, string, string][] = [
      ['10.01', 'declined', 'Refusal'],
      ['10.02', 'declined', 'WrongPIN'],
      ['10.03', 'declined', 'InvalidCard'],
      ['10.04', 'aborted', 'Cancel'],
    ];
    for (const [amount, outcome, condition] of ends) {
      const { error, ...result } = await pay(amount);
      assert.deepEqual([result.outcome, error?.condition], [outcome, condition], amount);
      assert.ok(error?.message);
    }
    const partial = await pay('100.07');
    assert.deepEqual([partial.outcome, partial.amount], ['partial', '50.00']);
  });
});

describe('a receipt', () => {
  it('is set anew: with its header or without, in lines as long as the paper is wide', async () => {
    const { msg } = await rig.pay(till, '20.00');
    const bare = await rig.ask(till, 'receipt', msg.payload);
    const whole = await rig.ask(till, 'receipt-whole', msg.payload);
    const [short, long] = [bare, whole].map(
      ({ msg: { payload } }) => (payload as unknown as { lines: string[] }).lines,
    );
    assert.ok(short && long && long.length > short.length);
    assert.match(long.join('\n'), /Test shop/);
    assert.doesNotMatch(short.join('\n'), /Test shop/);
    for (const line of long) assert.ok(line.length <= 32, line);
    assert.match(short.join('\n'), /20,00/);
  });

  it('is set in another language', async () => {
    const { msg } = await rig.pay(till, '20.00');
    const danish = await rig.ask(till, 'receipt-danish', msg.payload);
    const { lines, text } = danish.msg.payload as unknown as { lines: string[]; text: string };
    assert.match(text, /Beløb|BELØB|Køb|KØB|I alt/);
    for (const line of lines) assert.ok(line.length <= 24, line);
  });
});

describe('a card’s result', () => {
  it('says which of the four kinds it is, its members’ accounts, and keeps the whole answer', async () => {
    const kinds: [string, string][] = [
      ['approved', 'payment'],
      ['combined', 'combined'],
      ['loyalty', 'loyalty'],
      ['otherCard', 'unspecified'],
    ];
    for (const [scenario, type] of kinds) {
      const msgid = await rig.feed(held, 'card', { payload: { transactionId: `${scenario}-kind` } });
      const { msg } = await rig.collector.next({ lane: held.name, kind: 'output', node: 'card', msgid });
      const { card, loyalty, error } = msg.payload as unknown as CardPayload;
      assert.deepEqual([card?.type, error], [type, null], scenario);
      assert.equal(loyalty[0]?.brand, type === 'loyalty' ? 'Demo Club' : undefined);
      assert.match(JSON.stringify(msg.nexo.response), /"CardAcquisitionResponse"/);
      await rig.ask(held, 'card-abort', { transactionId: `${scenario}-kind` });
    }
  });
});

it('every result was sent once', () => rig.assertOnce());
