import { fromMinor, toMinor } from '../protocol/amounts.ts';
import { NexoError } from '../protocol/errors.ts';
import type { VendorProfile } from '../protocol/profile.ts';
import { asksForSignature, decodeReceipts, type Receipts } from '../protocol/receipts/receipts.ts';
import type { Nexo, SaleToPOIResponse } from '../protocol/types.ts';
import type { PaymentType } from '../session/payment/payment-order.ts';
import { apmOf, type Outcome, type Reason, type TransactionRecord } from '../session/record.ts';
import { reasonOf } from '../session/requests/reply-classification.ts';
import { allowedProductsOf, type Card, cardOf, cardOnReceipt, type LoyaltyAccount, loyaltyOf } from './card-details.ts';

/** How a payment ended, for the flow: a reversed one counts as declined or aborted. */
export type PaymentOutcome = Exclude<Outcome, 'reversed'>;

/** `msg.payload` of a payment. Amounts are decimal strings in `currency`. */
export interface PaymentPayload {
  outcome: PaymentOutcome;
  /** True for `approved` only: `partial` is less than the requested amount. */
  approved: boolean;
  /** The authorised amount: `"0.00"` where no money moved, null while that is not known. */
  amount: string | null;
  currency: string;
  paymentType: PaymentType;
  cashBack: string;
  tip: string;
  approvalCode: string | null;
  card: Card | null;
  /** The alternative payment method that was used instead of a card. A refund needs its reference. */
  apm: { type: string | null; reference: string | null } | null;
  /** Swedbank Pay's token for the customer, the same in shops and on the web, where the merchant has it. */
  nonPaymentToken: string | null;
  loyalty: LoyaltyAccount[];
  /** The product codes that the card may pay for; empty where it may pay for everything. */
  allowedProducts: string[];
  transactionId: string;
  poiTransaction: { id: string; timestamp: string } | null;
  serviceId: string;
  /** The customer has to sign the merchant's receipt, and the cashier has to check the signature. */
  signatureRequired: boolean;
  /** Each copy is decoded when it is first read. */
  receipts: Receipts;
  error: Reason | null;
  /** The amount that was asked for; null where that is not known. */
  requestedAmount: string | null;
  /** The cash-back that was asked for. */
  requestedCashBack: string;
  /** Of a refund of a payment's result, or of a further try: the payment that it goes back to. */
  originalTransactionId: string | null;
  /** A first result given back: the order came before, or twice. */
  repeated: boolean;
  /** Resolved after a restart, or after an `unresolved` result was sent to the flow. */
  recovered: boolean;
  /** The `context` that the flow sent with the payment. */
  context: unknown;
}

/**
 * The payload of a payment whose record has an outcome. A reversed one counts as declined or aborted: no money moved.
 * @param profile of the terminal's vendor: it reads receipts and references
 */
export function payloadOf(record: TransactionRecord, profile: VendorProfile): PaymentPayload {
  const outcome = paymentOutcome(record);
  const payment = record.response?.PaymentResponse;
  const result = payment?.PaymentResult;
  const amounts = result?.AmountsResp;
  const moved = outcome === 'approved' || outcome === 'partial';
  const money = (value: string | undefined) => decimal(moved ? value : undefined, record.currency);
  // A ruling counts where the terminal's answer is missing.
  const ruled = record.authorized === undefined ? undefined : fromMinor(record.authorized, record.currency);
  return {
    outcome,
    approved: outcome === 'approved',
    amount: outcome === 'unresolved' ? null : money(amounts?.AuthorizedAmount ?? ruled),
    currency: record.currency,
    paymentType: record.paymentType,
    cashBack: money(amounts?.CashBackAmount),
    tip: money(amounts?.TipAmount),
    approvalCode: (moved && result?.PaymentAcquirerData?.ApprovalCode) || null,
    card: cardOf(result?.PaymentInstrumentData) ?? cardOnReceipt(payment, profile.receipts),
    apm: apmOf(payment, profile),
    ...loyaltyOf(payment?.LoyaltyResult?.flatMap(({ LoyaltyAccount }) => LoyaltyAccount ?? [])),
    allowedProducts: allowedProductsOf(result?.PaymentInstrumentData),
    transactionId: record.transactionId,
    poiTransaction: poiTransactionOf(payment),
    serviceId: record.serviceId,
    signatureRequired: moved && asksForSignature(payment?.PaymentReceipt, profile.receipts),
    receipts: decodeReceipts(payment?.PaymentReceipt, profile.receipts),
    error: record.outcome === 'reversed' ? reversedReason(record) : (record.error ?? null),
    requestedAmount: record.amount > 0 ? fromMinor(record.amount, record.currency) : null,
    requestedCashBack: fromMinor(record.cashBack, record.currency),
    originalTransactionId: record.originalTransactionId ?? null,
    repeated: record.repeated === true,
    recovered: record.recovered === true,
    context: record.context === undefined ? null : JSON.parse(record.context),
  };
}

