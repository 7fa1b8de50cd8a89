import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { cards } from '../../lib/virtual/customer/test-cards.ts';
import { localTime } from '../../lib/virtual/pos/local-time.ts';
import { type ReceiptTransaction, receiptsFor } from '../../lib/virtual/receipts/receipts.ts';

/** The facts behind the published receipt of 56 SEK. */
const purchase: ReceiptTransaction = {
  kind: 'purchase',
  verdict: 'Godkänd',
  card: cards[0],
  entryMode: 'Contactless',
  amount: '56.00',
  total: '56.00',
  currency: 'SEK',
  merchantId: '10020001',
  terminalId: '877888',
  poiTransactionId: '8778880185',
  reference: '1703372',
  approvalCode: '611506',
  responseCode: '00',
  signature: false,
  time: '2023-08-24 17:06',
};
const reversal: ReceiptTransaction = {
  ...purchase,
  kind: 'reversal',
  verdict: 'Makulering',
  amount: '89.00',
  total: '89.00',
  poiTransactionId: '8778880381',
  reference: '1625083',
  approvalCode: '741591',
  time: '2023-10-04 16:25',
};

/** Decoded from samples of the Swedbank Pay developer documentation (Apache-2.0). */
function published(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../fixtures/wire/receipts/${name}.json`, import.meta.url), 'utf8'));
}

function decoded(facts: ReceiptTransaction): unknown[] {
  return receiptsFor(facts).map((receipt) => {
    const text = receipt.OutputContent.OutputText?.[0]?.Text ?? '';
    assert.match(text, /^[A-Za-z0-9+/]+={0,2}$/, 'base64 on one line');
    const json = Buffer.from(text, 'base64').toString('utf8');
    assert.equal(json, JSON.stringify(JSON.parse(json)), 'compact');
    return JSON.parse(json);
  });
}

test('from the facts of the published purchase comes the published receipt, both copies', () => {
  const [cashier, customer] = decoded(purchase);
  assert.deepEqual(cashier, published('payment-contactless-56-cashier'));
  assert.deepEqual(customer, published('payment-contactless-56-customer'));
});

test('from the facts of the published reversal comes the published receipt, the customer first', () => {
  const [customer, cashier] = decoded(reversal);
  assert.deepEqual(cashier, published('reversal-89-cashier'));
  assert.deepEqual(customer, published('reversal-89-customer'));
});

test('no copy ever shows more of a card than it may', () => {
  for (const card of cards) {
    const [cashier, customer] = decoded({ ...purchase, card }).map((copy) => JSON.stringify(copy));
    assert.ok(cashier?.includes(card.maskedPan));
    assert.ok(!customer?.includes(card.maskedPan.slice(0, 6)));
    assert.ok(customer?.includes(`************${card.maskedPan.slice(-4)}`));
  }
});

test('a refund, a declined card, a tip and a cash-back say so', () => {
  const lines = (facts: ReceiptTransaction) =>
    (decoded(facts)[1] as { Cardholder: { Optional: { ReceiptString: string[] } } }).Cardholder.Optional.ReceiptString;
  assert.ok(lines({ ...purchase, kind: 'refund' }).includes('RETUR:       56,00 SEK'));
  const { approvalCode: _, ...none } = purchase;
  const declined = lines({ ...none, verdict: 'Medges ej', responseCode: '05' });
  assert.ok(declined.includes('Medges ej') && declined.includes('ARC: 05'));
  assert.ok(!declined.some((line) => line.startsWith('Auth code')));
  const tip = lines({ ...purchase, tip: '5.00', total: '61.00', cashBack: '10.00' });
  assert.ok(tip.includes('DRICKS:       5,00 SEK') && tip.includes('TOTALT:      61,00 SEK'));
  assert.ok(tip.includes('VARAV UTTAG: 10,00 SEK'));
});

test('the time on a receipt is that of the POS, over midnight too', () => {
  const now = Date.UTC(2023, 7, 24, 22, 30);
  assert.equal(localTime(now, '2023-08-25T00:30:00+02:00'), '2023-08-25 00:30');
  assert.equal(localTime(now, '2023-08-24T18:00:00-04:30'), '2023-08-24 18:00');
  assert.equal(localTime(now, '2023-08-24T22:30:00Z'), '2023-08-24 22:30');
});
