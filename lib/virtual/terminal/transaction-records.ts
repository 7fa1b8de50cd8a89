import type { MessageHeader, Nexo } from '../../protocol/types.ts';

/** A payment with an alternative payment method (APM) instead of a card. */
export interface ApmPayment {
  /** The method: `Swish`. */
  type: string;
  /** Digits, printed as `Ref.nr` on the receipt. A refund refers to the payment by it. */
  reference: string;
}

/** One movement of money. Amounts in minor units of the currency. */
export interface Movement {
  /** Number of the login session: a ServiceID is unique within one. */
  session: number;
  serviceId: string;
  /** SaleTransactionID. */
  transactionId: string;
  poiTransactionId: string;
  paymentType: 'Normal' | 'Refund';
  amount: number;
  currency: string;
  reversed: boolean;
  /** The alternative payment method, where no card was used. A refund has the reference of the payment. */
  apm?: ApmPayment;
}

/** One finished transaction, in the form of the file and of a TransactionStatus response. */
export interface StoredTransaction {
  header: MessageHeader;
  /** RepeatedMessageResponse without its header. */
  body: Omit<Nexo<'RepeatedMessageResponse'>, 'MessageHeader'>;
  /** The money it moved, if any. */
  moved?: Movement;
  /** Only of a successful reversal: the POITransactionID that it reversed. */
  reversed?: string;
}

/** The finished transactions of one terminal, in order. Their number is bounded: the oldest are removed first. */
export class TransactionRecords {
  readonly #limit: number;
  #records: StoredTransaction[] = [];
  #movements: Movement[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(record: StoredTransaction): void {
    this.#records.push(record);
    if (record.moved) this.#movements.push(record.moved);
    if (record.reversed !== undefined) {
      const original = this.#movements.findLast((one) => one.poiTransactionId === record.reversed);
      if (original) original.reversed = true;
    }
    if (this.#records.length > this.#limit * 2) this.#records = this.#records.slice(-this.#limit);
    if (this.#movements.length > this.#limit * 2) this.#movements = this.#movements.slice(-this.#limit);
  }

  /** The latest transaction that matches every given field. */
  find(query: { SaleID?: string; MessageCategory?: string; ServiceID?: string }): StoredTransaction | undefined {
    return this.#records.findLast(
      ({ header }) =>
        (query.SaleID === undefined || header.SaleID === query.SaleID) &&
        (query.MessageCategory === undefined || header.MessageCategory === query.MessageCategory) &&
        (query.ServiceID === undefined || header.ServiceID === query.ServiceID),
    );
  }

  /** The last payment or successful reversal. */
  lastMoneyMoved(): StoredTransaction | undefined {
    return this.#records.findLast(({ body, reversed }) => body.PaymentResponse || reversed !== undefined);
  }

  get movements(): readonly Movement[] {
    return this.#movements;
  }

  /** The transactions that moved money, oldest first. */
  get moved(): readonly StoredTransaction[] {
    return this.#records.filter(({ moved }) => moved !== undefined);
  }
}

/** The money that a terminal moved. Tests compare it with what the POS reports. */
export class Ledger {
  readonly #records: TransactionRecords;

  constructor(records: TransactionRecords) {
    this.#records = records;
  }

  get movements(): readonly Movement[] {
    return this.#records.movements;
  }

  /** Sums of one SaleTransactionID in minor units: approved purchases, approved refunds, and how much of both was reversed. */
  of(transactionId: string): { charged: number; refunded: number; reversed: number } {
    const sum = { charged: 0, refunded: 0, reversed: 0 };
    for (const one of this.movements) {
      if (one.transactionId !== transactionId) continue;
      if (one.paymentType === 'Refund') sum.refunded += one.amount;
      else sum.charged += one.amount;
      if (one.reversed) sum.reversed += one.amount;
    }
    return sum;
  }
}
