import { currencyDigits } from './currencies.ts';
import { NexoError, quote } from './errors.ts';

const DECIMAL = /^(\d+)(?:\.(\d+))?$/;

export interface AmountOptions {
  /** Accept zero, such as no cash-back, or a card acquisition before the amount is known. */
  zero?: boolean;
  /** Accept zeros beyond the currency's digits, as terminals write them: `0.00` JPY. */
  trailingZeros?: boolean;
}

/**
 * Digits after the decimal point of a currency.
 *
 * @param currency ISO 4217 code, such as `SEK`
 * @param path the field it came from, for the error
 * @throws NexoError `unknown_currency`
 */
export function digitsOf(currency: string, path?: string): number {
  const digits = currencyDigits.get(currency);
  if (digits !== undefined) return digits;
  const upper = String(currency).trim().toUpperCase();
  const hint = currencyDigits.has(upper) ? `"${upper}", in capitals` : 'an ISO 4217 code such as "SEK"';
  throw new NexoError('unknown_currency', `The currency is ${quote(currency)}, which is not known: use ${hint}.`, {
    path,
  });
}

/**
 * An amount as integer minor units (öre, cents). It is exact: nothing is rounded.
 *
 * @param value decimal text (`"89.00"`, `"89"`), or a number whose shortest decimal form has no more digits than the
 *   currency: `0.1 + 0.2` is refused, because 0.30000000000000004 is a calculation error
 * @param currency ISO 4217 code
 * @param path the field it came from, for the error
 * @throws NexoError `invalid_amount` (not a decimal, negative, zero without the option, too many decimals, above
 *   2^53 - 1 minor units) or `unknown_currency`
 */
export function toMinor(value: string | number, currency: string, path: string, options: AmountOptions = {}): number {
  const digits = digitsOf(currency, path);
  const text = textOf(value, path);
  const match = DECIMAL.exec(text);
  if (match === null) throw invalid(describe(text), path);
  const whole = match[1] ?? '';
  let fraction = match[2] ?? '';
  if (options.trailingZeros === true && fraction.length > digits) {
    fraction = fraction.slice(0, digits) + fraction.slice(digits).replace(/0+$/, '');
  }
  if (fraction.length > digits) {
    const allowed = digits === 0 ? 'no decimals' : `at most ${digits} decimals`;
    throw invalid(`is ${quote(text)}, but ${currency} has ${allowed}: round it as your till does`, path);
  }
  const minor = Number(whole + fraction.padEnd(digits, '0'));
  if (!Number.isSafeInteger(minor)) throw invalid('is too large to be counted exactly: send a smaller one', path);
  if (minor === 0 && options.zero !== true) throw invalid('is zero: send what is to be paid, such as "89.00"', path);
  return minor;
}

/**
 * Minor units as the decimal text nexo and the flow use, with all of the currency's digits.
 *
 * @param minor non-negative safe integer
 * @returns `"89.00"` for 8900 SEK, `"89"` for 89 JPY
 * @throws NexoError `invalid_amount`, `unknown_currency`
 */
export function fromMinor(minor: number, currency: string): string {
  const digits = digitsOf(currency);
  if (!Number.isSafeInteger(minor) || minor < 0) {
    throw new NexoError('invalid_amount', `Minor units must be a whole number from 0 to 2^53 - 1, not ${minor}.`);
  }
  if (digits === 0) return String(minor);
  const text = String(minor).padStart(digits + 1, '0');
  return `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

function textOf(value: unknown, path: string): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'number')
    throw invalid(`is ${value === null ? 'null' : typeof value}, not a number or text`, path);
  if (!Number.isFinite(value)) throw invalid(`is ${value}, not an amount`, path);
  return String(value);
}

function describe(text: string): string {
  if (text.trim() === '') return 'is empty: send one such as "89.00"';
  if (/^-\d/.test(text)) return `is negative (${quote(text)}): send what is to be paid; a refund is a payment type`;
  if (/^\d+,\d+$/.test(text)) return `is ${quote(text)}: write a decimal point, not a comma`;
  return `is ${quote(text)}, not a decimal number: write it as "89" or "89.00", with no sign, exponent or blanks`;
}

function invalid(what: string, path: string): NexoError {
  return new NexoError('invalid_amount', `The amount ${what}.`, { path });
}
