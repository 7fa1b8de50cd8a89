import { digitsOf, fromMinor, toMinor } from '../protocol/amounts.ts';
import { NexoError } from '../protocol/errors.ts';
import type { Order, PaymentType } from '../session/payment/payment-order.ts';

import { acquirerDataOf, instrumentOf } from './payment-secrets-input.ts';
import { saleItemsOf } from './sale-items-input.ts';

export interface OrderDefaults {
  currency: string;
  paymentType: PaymentType;
  awaitFulfilment?: boolean;
}

const FIELDS = [
  'amount',
  'currency',
  'cashBack',
  'paymentType',
  'transactionId',
  'context',
  'awaitFulfilment',
  'saleItems',
  'splitPayment',
  'apmReference',
  'acquirerData',
  'paymentInstrument',
] as const;
type Fields = Partial<Record<(typeof FIELDS)[number], unknown>>;

/** A reference as it stands on a receipt. */
const APM_REFERENCE = /^[\x21-\x7e]{1,64}$/;
const TRANSACTION_ID = /^[\x21-\x7e]([\x20-\x7e]{0,62}[\x21-\x7e])?$/;
const CODES = { awaitFulfilment: 'invalid_await_fulfilment', splitPayment: 'invalid_split_payment' } as const;
const MAX_CONTEXT_BYTES = 4096;

/**
 * Reads a payment from what a flow sends: an amount (`89`, `"89.00"`) or `{ amount, currency?, cashBack?, paymentType?,
 * transactionId?, context?, awaitFulfilment?, saleItems?, splitPayment?, apmReference?, acquirerData?, paymentInstrument? }`.
 *
 * @param payload what came in; nothing in it is changed
 * @param defaults what the node and its terminal are set to
 * @throws NexoError `invalid_amount`, `unknown_currency`, `invalid_cash_back`, `invalid_payment_type`,
 *   `invalid_transaction_id`, `invalid_context`, `invalid_payload`, `invalid_sale_items`, `invalid_apm_reference`,
 *   `invalid_acquirer_data`, `invalid_payment_instrument` and the like, each with the field's path
 */
export function parseOrder(payload: unknown, defaults: OrderDefaults): Order {
  const fields = asFields(payload);
  const currency = fields.currency === undefined ? defaults.currency : fields.currency;
  if (typeof currency !== 'string') {
    throw new NexoError('unknown_currency', 'The currency must be an ISO 4217 code such as "SEK".', {
      path: 'payload.currency',
    });
  }
  // The terminal's own setting, where the message names none.
  digitsOf(currency, fields.currency === undefined ? 'currency' : 'payload.currency');
  const amount = toMinor(amountOf(fields), currency, 'payload.amount');
  const order: Order = {
    paymentType: paymentTypeOf(fields.paymentType, defaults.paymentType),
    amount,
    currency,
    cashBack: cashBackOf(fields.cashBack, amount, currency),
  };
  if (order.cashBack > 0 && order.paymentType === 'Refund') {
    throw new NexoError('invalid_cash_back', 'A refund cannot carry cash-back: leave cashBack out.', {
      path: 'payload.cashBack',
    });
  }
  if (order.paymentType === 'Normal' && flag(fields, 'awaitFulfilment', defaults.awaitFulfilment)) {
    order.awaitFulfilment = true;
  }
  if (fields.transactionId !== undefined) order.transactionId = transactionIdOf(fields.transactionId);
  if (fields.context !== undefined) order.context = contextOf(fields.context);
  addMore(order, fields);
  return order;
}

/** What few payments carry. */
function addMore(order: Order, fields: Fields): void {
  const { saleItems, apmReference, acquirerData, paymentInstrument } = fields;
  if (saleItems !== undefined) {
    order.saleItems = saleItemsOf(saleItems, order.amount - order.cashBack, order.currency);
  }
  if (flag(fields, 'splitPayment')) order.splitPayment = true;
  if (apmReference !== undefined) order.apmReference = apmReferenceOf(apmReference, order.paymentType);
  const confidential = {
    ...(acquirerData !== undefined && { acquirerData: acquirerDataOf(acquirerData) }),
    ...(paymentInstrument !== undefined && { instrument: instrumentOf(paymentInstrument) }),
  };
  if (order.apmReference !== undefined && confidential.instrument !== undefined) {
    throw new NexoError(
      'invalid_payment_instrument',
      'A refund by apmReference goes back the way the money came: leave paymentInstrument out.',
      { path: 'payload.paymentInstrument' },
    );
  }
  if (Object.keys(confidential).length > 0) order.confidential = confidential;
}

