/** Finds the receipts in a message. */
import { NexoError } from '../protocol/errors.ts';
import type { ReceiptFacts } from '../protocol/receipts/receipt-format.ts';
import { at, type Receipt } from '../protocol/receipts/receipts.ts';
import type { ReceiptSettings } from './receipt-settings.ts';

type Copy = 'customer' | 'merchant';

export interface ChosenReceipt {
  copy: Copy;
  receipt: Receipt;
  /** What its payment says about it. */
  facts: ReceiptFacts;
}

/** A payment's `outcome` as it stands on a receipt; a reversal's own receipts name theirs. */
const OUTCOMES: ReadonlyMap<unknown, ReceiptFacts['outcome']> = new Map([
  ['approved', 'approved'],
  ['partial', 'approved'],
  ['declined', 'declined'],
  ['aborted', 'aborted'],
]);

/**
 * The receipts in a payload: the wanted copies of a payment or reversal, the customer's first; or, whichever copy it is,
 * the receipt of a listener's print output, or a payload that is a receipt itself.
 *
 * @throws NexoError `no_receipt`
 */
export function chooseReceipts(payload: unknown, wanted: ReceiptSettings['copy']): ChosenReceipt[] {
  const receipts = at(payload, 'receipts');
  if (typeof receipts === 'object' && receipts !== null) return ofPayment(payload, receipts, wanted);
  const printed = at(payload, 'receipt');
  const receipt = receiptIn(printed) ?? receiptIn(payload);
  if (receipt === undefined) {
    throw new NexoError(
      'no_receipt',
      'There is no receipt in msg.payload: send a payment’s or reversal’s payload, or one of its receipts.',
      { path: 'payload' },
    );
  }
  return [{ copy: copyIn(receipt, at(payload, 'qualifier')), receipt, facts: {} }];
}

function ofPayment(payload: unknown, receipts: object, wanted: ReceiptSettings['copy']): ChosenReceipt[] {
  const copies: Copy[] = wanted === 'both' ? ['customer', 'merchant'] : [wanted];
  const facts = factsOf(payload);
  const found = copies.flatMap((copy): ChosenReceipt[] => {
    const receipt = receiptIn((receipts as Partial<Record<Copy, unknown>>)[copy]);
    return receipt === undefined ? [] : [{ copy, receipt, facts }];
  });
  if (found.length > 0) return found;
  const which = wanted === 'both' ? 'no receipts' : `no receipt for the ${wanted}`;
  throw new NexoError('no_receipt', `The terminal sent ${which}: it may send none where no card was used.`, {
    path: wanted === 'both' ? 'payload.receipts' : `payload.receipts.${wanted}`,
  });
}

function factsOf(payload: unknown): ReceiptFacts {
  return {
    outcome: OUTCOMES.get(at(payload, 'outcome')),
    tip: textAt(payload, 'tip'),
    cashBack: textAt(payload, 'cashBack'),
    apm: { type: textAt(payload, 'apm', 'type'), reference: textAt(payload, 'apm', 'reference') },
  };
}

function textAt(payload: unknown, ...names: string[]): string | undefined {
  const value = at(payload, ...names);
  return typeof value === 'string' ? value : undefined;
}

/** A value with lines or a text is a receipt, with data or without. */
function receiptIn(value: unknown): Receipt | undefined {
  const lines = at(value, 'lines');
  const text = at(value, 'text');
  const data = at(value, 'data');
  const own = Array.isArray(lines) && lines.every((line) => typeof line === 'string') ? (lines as string[]) : undefined;
  if (own === undefined && typeof text !== 'string') return undefined;
  const printed = typeof text === 'string' ? text : (own ?? []).join('\n');
  return { text: printed, lines: own ?? printed.split('\n'), data };
}

function copyIn({ data }: Receipt, qualifier: unknown): Copy {
  return at(data, 'Merchant') !== undefined || qualifier === 'CashierReceipt' ? 'merchant' : 'customer';
}
