import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertCardAmount } from '../../lib/contract/card-input.ts';
import { defaultMaxAmount, maxAmountSetting } from '../../lib/contract/max-amount.ts';
import { parseOrder } from '../../lib/contract/payment-input.ts';
import { toMinor } from '../../lib/protocol/amounts.ts';
import { currencyDigits } from '../../lib/protocol/currencies.ts';
import { refusal } from '../support/refusal.ts';

const at = (more: object = {}) => ({ currency: 'SEK', paymentType: 'Normal' as const, ...more });

describe('the highest amount', () => {
  it('is about 10,000 EUR where the terminal sets none', () => {
    assert.deepEqual(['SEK', 'NOK', 'DKK', 'EUR', 'GBP', 'USD', 'JPY', 'KWD'].map(defaultMaxAmount), [
      ...['100000', '100000', '100000', '10000', '10000', '10000', '1000000', '10000'],
    ]);
    assert.equal(parseOrder('100000.00', at()).amount, 10_000_000);
    assert.equal(refusal(() => parseOrder('100000.01', at())).code, 'amount_too_high');
  });

  it('fits each currency', () => {
    for (const currency of currencyDigits.keys()) assert.ok(toMinor(defaultMaxAmount(currency), currency, '') > 0);
  });

  it('is the terminal’s, in its own currency', () => {
    assert.equal(parseOrder(200_000, at({ maxAmount: '250000' })).amount, 20_000_000);
    assert.equal(refusal(() => parseOrder('50.01', at({ maxAmount: '50' }))).code, 'amount_too_high');
    assert.equal(parseOrder({ amount: 60, currency: 'EUR' }, at({ maxAmount: '50' })).amount, 6000);
    assert.equal(
      refusal(() => parseOrder({ amount: 10_001, currency: 'EUR' }, at({ maxAmount: '90000' }))).code,
      'amount_too_high',
    );
  });

  it('says what it is, where it is set, and what such amounts often are', () => {
    const timestamp = refusal(() => parseOrder(1_795_846_693_081, at()));
    assert.equal(timestamp.path, 'payload.amount');
    assert.match(timestamp.message, /1795846693081\.00 SEK.*100000 SEK.*nothing was sent.*timestamp.*inject.*settings/);
    const minor = refusal(() => parseOrder(890_000, at({ paymentType: 'Refund' })));
    assert.match(minor.message, /89\.00 and not 8900/);
    assert.doesNotMatch(minor.message, /timestamp/);
  });

  it('counts for a card’s total amount, too', () => {
    const { code, path } = refusal(() => assertCardAmount('100000.01', at()));
    assert.deepEqual([code, path], ['amount_too_high', 'payload.totalAmount']);
    assertCardAmount('0.00', at());
    assertCardAmount(undefined, at());
  });

  it('as a setting is an amount in the terminal’s currency, or nothing', () => {
    assert.deepEqual(
      ['', '5000', '99.50'].map((text) => maxAmountSetting(text, 'SEK')),
      ['', '5000', '99.50'],
    );
    for (const text of ['0', '-1', 'much', '1.234', '1,5']) {
      const { code, path } = refusal(() => maxAmountSetting(text, 'SEK'));
      assert.deepEqual([code, path], ['invalid_config', 'maxAmount'], text);
    }
  });
});
