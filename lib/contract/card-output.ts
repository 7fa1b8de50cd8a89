import type { Result } from '../session/effects.ts';
import type { Reason } from '../session/record.ts';
import { allowedProductsOf, type Card, cardOf, type LoyaltyAccount, loyaltyOf } from './card-details.ts';

/** `msg.payload` of a card that was read before the amount is known. */
export interface CardPayload {
  /** The payment that the card is read for. */
  transactionId: string;
  /** Null where no card was read. */
  card: Card | null;
  /** Null from most terminals, which send it with the payment only. */
  nonPaymentToken: string | null;
  loyalty: LoyaltyAccount[];
  /** The product codes that the card may pay for; empty where it may pay for everything. */
  allowedProducts: string[];
  poiTransaction: { id: string; timestamp: string } | null;
  error: Reason | null;
}

/** The payload for the result of a card request. */
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
    // For a card that only pays, some terminals repeat its brand as a loyalty brand, without an account.
    loyalty: loyalty.filter(({ account }) => account !== null || card?.type !== 'payment'),
    allowedProducts: allowedProductsOf(instrument),
    poiTransaction: poi?.TransactionID ? { id: poi.TransactionID, timestamp: poi.TimeStamp } : null,
    error: error ?? null,
  };
}
