import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { swedbankReceipt } from '../../lib/protocol/profiles/swedbank-receipt.ts';
import { asksForSignature, decodeReceipt, decodeReceipts } from '../../lib/protocol/receipts/receipts.ts';
import type { Nexo } from '../../lib/protocol/types.ts';
import { decode } from '../../lib/protocol/xml/decode.ts';
import { sample, sampleReceipt } from '../support/wire.ts';

type PaymentReceipt = Nexo<'PaymentReceipt'>;

function receiptsOf(name: string): readonly PaymentReceipt[] | undefined {
  const { message } = decode(sample(name));
  assert.ok('SaleToPOIResponse' in message);
  const { PaymentResponse, ReversalResponse } = message.SaleToPOIResponse;
  return (PaymentResponse ?? ReversalResponse)?.PaymentReceipt;
}

function receipt(qualifier: string, ...texts: string[]): PaymentReceipt {
  return {
    DocumentQualifier: qualifier,
    OutputContent: { OutputFormat: 'Text', OutputText: texts.map((Text) => ({ Text })) },
  };
}

function base64(data: unknown): string {
  return Buffer.from(JSON.stringify(data)).toString('base64');
}

for (const [name, merchant, customer] of [
  ['payment-response-approved-contactless', 'payment-contactless-56-cashier', 'payment-contactless-56-customer'],
  ['reversal-response-success', 'reversal-89-cashier', 'reversal-89-customer'],
] as const) {
  test(`${name}: both copies, as data and as lines, in whichever order`, () => {
    const list = receiptsOf(name) ?? [];
    const found = decodeReceipts(list, swedbankReceipt);
    assert.deepEqual(found.merchant?.data, sampleReceipt(merchant));
    assert.deepEqual(found.customer?.data, sampleReceipt(customer));
    assert.deepEqual(decodeReceipts([...list].reverse(), swedbankReceipt), found);
    assert.equal(asksForSignature(list, swedbankReceipt), false);
    const { ReceiptString } = (sampleReceipt(customer) as { Cardholder: { Optional: { ReceiptString: string[] } } })
      .Cardholder.Optional;
    assert.deepEqual(found.customer?.lines, ReceiptString);
    assert.equal(found.customer?.text, ReceiptString.join('\n'));
    assert.ok(found.customer?.text.includes('Hälleskåran 29'));
  });
}

test('placeholders that are not base64 come as they are', () => {
  const found = decodeReceipts(receiptsOf('payment-response-payment-restriction'), swedbankReceipt);
  assert.equal(found.customer?.text, 'eyJDYXJkaG9sZGVy...Mocked-up-data');
  assert.equal(found.customer?.data, undefined);
});

test('the signature block is a boolean of any copy', () => {
  const copy = (name: string, block: unknown) =>
    base64({ [name]: { Mandatory: { Payment: { SignatureBlock: block } }, Optional: { ReceiptString: ['a'] } } });
  const asked = (block: unknown) =>
    asksForSignature([receipt('CashierReceipt', copy('Merchant', block))], swedbankReceipt);
  assert.deepEqual([true, false, 'true', 1, undefined].map(asked), [true, false, false, false, false]);
  assert.equal(
    asksForSignature([{ ...receipt('CashierReceipt', 'x'), RequiredSignatureFlag: true }], swedbankReceipt),
    true,
  );
});

test('one document in several OutputText elements', () => {
  const text = base64({ Cardholder: { Optional: { ReceiptString: ['Kvitto', '', 'Tack'] } } });
  const found = decodeReceipts(
    [receipt('CustomerReceipt', text.slice(0, 10), text.slice(10, 31), text.slice(31))],
    swedbankReceipt,
  );
  assert.deepEqual(found.customer?.lines, ['Kvitto', '', 'Tack']);
});

test('plain lines in several OutputText elements', () => {
  const found = decodeReceipts([receipt('CustomerReceipt', 'Test shop', '', 'KÖP  56,00\nTack')], swedbankReceipt);
  assert.deepEqual(found.customer, {
    text: 'Test shop\n\nKÖP  56,00\nTack',
    lines: ['Test shop', '', 'KÖP  56,00', 'Tack'],
    data: undefined,
  });
});

for (const [what, text] of Object.entries({
  nothing: '',
  'base64 of something else': Buffer.from('hello').toString('base64'),
  'base64 of bytes that are not UTF-8': Buffer.from([0xff, 0xfe, 0xfd]).toString('base64'),
  'JSON of another shape': base64({ lines: ['a'] }),
  'JSON null': base64(null),
  'a receipt without lines': base64({ Cardholder: { Mandatory: {} } }),
  'lines that are not text': base64({ Cardholder: { Optional: { ReceiptString: ['a', 1] } } }),
  'a receipt cut short': base64({ Cardholder: { Optional: { ReceiptString: ['a'] } } }).slice(0, -8),
  'a receipt called __proto__': Buffer.from(
    '{"__proto__":{"Cardholder":{"Optional":{"ReceiptString":["a"]}}}}',
  ).toString('base64'),
})) {
  test(`${what} is given as it is, without data`, () => {
    assert.deepEqual(decodeReceipt([text], swedbankReceipt), { text, lines: [text], data: undefined });
  });
}

test('no receipts, and receipts without content', () => {
  assert.deepEqual(decodeReceipts(undefined, swedbankReceipt), {});
  assert.deepEqual(decodeReceipts([receipt('Journal', 'x')], swedbankReceipt), {});
  const empty = decodeReceipts([{ DocumentQualifier: 'CustomerReceipt' } as PaymentReceipt], swedbankReceipt);
  assert.deepEqual(empty.customer, { text: '', lines: [], data: undefined });
});

test('nothing throws', () => {
  const anything = fc.oneof(
    fc.string(),
    fc.base64String(),
    fc.json().map((json) => Buffer.from(json).toString('base64')),
  );
  fc.assert(
    fc.property(fc.array(anything), (texts) =>
      assert.ok(decodeReceipts([receipt('CustomerReceipt', ...texts)], swedbankReceipt).customer),
    ),
  );
});
