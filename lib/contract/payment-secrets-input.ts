import type { ErrorCode } from '../protocol/error-codes.ts';
import { NexoError } from '../protocol/errors.ts';
import { passesLuhn } from '../protocol/luhn.ts';
import type { Nexo } from '../protocol/types.ts';
import { type Fields, isPlain, textOf } from './fields.ts';

const ACQUIRER_FIELDS = ['purchaseOrderNumber', 'loyaltyPan'];
const INSTRUMENT_FIELDS = ['pan', 'expiryDate'];
const ACQUIRER_TEXT = /^[\x20-\x7e]{1,64}$/;
const PAN = /^\d{8,28}$/;
const YYMM = /^\d{2}(0[1-9]|1[0-2])$/;
/**
 * Numbers that card schemes issue: Visa, Mastercard, Maestro, American Express, Diners, JCB, Discover, UnionPay. Of those
 * with 6 only the schemes' own ranges: gift cards often begin with it too.
 */
const SCHEMES = /^(4|5[0-8]|2(22[1-9]|2[3-9]|[3-6]|7[01]|720)|3[4-9]|30|6011|62|64[4-9]|65|6304|6759|676[123])/;

/**
 * Reads `acquirerData`: `{ purchaseOrderNumber?, loyaltyPan? }` and any other texts agreed with the acquirer, which the
 * terminal passes on to the acquirer's host (page *Include Purchase Order Number*).
 *
 * @returns the JSON as base64
 * @throws NexoError `invalid_acquirer_data`; its message never repeats a value
 */
export function acquirerDataOf(value: unknown): string {
  const code = 'invalid_acquirer_data';
  const path = 'payload.acquirerData';
  const fields = knownFieldsOf(value, ACQUIRER_FIELDS, code, path);
  for (const name of Object.keys(fields)) {
    const meant = ACQUIRER_FIELDS.find((known) => known !== name && known.toLowerCase() === name.toLowerCase());
    if (meant) throw new NexoError(code, `The acquirer's host knows this field as ${meant}: spell it so.`, { path });
  }
  const entries = Object.entries(fields).map(([name, text]) => [
    name,
    textOf(
      text,
      ACQUIRER_TEXT,
      { code, path: `${path}.${name}` },
      `${name} must be 1 to 64 printable ASCII characters.`,
    ),
  ]);
  return btoa(JSON.stringify(Object.fromEntries(entries)));
}

/**
 * Reads `paymentInstrument`: `{ pan, expiryDate }`, the number of a card that is not PCI regulated (gift card, financing),
 * keyed in at the till (page *Send Card Data*). Numbers of card schemes are refused: those cards are for the terminal's
 * own reader.
 *
 * @throws NexoError `invalid_payment_instrument`; its message never repeats the number
 */
export function instrumentOf(value: unknown): Nexo<'SensitiveCardData'> {
  const code = 'invalid_payment_instrument';
  const path = 'payload.paymentInstrument';
  const { pan, expiryDate, ...more } = knownFieldsOf(value, INSTRUMENT_FIELDS, code, path);
  if (Object.keys(more).length > 0) {
    // The unknown name is not repeated: it may be the card number itself.
    throw new NexoError(code, 'It may hold pan and expiryDate, and nothing else.', { path });
  }
  const wrong = (message: string, field: string) => new NexoError(code, message, { path: `${path}.${field}` });
  if (typeof pan !== 'string' || !PAN.test(pan)) throw wrong('pan must be text of 8 to 28 digits.', 'pan');
  if (isSchemeCard(pan)) {
    throw wrong(
      'This is the number of a payment card: have the customer present the card to the terminal. Only gift cards and the like may be keyed in.',
      'pan',
    );
  }
  if (expiryDate === undefined) return { PAN: pan };
  if (typeof expiryDate !== 'string' || !YYMM.test(expiryDate)) {
    throw wrong('expiryDate must be year and month, such as "2712" for December 2027.', 'expiryDate');
  }
  return { PAN: pan, ExpiryDate: expiryDate };
}

/** A card scheme's number by prefix and length, whatever its check digit: one with a typing error is refused too. */
const CERTAIN = /^(4\d{15}|5[1-5]\d{14}|2(22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13})$/;

function isSchemeCard(pan: string): boolean {
  if (CERTAIN.test(pan)) return true;
  return pan.length >= 13 && pan.length <= 19 && SCHEMES.test(pan) && passesLuhn(pan);
}

/** The fields that are set, at least one. */
function knownFieldsOf(value: unknown, known: readonly string[], code: ErrorCode, path: string): Fields {
  const names = known.join(', ');
  if (!isPlain(value)) throw new NexoError(code, `It must be an object with ${names}.`, { path });
  const fields = Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined));
  if (Object.keys(fields).length > 0) return fields;
  throw new NexoError(code, `It is empty: give ${names}.`, { path });
}
