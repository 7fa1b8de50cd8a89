/** Reads what flows want of a card that is read before the amount is known, and gives its payment the card's id. */

import { toMinor } from '../protocol/amounts.ts';
import type { CardRequest } from '../session/requests/request-data.ts';
import {
  decimalOf,
  fieldsOf,
  type IncomingMessage,
  isGiven,
  isPlain,
  noTransactionId,
  oneOf,
  textIn,
  transactionIdIn,
} from './fields.ts';
import { type AmountLimit, assertNotTooHigh } from './max-amount.ts';
import { resultIn } from './result-input.ts';
import { hasEmptyId } from './transaction-choice.ts';

type Action = CardRequest['action'];
type PaymentType = NonNullable<CardRequest['paymentType']>;

/** Settings of the card node, for what the message leaves open. */
export interface CardDefaults {
  action: Action;
  paymentType: PaymentType;
}

/** As `CardRequest`, where the message may leave open which payment it is about. */
export type CardQuery = Omit<CardRequest, 'transactionId'> & { transactionId?: string };

const ACTIONS: readonly Action[] = ['read', 'continue', 'abort'];
const PAYMENT_TYPES: readonly PaymentType[] = ['Normal', 'Refund'];
/** The currency is the terminal's, which is not known here: any number of decimals that a currency may have. */
const AMOUNT = /^\d{1,15}(\.\d{1,3})?$/;

/**
 * Reads `{ transactionId?, action?, paymentType?, totalAmount? }` from `msg.payload`; any other payload leaves it all to
 * the node. Without a transactionId of its own the payload is about that of the card (`msg.nexo.cardTransactionId`).
 *
 * @throws NexoError `invalid_transaction_id`, `invalid_action`, `invalid_payment_type`, `invalid_amount`, with the path
 */
export function parseCard({ payload, nexo }: IncomingMessage, defaults: CardDefaults): CardQuery {
  // A payment's result is about a payment that is over: no card is read, continued or aborted for that one.
  const order = resultIn(payload) ? {} : payload;
  const { action: given, paymentType, totalAmount } = fieldsOf(order);
  const action = isGiven(given)
    ? oneOf(ACTIONS, given, { code: 'invalid_action', path: 'payload.action' })
    : defaults.action;
  if (action !== 'read' && hasEmptyId(order, ['transactionId'])) {
    throw noTransactionId('payload.transactionId is empty: send the transactionId of the card, or leave it out.');
  }
  const transactionId = transactionIdIn(order) ?? cardTransactionIdIn(nexo);
  return {
    action,
    paymentType: isGiven(paymentType)
      ? oneOf(PAYMENT_TYPES, paymentType, { code: 'invalid_payment_type', path: 'payload.paymentType' })
      : defaults.paymentType,
    ...(transactionId !== undefined && { transactionId }),
    ...(isGiven(totalAmount) && { totalAmount: totalAmountOf(totalAmount) }),
  };
}

/** @throws NexoError `invalid_amount`, `amount_too_high`, once the terminal, and so the currency, is known */
export function assertCardAmount(totalAmount: string | undefined, limit: AmountLimit): void {
  if (totalAmount === undefined) return;
  const path = 'payload.totalAmount';
  const amount = toMinor(totalAmount, limit.currency, path, { zero: true, trailingZeros: true });
  assertNotTooHigh(amount, limit.currency, limit, path);
}

/**
 * The payload of a payment after a card was read: without a transactionId of its own it takes the card's
 * (`msg.nexo.cardTransactionId`).
 */
export function withCard({ payload, nexo }: IncomingMessage): unknown {
  const transactionId = cardTransactionIdIn(nexo);
  if (transactionId === undefined) return payload;
  if (typeof payload === 'number' || typeof payload === 'string') return { amount: payload, transactionId };
  return isPlain(payload) && !isGiven(payload.transactionId) ? { ...payload, transactionId } : payload;
}

/** The transactionId for which a card was read before, by the message's `msg.nexo`. */
export function cardTransactionIdIn(nexo: unknown): string | undefined {
  return textIn(nexo, 'cardTransactionId');
}

function totalAmountOf(value: unknown): string {
  const field = { code: 'invalid_amount', path: 'payload.totalAmount' } as const;
  const message = 'totalAmount must be an amount such as "89.00"; leave it out if it is unknown.';
  return decimalOf(value, AMOUNT, field, message);
}
