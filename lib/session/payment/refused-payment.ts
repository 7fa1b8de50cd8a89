import { unreadableJournalError } from '../errors.ts';
import type { StoreFailure } from '../events.ts';
import { settle } from '../record.ts';
import type { FinancialRequestHost } from './financial-request.ts';

interface RefusedPayment extends Pick<FinancialRequestHost, 'record' | 'context'> {
  refs: readonly string[];
  /** No earlier payment has its transactionId. */
  made: boolean;
}

/**
 * Ends a payment of which the journal does not take the intent, or the mark that a request may leave: nothing was sent.
 * Where the journal may hold an earlier result under the transactionId, or this very payment as sent, the outcome is not
 * certain: its callers get an error.
 *
 * @param wanted whether a later write may still correct the journal
 * @returns whether the outcome is certain, and to be reported
 */
export function settleRefused(
  { record, context, refs, made }: RefusedPayment,
  { reason, doubt }: StoreFailure,
  write: 'begin' | 'put',
  wanted: () => boolean,
): boolean {
  settle(record, 'not_started', { condition: 'Journal', message: reason });
  const own = write === 'put';
  // The disk still holds an attempt as sent: a restart would ask about it for ever, once others came after it.
  if (record.attempts > 1 || (own && doubt === 'unsure')) context.owe(record, wanted);
  if (doubt === undefined || (doubt === 'unread' && (own || made))) return true;
  const error = unreadableJournalError(record.transactionId, reason);
  for (const ref of refs) context.push({ type: 'failed', ref, error });
  return false;
}
