import { isUtf8 } from 'node:buffer';
import type { Nexo } from '../types.ts';

/** A receipt as it is to be printed, and what it says as data. */
export interface Receipt {
  /** The lines joined with line feeds. */
  text: string;
  /** Printable lines in the terminal's language; an empty one is a blank line. */
  lines: string[];
  /** The receipt's JSON as the terminal sent it; undefined when what came was plain text. */
  data: unknown;
}

export interface Receipts {
  customer?: Receipt;
  merchant?: Receipt;
}

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

const SIGNATURE = Buffer.from('"SignatureBlock"');
const TRUE = /^\s*:\s*true/;

/**
 * The receipts of a payment or reversal, in whatever order they came; each is decoded when it is first read.
 *
 * Swedbank Pay's terminals send base64 of UTF-8 JSON: one member, `Merchant` or `Cardholder`, with `Mandatory` and
 * `Optional`, whose `ReceiptString` lists the lines. What is not that (other terminals print plain text) is given as its
 * lines, without data. Never throws: a receipt that cannot be read must not cost a payment.
 *
 * @param receipts PaymentReceipt of a PaymentResponse or ReversalResponse
 */
export function decodeReceipts(receipts: readonly Nexo<'PaymentReceipt'>[] | undefined): Receipts {
  const found: Receipts = {};
  for (const receipt of receipts ?? []) {
    const copy = COPIES[receipt.DocumentQualifier];
    if (copy !== undefined && !Object.hasOwn(found, copy)) defer(found, copy, () => decodeReceipt(textsOf(receipt)));
  }
  return found;
}

/** Whether any copy asks for the customer's signature. */
export function asksForSignature(receipts: readonly Nexo<'PaymentReceipt'>[] | undefined): boolean {
  return (receipts ?? []).some((receipt) => {
    if (receipt.RequiredSignatureFlag === true) return true;
    const texts = textsOf(receipt);
    return mayAskForSignature(texts) && readReceipt(texts).signature;
  });
}

/** A look at the bytes, which is cheap, tells most receipts from those that have to be read. */
function mayAskForSignature(texts: string[]): boolean {
  const bytes = Buffer.from(texts.join(''), 'base64');
  for (let at = bytes.indexOf(SIGNATURE); at !== -1; at = bytes.indexOf(SIGNATURE, at + 1)) {
    const after = at + SIGNATURE.length;
    if (TRUE.test(bytes.toString('latin1', after, after + 32))) return true;
  }
  return false;
}

const COPIES: Readonly<Record<string, keyof Receipts>> = Object.assign(Object.create(null), {
  CustomerReceipt: 'customer',
  CashierReceipt: 'merchant',
});

function textsOf(receipt: Nexo<'PaymentReceipt'>): string[] {
  return (receipt.OutputContent?.OutputText ?? []).map(({ Text }) => Text ?? '');
}

/** A property like any other, but made when it is first read. */
function defer<K extends keyof Receipts>(target: Receipts, name: K, make: () => Receipt): void {
  const settle = (value: unknown) => {
    Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
  };
  Object.defineProperty(target, name, {
    enumerable: true,
    configurable: true,
    get: () => {
      const value = make();
      settle(value);
      return value;
    },
    set: settle,
  });
}

/**
 * One receipt from the texts of its OutputText elements, which are parts of one document or lines of plain text.
 * For PrintRequests too, whose content is a receipt or a text to print.
 */
export function decodeReceipt(texts: readonly string[]): Receipt {
  return readReceipt(texts).receipt;
}

function readReceipt(texts: readonly string[]): { receipt: Receipt; signature: boolean } {
  const data = parse(texts.join(''));
  const copy = copyOf(data);
  const lines = at(copy, 'Optional', 'ReceiptString');
  if (isLines(lines)) {
    const signature = at(copy, 'Mandatory', 'Payment', 'SignatureBlock') === true;
    return { receipt: { text: lines.join('\n'), lines, data }, signature };
  }
  const plain = texts.flatMap((text) => text.split('\n'));
  return { receipt: { text: plain.join('\n'), lines: plain, data: undefined }, signature: false };
}

function parse(text: string): unknown {
  const bytes = bytesOf(text);
  if (bytes === undefined || !isUtf8(bytes)) return undefined;
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

function bytesOf(text: string): Buffer | undefined {
  const base64 = text.replace(/\s+/g, '');
  return BASE64.test(base64) ? Buffer.from(base64, 'base64') : undefined;
}

/** The cashier's copy has one member called Merchant, the customer's one called Cardholder. */
export function copyOf(data: unknown): unknown {
  return at(data, 'Merchant') ?? at(data, 'Cardholder');
}

/** What an object holds under these names, one below the other, if it does. */
export function at(value: unknown, ...names: string[]): unknown {
  let found = value;
  for (const name of names) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Record<string, unknown>)[name];
  }
  return found;
}

function isLines(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((line) => typeof line === 'string');
}
