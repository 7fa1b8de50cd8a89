import { fromMinor } from '../../protocol/amounts.ts';
import type { ReceivedOrder } from './payment-order.ts';
import type { Movement } from './transaction-records.ts';

/** The result of a refund by reference: the method that is refunded to, and why the host refuses it, if it does. */
export type ApmRefund = { type: string; refusal?: string };

/**
 * Checks a refund by reference: "The refund may be on partial amount, and the same reference is used if several refunds,
 * as long as the total amount of the referenced transaction is above 0."
 */
export function apmRefund(order: ReceivedOrder, reference: string, movements: readonly Movement[]): ApmRefund {
  const matching = movements.filter(({ apm, reversed }) => apm?.reference === reference && !reversed);
  const original = matching.find(({ paymentType }) => paymentType === 'Normal');
  const type = original?.apm?.type ?? 'Mobile';
  if (!original) return { type, refusal: 'There is no such payment to refund' };
  if (original.currency !== order.currency) return { type, refusal: `The payment was in ${original.currency}` };
  const refunds = matching.filter(({ paymentType }) => paymentType === 'Refund');
  const remaining = original.amount - refunds.reduce((sum, { amount }) => sum + amount, 0);
  if (order.minor <= remaining) return { type };
  return { type, refusal: `Only ${fromMinor(remaining, order.currency)} of the payment is left to refund` };
}
