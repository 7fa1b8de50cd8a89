import { fromMinor, toMinor } from '../../protocol/amounts.ts';
import { NexoError } from '../../protocol/errors.ts';
import type { AnswerRules } from '../../protocol/profile.ts';
import type { Nexo, SaleToPOIResponse } from '../../protocol/types.ts';
import type { Outcome, Reason, TransactionRecord } from '../record.ts';
import { type Refusal, reasonOf, refusalOf, spelling } from '../requests/reply-classification.ts';

/**
 * What a PaymentResponse proves about a payment.
 * `refused`: it was not started, as soon as TransactionStatus agrees. `untrusted`: it may belong to the payment, but proves
 * nothing: ask for the status. `settled`: an answer that counts once TransactionStatus repeats it. `word`: what an answer in
 * an unusual spelling means, once it came twice.
 */
export type Verdict =
  | FinalVerdict
  | RefusedVerdict
  | { type: 'untrusted'; error: Reason; settled?: true; word?: FinalVerdict };

export interface FinalVerdict {
  type: 'outcome';
  outcome: Exclude<Outcome, 'unresolved'>;
  error?: Reason;
  authorized?: number;
  /** A direct answer counts only where TransactionStatus agrees: it may be about a second copy of the request. */
  toConfirm?: true;
}

export interface RefusedVerdict {
  type: 'refused';
  refusal: Refusal;
  error: Reason;
}

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
export function judgePayment(record: TransactionRecord, response: SaleToPOIResponse, answers: AnswerRules): Verdict {
  const payment = response.PaymentResponse;
  const result = payment?.Response;
  if (payment === undefined || result === undefined) return untrusted('MessageFormat', 'No payment response in it.');
  const id = payment.SaleData?.SaleTransactionID?.TransactionID;
  const known = spelling(result.Result);
  if (known === undefined) return unknownResult(result);
  if (id !== record.transactionId && !(known === 'Failure' && id === undefined)) return foreign(id);
  return asSpelt(result, known === 'Failure' ? judgeFailure(result) : judgeAmount(record, payment, answers));
}

/** An answer whose Result is not spelt as the schema has it counts once it came twice. */
function asSpelt(result: Nexo<'Response'>, verdict: Verdict): Verdict {
  if (result.Result === spelling(result.Result) || verdict.type === 'untrusted') return verdict;
  const untrusted = unknownResult(result);
  return verdict.type === 'outcome' ? { ...untrusted, word: verdict } : untrusted;
}

function unknownResult({ Result }: Nexo<'Response'>) {
  return untrusted('MessageFormat', `The terminal answered with the unknown result "${Result}".`);
}

function judgeFailure(result: Nexo<'Response'>): Verdict {
  const error = reasonOf(result);
  const ended = Object.hasOwn(ENDED, error.condition) ? ENDED[error.condition] : undefined;
  if (ended !== undefined) return { type: 'outcome', outcome: ended, error };
  const refusal = refusalOf(error);
  if (refusal !== undefined) return { type: 'refused', refusal, error };
  return error.condition === 'InProgress' ? { type: 'untrusted', error } : { type: 'untrusted', error, settled: true };
}

function judgeAmount(record: TransactionRecord, payment: Nexo<'PaymentResponse'>, answers: AnswerRules): Verdict {
  const amounts = payment.PaymentResult?.AmountsResp;
  if (amounts === undefined) return untrusted('AmountMismatch', 'The approval names no amount.');
  const requested = answers.currency === 'asRequested' ? record.currency : undefined;
  if ((amounts.Currency ?? requested) !== record.currency) {
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
export function judgeReversal(record: TransactionRecord, response: SaleToPOIResponse, answers: AnswerRules): Verdict {
  const reversal = response.ReversalResponse;
  const result = reversal?.Response;
  if (result === undefined) return untrusted('MessageFormat', 'No reversal response in it.');
  const paymentId = record.response?.PaymentResponse?.POIData?.POITransactionID?.TransactionID;
  const reversedId = reversal?.POIData?.POITransactionID?.TransactionID;
  const known = spelling(result.Result);
  if (known === 'Failure') return asSpelt(result, judgeFailedReversal(result));
  if (known !== 'Success') return unknownResult(result);
  const ownId = answers.reversalId === 'own';
  if (!ownId && reversedId !== undefined && reversedId !== paymentId) return foreign(reversedId);
  return asSpelt(result, { type: 'outcome', outcome: 'reversed' });
}

/** The payment that a second copy of the request names is reversed already: the terminal does not find it. */
function judgeFailedReversal(result: Nexo<'Response'>): Verdict {
  const error = reasonOf(result);
  if (error.condition !== 'NotFound') return judgeFailure(result);
  return { type: 'outcome', outcome: 'declined', error, toConfirm: true };
}

function untrusted(condition: string, message: string): Extract<Verdict, { type: 'untrusted' }> {
  return { type: 'untrusted', error: { condition, message } };
}

function foreign(id: string | undefined): Verdict {
  return untrusted('ForeignTransaction', `The answer is about transaction ${id ?? '(none)'}, not about this one.`);
}
