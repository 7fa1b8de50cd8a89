import type { ReceiptWord } from './receipt-texts.ts';

/** A receipt that came as data. */
export interface ReceiptData {
  /** Printable lines in the terminal's language; an empty one is a blank line. */
  lines: string[];
  /** What the terminal sent, decoded. */
  data: unknown;
  /** It asks for the customer's signature. */
  signature: boolean;
}

/** The vendor's own codes in the data of a receipt. */
export interface ReceiptCodes {
  /** How the card was read, by TransactionSource. */
  readonly sources: ReadonlyMap<string, ReceiptWord>;
  /** CardholderVerificationMethod where the customer entered a PIN. */
  readonly pin: string;
  /** DebitStatus of a reversal. */
  readonly reversed: string;
}

/** How a vendor's terminals send receipts. Receipts of any other form are read as plain text. */
export interface ReceiptForm {
  /** @returns undefined where the texts are not of this form. Never throws. */
  read(texts: readonly string[]): ReceiptData | undefined;
  /** A cheap look at the texts: false where they certainly ask for no signature. */
  mayAskForSignature(texts: readonly string[]): boolean;
  /** The part of `data` that describes the payment. */
  copyOf(data: unknown): unknown;
  readonly codes: ReceiptCodes;
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
