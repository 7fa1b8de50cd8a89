import type { SaleToPOIResponse } from '../../protocol/types.ts';
import type { Baseline, Outcome, Reason, ReversalRecord, TransactionRecord } from '../record.ts';
import { poiTransactionIn } from './response-matching.ts';

export const NOT_LAST: Reason = { condition: 'NotLast', message: 'Another transaction came after it.' };

/** Notes in an approved payment's record that it is to be taken back. */
export function intendReversal(
  record: TransactionRecord,
  cause: ReversalRecord['cause'],
  reason: ReversalRecord['reason'],
): void {
  const before = record.outcome === 'partial' ? 'partial' : 'approved';
  // What an earlier, late one carried on is still known.
  const baseline = record.reversal?.baseline;
  record.reversal = { serviceId: '', attempts: 0, reason, cause, before, ...(baseline && { baseline }) };
  record.state = 'reverse';
  delete record.hold;
}

/** Only the terminal's last transaction can be taken back: has one come in between, before the first attempt? */
export function reversalIsLate(record: TransactionRecord, baseline: Baseline | undefined): boolean {
  const last = baseline?.poiTransaction;
  const own = record.response && poiTransactionIn(record.response);
  return record.reversal?.attempts === 0 && last !== undefined && last !== own;
}

/** Whether a record that ended last is of the terminal's last transaction: not where a reversal of it came too late. */
export function isLast({ answered, reversal }: TransactionRecord): boolean {
  return answered === true && reversal?.error?.condition !== NOT_LAST.condition;
}

/** Notes how the reversal ended: the payment is reversed, or still what it was before. */
export function endReversal(
  record: TransactionRecord,
  outcome: Outcome,
  error: Reason | undefined,
  response: SaleToPOIResponse | undefined,
): void {
  const { reversal } = record;
  if (reversal === undefined) return;
  reversal.outcome = outcome === 'reversed' || outcome === 'not_started' ? outcome : 'declined';
  if (error) reversal.error = error;
  if (response) reversal.response = response;
  record.state = 'closed';
  record.outcome = outcome === 'reversed' ? 'reversed' : reversal.before;
}
