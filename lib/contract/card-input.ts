/** Reads what flows want of a card that is read before the amount is known, and gives its payment the card's id. */

import type { CardRequest } from '../session/requests/request-data.ts';
import {
  decimalOf,
  fieldsOf,
  type IncomingMessage,
  isGiven,
  isPlain,
  oneOf,
  textIn,
  transactionIdIn,
} from './fields.ts';

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
const AMOUNT = /^\d{1,10}(\.\d{1,3})?$/;

/**
 * Reads `{ transactionId?, action?, paymentType?, totalAmount? }` from `msg.payload`; any other payload leaves it all to
 * the node. Without a transactionId of its own the payload is about that of the card (`msg.nexo.cardTransactionId`).
 *
 * @throws NexoError `invalid_transaction_id`, `invalid_action`, `invalid_payment_type`, `invalid_amount`, with the path
 */
export function parseCard({ payload, nexo }: IncomingMessage, defaults: CardDefaults): CardQuery {
  const { action, paymentType, totalAmount } = fieldsOf(payload);
  const transactionId = transactionIdIn(payload) ?? cardTransactionIdIn(nexo);
  return {
    action: isGiven(action)
      ? oneOf(ACTIONS, action, { code: 'invalid_action', path: 'payload.action' })
      : defaults.action,
    paymentType: isGiven(paymentType)
      ? oneOf(PAYMENT_TYPES, paymentType, { code: 'invalid_payment_type', path: 'payload.paymentType' })
      : defaults.paymentType,
    ...(transactionId !== undefined && { transactionId }),
    ...(isGiven(totalAmount) && { totalAmount: totalAmountOf(totalAmount) }),
  };
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

function cardTransactionIdIn(nexo: unknown): string | undefined {
  return textIn(nexo, 'cardTransactionId');
}

function totalAmountOf(value: unknown): string {
  const field = { code: 'invalid_amount', path: 'payload.totalAmount' } as const;
  const message = 'totalAmount must be an amount such as "89.00"; leave it out if it is unknown.';
  return decimalOf(value, AMOUNT, field, message);
}
