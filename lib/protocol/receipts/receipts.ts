import { copyOf, swedbankReceipt } from '../profiles/swedbank-receipt.ts';
import type { Nexo } from '../types.ts';
import { at, type ReceiptForm } from './receipt-form.ts';

export { at, copyOf };

/** A receipt: its lines for printing, and its content as data. */
export interface Receipt {
  /** The lines joined with line feeds. */
  text: string;
  /** Printable lines in the terminal's language; an empty one is a blank line. */
  lines: string[];
  /** The receipt's JSON as the terminal sent it; undefined for plain text. */
  data: unknown;
}

export interface Receipts {
  customer?: Receipt;
  merchant?: Receipt;
}

/**
 * The receipts of a payment or reversal, in any order; each is decoded when it is first read.
 *
 * What is not of the form is given as its lines, without data: other terminals print plain text. Never throws: an
 * unreadable receipt must not cost a payment.
 *
 * @param receipts PaymentReceipt of a PaymentResponse or ReversalResponse
 */
export function decodeReceipts(
  receipts: readonly Nexo<'PaymentReceipt'>[] | undefined,
  form: ReceiptForm = swedbankReceipt,
): Receipts {
  const found: Receipts = {};
  for (const receipt of receipts ?? []) {
    const copy = COPIES[receipt.DocumentQualifier];
    if (copy !== undefined && !Object.hasOwn(found, copy))
      defer(found, copy, () => decodeReceipt(textsOf(receipt), form));
  }
  return found;
}

/** Whether any copy asks for the customer's signature. */
export function asksForSignature(
  receipts: readonly Nexo<'PaymentReceipt'>[] | undefined,
  form: ReceiptForm = swedbankReceipt,
): boolean {
  return (receipts ?? []).some((receipt) => {
    if (receipt.RequiredSignatureFlag === true) return true;
    const texts = textsOf(receipt);
    return form.mayAskForSignature(texts) && form.read(texts)?.signature === true;
  });
}

const COPIES: Readonly<Record<string, keyof Receipts>> = Object.assign(Object.create(null), {
  CustomerReceipt: 'customer',
  CashierReceipt: 'merchant',
});

function textsOf(receipt: Nexo<'PaymentReceipt'>): string[] {
  return (receipt.OutputContent?.OutputText ?? []).map(({ Text }) => Text ?? '');
}

/** Defines a property whose value is made when it is first read. */
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
export function decodeReceipt(texts: readonly string[], form: ReceiptForm = swedbankReceipt): Receipt {
  const read = form.read(texts);
  if (read !== undefined) return { text: read.lines.join('\n'), lines: read.lines, data: read.data };
  const lines = texts.flatMap((text) => text.split('\n'));
  return { text: lines.join('\n'), lines, data: undefined };
}
