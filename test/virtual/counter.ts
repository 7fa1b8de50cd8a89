import assert from 'node:assert/strict';
import { decodeReceipts, type Receipts } from '../../lib/protocol/receipts/receipts.ts';
import type { Message, Nexo } from '../../lib/protocol/types.ts';
import { decode } from '../../lib/protocol/xml/decode.ts';
import { encode } from '../../lib/protocol/xml/encode.ts';
import { resultOf } from '../../lib/virtual/terminal/responses.ts';
import { formatProblem } from '../../lib/virtual/terminal/strict-format.ts';
import type { VirtualTerminalOptions } from '../../lib/virtual/terminal/terminal.ts';
import * as pos from '../support/pos.ts';
import { Till } from './till.ts';

type Response = Nexo<'SaleToPOIResponse'>;
type Payment = Nexo<'PaymentRequest'>;

/** What a payment may carry beside its amount. */
export interface Extras {
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

/** A till that logged in as client only, and reads its answers as they are on the wire. */
export class Counter extends Till {
  #id = 1;

  constructor(options: Partial<VirtualTerminalOptions> = {}, capabilities = ['PrinterReceipt']) {
    super(options);
    this.login(capabilities);
    this.take();
  }

  /** Sends, lets `ms` pass, and gives the answer that came, if one did. */
  exchange(make: (header: { id: string }) => Message, ms = 5000): Response {
    this.begin(make);
    this.clock.turn(ms);
    return this.last();
  }

  /** Sends, and waits for nothing. @returns the ServiceID */
  begin(make: (header: { id: string }) => Message): string {
    this.#id += 1;
    const id = String(this.#id);
    const message = make({ id });
    assert.equal(formatProblem(encode(message)), undefined);
    this.ask(message);
    return id;
  }

  pay(amount: string, extras: Extras = {}): Response {
    return this.exchange((header) => payment(header, amount, extras));
  }

  /** How the last answer reads on the wire. */
  last(): Response {
    const answer = this.answers.at(-1);
    if (answer?.type !== 'message') throw new Error(`no message but ${answer?.type}`);
    const bytes = encode(answer.message);
    assert.equal(formatProblem(bytes), undefined);
    const { message } = decode(bytes);
    if (!('SaleToPOIResponse' in message)) throw new Error('no response');
    return message.SaleToPOIResponse;
  }
}

export function payment(header: { id: string }, amount: string, extras: Extras): Message {
  const { transactionId, type, cashBack, items, apmReference, instrument, acquirerData, reference, split } = extras;
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
export function verdict(response: Response): string {
  const result = resultOf({ SaleToPOIResponse: response });
  return [result?.Result, result?.ErrorCondition].filter((part) => part).join(' ');
}

/** What people read of it. */
export function said(response: Response): string {
  return resultOf({ SaleToPOIResponse: response })?.AdditionalResponse ?? '';
}

export function receipts(response: Response): Receipts {
  return decodeReceipts(response.PaymentResponse?.PaymentReceipt);
}

export function cardOf(response: Response): Nexo<'CardData'> | undefined {
  const acquired = response.CardAcquisitionResponse?.PaymentInstrumentData;
  return (acquired ?? response.PaymentResponse?.PaymentResult?.PaymentInstrumentData)?.CardData;
}
