import { digitsOf, fromMinor, toMinor } from '../protocol/amounts.ts';
import { NexoError } from '../protocol/errors.ts';
import type { Order, PaymentType } from '../session/payment/payment-order.ts';
import { amountOf, booleanOf, type Fields, invalid, isPlain, textOf, transactionIdOf, typeNameOf } from './fields.ts';
import { assertNotTooHigh } from './max-amount.ts';
import { contextOf } from './payment-context-input.ts';
import { acquirerDataOf, instrumentOf } from './payment-secrets-input.ts';
import { refuse, resultIn } from './result-input.ts';
import { saleItemsOf } from './sale-items-input.ts';

/** Settings of the payment node and its terminal, for what the message leaves open. */
export interface OrderDefaults {
  currency: string;
  /** The highest amount, in that currency; absent or empty: the currency's default. */
  maxAmount?: string;
  paymentType: PaymentType;
  awaitFulfilment?: boolean;
}

/** A reference as it stands on a receipt. */
const APM_REFERENCE = /^[\x21-\x7e]{1,64}$/;

/**
 * Reads a payment from `msg.payload`: an amount (`89`, `"89.00"`) or `{ amount, currency?, cashBack?, paymentType?,
 * transactionId?, context?, awaitFulfilment?, saleItems?, splitPayment?, apmReference?, acquirerData?, paymentInstrument? }`.
 * The payload is not changed.
 *
 * @throws NexoError `invalid_amount`, `amount_too_high`, `result_not_order`, `unknown_currency`, `invalid_cash_back`, `invalid_payment_type`,
 *   `invalid_transaction_id`, `invalid_context`, `invalid_payload`, `invalid_sale_items`, `invalid_apm_reference`,
 *   `invalid_acquirer_data`, `invalid_payment_instrument` and the like, each with the field's path
 */
export function parseOrder(payload: unknown, defaults: OrderDefaults): Order {
  const fields = orderFieldsOf(payload);
  const currency = currencyOf(fields, defaults.currency);
  const amount = toMinor(amountIn(fields), currency, 'payload.amount');
  assertNotTooHigh(amount, currency, defaults, 'payload.amount');
  const order: Order = {
    paymentType: paymentTypeOf(fields.paymentType, defaults.paymentType),
    amount,
    currency,
    cashBack: cashBackOf(fields.cashBack, amount, currency),
  };
  if (order.cashBack > 0 && order.paymentType === 'Refund') {
    throw wrongCashBack('A refund cannot carry cash-back: leave cashBack out.');
  }
  const { transactionId, context } = fields;
  if (order.paymentType === 'Normal' && awaitFulfilmentOf(fields, defaults.awaitFulfilment)) {
    order.awaitFulfilment = true;
  }
  if (transactionId !== undefined) order.transactionId = transactionIdOf(transactionId);
  if (context !== undefined) order.context = contextOf(context);
  addUncommonFields(order, fields);
  return order;
}

function addUncommonFields(order: Order, fields: Fields): void {
  const { saleItems, splitPayment, apmReference } = fields;
  if (saleItems !== undefined) {
    order.saleItems = saleItemsOf(saleItems, order.amount - order.cashBack, order.currency);
  }
  const split = { code: 'invalid_split_payment', path: 'payload.splitPayment' } as const;
  if (splitPayment !== undefined && booleanOf(splitPayment, split)) order.splitPayment = true;
  if (apmReference !== undefined) order.apmReference = apmReferenceOf(apmReference, order.paymentType);
  const confidential = confidentialOf(fields);
  if (order.apmReference !== undefined && confidential.instrument !== undefined) {
    throw new NexoError(
      'invalid_payment_instrument',
      'A refund by apmReference goes back the way the money came: leave paymentInstrument out.',
      { path: 'payload.paymentInstrument' },
    );
  }
  if (Object.keys(confidential).length > 0) order.confidential = confidential;
}

/** Fields that are kept in memory only. */
function confidentialOf({ acquirerData, paymentInstrument }: Fields): NonNullable<Order['confidential']> {
  return {
    ...(acquirerData !== undefined && { acquirerData: acquirerDataOf(acquirerData) }),
    ...(paymentInstrument !== undefined && { instrument: instrumentOf(paymentInstrument) }),
  };
}

function orderFieldsOf(payload: unknown): Fields {
  if (typeof payload === 'number' || typeof payload === 'string') return { amount: payload };
  if (resultIn(payload)) throw refuse('is the result of a payment', 'Send an amount for a new payment.');
  if (isPlain(payload)) return payload;
  throw new NexoError(
    'invalid_payload',
    `msg.payload is ${typeNameOf(payload)}: it must be an amount, such as "89.00", or an object with an amount, such as { "amount": "89.00" }.`,
    { path: 'payload' },
  );
}

/** The message's currency, or the terminal's own setting: only then the error's path is `currency`. */
function currencyOf(fields: Fields, fallback: string): string {
  const { currency = fallback } = fields;
  if (typeof currency !== 'string') {
    throw new NexoError('unknown_currency', 'The currency must be an ISO 4217 code such as "SEK".', {
      path: 'payload.currency',
    });
  }
  digitsOf(currency, fields.currency === undefined ? 'currency' : 'payload.currency');
  return currency;
}

function amountIn({ amount }: Fields): string | number {
  if (typeof amount === 'number' || typeof amount === 'string') return amount;
  const problem =
    amount === undefined || amount === null ? 'is missing' : `is ${typeNameOf(amount)}, not a number or text`;
  throw new NexoError('invalid_amount', `The amount ${problem}: send msg.payload = "89.00" or { amount: "89.00" }.`, {
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

function awaitFulfilmentOf({ awaitFulfilment }: Fields, fallback = false): boolean {
  if (awaitFulfilment === undefined) return fallback;
  return booleanOf(awaitFulfilment, { code: 'invalid_await_fulfilment', path: 'payload.awaitFulfilment' });
}

function apmReferenceOf(value: unknown, paymentType: PaymentType): string {
  const field = { code: 'invalid_apm_reference', path: 'payload.apmReference' } as const;
  if (paymentType !== 'Refund') {
    throw invalid(
      field,
      'apmReference says which payment a refund is for: set paymentType to "Refund", or leave apmReference out.',
    );
  }
  const message =
    'apmReference must be the reference of the payment, as it stands in payload.apm.reference and on its receipt.';
  return textOf(value, APM_REFERENCE, field, message);
}

function cashBackOf(value: unknown, amount: number, currency: string): number {
  if (value === undefined) return 0;
  const field = { code: 'invalid_cash_back', path: 'payload.cashBack' } as const;
  const cashBack = amountOf(value, currency, field, 'cashBack must be an amount such as "100.00".', true);
  if (cashBack <= amount) return cashBack;
  throw wrongCashBack(
    `The cash-back (${fromMinor(cashBack, currency)}) is more than the amount (${fromMinor(amount, currency)}), which includes it.`,
  );
}

function wrongCashBack(message: string): NexoError {
  return new NexoError('invalid_cash_back', message, { path: 'payload.cashBack' });
}
