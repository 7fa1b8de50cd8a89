import { fromMinor, toMinor } from '../../protocol/amounts.ts';
import { NexoError } from '../../protocol/errors.ts';
import type { Nexo, SaleToPOIResponse } from '../../protocol/types.ts';
import type { Outcome, Reason, TransactionRecord } from '../record.ts';
import { type Refusal, reasonOf, refusalOf } from '../requests/reply-classification.ts';

/**
 * What a PaymentResponse proves about a payment.
 * `refused`: it was not started. `untrusted`: it may belong to the payment, but proves nothing: ask for the status.
 * `settled`: an answer that counts once TransactionStatus repeats it.
 */
export type Verdict =
  | { type: 'outcome'; outcome: Exclude<Outcome, 'unresolved'>; error?: Reason; authorized?: number }
  | { type: 'refused'; refusal: Refusal; error: Reason }
  | { type: 'untrusted'; error: Reason; settled?: true };

/** ErrorConditions that say how the payment ended. For every other one the status is asked before it counts. */
const ENDED: Record<string, 'declined' | 'aborted'> = {
  Cancel: 'aborted',
  Aborted: 'aborted',
  Refusal: 'declined',
  WrongPIN: 'declined',
  InvalidCard: 'declined',
  PaymentRestriction: 'declined',
};

/**
 * Judges the answer to a payment, direct or repeated by TransactionStatus. Its header is matched already.
 *
 * @returns an `outcome` only where the answer is about this very payment, in its currency, with an amount that a tip,
 *   fees, rebates or a partial approval explain
 */
export function judgePayment(record: TransactionRecord, response: SaleToPOIResponse): Verdict {
  const payment = response.PaymentResponse;
  const result = payment?.Response;
  if (payment === undefined || result === undefined) return untrusted('MessageFormat', 'No payment response in it.');
  const id = payment.SaleData?.SaleTransactionID?.TransactionID;
  if (result.Result === 'Failure') {
    if (id !== undefined && id !== record.transactionId) return foreign(id);
    return judgeFailure(result);
  }
  if (id !== record.transactionId) return foreign(id);
  if (result.Result !== 'Success' && result.Result !== 'Partial') {
    return untrusted('MessageFormat', `The terminal answered with the unknown result "${result.Result}".`);
  }
  return judgeAmount(record, payment);
}

function judgeFailure(result: Nexo<'Response'>): Verdict {
  const error = reasonOf(result);
  const ended = Object.hasOwn(ENDED, error.condition) ? ENDED[error.condition] : undefined;
  if (ended !== undefined) return { type: 'outcome', outcome: ended, error };
  const refusal = refusalOf(error);
  if (refusal !== undefined) return { type: 'refused', refusal, error };
  return { type: 'untrusted', error, settled: true };
}

function judgeAmount(record: TransactionRecord, payment: Nexo<'PaymentResponse'>): Verdict {
  const amounts = payment.PaymentResult?.AmountsResp;
  if (amounts === undefined) return untrusted('AmountMismatch', 'The approval names no amount.');
  if (amounts.Currency !== record.currency) {
    return untrusted(
      'AmountMismatch',
      `Approved in ${amounts.Currency ?? 'no currency'}, asked for ${record.currency}.`,
    );
  }
  const minor = (value: string | undefined): number =>
    value === undefined ? 0 : toMinor(value, record.currency, 'AmountsResp', { zero: true, trailingZeros: true });
  try {
    const authorized = minor(amounts.AuthorizedAmount);
    const extra = minor(amounts.TipAmount) + minor(amounts.TotalFeesAmount) - minor(amounts.TotalRebatesAmount);
    if (authorized === record.amount || authorized === record.amount + extra) {
      return { type: 'outcome', outcome: 'approved', authorized };
    }
    if (authorized > 0 && authorized < record.amount) return { type: 'outcome', outcome: 'partial', authorized };
    const [approved, requested] = [authorized, record.amount].map((amount) => fromMinor(amount, record.currency));
    return untrusted('AmountMismatch', `Approved for ${approved}, asked for ${requested}, and no tip explains it.`);
  } catch (error) {
    if (error instanceof NexoError) return untrusted('AmountMismatch', error.message);
    throw error;
  }
}

/** Judges the answer to a reversal, direct or repeated by TransactionStatus. Its header is matched already. */
export function judgeReversal(record: TransactionRecord, response: SaleToPOIResponse): Verdict {
  const reversal = response.ReversalResponse;
  const result = reversal?.Response;
  if (result === undefined) return untrusted('MessageFormat', 'No reversal response in it.');
  const paymentId = record.response?.PaymentResponse?.POIData?.POITransactionID?.TransactionID;
  const reversedId = reversal?.POIData?.POITransactionID?.TransactionID;
  if (result.Result === 'Success') {
    if (reversedId !== undefined && reversedId !== paymentId) return foreign(reversedId);
    return { type: 'outcome', outcome: 'reversed' };
  }
  if (result.Result !== 'Failure') return untrusted('MessageFormat', `Unknown result "${result.Result}".`);
  const error = reasonOf(result);
  if (error.condition === 'NotFound') return { type: 'outcome', outcome: 'declined', error };
  return judgeFailure(result);
}

function untrusted(condition: string, message: string): Verdict {
  return { type: 'untrusted', error: { condition, message } };
}

function foreign(id: string | undefined): Verdict {
  return untrusted('ForeignTransaction', `The answer is about transaction ${id ?? '(none)'}, not about this one.`);
}
