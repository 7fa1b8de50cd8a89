import { repeatError } from '../errors.ts';
import type { Reason, TransactionRecord } from '../record.ts';
import type { SessionContext } from '../session-context.ts';
import type { Payment } from './payment.ts';

/**
 * Answers a payment whose transactionId was used before: the first result counts, unless it was certainly not started.
 * @param refusal why no new payment is started now, if so
 */
export function answerDuplicate(
  context: SessionContext,
  payment: Payment,
  existing: TransactionRecord,
  refusal: Reason | undefined,
): void {
  const error = repeatError(existing, payment.record);
  if (error !== undefined) {
    for (const ref of payment.refs) context.push({ type: 'failed', ref, error });
    return payment.drop();
  }
  const ended = existing.state === 'closed' || existing.state === 'ruled';
  // What a person ruled is not tried again: it may have been approved after all.
  if (ended && (existing.outcome !== 'not_started' || existing.ruling)) return payment.repeat(existing);
  if (refusal !== undefined) return payment.repeat({ ...payment.record, serviceId: existing.serviceId });
  const { saleTimestamp, attempts, createdAt } = existing;
  const notStarted = existing.state === 'closed' || existing.state === 'intent';
  if (!notStarted) {
    payment.adopt({ ...existing, recovered: true });
    return payment.wait();
  }
  payment.adopt({ ...payment.record, state: 'intent', serviceId: '', saleTimestamp, attempts, createdAt });
  context.write('put', payment.record, (stored) => {
    if (!stored.ok) return payment.refused(stored, 'put');
    payment.wait();
  });
}
