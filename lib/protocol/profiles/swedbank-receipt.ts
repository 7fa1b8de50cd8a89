import { isUtf8 } from 'node:buffer';
import { at, type ReceiptData, type ReceiptForm } from '../receipts/receipt-form.ts';

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const SIGNATURE = Buffer.from('"SignatureBlock"');
const TRUE = /^\s*:\s*true/;

/**
 * Swedbank Pay's receipts: base64 of UTF-8 JSON with one member, `Merchant` or `Cardholder`. It holds `Mandatory` and
 * `Optional`, whose `ReceiptString` lists the lines.
 */
export const swedbankReceipt: ReceiptForm = {
  read,
  mayAskForSignature,
  copyOf,
  codes: {
    // K and C are published, the others are those of Swedish receipts.
    sources: new Map([
      ['K', 'contactless'],
      ['C', 'chip'],
      ['D', 'swiped'],
      ['T', 'keyed'],
      ['M', 'mobile'],
    ]),
    pin: 'a',
    reversed: '91',
  },
};

function read(texts: readonly string[]): ReceiptData | undefined {
  const data = parse(texts.join(''));
  const copy = copyOf(data);
  const lines = at(copy, 'Optional', 'ReceiptString');
  if (!isLines(lines)) return undefined;
  return { lines, data, signature: at(copy, 'Mandatory', 'Payment', 'SignatureBlock') === true };
}

/** The merchant's copy has one member called Merchant, the customer's one called Cardholder. */
export function copyOf(data: unknown): unknown {
  return at(data, 'Merchant') ?? at(data, 'Cardholder');
}

/** Searches the bytes, which is faster than parsing the JSON of each receipt. */
function mayAskForSignature(texts: readonly string[]): boolean {
  const bytes = Buffer.from(texts.join(''), 'base64');
  for (let found = bytes.indexOf(SIGNATURE); found !== -1; found = bytes.indexOf(SIGNATURE, found + 1)) {
    const after = found + SIGNATURE.length;
    if (TRUE.test(bytes.toString('latin1', after, after + 32))) return true;
  }
  return false;
}

function parse(text: string): unknown {
  const base64 = text.replace(/\s+/g, '');
  const bytes = BASE64.test(base64) ? Buffer.from(base64, 'base64') : undefined;
  if (bytes === undefined || !isUtf8(bytes)) return undefined;
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

function isLines(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((line) => typeof line === 'string');
}
