/** The highest amount of a terminal: an amount above it is a mistake in the flow, such as a timestamp or minor units. */
import { digitsOf, fromMinor, toMinor } from '../protocol/amounts.ts';
import { NexoError, settingError } from '../protocol/errors.ts';

/** About 10,000 EUR in whole units of the currency, in round figures; a currency that is not listed has `OTHER`. */
const LIMITS: Readonly<Record<string, string>> = {
  '10000':
    'AUD BHD BMD BND BSD BBD CAD CHF EUR FKP FJD GBP GIP JOD KWD KYD NZD OMR SGD SHP TND USD XCD XCG AZN BAM GEL',
  '100000':
    'BWP CNY CZK DKK EGP HKD ILS MAD MDL MOP MXN NOK PLN RON SAR AED QAR SEK TRY TWD UAH ZAR BRL BOB GTQ PEN MYR',
  '1000000': 'THB PHP INR ISK JPY RSD RUB UYU DOP NIO HNL CRC KES NPR PKR LKR DZD ALL MKD AMD CLP ARS',
  '10000000': 'KRW KZT COP NGN HUF MMK XAF XOF XPF KMF DJF RWF BIF TZS',
  '100000000': 'IDR VND LAK UGX PYG KHR MGA UZS GNF IRR LBP SLE SYP',
};
const OTHER = '100000';
const limitOf = new Map(
  Object.entries(LIMITS).flatMap(([limit, codes]) => codes.split(' ').map((code) => [code, limit] as const)),
);

/** The highest amounts of currencies that have one of their own, for the terminal's dialog. */
export const defaultMaxAmounts: Readonly<Record<string, string>> = { ...Object.fromEntries(limitOf), '': OTHER };

/** Milliseconds since 1970 of the years 2001 to 2286, as an inject node sends them by default. */
const MILLISECONDS = /^1\d{12}$|^[2-9]\d{12}$/;

/** The highest amount of a currency where a terminal sets none: whole units as text, such as `100000` of SEK. */
export function defaultMaxAmount(currency: string): string {
  return limitOf.get(currency) ?? OTHER;
}

/**
 * A terminal's setting as decimal text; empty where it sets none.
 * @throws NexoError `invalid_config`
 */
export function maxAmountSetting(text: string, currency: string): string {
  if (text === '') return '';
  try {
    toMinor(text, currency, 'maxAmount');
    return text;
  } catch (cause) {
    if (!(cause instanceof NexoError) || cause.code === 'unknown_currency') throw cause;
    throw settingError('maxAmount', `The highest amount must be an amount in ${currency}, such as 5000, or empty.`);
  }
}

/** The terminal's setting counts in its own currency; every other currency has its default. */
export interface AmountLimit {
  currency: string;
  maxAmount?: string | undefined;
}

/**
 * @param amount in minor units of `currency`
 * @param path where it stands in the message
 * @throws NexoError `amount_too_high`, which names the limit and where to change it
 */
export function assertNotTooHigh(amount: number, currency: string, limit: AmountLimit, path: string): void {
  const own = currency === limit.currency ? limit.maxAmount : undefined;
  const most = own || defaultMaxAmount(currency);
  if (amount <= toMinor(most, currency, 'maxAmount')) return;
  const text = fromMinor(amount, currency);
  const where =
    currency === limit.currency
      ? 'If it is right, raise the highest amount in the terminal’s settings.'
      : `If it is right, use a terminal whose currency is ${currency}.`;
  throw new NexoError(
    'amount_too_high',
    `The amount is ${text} ${currency}, above the terminal’s highest amount of ${most} ${currency}: nothing was sent.${hintOf(text, currency)} ${where}`,
    { path },
  );
}

function hintOf(text: string, currency: string): string {
  const [whole = ''] = text.split('.');
  if (MILLISECONDS.test(whole)) {
    return ' It looks like a timestamp, which an inject node sends by default: set the payload of that node to the amount.';
  }
  return digitsOf(currency) > 0 ? ' Amounts are sent in whole units with decimals, 89.00 and not 8900.' : '';
}
