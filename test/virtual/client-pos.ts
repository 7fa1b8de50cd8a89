import assert from 'node:assert/strict';
import { swedbankReceipt } from '../../lib/protocol/profiles/swedbank-receipt.ts';
import { decodeReceipts, type Receipts } from '../../lib/protocol/receipts/receipts.ts';
import type { Message, Nexo } from '../../lib/protocol/types.ts';
import { encode } from '../../lib/protocol/xml/encode.ts';
import { resultOf } from '../../lib/virtual/terminal/responses.ts';
import { formatProblem } from '../../lib/virtual/terminal/strict-format.ts';
import type { VirtualTerminalOptions } from '../../lib/virtual/terminal/terminal.ts';
import * as pos from '../support/pos.ts';
import { RecordingPos } from './recording-pos.ts';

type Response = Nexo<'SaleToPOIResponse'>;
type Payment = Nexo<'PaymentRequest'>;

/** Optional contents of a payment request. */
export interface PaymentFields {
  transactionId?: string;
  type?: 'Normal' | 'Refund';
  cashBack?: string;
  items?: Nexo<'SaleItem'>[];
  apmReference?: string;
  instrument?: Nexo<'PaymentInstrumentData'>;
  acquirerData?: string;
  reference?: Nexo<'TransactionIdentification'>;
  split?: boolean;
}

/** A POS that logged in as client only and reads the terminal's responses as they are on the wire. */
export class ClientPos extends RecordingPos {
  #id = 1;

  constructor(options: Partial<VirtualTerminalOptions> = {}, capabilities = ['PrinterReceipt']) {
    super(options);
    this.login(capabilities);
    this.takeLog();
  }

  /** Sends a request, advances the clock by `ms`, and returns the response. */
  exchange(make: (header: { id: string }) => Message, ms = 5000): Response {
    this.start(make);
    this.clock.advance(ms);
    return this.last();
  }

  /** Sends a request without waiting. @returns its ServiceID */
  start(make: (header: { id: string }) => Message): string {
    this.#id += 1;
    const id = String(this.#id);
    const message = make({ id });
    assert.equal(formatProblem(encode(message)), undefined);
    this.request(message);
    return id;
  }

  pay(amount: string, fields: PaymentFields = {}): Response {
    return this.exchange((header) => payment(header, amount, fields));
  }
}

export function payment(header: { id: string }, amount: string, fields: PaymentFields): Message {
  const { transactionId, type, cashBack, items, apmReference, instrument, acquirerData, reference, split } = fields;
  const message = pos.payment(header, amount, {
    ...(transactionId === undefined ? {} : { transactionId }),
    ...(type === undefined ? {} : { type }),
    ...(cashBack === undefined ? {} : { cashBack }),
  });
  if (!('SaleToPOIRequest' in message) || !message.SaleToPOIRequest.PaymentRequest) throw new Error('no payment');
  const body: Payment = message.SaleToPOIRequest.PaymentRequest;
  if (acquirerData !== undefined) body.SaleData.SaleToAcquirerData = acquirerData;
  if (items) body.PaymentTransaction.SaleItem = items;
  if (apmReference !== undefined) {
    const HostTransactionID = { TransactionID: apmReference, TimeStamp: '2023-08-24T17:03:37+02:00' };
    body.PaymentTransaction.OriginalPOITransaction = { HostTransactionID };
  }
  body.PaymentData = {
    ...body.PaymentData,
    ...(split ? { SplitPaymentFlag: true } : {}),
    ...(reference ? { CardAcquisitionReference: reference } : {}),
    ...(instrument ? { PaymentInstrumentData: instrument } : {}),
  };
  return message;
}

/** `Success`, `Failure NotAllowed`… */
export function resultText(response: Response): string {
  const result = resultOf({ SaleToPOIResponse: response });
  return [result?.Result, result?.ErrorCondition].filter((part) => part).join(' ');
}

/** The AdditionalResponse of a response. */
export function additionalResponse(response: Response): string {
  return resultOf({ SaleToPOIResponse: response })?.AdditionalResponse ?? '';
}

export function receipts(response: Response): Receipts {
  return decodeReceipts(response.PaymentResponse?.PaymentReceipt, swedbankReceipt);
}

export function cardOf(response: Response): Nexo<'CardData'> | undefined {
  const acquired = response.CardAcquisitionResponse?.PaymentInstrumentData;
  return (acquired ?? response.PaymentResponse?.PaymentResult?.PaymentInstrumentData)?.CardData;
}
