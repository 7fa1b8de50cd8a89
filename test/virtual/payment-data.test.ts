import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Nexo } from '../../lib/protocol/types.ts';
import { decode } from '../../lib/protocol/xml/decode.ts';
import type { StoredTransaction } from '../../lib/virtual/terminal/transaction-records.ts';
import * as pos from '../support/pos.ts';
import { sample } from '../support/wire.ts';
import { additionalResponse, ClientPos, cardOf, receipts, resultText } from './client-pos.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

function keyed(PAN?: string, ExpiryDate?: string, EntryMode = ['Keyed']): Nexo<'PaymentInstrumentData'> {
  const SensitiveCardData = { ...(PAN ? { PAN } : {}), ...(ExpiryDate ? { ExpiryDate } : {}) };
  return { PaymentInstrumentType: 'Card', CardData: { EntryMode, SensitiveCardData } };
}

test('the published request with keyed card data is paid, and the number is nowhere to be found', () => {
  const kept: StoredTransaction[] = [];
  const client = new ClientPos({ keep: (record) => kept.push(record) });
  client.exchange(({ id }) => {
    const { message } = decode(sample('payment-request-keyed-card'));
    assert.ok('SaleToPOIRequest' in message);
    Object.assign(message.SaleToPOIRequest.MessageHeader, { ServiceID: id, SaleID: 'ECR1', POIID: 'A-POIID' });
    return message;
  });
  const answer = client.last();
  assert.equal(resultText(answer), 'Success');
  assert.deepEqual(cardOf(answer), {
    PaymentBrand: '01,Demo Finance',
    MaskedPAN: '123456******3456',
    EntryMode: ['Keyed'],
  });
  const { customer, merchant } = receipts(answer);
  const everything = JSON.stringify([answer, kept, customer?.data, merchant?.data]);
  assert.doesNotMatch(everything, /1234567890123456|2401/);
  assert.ok(merchant?.lines.includes('Manuellt'), merchant?.text);
});

test('an expiry date is not needed, a short number shows its last four digits alone', () => {
  const answer = new ClientPos().pay('10', { instrument: keyed('12345678') });
  assert.equal(cardOf(answer)?.MaskedPAN, '****5678');
  assert.equal(
    resultText(new ClientPos().pay('10', { instrument: keyed('1234567890123456'), type: 'Refund' })),
    'Success',
  );
});

const refused: [string, Nexo<'PaymentInstrumentData'>, string][] = [
  ['a card that is PCI regulated', keyed('4539031234567890', '2911'), 'Failure InvalidCard'],
  ['no number', keyed(undefined, '2911'), 'Failure MessageFormat'],
  ['no card data', { PaymentInstrumentType: 'Card', CardData: { EntryMode: ['Keyed'] } }, 'Failure MessageFormat'],
  ['another entry mode', keyed('1234567890123456', '2911', ['ICC']), 'Failure MessageFormat'],
  ['another instrument', { ...keyed('1234567890123456'), PaymentInstrumentType: 'Mobile' }, 'Failure MessageFormat'],
  ['a month that is none', keyed('1234567890123456', '2913'), 'Failure MessageFormat'],
];
for (const [what, instrument, expected] of refused)
  test(`keyed, ${what}: ${expected}, without the number`, () => {
    const client = new ClientPos();
    const answer = client.pay('10', { instrument });
    assert.equal(resultText(answer), expected);
    assert.doesNotMatch(JSON.stringify(answer), /4539031234567890|1234567890123456/);
    assert.equal(client.terminal.ledger.movements.length, 0);
  });

test('the prefixes are those of the terminal', () => {
  const client = new ClientPos({ keyedPrefixes: ['77'] });
  assert.equal(resultText(client.pay('10', { instrument: keyed('1234567890123456') })), 'Failure InvalidCard');
  assert.equal(resultText(client.pay('10', { instrument: keyed('7734567890123456') })), 'Success');
});

test('keyed card data cannot be combined with a card that was read', () => {
  const client = new ClientPos();
  client.exchange((header) => pos.enable(header, 'StartTransaction'));
  client.exchange(pos.cardAcquisition);
  assert.equal(resultText(client.pay('10', { instrument: keyed('1234567890123456') })), 'Failure NotAllowed');
  assert.equal(resultText(client.pay('10')), 'Success', 'the card is still there');
});

test('a keyed payment is reversed with the card it had', () => {
  const client = new ClientPos();
  const id = client.pay('10', { instrument: keyed('1234567890123456') }).PaymentResponse?.POIData.POITransactionID;
  assert.ok(id);
  const { ReversalResponse: body } = client.exchange((header) => pos.reversal(header, id));
  assert.equal(body?.Response.Result, 'Success');
  const text = Buffer.from(body?.PaymentReceipt?.[1]?.OutputContent.OutputText?.[0]?.Text ?? '', 'base64').toString();
  assert.match(text, /123456\*{6}3456/);
});

test('a purchase order number is on the copy of the merchant, and does not come back', () => {
  for (const acquirerData of [
    'ewogICAgInB1cmNoYXNlT3JkZXJOdW1iZXIiOiAiMTIzNDU2Nzg5Igp9',
    base64('{"purchaseOrderNumber":"123456789"}'),
  ]) {
    const answer = new ClientPos().pay('60', { acquirerData });
    assert.equal(resultText(answer), 'Success');
    const { customer, merchant } = receipts(answer);
    assert.ok(merchant?.lines.includes('Ordernr: 123456789'), merchant?.text);
    assert.ok(!customer?.text.includes('123456789'));
    assert.deepEqual(Object.keys(answer.PaymentResponse?.SaleData ?? {}), ['SaleTransactionID']);
  }
});

