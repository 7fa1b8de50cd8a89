import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Nexo } from '../../lib/protocol/types.ts';
import type { ScenarioName } from '../../lib/virtual/terminal/scenarios.ts';
import type { StoredTransaction } from '../../lib/virtual/terminal/transaction-records.ts';
import * as pos from '../support/pos.ts';
import { Counter, type Extras, payment, receipts, said, verdict } from './counter.ts';
import { FULL } from './till.ts';

const MOBILE: Nexo<'PaymentInstrumentData'> = { PaymentInstrumentType: 'Mobile' };

function refund(apmReference: string): Extras {
  return { type: 'Refund', apmReference, instrument: MOBILE };
}

function referenceOf({ PaymentResponse: body }: Nexo<'SaleToPOIResponse'>): string {
  return body?.PaymentResult?.PaymentAcquirerData?.AcquirerTransactionID?.TransactionID ?? '';
}

/** A counter where this much was paid without a card. */
function paid(amount: string, name: ScenarioName = 'mobile', options = {}): { counter: Counter; reference: string } {
  const counter = new Counter(options);
  counter.terminal.script([name]);
  const reference = referenceOf(counter.pay(amount, { transactionId: 'sale' }));
  assert.match(reference, /^\d{16}$/);
  return { counter, reference };
}

const methods: [ScenarioName, string][] = [
  ['mobile', 'Swish'],
  ['vipps', 'Vipps'],
  ['mobilePay', 'MobilePay'],
];
for (const [name, type] of methods)
  test(`${name}: Mobile, its name where a card's is, its reference from the acquirer and on both receipts`, () => {
    const { counter, reference } = paid('89', name);
    const answer = counter.last();
    const instrument = answer.PaymentResponse?.PaymentResult?.PaymentInstrumentData;
    assert.deepEqual(instrument, { PaymentInstrumentType: 'Mobile', CardData: { PaymentBrand: type } });
    const { customer, merchant } = receipts(answer);
    for (const copy of [customer, merchant]) {
      assert.ok(copy?.lines.includes(`Ref.nr: ${reference}`), copy?.text);
      assert.ok(copy?.lines.includes(type.toUpperCase()), copy?.text);
      assert.doesNotMatch(copy?.text ?? '', /AID|\*\*\*\*/);
    }
    assert.equal(counter.terminal.ledger.of('sale').charged, 8900);
  });

test('each payment has a reference of its own', () => {
  const { counter, reference } = paid('10');
  counter.terminal.script(['mobile']);
  assert.notEqual(referenceOf(counter.pay('10')), reference);
});

test('a refund by reference asks for no card, goes back the same way, and is a transaction of its own', () => {
  const { counter, reference } = paid('89', 'vipps');
  const original = counter.last().PaymentResponse?.POIData.POITransactionID.TransactionID;
  const answer = counter.pay('89', { ...refund(reference), transactionId: 'back' });
  assert.equal(verdict(answer), 'Success');
  assert.equal(referenceOf(answer), reference);
  assert.equal(answer.PaymentResponse?.PaymentResult?.PaymentInstrumentData?.CardData?.PaymentBrand, 'Vipps');
  assert.notEqual(answer.PaymentResponse?.POIData.POITransactionID.TransactionID, original);
  assert.equal(counter.terminal.ledger.of('back').refunded, 8900);
  assert.ok(receipts(answer).customer?.lines.includes(`Ref.nr: ${reference}`));
});

test('nobody is asked to present a card for it', () => {
  const counter = new Counter({}, FULL);
  counter.terminal.script(['mobile']);
  const reference = referenceOf(counter.pay('10'));
  counter.take();
  counter.exchange((header) => payment(header, '10', refund(reference)), 300);
  assert.equal(verdict(counter.last()), 'Success', 'it takes no longer than the host does');
  assert.ok(!counter.take().includes('Display Present card'));
  counter.terminal.script(['noCustomer']);
  assert.equal(verdict(counter.pay('5', refund(reference))), 'Failure Refusal', 'and nobody can fail to');
});

