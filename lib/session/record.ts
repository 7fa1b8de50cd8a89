import type { VendorProfile } from '../protocol/profile.ts';
import { swedbankPay } from '../protocol/profiles/swedbank-pay.ts';
import { saleTimestamp } from '../protocol/timestamps.ts';
import type { Nexo, SaleToPOIResponse } from '../protocol/types.ts';
import type { Now } from './now.ts';
import type { Order, PaymentType } from './payment/payment-order.ts';

/**
 * How a payment ended. `unresolved`: not known yet, a certain outcome follows. `reversed`: approved, then reversed: no money
 * moved in the end.
 */
export type Outcome = 'approved' | 'partial' | 'declined' | 'aborted' | 'not_started' | 'reversed' | 'unresolved';

/**
 * The state of a transaction in the journal.
 * `intent`: nothing was sent for it. `sent`: a request may have reached the terminal. `unresolved`: as `sent`, and reported
 * as unresolved. `held`: approved and reported, but not confirmed yet. `reverse`: to be reversed, nothing was sent for
 * that. `reversing`: the reversal may have reached the terminal. `ruled`: unresolved until an operator ruled; the terminal
 * is still asked. `closed`: the outcome is certain.
 */
export type RecordState = 'intent' | 'sent' | 'unresolved' | 'held' | 'reverse' | 'reversing' | 'ruled' | 'closed';

/** Why a payment was not approved: the terminal's ErrorCondition and AdditionalResponse, or the session's own reason. */
export interface Reason {
  condition: string;
  message: string;
}

/** What is known of the last transaction at the terminal before a request: the proof that nothing came after it. */
export interface Baseline {
  /** ServiceIDs of the latest requests that the terminal answered, newest last. */
  serviceIds: string[];
  /** Its POITransactionID, number and time, verbatim. */
  poiTransaction?: string;
  /** The terminal knows of no transaction at all. */
  none?: true;
}

/** The latest attempt of a request that moves money. */
export interface Attempt {
  /** ServiceID of the latest attempt; empty while none was made. */
  serviceId: string;
  attempts: number;
  /** The terminal answered that attempt. */
  answered?: boolean;
  baseline?: Baseline;
  error?: Reason;
  /** The terminal's answer, card secrets removed. */
  response?: SaleToPOIResponse;
}

/** The reversal of a payment, tracked with it. */
export interface ReversalRecord extends Attempt {
  reason: 'MerchantCancel' | 'Malfunction';
  /** What caused it: a flow, or the rule for goods, signature or abort. */
  cause: 'flow' | 'fulfilment' | 'signature' | 'abort';
  /** Reported as unresolved. */
  reported?: true;
  /** The payment's outcome before, which a failed reversal restores. */
  before: 'approved' | 'partial';
  outcome?: 'reversed' | 'declined' | 'not_started';
}

/** A named person's decision about an unresolved payment. Times in ms since 1970. */
export interface Ruling {
  by: string;
  outcome: Outcome;
  note?: string;
  at: number;
}

/** One payment or refund, as the journal keeps it. Amounts in minor units, times in ms since 1970. */
export interface TransactionRecord extends Attempt {
  transactionId: string;
  terminal: string;
  kind: 'payment' | 'refund';
  state: RecordState;
  outcome?: Outcome;
  paymentType: PaymentType;
  amount: number;
  /** The authorised amount, tip included: kept where an approval is reversed. */
  authorized?: number;
  currency: string;
  cashBack: number;
  saleItems?: Nexo<'SaleItem'>[];
  splitPayment?: true;
  /** The card number was keyed in at the till; it is not stored. */
  keyed?: true;
  /** POITransactionID of the card that was read before, verbatim. */
  acquisition?: Nexo<'TransactionIdentification'>;
  /** Of a payment with an alternative method, and of its refunds: the reference of the refund. */
  apmReference?: string;
  /** TimeStamp of the SaleTransactionID: the same for every attempt. */
  saleTimestamp: string;
  /** The Node-RED node that sent the last request, and gets the outcome. */
  node: string;
  /** JSON text. */
  context?: string;
  abortRequested?: true;
  /** An approval is held until the flow reports whether the goods came out. */
  awaitFulfilment?: true;
  /** What an approval waits for. */
  hold?: 'signature' | 'fulfilment';
  /** The flow confirmed that the goods came out. */
  fulfilled?: true;
  reversal?: ReversalRecord;
  ruling?: Ruling;
  /** Evidence that contradicts the ruling. */
  alarm?: Reason;
  /** The outcome was found after a restart, or after it was reported as unresolved. */
  recovered?: true;
  createdAt: number;
  /** When the outcome was certain first; a reversal does not change it. Absent in records of earlier versions. */
  settledAt?: number;
  updatedAt: number;
}

/** An order with its transactionId. */
export type NamedOrder = Order & { transactionId: string };

/** The record of a payment that was not sent yet. */
export function newRecord(order: NamedOrder, terminal: string, node: string, now: Now): TransactionRecord {
  return {
    transactionId: order.transactionId,
    terminal,
    kind: order.paymentType === 'Refund' ? 'refund' : 'payment',
    state: 'intent',
    serviceId: '',
    attempts: 0,
    paymentType: order.paymentType,
    amount: order.amount,
    currency: order.currency,
    cashBack: order.cashBack,
    saleTimestamp: saleTimestamp(now.ms, now.offset),
    node,
    ...(order.context !== undefined && { context: order.context }),
    ...(order.awaitFulfilment && { awaitFulfilment: true }),
    ...(order.saleItems && { saleItems: order.saleItems }),
    ...(order.splitPayment && { splitPayment: true }),
    ...(order.apmReference !== undefined && { apmReference: order.apmReference }),
    ...(order.confidential?.instrument && { keyed: true }),
    createdAt: now.ms,
    updatedAt: now.ms,
  };
}

/** Notes in a record how its payment ended. */
export function settle(
  record: TransactionRecord,
  outcome: Outcome,
  error: Reason | undefined,
  response?: SaleToPOIResponse,
): void {
  record.state = 'closed';
  record.outcome = outcome;
  if (error === undefined) delete record.error;
  else record.error = error;
  if (response !== undefined) record.response = response;
}

/** Notes in a record how a named person ruled. */
export function settleByRuling(record: TransactionRecord, ruling: Ruling): void {
  record.ruling = ruling;
  record.outcome = ruling.outcome;
  if (ruling.outcome === 'approved') record.authorized ??= record.amount;
  record.error = { condition: 'Ruled', message: `Ruled ${ruling.outcome} by ${ruling.by}.` };
  record.state = 'ruled';
}

/**
 * The alternative payment method (Swish and the like) that was used instead of a card: its name, and the reference that a
 * refund needs, by the vendor's rule for where it stands.
 */
export function apmOf(
  payment: Nexo<'PaymentResponse'> | undefined,
  profile: VendorProfile = swedbankPay,
): { type: string | null; reference: string | null } | null {
  const instrument = payment?.PaymentResult?.PaymentInstrumentData;
  if (payment === undefined || instrument?.PaymentInstrumentType !== 'Mobile') return null;
  return {
    type: instrument.CardData?.PaymentBrand?.replace(/^\d{2},/, '') ?? null,
    reference: profile.apmReference(payment) ?? null,
  };
}