function asFields(payload: unknown): Fields {
  if (typeof payload === 'number' || typeof payload === 'string') return { amount: payload };
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    throw new NexoError(
      'invalid_payload',
      'msg.payload must be an amount, such as "89.00", or an object with an amount, such as { "amount": "89.00" }.',
      { path: 'payload' },
    );
  }
  const fields = payload as Fields;
  return Object.fromEntries(FIELDS.map((name) => [name, fields[name]]));
}

function amountOf(fields: Fields): string | number {
  const { amount } = fields;
  if (typeof amount === 'number' || typeof amount === 'string') return amount;
  const what = amount === undefined || amount === null ? 'is missing' : `is ${typeof amount}, not a number or text`;
  throw new NexoError('invalid_amount', `The amount ${what}: send msg.payload = "89.00" or { amount: "89.00" }.`, {
    path: 'payload.amount',
  });
}

function paymentTypeOf(value: unknown, fallback: PaymentType): PaymentType {
  if (value === undefined) return fallback;
  if (value === 'Normal' || value === 'Refund') return value;
  throw new NexoError('invalid_payment_type', 'paymentType must be "Normal" (a purchase) or "Refund".', {
    path: 'payload.paymentType',
  });
}

function flag(fields: Fields, name: 'awaitFulfilment' | 'splitPayment', fallback = false): boolean {
  const value = fields[name];
  if (value === undefined) return fallback;
  if (typeof value === 'boolean') return value;
  throw new NexoError(CODES[name], `${name} must be true or false.`, { path: `payload.${name}` });
}

function apmReferenceOf(value: unknown, paymentType: PaymentType): string {
  const path = 'payload.apmReference';
  if (paymentType !== 'Refund') {
    throw new NexoError(
      'invalid_apm_reference',
      'apmReference says which payment a refund is for: set paymentType to "Refund", or leave apmReference out.',
      { path },
    );
  }
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  if (typeof text === 'string' && APM_REFERENCE.test(text)) return text;
  throw new NexoError(
    'invalid_apm_reference',
    'apmReference must be the reference of the payment, as it stands in payload.apm.reference and on its receipt.',
    { path },
  );
}

function cashBackOf(value: unknown, amount: number, currency: string): number {
  if (value === undefined) return 0;
  if (typeof value !== 'number' && typeof value !== 'string') {
    throw new NexoError('invalid_cash_back', 'cashBack must be an amount such as "100.00".', {
      path: 'payload.cashBack',
    });
  }
  const cashBack = toMinor(value, currency, 'payload.cashBack', { zero: true });
  if (cashBack > amount) {
    throw new NexoError(
      'invalid_cash_back',
      `The cash-back (${fromMinor(cashBack, currency)}) is more than the amount (${fromMinor(amount, currency)}), which includes it.`,
      { path: 'payload.cashBack' },
    );
  }
  return cashBack;
}

/** Checks a transactionId as a flow gives it; a whole number is taken as its digits. */
export function transactionIdOf(value: unknown, path = 'payload.transactionId'): string {
  const text = Number.isSafeInteger(value) ? String(value) : value;
  if (typeof text === 'string' && TRANSACTION_ID.test(text)) return text;
  throw new NexoError(
    'invalid_transaction_id',
    'transactionId must be 1 to 64 printable ASCII characters, such as an order number.',
    { path },
  );
}

function contextOf(value: unknown): string {
  const path = 'payload.context';
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw new NexoError('invalid_context', 'context must be plain JSON: it refers to itself or holds a BigInt.', {
      path,
      cause,
    });
  }
  if (text === undefined) {
    throw new NexoError('invalid_context', 'context must be plain JSON: a function is none.', { path });
  }
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > MAX_CONTEXT_BYTES) {
    throw new NexoError(
      'invalid_context',
      `context is ${bytes} bytes of JSON; at most ${MAX_CONTEXT_BYTES} are kept: store the rest yourself under transactionId.`,
      { path },
    );
  }
  return text;
}