test('in parts, up to what was paid and not an öre more', () => {
  const { counter, reference } = paid('100');
  assert.equal(verdict(counter.pay('60', refund(reference))), 'Success');
  const over = counter.pay('40.01', refund(reference));
  assert.equal(verdict(over), 'Failure Refusal');
  assert.match(said(over), /Only 40\.00/);
  assert.equal(verdict(counter.pay('40', refund(reference))), 'Success');
  assert.equal(verdict(counter.pay('0.01', refund(reference))), 'Failure Refusal');
  const refunded = counter.terminal.ledger.movements.filter(({ paymentType }) => paymentType === 'Refund');
  assert.deepEqual(
    refunded.map(({ amount }) => amount),
    [6000, 4000],
  );
});

test('a refund that was declined, or reversed, leaves its amount to be refunded', () => {
  const { counter, reference } = paid('100');
  counter.terminal.script(['declined']);
  assert.equal(verdict(counter.pay('100', refund(reference))), 'Failure Refusal');
  const back = counter.pay('100', refund(reference)).PaymentResponse?.POIData.POITransactionID;
  assert.ok(back);
  assert.equal(verdict(counter.exchange((header) => pos.reversal(header, back))), 'Success');
  assert.equal(verdict(counter.pay('100', refund(reference))), 'Success');
});

test('neither tip nor anything else makes a refund more than what was asked for', () => {
  const { counter, reference } = paid('100');
  counter.terminal.script(['tip']);
  assert.equal(verdict(counter.pay('100', refund(reference))), 'Success');
  assert.equal(counter.terminal.ledger.movements.at(-1)?.amount, 10_000);
});

test('a reversed payment has nothing to refund, and its reversal says what was used', () => {
  const { counter, reference } = paid('100');
  const id = counter.last().PaymentResponse?.POIData.POITransactionID;
  assert.ok(id);
  const reversed = counter.exchange((header) => pos.reversal(header, id));
  assert.equal(verdict(reversed), 'Success');
  assert.equal(verdict(counter.pay('100', refund(reference))), 'Failure Refusal');
});

const wrong: [string, Extras, string, RegExp][] = [
  ['an unknown reference', refund('3558174609679520'), 'Failure Refusal', /no such payment/],
  ['no reference', { type: 'Refund', instrument: MOBILE }, 'Failure MessageFormat', /HostTransactionID/],
  ['a purchase with a reference', { apmReference: '3558174609679520' }, 'Failure MessageFormat', /Only a refund/],
];
for (const [what, extras, expected, text] of wrong)
  test(`${what}: ${expected}, and nothing moves`, () => {
    const counter = new Counter();
    const answer = counter.pay('10', extras);
    assert.equal(verdict(answer), expected);
    assert.match(said(answer), text);
    assert.equal(counter.terminal.ledger.movements.length, 0);
  });

test('the reference of a card payment is none', () => {
  const counter = new Counter();
  const id = counter.pay('10').PaymentResponse?.POIData.POITransactionID.TransactionID ?? '';
  assert.equal(referenceOf(counter.last()), '');
  assert.equal(verdict(counter.pay('10', refund(id))), 'Failure Refusal');
});

test('another currency is refused', () => {
  const { counter, reference } = paid('100');
  counter.exchange((header) => {
    const message = pos.payment(header, '100', { type: 'Refund', currency: 'NOK', instrument: MOBILE });
    assert.ok('SaleToPOIRequest' in message && message.SaleToPOIRequest.PaymentRequest);
    const HostTransactionID = { TransactionID: reference, TimeStamp: '2023-08-24T17:03:37+02:00' };
    message.SaleToPOIRequest.PaymentRequest.PaymentTransaction.OriginalPOITransaction = { HostTransactionID };
    return message;
  });
  assert.equal(verdict(counter.last()), 'Failure Refusal');
  assert.match(said(counter.last()), /SEK/);
});

test('after a restart the payment is still known, and so is what was refunded', () => {
  const kept: StoredTransaction[] = [];
  const { counter, reference } = paid('100', 'mobile', {
    keep: (record: StoredTransaction) => kept.push(structuredClone(record)),
  });
  counter.pay('60', refund(reference));
  const again = new Counter({ records: kept });
  assert.equal(verdict(again.pay('50', refund(reference))), 'Failure Refusal');
  assert.equal(verdict(again.pay('40', refund(reference))), 'Success');
});