for (const [what, acquirerData] of Object.entries({
  'no base64': '{"purchaseOrderNumber":"1"}',
  'base64 of no JSON': base64('purchaseOrderNumber=1'),
  'a list': base64('["1"]'),
  'a text': base64('"1"'),
  null: base64('null'),
  nothing: ' ',
  'a number where a text belongs': base64('{"purchaseOrderNumber":123}'),
  'no UTF-8': Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]).toString('base64'),
}))
  test(`SaleToAcquirerData, ${what}: MessageFormat`, () => {
    const client = new ClientPos();
    const answer = client.pay('10', { acquirerData });
    assert.equal(resultText(answer), 'Failure MessageFormat');
    assert.match(additionalResponse(answer), /SaleToAcquirerData/);
    assert.equal(client.terminal.ledger.movements.length, 0);
  });

test('what else was agreed with the acquirer is passed on', () => {
  assert.equal(resultText(new ClientPos().pay('10', { acquirerData: base64('{"costCentre":[1,2]}') })), 'Success');
});

/** Brands of the loyalty results, and what identifies the customer there. */
function loyaltyIn({ PaymentResponse: body }: Nexo<'SaleToPOIResponse'>): [string | undefined, string | undefined][] {
  return (body?.LoyaltyResult ?? [])
    .flatMap(({ LoyaltyAccount }) => LoyaltyAccount ?? [])
    .map(({ LoyaltyBrand, LoyaltyAccountID }) => [LoyaltyBrand, LoyaltyAccountID.Text]);
}

test('a membership, by scenario or by loyaltyPan, and the PAN does not come back', () => {
  const client = new ClientPos();
  assert.deepEqual(loyaltyIn(client.pay('10')), []);
  client.terminal.script(['loyalty']);
  const [[brand, account] = []] = loyaltyIn(client.pay('10'));
  assert.equal(brand, 'Demo Club');
  assert.match(account ?? '', /^[0-9a-f]{40}$/);
  const answer = client.pay('10', { acquirerData: base64('{"loyaltyPan":"9630001234564711"}') });
  assert.equal(loyaltyIn(answer)[0]?.[0], 'Demo Club');
  const { customer, merchant } = receipts(answer);
  assert.doesNotMatch(JSON.stringify([answer, customer?.text, merchant?.text]), /9630001234564711/);
});

test('nonPaymentToken: the same for a card each time, and together with a membership', () => {
  const client = new ClientPos();
  const tokens = [1, 2, 3, 4].map(() => {
    client.terminal.script(['nonPaymentToken']);
    return loyaltyIn(client.pay('10'))[0] ?? [];
  });
  assert.equal(tokens[0]?.[0], 'nonPaymentToken');
  assert.match(tokens[0]?.[1] ?? '', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.deepEqual(tokens[3], tokens[0], 'the first card again');
  assert.notDeepEqual(tokens[1], tokens[0]);
  client.terminal.script(['nonPaymentToken']);
  const both = client.pay('10', { acquirerData: base64('{"loyaltyPan":"9630001234564711"}') });
  assert.deepEqual(
    both.PaymentResponse?.LoyaltyResult?.map(({ LoyaltyAccount }) => LoyaltyAccount.length),
    [1, 1],
    'one account in each result, as nexo’s schema has it',
  );
  assert.deepEqual(
    loyaltyIn(both).map(([brand]) => brand),
    ['nonPaymentToken', 'Demo Club'],
  );
});

test('no loyalty without an approval', () => {
  const client = new ClientPos();
  client.terminal.script(['declined']);
  assert.deepEqual(loyaltyIn(client.pay('10', { acquirerData: base64('{"loyaltyPan":"9630001234564711"}') })), []);
});

test('cash-back: part of the amount, up to the limit of the terminal, and with purchases alone', () => {
  const client = new ClientPos();
  const answer = client.pay('1100', { cashBack: '1000' });
  assert.equal(answer.PaymentResponse?.PaymentResult?.AmountsResp?.CashBackAmount, '1000.00');
  const over = client.pay('1100', { cashBack: '1000.01' });
  assert.equal(resultText(over), 'Failure Refusal');
  assert.match(additionalResponse(over), /1000\.00 SEK/);
  assert.equal(resultText(client.pay('10', { cashBack: '10.01' })), 'Failure MessageFormat');
  assert.equal(resultText(client.pay('10', { cashBack: '5', type: 'Refund' })), 'Failure MessageFormat');
  assert.equal(resultText(new ClientPos({ maximumCashBack: 0 }).pay('10', { cashBack: '1' })), 'Failure Refusal');
});

test('a split payment is one like any other', () => {
  assert.equal(resultText(new ClientPos().pay('10', { split: true })), 'Success');
});

test('otherCard: what is no payment card pays nothing', () => {
  const client = new ClientPos();
  client.terminal.script(['otherCard']);
  const answer = client.pay('10');
  assert.equal(resultText(answer), 'Failure InvalidCard');
  assert.equal(cardOf(answer)?.PaymentBrand, '04,Demo Staff');
});
