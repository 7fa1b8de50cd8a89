import { repeatError } from '../errors.ts';
import type { Reason, TransactionRecord } from '../record.ts';
import type { SessionContext } from '../session-context.ts';
import type { Payment } from './payment.ts';

/**
 * A payment whose transactionId was used before: its first result counts, unless it was certainly not started.
 * @param refusal why nothing new is started now, if so
 */
export function answerDuplicate(
  context: SessionContext,
  payment: Payment,
  existing: TransactionRecord,
  refusal: Reason | undefined,
): void {
  const wrong = repeatError(existing, payment.record);
  if (wrong !== undefined) {
    for (const ref of payment.refs) context.push({ type: 'failed', ref, error: wrong });
    return payment.drop();
  }
  const told = existing.state === 'closed' || existing.state === 'ruled';
  // What a person ruled is not tried again: it may have been approved after all.
  if (told && (existing.outcome !== 'not_started' || existing.ruling)) return payment.repeat(existing);
  if (refusal !== undefined) return payment.repeat({ ...payment.record, serviceId: existing.serviceId });
  const { saleTimestamp: first, attempts, createdAt } = existing;
  const known = existing.state === 'closed' || existing.state === 'intent';
  payment.record = known
    ? { ...payment.record, state: 'intent', serviceId: '', saleTimestamp: first, attempts, createdAt }
    : { ...existing, recovered: true };
  if (!known) return payment.wait();
  context.write('put', payment.record, (stored) => {
    if (!stored.ok) return payment.refused(stored.reason);
    payment.wait();
  });
}