const REVERSED: Reason = { condition: 'Reversed', message: 'It was approved, then reversed: no money moved.' };

/** As a terminal with an endpoint says it, which asks for the signature itself. */
const SIGNATURE_REFUSED: Reason = { condition: 'Refusal', message: 'The signature was not accepted' };

/** For the flow, a payment whose signature was refused was never approved: both ways to ask for it end alike. */
function reversedReason({ reversal }: TransactionRecord): Reason {
  return reversal?.cause === 'signature' ? SIGNATURE_REFUSED : REVERSED;
}

function paymentOutcome({ outcome = 'unresolved', reversal }: TransactionRecord): PaymentOutcome {
  if (outcome !== 'reversed') return outcome;
  return reversal?.cause === 'signature' ? 'declined' : 'aborted';
}

/**
 * The payload for a transaction that the journal does not have (made before the journal was, or by another till), from the
 * terminal's own answer alone.
 *
 * @param currency of the terminal, for an answer without one
 * @param profile of the terminal's vendor
 */
export function payloadOfAnswer(
  serviceId: string,
  response: SaleToPOIResponse,
  currency: string,
  profile: VendorProfile,
): PaymentPayload {
  const payment = response.PaymentResponse;
  const result = payment?.Response.Result ?? '';
  const refund = payment?.PaymentResult?.PaymentType === 'Refund';
  const sale = payment?.SaleData?.SaleTransactionID;
  const record: TransactionRecord = {
    transactionId: sale?.TransactionID ?? '',
    terminal: '',
    kind: refund ? 'refund' : 'payment',
    state: 'closed',
    outcome: OUTCOMES.get(result) ?? 'unresolved',
    serviceId,
    attempts: 1,
    paymentType: refund ? 'Refund' : 'Normal',
    amount: 0,
    currency: payment?.PaymentResult?.AmountsResp?.Currency ?? currency,
    cashBack: 0,
    saleTimestamp: sale?.TimeStamp ?? '',
    node: '',
    ...(payment && result === 'Failure' && { error: reasonOf(payment.Response) }),
    response,
    createdAt: 0,
    updatedAt: 0,
  };
  return payloadOf(record, profile);
}

const OUTCOMES: ReadonlyMap<string, Outcome> = new Map([
  ['Success', 'approved'],
  ['Partial', 'partial'],
  ['Failure', 'declined'],
]);

/** The payload for a transaction of which only the reason is known: its outcome is unresolved. */
export function payloadOfNothing(
  error: Reason,
  currency: string,
  ids: { transactionId?: string; serviceId?: string },
): PaymentPayload {
  const nothing = decimal(undefined, currency);
  return {
    outcome: 'unresolved',
    approved: false,
    amount: null,
    currency,
    paymentType: 'Normal',
    cashBack: nothing,
    tip: nothing,
    approvalCode: null,
    card: null,
    apm: null,
    nonPaymentToken: null,
    loyalty: [],
    allowedProducts: [],
    transactionId: ids.transactionId ?? '',
    poiTransaction: null,
    serviceId: ids.serviceId ?? '',
    signatureRequired: false,
    receipts: {},
    error,
    requestedAmount: null,
    requestedCashBack: nothing,
    originalTransactionId: null,
    repeated: false,
    recovered: false,
    context: null,
  };
}

function decimal(value: string | undefined, currency: string): string {
  if (value === undefined) return fromMinor(0, currency);
  try {
    return fromMinor(toMinor(value, currency, 'amount', { zero: true, trailingZeros: true }), currency);
  } catch (error) {
    // A terminal may write more decimals than the currency has: its own text is passed on then.
    if (error instanceof NexoError) return value;
    throw error;
  }
}

function poiTransactionOf(payment: Nexo<'PaymentResponse'> | undefined): PaymentPayload['poiTransaction'] {
  const id = payment?.POIData?.POITransactionID;
  if (id?.TransactionID === undefined || id.TransactionID === '') return null;
  return { id: id.TransactionID, timestamp: id.TimeStamp };
}
