import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { digitsOf, fromMinor, toMinor } from '../../lib/protocol/amounts.ts';
import { currencyDigits } from '../../lib/protocol/currencies.ts';
import { refusal } from '../support/refusal.ts';

const PATH = 'payload.amount';

test('amounts become minor units exactly', () => {
  const cases: [value: string | number, currency: string, minor: number][] = [
    ['89.00', 'SEK', 8900],
    ['89', 'SEK', 8900],
    ['89.5', 'SEK', 8950],
    [89, 'SEK', 8900],
    [0.1, 'SEK', 10],
    [1.15, 'EUR', 115],
    [4.35, 'EUR', 435],
    [1.005, 'BHD', 1005],
    ['007.00', 'NOK', 700],
    ['89', 'JPY', 89],
    [1500, 'ISK', 1500],
    ['1.2345', 'CLF', 12345],
    ['90071992547409.91', 'SEK', Number.MAX_SAFE_INTEGER],
    [0.000001 * 1e6, 'DKK', 100],
  ];
  for (const [value, currency, minor] of cases)
    assert.equal(toMinor(value, currency, PATH), minor, `${value} ${currency}`);
});

for (const [what, value, currency, advice] of [
  ['text', 'abc', 'SEK', /decimal number/],
  ['nothing', '', 'SEK', /empty/],
  ['blanks', '  ', 'SEK', /empty/],
  ['blanks around it', ' 89 ', 'SEK', /no sign, exponent or blanks/],
  ['a negative text', '-89.00', 'SEK', /negative/],
  ['a negative number', -89, 'SEK', /negative/],
  ['a sign', '+89', 'SEK', /sign/],
  ['an exponent', '1e3', 'SEK', /exponent/],
  ['a number that needs an exponent', 1e21, 'SEK', /exponent/],
  ['a tiny number', 1e-7, 'SEK', /exponent/],
  ['NaN', Number.NaN, 'SEK', /NaN/],
  ['Infinity', Number.POSITIVE_INFINITY, 'SEK', /Infinity/],
  ['text that says Infinity', 'Infinity', 'SEK', /decimal number/],
  ['a comma', '89,00', 'SEK', /decimal point/],
  ['thousands', '1 000.00', 'SEK', /blanks/],
  ['a bare point', '89.', 'SEK', /decimal number/],
  ['no whole part', '.50', 'SEK', /decimal number/],
  ['other digits', '\u0661\u0662', 'SEK', /decimal number/],
  ['a hexadecimal', '0x10', 'SEK', /decimal number/],
  ['three decimals', '89.001', 'SEK', /at most 2 decimals/],
  ['three decimals of which the last is zero', '89.000', 'SEK', /at most 2 decimals/],
  ['decimals where there are none', '89.5', 'JPY', /no decimals/],
  ['what floats make of 0.1 + 0.2', 0.1 + 0.2, 'SEK', /decimals/],
  ['too much', '90071992547409.92', 'SEK', /too large/],
  ['far too much', '9'.repeat(400), 'SEK', /too large/],
  ['zero', 0, 'SEK', /zero/],
  ['zero as text', '0.00', 'SEK', /zero/],
  ['minus zero', -0, 'SEK', /zero/],
  ['nothing at all', undefined, 'SEK', /undefined/],
  ['null', null, 'SEK', /null/],
  ['true', true, 'SEK', /boolean/],
  ['an object', {}, 'SEK', /object/],
] as const) {
  test(`${what} is no amount`, () => {
    const error = refusal(() => toMinor(value as string, currency, PATH));
    assert.equal(error.code, 'invalid_amount');
    assert.equal(error.path, PATH);
    assert.match(error.message, advice);
  });
}

test('zero and the terminals’ zeros are accepted when asked for', () => {
  assert.equal(toMinor('0.00', 'SEK', PATH, { zero: true }), 0);
  assert.equal(toMinor(0, 'JPY', PATH, { zero: true }), 0);
  assert.equal(toMinor('89.000', 'SEK', PATH, { trailingZeros: true }), 8900);
  assert.equal(toMinor('0.00', 'ISK', PATH, { zero: true, trailingZeros: true }), 0);
  assert.equal(refusal(() => toMinor('89.001', 'SEK', PATH, { trailingZeros: true })).code, 'invalid_amount');
});

test('what comes from minor units goes back to them', () => {
  const currency = fc.constantFrom(...currencyDigits.keys());
  fc.assert(
    fc.property(fc.maxSafeNat(), currency, (minor, code) => {
      const text = fromMinor(minor, code);
      assert.match(text, /^\d+(\.\d+)?$/);
      assert.equal(toMinor(text, code, PATH, { zero: true }), minor);
      assert.equal(text.split('.')[1]?.length ?? 0, digitsOf(code));
    }),
  );
});

test('any number is taken at its decimal form or refused', () => {
  fc.assert(
    fc.property(fc.double(), (value) => {
      let minor: number;
      try {
        minor = toMinor(value, 'SEK', PATH, { zero: true });
      } catch {
        assert.equal(refusal(() => toMinor(value, 'SEK', PATH, { zero: true })).code, 'invalid_amount');
        return;
      }
      assert.equal(Number(fromMinor(minor, 'SEK')), Math.abs(value));
    }),
  );
});

test('minor units as text', () => {
  assert.deepEqual(
    [fromMinor(8900, 'SEK'), fromMinor(5, 'SEK'), fromMinor(0, 'SEK'), fromMinor(89, 'JPY'), fromMinor(5, 'KWD')],
    ['89.00', '0.05', '0.00', '89', '0.005'],
  );
  for (const minor of [-1, 0.5, Number.NaN, 2 ** 53]) {
    assert.equal(refusal(() => fromMinor(minor, 'SEK')).code, 'invalid_amount');
  }
});

test('ISO 4217', () => {
  const expected: [digits: number, codes: string[]][] = [
    [0, ['ISK', 'JPY', 'KRW', 'CLP', 'VND', 'XAF', 'XOF', 'XPF', 'UGX', 'PYG']],
    [2, ['SEK', 'NOK', 'DKK', 'EUR', 'USD', 'GBP', 'HUF', 'CZK', 'MGA', 'MRU', 'XCG', 'ZWG', 'SLE', 'VED']],
    [3, ['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND']],
    [4, ['CLF', 'UYW']],
  ];
  for (const [digits, codes] of expected) for (const code of codes) assert.equal(digitsOf(code), digits, code);
  assert.equal(currencyDigits.size, 165);
  for (const gone of ['HRK', 'BGN', 'ANG', 'CUC', 'DEM', 'XAU', 'XXX', 'toString', '__proto__', '']) {
    const error = refusal(() => toMinor('1', gone, PATH));
    assert.deepEqual([error.code, error.path], ['unknown_currency', PATH], gone);
  }
  assert.match(refusal(() => digitsOf('sek')).message, /"SEK", in capitals/);
});
