import { asksForSignature } from '../protocol/receipts.ts';
import type { TransactionRecord } from './record.ts';

/** Whether the customer has to sign, and somebody has to check it: an approval in client-only mode says so by itself. */
export function signatureDue(record: TransactionRecord): boolean {
  return asksForSignature(record.response?.PaymentResponse?.PaymentReceipt);
}
