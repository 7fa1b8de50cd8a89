/** Reads a payment's result that comes back as input, and decides what a payment node does with it. */
import type { ErrorCode } from '../protocol/error-codes.ts';
import { NexoError } from '../protocol/errors.ts';
import type { PaymentType } from '../session/payment/payment-order.ts';
import type { Outcome } from '../session/record.ts';
import { type Fields, isGiven, isPlain, transactionIdOf } from './fields.ts';

/** What a payment node makes of a result: the same order again, or a refund of that payment. */
export type ResultUse = 'retry' | 'refund';

/** What is known of the payment whose result came in: from the journal where it has the payment, else from the result. */
export interface ResultFacts {
  transactionId: string;
  paymentType: PaymentType;
  outcome: Outcome;
}

const OUTCOMES: ReadonlySet<unknown> = new Set<Outcome>([
  'approved',
  'partial',
  'declined',
  'aborted',
  'not_started',
  'reversed',
  'unresolved',
]);
const MOVED: ReadonlySet<Outcome> = new Set(['approved', 'partial']);
const NOT_MOVED: ReadonlySet<Outcome> = new Set(['declined', 'aborted', 'not_started']);
const MAX_ID = 64;

/**
 * The fields of a payload that is a result: it has an `outcome`, which no order has. Results of payment, reversal, fulfil
 * and status nodes, and rows of a transactions node, are alike in this.
 */
export function resultIn(payload: unknown): Fields | undefined {
  return isPlain(payload) && OUTCOMES.has(payload.outcome) ? payload : undefined;
}

/** The facts that a result itself carries. @throws NexoError `result_not_order` where it names no payment */
export function factsOf(result: Fields): ResultFacts {
  if (!isGiven(result.transactionId)) {
    throw refuse('is a result without a transactionId, so it names no payment', 'Send an amount for a new payment.');
  }
  return {
    transactionId: transactionIdOf(result.transactionId),
    paymentType: result.paymentType === 'Refund' ? 'Refund' : 'Normal',
    outcome: result.outcome as Outcome,
  };
}

/**
 * What a payment node makes of a result. A result never charges again: an order that has moved money, may have, or was
 * reversed is refused.
 * @param setting the node's payment type
 * @throws NexoError `result_not_order`
 */
export function useOfResult({ transactionId, paymentType, outcome }: ResultFacts, setting: PaymentType): ResultUse {
  const name = `the result of ${paymentType === 'Refund' ? 'refund' : 'payment'} "${transactionId}"`;
  if (outcome === 'unresolved') {
    throw refuse(`is ${name}, which is not certain yet`, 'Wait for the certain result, which its own node sends.');
  }
  if (outcome === 'reversed') {
    throw refuse(`is ${name}, which was reversed`, 'Send an amount for a new payment.');
  }
  if (paymentType === 'Refund' && setting === 'Normal') {
    throw refuse(`is ${name}, and this node takes payments`, 'Send an amount for a new payment.');
  }
  if (NOT_MOVED.has(outcome)) {
    if (paymentType === setting) return 'retry';
    throw refuse(`is ${name}, which ended as ${outcome}`, 'There is nothing to refund.');
  }
  if (setting === 'Refund' && paymentType === 'Normal' && MOVED.has(outcome)) return 'refund';
  const advice =
    paymentType === 'Refund'
      ? 'The money was given back already.'
      : 'To give the money back, send it to a payment node that is set to Refund; for a new payment, send an amount.';
  throw refuse(`is ${name}, which ended as ${outcome}`, advice);
}

/** The transactionId of the next try of a payment: `A-17~2`, `A-17~3`. @throws NexoError `invalid_transaction_id` */
export function nextTransactionId(transactionId: string): string {
  const [, root = transactionId, count = '1'] = /^(.+)~(\d{1,6})$/.exec(transactionId) ?? [];
  return derivedId(`${root}~${Number(count) + 1}`);
}

/** The transactionId of a payment's refund: the same for each result of it, so that it is refunded once. @throws as above */
export function refundTransactionId(transactionId: string): string {
  return derivedId(`${transactionId}~R`);
}

/**
 * The fields of an order that means the same as the one with this result: for a payment that the journal does not have.
 * @throws NexoError `result_not_order` where the flow changed the amount
 */
export function orderFieldsOf(result: Fields): Fields {
  const { requestedAmount, requestedCashBack, currency, paymentType, context } = result;
  const { awaitFulfilment, saleItems, splitPayment, apmReference } = result;
  if (typeof requestedAmount !== 'string') {
    throw refuse('is a result that does not say which amount was asked for', 'Send the order again.');
  }
  return {
    amount: requestedAmount,
    currency,
    paymentType,
    ...(isGiven(requestedCashBack) && { cashBack: requestedCashBack }),
    ...(isGiven(context) && { context }),
    ...{ awaitFulfilment, saleItems, splitPayment, apmReference },
  };
}

/** Refuses a result whose amount the flow has changed: whether that is meant as a new order is not certain. */
export function assertUnchanged({ amount, outcome }: Fields): void {
  if (amount === undefined || amount === null || Number(amount) === 0) return;
  throw refuse(
    `is a result that ended as ${outcome}, and its amount was changed`,
    'To pay another amount, send { amount } without the rest of the result.',
  );
}

/** The error for a result that cannot be an order. */
export function refuse(what: string, advice: string, code: ErrorCode = 'result_not_order'): NexoError {
  return new NexoError(code, `msg.payload ${what}: nothing was sent. ${advice}`, { path: 'payload' });
}

function derivedId(transactionId: string): string {
  if (transactionId.length <= MAX_ID) return transactionId;
  throw new NexoError(
    'invalid_transaction_id',
    `The transactionId of this result leaves no room for "${transactionId.slice(MAX_ID - 8)}" within ${MAX_ID} characters: send the order itself, with a transactionId of its own.`,
    { path: 'payload.transactionId' },
  );
}
