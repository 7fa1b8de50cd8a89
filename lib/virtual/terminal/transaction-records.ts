import type { MessageHeader, Nexo } from '../../protocol/types.ts';
import type { ApmPayment } from './apm-refund.ts';

/** Money that moved, once. Amounts in minor units of the currency. */
export interface Movement {
  /** Which login session it was in: a ServiceID is unique within one. */
  session: number;
  serviceId: string;
  /** SaleTransactionID. */
  transactionId: string;
  poiTransactionId: string;
  paymentType: 'Normal' | 'Refund';
  amount: number;
  currency: string;
  reversed: boolean;
  /** With what, where it was no card. A refund has the reference of the payment. */
  apm?: ApmPayment;
}

/** One finished transaction, as TransactionStatus repeats it and as the file keeps it. */
export interface StoredTransaction {
  header: MessageHeader;
  /** RepeatedMessageResponse, but for its header. */
  body: Omit<Nexo<'RepeatedMessageResponse'>, 'MessageHeader'>;
  /** The money it moved, if any. */
  moved?: Movement;
  /** Of a reversal that succeeded: the POITransactionID it reversed. */
  reversed?: string;
}

/** What happened on one terminal, in order and bounded: the oldest goes first. */
export class Records {
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

  /** Newest first: the latest transaction for which all of it holds. */
  find(wanted: { SaleID?: string; MessageCategory?: string; ServiceID?: string }): StoredTransaction | undefined {
    return this.#records.findLast(
      ({ header }) =>
        (wanted.SaleID === undefined || header.SaleID === wanted.SaleID) &&
        (wanted.MessageCategory === undefined || header.MessageCategory === wanted.MessageCategory) &&
        (wanted.ServiceID === undefined || header.ServiceID === wanted.ServiceID),
    );
  }

  /** The last payment, or the last reversal that did something. */
  lastMoney(): StoredTransaction | undefined {
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

/** The money a terminal moved, for tests and simulators: the truth that a POS has to report. */
export class Ledger {
  readonly #records: Records;

  constructor(records: Records) {
    this.#records = records;
  }

  get movements(): readonly Movement[] {
    return this.#records.movements;
  }

  /** What one SaleTransactionID came to, in minor units: approved purchases and refunds, and how much was reversed. */
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
