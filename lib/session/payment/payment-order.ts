import type { Nexo } from '../../protocol/types.ts';
import type { Confidential } from './payment-secrets.ts';

export type PaymentType = 'Normal' | 'Refund';

/** A valid payment order. Amounts are integers of the currency's minor unit; `amount` includes `cashBack`. */
export interface Order {
  paymentType: PaymentType;
  amount: number;
  currency: string;
  cashBack: number;
  /** SaleTransactionID on the wire; made by this package where it is undefined. */
  transactionId?: string;
  /** An approval is held until the flow reports whether the goods came out. */
  awaitFulfilment?: boolean;
  /** JSON text that the flow gets back with the outcome. */
  context?: string;
  /** The items sold, where the card may be restricted to some of them. */
  saleItems?: Nexo<'SaleItem'>[];
  /** One of several payments for the same sale. */
  splitPayment?: true;
  /** Of a refund: the reference of its payment, where that had an alternative method. */
  apmReference?: string;
  /** Of a refund, or of a further try: the payment that it goes back to. */
  originalTransactionId?: string;
  /** What only the terminal may see. */
  confidential?: Confidential;
}

/**
 * Whether two orders with the same transactionId are the same.
 * @param a the first one; @param b the repeated one: where it goes back to a payment, the first one must do so too, as its
 *   transactionId was derived from that payment's
 */
export function sameOrder(a: OrderIdentity, b: OrderIdentity): boolean {
  return (
    (b.originalTransactionId === undefined || a.originalTransactionId === b.originalTransactionId) &&
    a.amount === b.amount &&
    a.currency === b.currency &&
    a.paymentType === b.paymentType &&
    (a.paymentType === 'Normal' || a.apmReference === b.apmReference)
  );
}

interface OrderIdentity {
  amount: number;
  currency: string;
  paymentType: string;
  apmReference?: string;
  originalTransactionId?: string;
}
