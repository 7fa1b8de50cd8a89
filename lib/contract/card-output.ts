import type { Result } from '../session/effects.ts';
import type { Reason } from '../session/record.ts';
import { allowedProductsOf, type Card, cardOf, type LoyaltyAccount, loyaltyOf } from './payment-output.ts';

/** What a flow gets as `msg.payload` of a card that was read before the amount is known. */
export interface CardPayload {
  /** The payment that the card is read for. */
  transactionId: string;
  /** Null where no card was read. */
  card: Card | null;
  /** Where a terminal tells it that early: most do so with the payment. */
  nonPaymentToken: string | null;
  loyalty: LoyaltyAccount[];
  /** Of a card that may not pay for everything: the product codes that it may pay for. */
  allowedProducts: string[];
  poiTransaction: { id: string; timestamp: string } | null;
  error: Reason | null;
}

/** The payload of what was asked of a card. */
export function cardPayloadOf({ transactionId, response, error }: Extract<Result, { type: 'card' }>): CardPayload {
  const acquired = error === undefined ? response?.CardAcquisitionResponse : undefined;
  const instrument = acquired?.PaymentInstrumentData;
  const poi = acquired?.POIData.POITransactionID;
  const card = cardOf(instrument);
  const { nonPaymentToken, loyalty } = loyaltyOf(acquired?.LoyaltyAccount);
  return {
    transactionId,
    card,
    nonPaymentToken,
    // Of a card that only pays some terminals name the brand once more, without an account: no membership.
    loyalty: loyalty.filter(({ account }) => account !== null || card?.type !== 'payment'),
    allowedProducts: allowedProductsOf(instrument),
    poiTransaction: poi?.TransactionID ? { id: poi.TransactionID, timestamp: poi.TimeStamp } : null,
    error: error ?? null,
  };
}
