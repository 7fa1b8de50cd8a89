import { fromMinor, toMinor } from '../protocol/amounts.ts';
import { NexoError } from '../protocol/errors.ts';
import { asksForSignature, at, copyOf, decodeReceipts, type Receipts } from '../protocol/receipts/receipts.ts';
import type { Nexo, SaleToPOIResponse } from '../protocol/types.ts';
import type { PaymentType } from '../session/payment/payment-order.ts';
import { apmOf, type Outcome, type Reason, type TransactionRecord } from '../session/record.ts';

/** What a flow gets as `msg.payload` of a payment. Amounts are decimal strings in `currency`. */
export interface PaymentPayload {
  outcome: Outcome;
  /** True for `approved` only: `partial` is less than was asked for. */
  approved: boolean;
  /** What was authorised: `"0.00"` where no money moved, null while that is not known. */
  amount: string | null;
  currency: string;
  paymentType: PaymentType;
  cashBack: string;
  tip: string;
  approvalCode: string | null;
  card: Card | null;
  /** The alternative method that was used instead of a card; its reference is what a refund needs. */
  apm: Apm | null;
  /** Swedbank Pay's token for the customer, the same in shops and on the web, where the merchant has it. */
  nonPaymentToken: string | null;
  loyalty: LoyaltyAccount[];
  /** Of a card that may not pay for everything: the product codes that it may pay for. */
  allowedProducts: string[];
  transactionId: string;
  poiTransaction: { id: string; timestamp: string } | null;
  serviceId: string;
  /** The customer has to sign the merchant's receipt, and somebody has to check it. */
  signatureRequired: boolean;
  /** Each copy is decoded when it is first read. */
  receipts: Receipts;
  error: Reason | null;
  /** Found out after a restart, or after the flow was told `unresolved`. */
  recovered: boolean;
  /** What the flow sent along. */
  context: unknown;
}

export interface Card {
  brand: string | null;
  /** Whether it pays, is a member's card, or both. */
  type: CardType | null;
  maskedPan: string | null;
  entryMode: string | null;
  /** Card Number Alias (CNA): the terminal's own hash of the card number. */
  token: string | null;
  /** Payment Account Reference (PAR), from the card's issuer. */
  accountReference: string | null;
}

export type CardType = 'payment' | 'combined' | 'loyalty' | 'unspecified';
export type Apm = { type: string | null; reference: string | null };
export interface LoyaltyAccount {
  brand: string | null;
  account: string | null;
}

/** The payload of a payment whose record has an outcome. One that was reversed moved no money in the end. */
export function payloadOf(record: TransactionRecord): PaymentPayload {
  const outcome = paymentOutcome(record);
  const payment = record.response?.PaymentResponse;
  const result = payment?.PaymentResult;
  const amounts = result?.AmountsResp;
  const moved = outcome === 'approved' || outcome === 'partial';
  const money = (value: string | undefined) => decimal(moved ? value : undefined, record.currency);
  // A ruling stands where the terminal's answer does not.
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
    card: cardOf(result?.PaymentInstrumentData) ?? cardOnReceipt(payment),
    apm: apmOf(payment),
    ...loyaltyOf(payment?.LoyaltyResult?.flatMap(({ LoyaltyAccount }) => LoyaltyAccount ?? [])),
    allowedProducts: allowedProductsOf(result?.PaymentInstrumentData),
    transactionId: record.transactionId,
    poiTransaction: poiTransactionOf(payment),
    serviceId: record.serviceId,
    signatureRequired: moved && asksForSignature(payment?.PaymentReceipt),
    receipts: decodeReceipts(payment?.PaymentReceipt),
    error: record.outcome === 'reversed' ? REVERSED : (record.error ?? null),
    recovered: record.recovered === true,
    context: record.context === undefined ? null : JSON.parse(record.context),
  };
}

/** What a flow gets as `msg.payload` once goods were confirmed, or a reversal has come to its end. */
export interface ReversalPayload extends Omit<PaymentPayload, 'outcome'> {
  /** `reversed`, or what the payment still is: `approved`, `partial`, `unresolved`. */
  outcome: Outcome;
  reversed: boolean;
  /** The goods came out. */
  delivered: boolean;
}

/**
 * The payload for what became of an approved payment afterwards. With `reversed`, `amount` is what went back and the
 * receipts are the reversal's; else `error` says why nothing went back.
 */
export function reversalPayloadOf(record: TransactionRecord): ReversalPayload {
  const { reversal } = record;
  const reversed = record.outcome === 'reversed';
  const approved = payloadOf({ ...record, outcome: reversed ? 'approved' : (record.outcome ?? 'unresolved') });
  return {
    ...approved,
    outcome: record.outcome ?? 'unresolved',
    approved: !reversed && approved.approved,
    serviceId: reversal?.serviceId || record.serviceId,
    receipts: reversed ? decodeReceipts(reversal?.response?.ReversalResponse?.PaymentReceipt) : approved.receipts,
    error: reversed ? null : (reversal?.error ?? record.error ?? null),
    reversed,
    delivered: record.fulfilled === true,
  };
}

const REVERSED: Reason = { condition: 'Reversed', message: 'It was approved, then taken back: no money moved.' };

function paymentOutcome({ outcome = 'unresolved', reversal }: TransactionRecord): Outcome {
  if (outcome !== 'reversed') return outcome;
  return reversal?.cause === 'signature' ? 'declined' : 'aborted';
}

/**
 * The payload for a transaction that the journal does not know (made before it began, or by another till), from the
 * terminal's own answer alone.
 */
