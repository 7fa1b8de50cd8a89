import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Nexo } from '../../lib/protocol/types.ts';
import { decode } from '../../lib/protocol/xml/decode.ts';
import { sample } from '../support/wire.ts';
import { additionalResponse, ClientPos, cardOf, type PaymentFields, resultText } from './client-pos.ts';

type Item = Nexo<'SaleItem'>;

const diesel: Item = {
  ItemID: 0,
  ProductCode: '24601',
  ItemAmount: '446.90',
  UnitOfMeasure: 'Litre',
  Quantity: '20.5',
  UnitPrice: '21.8',
  ProductLabel: 'Diesel',
  AdditionalProductInfo: '1541257424284',
};
const coffee: Item = { ItemID: 1, ProductCode: '1645', ItemAmount: '68.0', Quantity: '1', UnitPrice: '68.0' };

function without(item: Item, ...names: (keyof Item)[]): Item {
  return Object.fromEntries(Object.entries(item).filter(([name]) => !names.some((one) => one === name))) as Item;
}

test('the published request for two products is paid', () => {
  const client = new ClientPos();
  client.exchange(({ id }) => {
    const { message } = decode(sample('payment-request-fuel-two-items'));
    assert.ok('SaleToPOIRequest' in message);
    Object.assign(message.SaleToPOIRequest.MessageHeader, { ServiceID: id, SaleID: 'ECR1', POIID: 'A-POIID' });
    return message;
  });
  assert.equal(resultText(client.last()), 'Success');
  assert.equal(client.terminal.ledger.of('1524253496').charged, 51_490);
});

const good: [string, string, PaymentFields][] = [
  ['products and cash-back', '614.90', { items: [diesel, coffee], cashBack: '100' }],
  ['a product without a quantity', '10', { items: [{ ItemID: 0, ProductCode: '1', ItemAmount: '10' }] }],
  [
    'a quantity without a unit or price',
    '10',
    { items: [without(coffee, 'UnitPrice')].map((one) => ({ ...one, ItemAmount: '10.000' })) },
  ],
  ['something for nothing', '68', { items: [coffee, { ItemID: 2, ProductCode: '2', ItemAmount: '0' }] }],
  ['a refund', '514.90', { items: [diesel, coffee], type: 'Refund' }],
];
for (const [what, amount, extras] of good)
  test(`${what}: Success`, () => {
    assert.equal(resultText(new ClientPos().pay(amount, extras)), 'Success');
  });

const bad: [string, string, PaymentFields, RegExp][] = [
  [
    'an amount above the items',
    '515',
    { items: [diesel, coffee] },
    /add up to 514\.90, but the amount without cash-back is 515\.00/,
  ],
  ['an amount below the items', '514', { items: [diesel, coffee] }, /add up/],
  ['cash-back that is not counted', '514.90', { items: [diesel, coffee], cashBack: '100' }, /cash-back is 414\.90/],
  ['a unit without a quantity', '446.90', { items: [without(diesel, 'Quantity', 'UnitPrice')] }, /UnitOfMeasure/],
  ['a price without a quantity', '68', { items: [without(coffee, 'Quantity')] }, /UnitPrice/],
  ['a negative ItemID', '68', { items: [{ ...coffee, ItemID: -1 }] }, /ItemID/],
  ['more decimals than the currency has', '68', { items: [{ ...coffee, ItemAmount: '68.001' }] }, /decimals/],
];
for (const [what, amount, extras, text] of bad)
  test(`${what}: MessageFormat, and nothing moves`, () => {
    const client = new ClientPos();
    const answer = client.pay(amount, extras);
    assert.equal(resultText(answer), 'Failure MessageFormat');
    assert.match(additionalResponse(answer), text);
    assert.equal(client.terminal.ledger.movements.length, 0);
  });

test('a fuel card that does not pay for all: PaymentRestriction with what it does pay for, as the page shows', () => {
  const client = new ClientPos();
  client.terminal.script(['fuelCard']);
  const answer = client.pay('514.90', { items: [diesel, coffee] });
  assert.equal(resultText(answer), 'Failure PaymentRestriction');
  const published = decode(sample('payment-response-payment-restriction')).message;
  assert.ok('SaleToPOIResponse' in published);
  const expected = cardOf(published.SaleToPOIResponse);
  const { PaymentBrand, EntryMode, AllowedProductCode, PaymentToken } = cardOf(answer) ?? {};
  assert.deepEqual(
    { PaymentBrand, EntryMode, AllowedProductCode, PaymentToken },
    {
      PaymentBrand: expected?.PaymentBrand,
      EntryMode: expected?.EntryMode,
      AllowedProductCode: expected?.AllowedProductCode,
      PaymentToken: expected?.PaymentToken,
    },
  );
  assert.equal(client.terminal.ledger.movements.length, 0);
});

test('the same card pays for what it may, the rest is paid otherwise', () => {
  const client = new ClientPos();
  client.terminal.script(['fuelCard']);
  assert.equal(resultText(client.pay('446.90', { items: [diesel], split: true })), 'Success');
  assert.equal(resultText(client.pay('68', { items: [coffee], split: true })), 'Success');
});

test('it pays for nothing that is not named, and lists nothing then', () => {
  for (const extras of [{}, { items: [{ ...coffee, ItemAmount: '68' }] }]) {
    const client = new ClientPos();
    client.terminal.script(['fuelCard']);
    const answer = client.pay('68', extras);
    assert.equal(resultText(answer), 'Failure PaymentRestriction');
    assert.equal(cardOf(answer)?.AllowedProductCode, undefined);
  }
});

test('restricted: in any case, with all products but the last', () => {
  const client = new ClientPos();
  client.terminal.script(['restricted']);
  assert.deepEqual(cardOf(client.pay('514.90', { items: [diesel, coffee] }))?.AllowedProductCode, ['24601']);
});
