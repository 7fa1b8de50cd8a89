import { passesLuhn } from './luhn.ts';
import type { Message } from './types.ts';

/** Fields that hold card secrets, or may hold them: redaction leaves them out wherever they stand. */
const SECRET: ReadonlySet<string> = new Set([
  // The card itself. Encrypted card data is card data to PCI DSS.
  'SensitiveCardData',
  'ProtectedCardData',
  'PAN',
  'CardSeqNumb',
  'ExpiryDate',
  'TrackData',
  'CheckCardNumber',
  // What passes between a card's chip and a reader.
  'APDUData',
  'ICCResetData',
  // PINs, and the card number a PIN is checked with; passwords, encrypted signatures.
  'CardholderPIN',
  'AdditionalInput',
  'Password',
  'ProtectedSignature',
  // The phone of a mobile payment.
  'SensitiveMobileData',
  'ProtectedMobileData',
  // Foreign bytes, which may hold any of these: a message the terminal could not read, data for the acquirer.
  'RejectedMessage',
  'SaleToAcquirerData',
]);

/** The text of an identification of these types is a card number, or holds one. */
const CARD_IDENTIFICATION: ReadonlySet<unknown> = new Set(['PAN', 'ISOTrack2']);
/** Thirteen digits or more in a masked PAN: the terminal did not mask it. */
const UNMASKED = /\d{13,}/g;
const CARD_NUMBER = /(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)/g;
/** Texts for people. Card numbers in them are masked. */
const PROSE: ReadonlySet<string> = new Set(['AdditionalResponse', 'EventDetails', 'AbortReason']);

type Fields = Record<string, unknown>;

/**
 * A copy of a message without card secrets: fit for `msg`, the journal and logs as far as card data goes. Masked PANs
 * stay, and so do card tokens, which identify a person: `redactForLog` is for logs.
 *
 * Left out: PAN, expiry, track data, PINs and passwords, encrypted card data, everything of SensitiveCardData, numbers
 * of gift cards (the number alone spends one), and bytes that may hold these (RejectedMessage, SaleToAcquirerData,
 * APDUs, host messages in Transmit).
 */
export function redact(message: Message): Message {
  return copy(message) as Message;
}

/** Fields that identify a person, or hold what a person keyed in: a log keeps at most how long their values are. */
const PERSONAL: ReadonlySet<string> = new Set([
  'TokenValue',
  'PaymentAccountRef',
  'MaskedMSISDN',
  'TextInput',
  'DigitInput',
  'DefaultInputString',
  'CapturedSignature',
  'OutputSignature',
]);
/** Numbers of messages and transactions, which may look like card numbers by chance, and which a log is for. */
const IDENTIFIERS: ReadonlySet<string> = new Set(['ServiceID', 'DeviceID', 'SaleID', 'POIID', 'TransactionID']);

/**
 * A copy of a message that is fit for a log or a file: as `redact`, and without card tokens, loyalty numbers, what people
 * keyed in, and receipts, of which only the length is left. Card numbers in any other text are masked.
 */
export function redactForLog(message: Message): Message {
  return loggable(redact(message), '') as Message;
}

function loggable(value: unknown, name: string): unknown {
  if (typeof value === 'string') return IDENTIFIERS.has(name) ? value : maskCardNumbers(value);
  if (Array.isArray(value)) return value.map((item) => loggable(item, name));
  if (typeof value !== 'object' || value === null) return value;
  const copied: Fields = {};
  for (const [key, inner] of Object.entries(value)) {
    const hidden = PERSONAL.has(key) || (name === 'LoyaltyAccountID' && key === 'Text');
    const receipt = key === 'OutputContent' && (name === 'PaymentReceipt' || name === 'PrintOutput');
    copied[key] = hidden || receipt ? lengthOf(inner) : loggable(inner, key);
  }
  return copied;
}

/** A text with its card numbers masked: 13 to 19 digits with a card's check digit. */
export function maskCardNumbers(text: string): string {
  return text.replace(CARD_NUMBER, maskedIfCard);
}

function lengthOf(value: unknown): string {
  return `(${typeof value === 'string' ? value.length : JSON.stringify(value).length} characters)`;
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
    else if (PROSE.has(name)) copied[name] = maskCardNumbers(String(value));
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
