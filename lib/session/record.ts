import { decodeReceipts } from '../protocol/receipts/receipts.ts';
import { saleTimestamp } from '../protocol/timestamps.ts';
import type { Nexo, SaleToPOIResponse } from '../protocol/types.ts';
import type { Now } from './events.ts';
import type { Order, PaymentType } from './payment/payment-order.ts';

/**
 * How a payment ended. `unresolved` is the one that a certain outcome still follows; `reversed` means that it was
 * approved and taken back: no money moved in the end.
 */
export type Outcome = 'approved' | 'partial' | 'declined' | 'aborted' | 'not_started' | 'reversed' | 'unresolved';

/**
 * Where a transaction stands in the journal.
 * `intent`: nothing was sent for it. `sent`: a request may have reached the terminal. `unresolved`: as `sent`, and the
 * flow was told so. `held`: approved and told, but somebody has to confirm it yet. `reverse`: to be reversed, nothing was
 * sent for that. `reversing`: the reversal may have reached the terminal. `ruled`: unresolved until an operator ruled;
 * evidence is still listened for. `closed`: the outcome is certain.
 */
export type RecordState = 'intent' | 'sent' | 'unresolved' | 'held' | 'reverse' | 'reversing' | 'ruled' | 'closed';

/** Why a payment was not approved: the terminal's ErrorCondition and AdditionalResponse, or our own finding. */
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
  /** The terminal said that it knows of no transaction at all. */
  none?: true;
}

/** A request that moves money, as far as it has gone. */
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
  /** Who wants it: a flow, or the rule that goods, signature or abort set. */
  cause: 'flow' | 'fulfilment' | 'signature' | 'abort';
  /** The flow was told that its outcome is not known yet. */
  reported?: true;
  /** What the payment's outcome was before, for a reversal that comes to nothing. */
  before: 'approved' | 'partial';
  outcome?: 'reversed' | 'declined' | 'not_started';
}

/** What a named person decided about an unresolved payment. Times in ms since 1970. */
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
  /** What was authorised, tip included: once it was approved, also if it was reversed afterwards. */
  authorized?: number;
  currency: string;
  cashBack: number;
  saleItems?: Nexo<'SaleItem'>[];
  splitPayment?: true;
  /** The card number was keyed in at the till; it is not kept. */
  keyed?: true;
  /** POITransactionID of the card that was read for it beforehand, verbatim. */
  acquisition?: Nexo<'TransactionIdentification'>;
  /** Of a payment with an alternative method, and of its refunds: by what it is refunded. */
  apmReference?: string;
  /** TimeStamp of the SaleTransactionID: the same for every attempt. */
  saleTimestamp: string;
  /** The Node-RED node that asked last, and to which the outcome goes. */
  node: string;
  /** JSON text. */
  context?: string;
  abortRequested?: true;
  /** An approval is held until the flow says whether the goods came out. */
  awaitFulfilment?: true;
  /** What an approval waits for. */
  hold?: 'signature' | 'fulfilment';
  /** The flow confirmed that the goods came out. */
  fulfilled?: true;
  reversal?: ReversalRecord;
  ruling?: Ruling;
  /** Evidence that contradicts the ruling. */
  alarm?: Reason;
  /** The outcome was found after a restart, or after the flow was told that it is not known. */
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
  if (response === undefined) return;
  record.response = response;
  const reference = apmOf(response.PaymentResponse)?.reference;
  if (reference && record.kind === 'payment') record.apmReference = reference;
}

/** Notes in a record what a named person decided about it. */
export function settleByRuling(record: TransactionRecord, ruling: Ruling): void {
  record.ruling = ruling;
  record.outcome = ruling.outcome;
  if (ruling.outcome === 'approved') record.authorized ??= record.amount;
  record.error = { condition: 'Ruled', message: `Ruled ${ruling.outcome} by ${ruling.by}.` };
  record.state = 'ruled';
}

/** The line of a receipt that has it, in Swedbank Pay's sample. */
const REFERENCE_LINE = /^\s*Ref\.?\s*nr\.?\s*:\s*(\S+)\s*$/i;

/**
 * The alternative payment method (Swish and the like) that was used instead of a card: its name, and the reference that a
 * refund needs. Swedbank Pay's pages name both, show the reference on the receipt, and leave open where they stand in the
 * message: here, where nexo has a place for them, else on the receipt. Never made up.
 */
export function apmOf(
  payment: Nexo<'PaymentResponse'> | undefined,
): { type: string | null; reference: string | null } | null {
  const result = payment?.PaymentResult;
  const instrument = result?.PaymentInstrumentData;
  if (instrument?.PaymentInstrumentType !== 'Mobile') return null;
  return {
    type: instrument.CardData?.PaymentBrand?.replace(/^\d{2},/, '') ?? null,
    reference: result?.PaymentAcquirerData?.AcquirerTransactionID?.TransactionID ?? referenceOnReceipt(payment) ?? null,
  };
}

function referenceOnReceipt(payment: Nexo<'PaymentResponse'> | undefined): string | undefined {
  const lines = decodeReceipts(payment?.PaymentReceipt).customer?.lines ?? [];
  return lines.map((line) => REFERENCE_LINE.exec(line)?.[1]).find((reference) => reference !== undefined);
}
