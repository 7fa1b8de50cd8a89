import { fromMinor } from '../../protocol/amounts.ts';
import type { ReceivedOrder } from './payment-order.ts';
import type { Movement } from './transaction-records.ts';

/** A payment with something else than a card: what it was, and what a refund of it needs. */
export interface ApmPayment {
  /** `Swish` */
  type: string;
  /** Digits, as `Ref.nr` on the receipt. */
  reference: string;
}

/** What a refund by reference comes to: the method it goes back to, or why the host refuses it. */
export type ApmRefund = { type: string; refusal?: string };

/**
 * "The refund may be on partial amount, and the same reference is used if several refunds, as long as the total amount
 * of the referenced transaction is above 0."
 */
export function apmRefund(order: ReceivedOrder, reference: string, movements: readonly Movement[]): ApmRefund {
  const known = movements.filter(({ apm, reversed }) => apm?.reference === reference && !reversed);
  const original = known.find(({ paymentType }) => paymentType === 'Normal');
  const type = original?.apm?.type ?? 'Mobile';
  if (!original) return { type, refusal: 'There is no such payment to refund' };
  if (original.currency !== order.currency) return { type, refusal: `The payment was in ${original.currency}` };
  const refunds = known.filter(({ paymentType }) => paymentType === 'Refund');
  const left = original.amount - refunds.reduce((sum, { amount }) => sum + amount, 0);
  if (order.minor <= left) return { type };
  return { type, refusal: `Only ${fromMinor(left, order.currency)} of the payment is left to refund` };
}
