/** The day on which a payment's money moved. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settlementTime } from '../../lib/session/payment/settlement-time.ts';

const CREATED = Date.parse('2026-11-27T22:58:00Z');
const NOW = Date.parse('2026-11-28T09:00:00Z');
const answered = (TimeStamp: string) => ({
  PaymentResponse: {
    POIData: { POITransactionID: { TransactionID: '1', TimeStamp } },
  },
});

test('is when the terminal says, where that lies between the payment’s start and now', () => {
  for (const text of ['2026-11-27T23:01:00.000Z', '2026-11-28T00:01:00+01:00']) {
    assert.equal(settlementTime(answered(text), CREATED, NOW), Date.parse(text), text);
  }
});

test('is now, where the terminal’s clock is wrong, its zone unknown, or it says nothing', () => {
  for (const text of ['1970-01-01T00:00:00Z', '2028-01-01T00:00:00Z', '2026-11-28T00:01:00', 'soon']) {
    assert.equal(settlementTime(answered(text), CREATED, NOW), NOW, text);
  }
  assert.equal(settlementTime(undefined, CREATED, NOW), NOW);
});