export function payloadOfAnswer(serviceId: string, response: SaleToPOIResponse, currency: string): PaymentPayload {
  const payment = response.PaymentResponse;
  const failure = payment?.Response.Result === 'Failure' ? payment.Response : undefined;
  const outcomes: Record<string, Outcome> = { Success: 'approved', Partial: 'partial', Failure: 'declined' };
  const record: TransactionRecord = {
    transactionId: payment?.SaleData?.SaleTransactionID?.TransactionID ?? '',
    terminal: '',
    kind: payment?.PaymentResult?.PaymentType === 'Refund' ? 'refund' : 'payment',
    state: 'closed',
    outcome: outcomes[payment?.Response.Result ?? ''] ?? 'unresolved',
    serviceId,
    attempts: 1,
    paymentType: payment?.PaymentResult?.PaymentType === 'Refund' ? 'Refund' : 'Normal',
    amount: 0,
    currency: payment?.PaymentResult?.AmountsResp?.Currency ?? currency,
    cashBack: 0,
    saleTimestamp: payment?.SaleData?.SaleTransactionID?.TimeStamp ?? '',
    node: '',
    ...(failure && {
      error: { condition: failure.ErrorCondition ?? 'Unspecified', message: failure.AdditionalResponse ?? '' },
    }),
    response,
    createdAt: 0,
    updatedAt: 0,
  };
  return payloadOf(record);
}

/** A payload for a transaction of which nothing is known but why. */
export function payloadOfNothing(
  error: Reason,
  currency: string,
  ids: { transactionId?: string; serviceId?: string },
): PaymentPayload {
  return {
    outcome: 'unresolved',
    approved: false,
    amount: null,
    currency,
    paymentType: 'Normal',
    cashBack: decimal(undefined, currency),
    tip: decimal(undefined, currency),
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
    recovered: false,
    context: null,
  };
}

function decimal(value: string | undefined, currency: string): string {
  if (value === undefined) return fromMinor(0, currency);
  try {
    return fromMinor(toMinor(value, currency, 'amount', { zero: true, trailingZeros: true }), currency);
  } catch (error) {
    // A terminal may write more decimals than the currency has; its own text is then the truth.
    if (error instanceof NexoError) return value;
    throw error;
  }
}

/** The first part of PaymentBrand, as in `01,Mastercard Debit`. */
const CARD_TYPES: Record<string, CardType> = {
  '01': 'payment',
  '02': 'combined',
  '03': 'loyalty',
  '04': 'unspecified',
};

/** Of an instrument that is a card; another has none, though its name stands where a card's does. */
export function cardOf(instrument: Nexo<'PaymentInstrumentData'> | undefined): Card | null {
  const card = instrument?.CardData;
  if (card === undefined || instrument?.PaymentInstrumentType === 'Mobile') return null;
  const [, type, brand] = /^(?:(\d{2}),)?(.*)$/s.exec(card.PaymentBrand ?? '') ?? [];
  return {
    brand: brand || null,
    type: CARD_TYPES[type ?? ''] ?? null,
    maskedPan: card.MaskedPAN ?? null,
    entryMode: card.EntryMode?.[0] ?? null,
    token: card.PaymentToken?.TokenValue ?? null,
    accountReference: card.PaymentAccountRef ?? null,
  };
}

/** Some answers name the card on the receipts alone. */
function cardOnReceipt(payment: Nexo<'PaymentResponse'> | undefined): Card | null {
  if (payment?.PaymentResult === undefined || payment.PaymentResult.PaymentInstrumentData !== undefined) return null;
  const { merchant, customer } = decodeReceipts(payment.PaymentReceipt);
  const details = at(copyOf(merchant?.data ?? customer?.data), 'Mandatory', 'CardDetails');
  const maskedPan = at(details, 'PrimaryAccountNumber');
  const brand = at(details, 'CardSchemeName', 'ApplicationLabel');
  if (typeof maskedPan !== 'string' || !maskedPan.includes('*')) return null;
  const unknown = { type: null, entryMode: null, token: null, accountReference: null };
  return { ...unknown, brand: typeof brand === 'string' ? brand : null, maskedPan };
}

/** What a terminal calls a loyalty brand, and is none. */
const NON_PAYMENT_TOKEN = 'nonPaymentToken';

/** Tells the customer's token from memberships. */
export function loyaltyOf(
  accounts: Nexo<'LoyaltyAccount'>[] = [],
): Pick<PaymentPayload, 'nonPaymentToken' | 'loyalty'> {
  const known = accounts.map(({ LoyaltyBrand, LoyaltyAccountID }) => ({
    brand: LoyaltyBrand?.replace(/^\d{2},/, '') || null,
    account: LoyaltyAccountID?.Text || null,
  }));
  return {
    nonPaymentToken: known.find(({ brand }) => brand === NON_PAYMENT_TOKEN)?.account ?? null,
    loyalty: known.filter(({ brand }) => brand !== NON_PAYMENT_TOKEN),
  };
}

export function allowedProductsOf(instrument: Nexo<'PaymentInstrumentData'> | undefined): string[] {
  const { AllowedProductCode = [], AllowedProduct = [] } = instrument?.CardData ?? {};
  // `card:cashback` and the like tell what the card can do: no products.
  const products = AllowedProduct.filter(({ ProductLabel }) => !ProductLabel?.startsWith('card:'));
  return [...AllowedProductCode, ...products.flatMap(({ ProductCode }) => ProductCode ?? [])];
}

function poiTransactionOf(payment: Nexo<'PaymentResponse'> | undefined): PaymentPayload['poiTransaction'] {
  const id = payment?.POIData?.POITransactionID;
  if (id?.TransactionID === undefined || id.TransactionID === '') return null;
  return { id: id.TransactionID, timestamp: id.TimeStamp };
}
