import { saleTimestamp } from '../protocol/timestamps.ts';
import type { SaleToPOIResponse } from '../protocol/types.ts';
import type { Now } from './effects.ts';
import type { Order, PaymentType } from './order.ts';

/** How a payment ended. `unresolved` is the one that a certain outcome still follows. */
export type Outcome = 'approved' | 'partial' | 'declined' | 'aborted' | 'not_started' | 'unresolved';

/**
 * Where a transaction stands in the journal.
 * `intent`: nothing was sent for it. `sent`: a request may have reached the terminal. `unresolved`: as `sent`, and the
 * flow was told so. `closed`: the outcome is certain.
 */
export type RecordState = 'intent' | 'sent' | 'unresolved' | 'closed';

/** Why a payment was not approved: the terminal's ErrorCondition and AdditionalResponse, or our own finding. */
export interface Reason {
  condition: string;
  message: string;
}

/** What is known of the last transaction at the terminal before a request: the proof that nothing came after it. */
export interface Baseline {
  /** ServiceIDs of the latest requests that the terminal answered, newest last. */
  serviceIds: string[];
  /** Its POITransactionID, verbatim. */
  poiTransactionId?: string;
  /** The terminal said that it knows of no transaction at all. */
  none?: true;
}

/** One payment or refund, as the journal keeps it. Amounts in minor units, times in ms since 1970. */
export interface TransactionRecord {
  transactionId: string;
  terminal: string;
  kind: 'payment' | 'refund';
  state: RecordState;
  outcome?: Outcome;
  /** ServiceID of the latest attempt; empty while none was made. */
  serviceId: string;
  attempts: number;
  /** The terminal answered that attempt. */
  answered?: boolean;
  paymentType: PaymentType;
  amount: number;
  currency: string;
  cashBack: number;
  /** TimeStamp of the SaleTransactionID: the same for every attempt. */
  saleTimestamp: string;
  /** The Node-RED node that asked, and to which the outcome goes. */
  node: string;
  /** JSON text. */
  context?: string;
  baseline?: Baseline;
  abortRequested?: true;
  error?: Reason;
  /** The terminal's answer, card secrets removed. */
  response?: SaleToPOIResponse;
  /** The outcome was found after a restart. */
  recovered?: true;
  createdAt: number;
  updatedAt: number;
}

/** An order with the name it goes by, in the journal and on the wire. */
export type NamedOrder = Order & { transactionId: string };

/** The record of a payment of which nothing was sent yet. */
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
    createdAt: now.ms,
    updatedAt: now.ms,
  };
}
