/** What flows ask of a card that is read before the amount is known, and how the payment after it finds it. */
import { NexoError } from '../protocol/errors.ts';
import type { CardRequest } from '../session/events.ts';
import { transactionIdOf } from './payment-input.ts';

type Action = CardRequest['action'];
type PaymentType = NonNullable<CardRequest['paymentType']>;

export interface CardDefaults {
  action: Action;
  paymentType: PaymentType;
}

/** As `CardAsk`, where the message may leave open which payment it is about. */
export type CardQuery = Omit<CardRequest, 'transactionId'> & { transactionId?: string };

interface Incoming {
  payload?: unknown;
  nexo?: unknown;
}

const ACTIONS: readonly Action[] = ['read', 'continue', 'abort'];
const AMOUNT = /^\d{1,10}(\.\d{1,3})?$/;

/**
 * Reads what is asked for: `{ transactionId?, action?, paymentType?, totalAmount? }` in the payload, any other payload says
 * nothing. Which payment it is about says the payload, or else `msg.nexo.cardTransactionId`, which comes with a card.
 *
 * @throws NexoError `invalid_transaction_id`, `invalid_action`, `invalid_payment_type`, `invalid_amount`, with the path
 */
export function parseCard(msg: Incoming, defaults: CardDefaults): CardQuery {
  const { transactionId, action, paymentType, totalAmount } = fieldsOf(msg.payload);
  const id = given(transactionId) ? transactionIdOf(transactionId) : cardTransactionIdOf(msg);
  return {
    action: given(action) ? oneOf(ACTIONS, action, 'action', 'invalid_action') : defaults.action,
    paymentType: given(paymentType)
      ? oneOf(['Normal', 'Refund'] as const, paymentType, 'paymentType', 'invalid_payment_type')
      : defaults.paymentType,
    ...(id !== undefined && { transactionId: id }),
    ...(given(totalAmount) && { totalAmount: amountOf(totalAmount) }),
  };
}

/**
 * A payment's payload, for the card that was read before it: without a transactionId of its own it takes the card's
 * (`msg.nexo.cardTransactionId`).
 */
export function withCard(msg: Incoming): unknown {
  const { payload } = msg;
  const transactionId = cardTransactionIdOf(msg);
  if (transactionId === undefined) return payload;
  if (typeof payload === 'number' || typeof payload === 'string') return { amount: payload, transactionId };
  const plain = typeof payload === 'object' && payload !== null && !Array.isArray(payload);
  return plain && !given(fieldsOf(payload).transactionId) ? { ...payload, transactionId } : payload;
}

/** The transactionId that a payment's payload names. @throws NexoError `invalid_transaction_id` */
export function transactionIdIn(payload: unknown): string | undefined {
  const { transactionId } = fieldsOf(payload);
  return transactionId === undefined ? undefined : transactionIdOf(transactionId);
}

function cardTransactionIdOf({ nexo }: Incoming): string | undefined {
  const id = fieldsOf(nexo).cardTransactionId;
  return typeof id === 'string' && id !== '' ? id : undefined;
}

function oneOf<T extends string>(known: readonly T[], value: unknown, name: string, code: string): T {
  const found = known.find((one) => one === value);
  if (found !== undefined) return found;
  throw new NexoError(code, `${name} must be one of ${known.join(', ')}.`, { path: `payload.${name}` });
}

function amountOf(value: unknown): string {
  const text = typeof value === 'number' || typeof value === 'string' ? String(value) : '';
  if (AMOUNT.test(text)) return text;
  throw new NexoError(
    'invalid_amount',
    'totalAmount must be an amount such as "89.00"; leave it out if it is unknown.',
    {
      path: 'payload.totalAmount',
    },
  );
}

function given(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
