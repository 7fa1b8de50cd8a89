import type { Nexo } from '../../protocol/types.ts';
import type { Confidential } from './payment-secrets.ts';

export type PaymentType = 'Normal' | 'Refund';

/** A payment that was found valid. Amounts are integers of the currency's minor unit; `amount` includes `cashBack`. */
export interface Order {
  paymentType: PaymentType;
  amount: number;
  currency: string;
  cashBack: number;
  /** SaleTransactionID on the wire; undefined when the caller leaves it to us. */
  transactionId?: string;
  /** An approval is held until the flow says whether the goods came out. */
  awaitFulfilment?: boolean;
  /** Any JSON the flow wants back with the outcome, as JSON text. */
  context?: string;
  /** What is sold, where the card may be restricted to some of it. */
  saleItems?: Nexo<'SaleItem'>[];
  /** One of several payments for the same sale. */
  splitPayment?: true;
  /** Of a refund: which payment with an alternative method it is for. */
  apmReference?: string;
  /** For the terminal's eyes only. */
  confidential?: Confidential;
}

/** Whether a repeated transactionId asks for what it asked the first time. */
export function sameOrder(a: OrderIdentity, b: OrderIdentity): boolean {
  return (
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
}
