import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Nexo } from '../../lib/protocol/types.ts';
import type { ScenarioName } from '../../lib/virtual/terminal/scenarios.ts';
import type { StoredTransaction } from '../../lib/virtual/terminal/transaction-records.ts';
import * as pos from '../support/pos.ts';
import { additionalResponse, ClientPos, type PaymentFields, payment, receipts, resultText } from './client-pos.ts';
import { FULL } from './recording-pos.ts';

const MOBILE: Nexo<'PaymentInstrumentData'> = { PaymentInstrumentType: 'Mobile' };

function refund(apmReference: string): PaymentFields {
  return { type: 'Refund', apmReference, instrument: MOBILE };
}

function referenceOf({ PaymentResponse: body }: Nexo<'SaleToPOIResponse'>): string {
  return body?.PaymentResult?.PaymentAcquirerData?.AcquirerTransactionID?.TransactionID ?? '';
}

/** A client that has paid this amount without a card. */
function paid(amount: string, name: ScenarioName = 'mobile', options = {}): { client: ClientPos; reference: string } {
  const client = new ClientPos(options);
  client.terminal.script([name]);
  const reference = referenceOf(client.pay(amount, { transactionId: 'sale' }));
  assert.match(reference, /^\d{16}$/);
  return { client, reference };
}

const methods: [ScenarioName, string][] = [
  ['mobile', 'Swish'],
  ['vipps', 'Vipps'],
  ['mobilePay', 'MobilePay'],
];
for (const [name, type] of methods)
  test(`${name}: Mobile, its name where a card's is, its reference from the acquirer and on both receipts`, () => {
    const { client, reference } = paid('89', name);
    const answer = client.last();
    const instrument = answer.PaymentResponse?.PaymentResult?.PaymentInstrumentData;
    assert.deepEqual(instrument, { PaymentInstrumentType: 'Mobile', CardData: { PaymentBrand: type } });
    const { customer, merchant } = receipts(answer);
    for (const copy of [customer, merchant]) {
      assert.ok(copy?.lines.includes(`Ref.nr: ${reference}`), copy?.text);
      assert.ok(copy?.lines.includes(type.toUpperCase()), copy?.text);
      assert.doesNotMatch(copy?.text ?? '', /AID|\*\*\*\*/);
    }
    assert.equal(client.terminal.ledger.of('sale').charged, 8900);
  });

test('each payment has a reference of its own', () => {
  const { client, reference } = paid('10');
  client.terminal.script(['mobile']);
  assert.notEqual(referenceOf(client.pay('10')), reference);
});

test('a refund by reference asks for no card, goes back the same way, and is a transaction of its own', () => {
  const { client, reference } = paid('89', 'vipps');
  const original = client.last().PaymentResponse?.POIData.POITransactionID.TransactionID;
  const answer = client.pay('89', { ...refund(reference), transactionId: 'back' });
  assert.equal(resultText(answer), 'Success');
  assert.equal(referenceOf(answer), reference);
  assert.equal(answer.PaymentResponse?.PaymentResult?.PaymentInstrumentData?.CardData?.PaymentBrand, 'Vipps');
  assert.notEqual(answer.PaymentResponse?.POIData.POITransactionID.TransactionID, original);
  assert.equal(client.terminal.ledger.of('back').refunded, 8900);
  assert.ok(receipts(answer).customer?.lines.includes(`Ref.nr: ${reference}`));
});

test('it asks for no card', () => {
  const client = new ClientPos({}, FULL);
  client.terminal.script(['mobile']);
  const reference = referenceOf(client.pay('10'));
  client.takeLog();
  client.exchange((header) => payment(header, '10', refund(reference)), 300);
  assert.equal(resultText(client.last()), 'Success', 'it takes no longer than the host does');
  assert.ok(!client.takeLog().includes('Display Present card'));
  client.terminal.script(['noCustomer']);
  assert.equal(
    resultText(client.pay('5', refund(reference))),
    'Failure Refusal',
    'and no card can fail to be presented',
  );
});

