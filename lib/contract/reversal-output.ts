import type { VendorProfile } from '../protocol/profile.ts';
import { decodeReceipts } from '../protocol/receipts/receipts.ts';
import type { Outcome, TransactionRecord } from '../session/record.ts';
import { type PaymentPayload, payloadOf } from './payment-output.ts';

/** `msg.payload` of a fulfil or a reversal node, once the goods were confirmed or the reversal has ended. */
export interface ReversalPayload extends Omit<PaymentPayload, 'outcome'> {
  /** `reversed`, or else the payment's own outcome: `approved`, `partial`, `unresolved`. */
  outcome: Outcome;
  reversed: boolean;
  /** The goods came out. */
  delivered: boolean;
}

/**
 * The payload of an approved payment after its fulfilment or reversal. With `reversed`, `amount` is the amount that went
 * back and the receipts are the reversal's; else `error` says why nothing went back.
 * @param profile of the terminal's vendor
 */
export function reversalPayloadOf(record: TransactionRecord, profile: VendorProfile): ReversalPayload {
  const { reversal } = record;
  const response = reversal?.response?.ReversalResponse;
  const reversed = record.outcome === 'reversed';
  const approved = payloadOf({ ...record, outcome: reversed ? 'approved' : (record.outcome ?? 'unresolved') }, profile);
  return {
    ...approved,
    outcome: record.outcome ?? 'unresolved',
    approved: !reversed && approved.approved,
    serviceId: reversal?.serviceId || record.serviceId,
    receipts: reversed ? decodeReceipts(response?.PaymentReceipt, profile.receipts) : approved.receipts,
    error: reversed ? null : (reversal?.error ?? record.error ?? null),
    reversed,
    delivered: record.fulfilled === true,
  };
}
