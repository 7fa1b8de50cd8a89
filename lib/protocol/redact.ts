import { passesLuhn } from './luhn.ts';
import type { Message } from './types.ts';

/** Fields that hold card secrets, or may: they are left out of a redacted message wherever they stand. */
const SECRET: ReadonlySet<string> = new Set([
  // The card itself. Encrypted card data is card data to PCI DSS.
  'SensitiveCardData',
  'ProtectedCardData',
  'PAN',
  'CardSeqNumb',
  'ExpiryDate',
  'TrackData',
  'CheckCardNumber',
  // What passes between a card and whoever talks to its chip.
  'APDUData',
  'ICCResetData',
  // PINs, and the card number a PIN is checked with; passwords, encrypted signatures.
  'CardholderPIN',
  'AdditionalInput',
  'Password',
  'ProtectedSignature',
  // The phone that paid.
  'SensitiveMobileData',
  'ProtectedMobileData',
  // Somebody else's bytes, which may hold any of these: a message the terminal could not read, data for the acquirer.
  'RejectedMessage',
  'SaleToAcquirerData',
]);

/** What an identification of these types has as its text is a card number, or holds one. */
const CARD_IDENTIFICATION: ReadonlySet<unknown> = new Set(['PAN', 'ISOTrack2']);
/** Thirteen digits and more in a masked PAN are a PAN that was not masked. */
const UNMASKED = /\d{13,}/g;
const CARD_NUMBER = /(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)/g;
/** Texts written for people, in which a card number has no business. */
const PROSE: ReadonlySet<string> = new Set(['AdditionalResponse', 'EventDetails', 'AbortReason']);

type Fields = Record<string, unknown>;

/**
 * A copy of a message without card secrets: fit for `msg`, the journal and logs as far as card data goes. Masked PANs
 * stay, and so do card tokens, which identify a person and are the caller's to keep out of logs.
 *
 * Left out: PAN, expiry, track data, PINs and passwords, encrypted card data, everything of SensitiveCardData, numbers
 * of gift cards (whoever has one can spend it), and bytes that may hold these (RejectedMessage, SaleToAcquirerData,
 * APDUs, host messages in Transmit).
 */
export function redact(message: Message): Message {
  return copy(message) as Message;
}

function copy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copy);
  if (typeof value !== 'object' || value === null) return value;
  return copyFields(value as Fields);
}

function copyFields(fields: Fields): Fields {
  const copied: Fields = {};
  const hidesText = CARD_IDENTIFICATION.has(fields.IdentificationType);
  const hidesInput = fields.InputCommand === 'Password';
  for (const name of Object.keys(fields)) {
    if (SECRET.has(name) || (hidesInput && isInput(name))) continue;
    const value = fields[name];
    if (hidesText && name === 'Text') copied[name] = '';
    else if (name === 'MaskedPAN') copied[name] = String(value).replace(UNMASKED, masked);
    else if (PROSE.has(name)) copied[name] = String(value).replace(CARD_NUMBER, maskedIfCard);
    else if (name === 'TransmitRequest' || name === 'TransmitResponse') copied[name] = blanked(value, 'Message');
    else if (name === 'StoredValueAccountID') copied[name] = blanked(value, 'Text');
    else copied[name] = copy(value);
  }
  return copied;
}

function isInput(name: string): boolean {
  return name === 'TextInput' || name === 'DigitInput' || name === 'DefaultInputString';
}

/** A copy whose field, which nexo requires, is empty. */
function blanked(value: unknown, field: string): unknown {
  const copied = copy(value);
  return typeof copied === 'object' && copied !== null && field in copied ? { ...copied, [field]: '' } : copied;
}

/** First six and last four digits: the most PCI DSS allows to be shown. */
function masked(digits: string): string {
  return digits.slice(0, 6) + '*'.repeat(digits.length - 10) + digits.slice(-4);
}

function maskedIfCard(text: string): string {
  const digits = text.replace(/\D/g, '');
  return passesLuhn(digits) ? masked(digits) : text;
}
