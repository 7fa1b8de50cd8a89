/** The card and the loyalty accounts in a terminal's response, as flows get them. */
import type { ReceiptForm } from '../protocol/receipts/receipt-form.ts';
import { at, decodeReceipts } from '../protocol/receipts/receipts.ts';
import type { Nexo } from '../protocol/types.ts';

export interface Card {
  brand: string | null;
  /** A card that pays, a loyalty card, or both. */
  type: CardType | null;
  maskedPan: string | null;
  entryMode: string | null;
  /** Card Number Alias (CNA): the terminal's own hash of the card number. */
  token: string | null;
  /** Payment Account Reference (PAR), from the card's issuer. */
  accountReference: string | null;
}

export type CardType = 'payment' | 'combined' | 'loyalty' | 'unspecified';

export interface LoyaltyAccount {
  brand: string | null;
  account: string | null;
}

/** Loyalty accounts, without the customer's token, which terminals send among them. */
export interface Loyalty {
  nonPaymentToken: string | null;
  loyalty: LoyaltyAccount[];
}

/** The first part of PaymentBrand, as in `01,Mastercard Debit`. */
const CARD_TYPES: Record<string, CardType> = {
  '01': 'payment',
  '02': 'combined',
  '03': 'loyalty',
  '04': 'unspecified',
};

/** The card of a payment instrument; null for another instrument, whose name stands where a card's does. */
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

/** The card that the receipts name: some responses name it nowhere else. */
export function cardOnReceipt(payment: Nexo<'PaymentResponse'> | undefined, form: ReceiptForm): Card | null {
  if (payment?.PaymentResult === undefined || payment.PaymentResult.PaymentInstrumentData !== undefined) return null;
  const { merchant, customer } = decodeReceipts(payment.PaymentReceipt, form);
  const details = at(form.copyOf(merchant?.data ?? customer?.data), 'Mandatory', 'CardDetails');
  const maskedPan = at(details, 'PrimaryAccountNumber');
  const brand = at(details, 'CardSchemeName', 'ApplicationLabel');
  if (typeof maskedPan !== 'string' || !maskedPan.includes('*')) return null;
  const unknown = { type: null, entryMode: null, token: null, accountReference: null };
  return { ...unknown, brand: typeof brand === 'string' ? brand : null, maskedPan };
}

/** Terminals send this token as if it was a loyalty brand. */
const NON_PAYMENT_TOKEN = 'nonPaymentToken';

/** Separates the customer's token from the loyalty accounts. */
export function loyaltyOf(accounts: Nexo<'LoyaltyAccount'>[] = []): Loyalty {
  const known = accounts.map(({ LoyaltyBrand, LoyaltyAccountID }) => ({
    brand: LoyaltyBrand?.replace(/^\d{2},/, '') || null,
    account: LoyaltyAccountID?.Text || null,
  }));
  return {
    nonPaymentToken: known.find(({ brand }) => brand === NON_PAYMENT_TOKEN)?.account ?? null,
    loyalty: known.filter(({ brand }) => brand !== NON_PAYMENT_TOKEN),
  };
}

/** The product codes that the card may pay for; empty where it may pay for everything. */
export function allowedProductsOf(instrument: Nexo<'PaymentInstrumentData'> | undefined): string[] {
  const { AllowedProductCode = [], AllowedProduct = [] } = instrument?.CardData ?? {};
  // `card:cashback` and the like are abilities of the card, not products.
  const products = AllowedProduct.filter(({ ProductLabel }) => !ProductLabel?.startsWith('card:'));
  return [...AllowedProductCode, ...products.flatMap(({ ProductCode }) => ProductCode ?? [])];
}
