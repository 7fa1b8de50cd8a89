import type { TransactionRecord } from '../record.ts';
import type { Refusal } from '../requests/reply-classification.ts';
import type { TransactionKind } from './transaction-kinds.ts';

/** Whether a refused request may be sent again. After a restart the flow decides; after an abort there is nothing to send. */
export function mayRetry(kind: TransactionKind, record: TransactionRecord, refusal: Refusal): boolean {
  return kind.persistent || !(record.recovered || (refusal === 'busy' && record.abortRequested));
}

/** How a request ends whose refusal stands. */
export function refusedOutcome(
  kind: TransactionKind,
  { abortRequested }: TransactionRecord,
  refusal: Refusal,
): 'aborted' | 'not_started' | 'declined' {
  if (refusal === 'notAllowed') return kind.notAllowed;
  return !kind.persistent && abortRequested ? 'aborted' : 'not_started';
}