test('in parts, up to what was paid and not an öre more', () => {
  const { client, reference } = paid('100');
  assert.equal(resultText(client.pay('60', refund(reference))), 'Success');
  const over = client.pay('40.01', refund(reference));
  assert.equal(resultText(over), 'Failure Refusal');
  assert.match(additionalResponse(over), /Only 40\.00/);
  assert.equal(resultText(client.pay('40', refund(reference))), 'Success');
  assert.equal(resultText(client.pay('0.01', refund(reference))), 'Failure Refusal');
  const refunded = client.terminal.ledger.movements.filter(({ paymentType }) => paymentType === 'Refund');
  assert.deepEqual(
    refunded.map(({ amount }) => amount),
    [6000, 4000],
  );
});

test('a refund that was declined, or reversed, leaves its amount to be refunded', () => {
  const { client, reference } = paid('100');
  client.terminal.script(['declined']);
  assert.equal(resultText(client.pay('100', refund(reference))), 'Failure Refusal');
  const back = client.pay('100', refund(reference)).PaymentResponse?.POIData.POITransactionID;
  assert.ok(back);
  assert.equal(resultText(client.exchange((header) => pos.reversal(header, back))), 'Success');
  assert.equal(resultText(client.pay('100', refund(reference))), 'Success');
});

test('neither tip nor anything else makes a refund more than what was asked for', () => {
  const { client, reference } = paid('100');
  client.terminal.script(['tip']);
  assert.equal(resultText(client.pay('100', refund(reference))), 'Success');
  assert.equal(client.terminal.ledger.movements.at(-1)?.amount, 10_000);
});

test('a reversed payment has nothing to refund, and its reversal says what was used', () => {
  const { client, reference } = paid('100');
  const id = client.last().PaymentResponse?.POIData.POITransactionID;
  assert.ok(id);
  const reversed = client.exchange((header) => pos.reversal(header, id));
  assert.equal(resultText(reversed), 'Success');
  assert.equal(resultText(client.pay('100', refund(reference))), 'Failure Refusal');
});

const wrong: [string, PaymentFields, string, RegExp][] = [
  ['an unknown reference', refund('3558174609679520'), 'Failure Refusal', /no such payment/],
  ['no reference', { type: 'Refund', instrument: MOBILE }, 'Failure MessageFormat', /HostTransactionID/],
  ['a purchase with a reference', { apmReference: '3558174609679520' }, 'Failure MessageFormat', /Only a refund/],
];
for (const [what, extras, expected, text] of wrong)
  test(`${what}: ${expected}, and nothing moves`, () => {
    const client = new ClientPos();
    const answer = client.pay('10', extras);
    assert.equal(resultText(answer), expected);
    assert.match(additionalResponse(answer), text);
    assert.equal(client.terminal.ledger.movements.length, 0);
  });

test('a card payment has no reference to refund by', () => {
  const client = new ClientPos();
  const id = client.pay('10').PaymentResponse?.POIData.POITransactionID.TransactionID ?? '';
  assert.equal(referenceOf(client.last()), '');
  assert.equal(resultText(client.pay('10', refund(id))), 'Failure Refusal');
});

test('another currency is refused', () => {
  const { client, reference } = paid('100');
  client.exchange((header) => {
    const message = pos.payment(header, '100', { type: 'Refund', currency: 'NOK', instrument: MOBILE });
    assert.ok('SaleToPOIRequest' in message && message.SaleToPOIRequest.PaymentRequest);
    const HostTransactionID = { TransactionID: reference, TimeStamp: '2023-08-24T17:03:37+02:00' };
    message.SaleToPOIRequest.PaymentRequest.PaymentTransaction.OriginalPOITransaction = { HostTransactionID };
    return message;
  });
  assert.equal(resultText(client.last()), 'Failure Refusal');
  assert.match(additionalResponse(client.last()), /SEK/);
});

test('after a restart the payment is still known, and so is what was refunded', () => {
  const kept: StoredTransaction[] = [];
  const { client, reference } = paid('100', 'mobile', {
    keep: (record: StoredTransaction) => kept.push(structuredClone(record)),
  });
  client.pay('60', refund(reference));
  const again = new ClientPos({ records: kept });
  assert.equal(resultText(again.pay('50', refund(reference))), 'Failure Refusal');
  assert.equal(resultText(again.pay('40', refund(reference))), 'Success');
});
