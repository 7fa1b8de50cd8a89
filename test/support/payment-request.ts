/** A minimal payment request, as a basis for valid and invalid variants. */
import type { Message, MessageHeader, Nexo } from '../../lib/protocol/types.ts';

export const header = {
  MessageClass: 'Service',
  MessageCategory: 'Payment',
  MessageType: 'Request',
  ServiceID: '12',
  SaleID: 'ECR1',
  POIID: 'A-POIID',
} satisfies MessageHeader;

export const payment = {
  SaleData: { SaleTransactionID: { TransactionID: '7', TimeStamp: '2023-08-24T17:03:37+02:00' } },
  PaymentTransaction: { AmountsReq: { Currency: 'SEK', RequestedAmount: '89.00' } },
} satisfies Nexo<'PaymentRequest'>;

/** A payment request with this body and header. */
export function request(body: unknown = payment, head: unknown = header): Message {
  return { SaleToPOIRequest: { MessageHeader: head, PaymentRequest: body } } as Message;
}

/** The same with these AmountsReq. */
export function withAmounts(amounts: unknown): Message {
  return request({ ...payment, PaymentTransaction: { AmountsReq: amounts } });
}
