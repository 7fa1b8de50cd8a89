import type { MessageHeader, SaleToPOIResponse } from '../../protocol/types.ts';
import type { Repeated } from '../effects.ts';
import type { Identity } from '../requests/requests.ts';

/** Whether a response answers the request of that category and ServiceID, between this sale system and this terminal. */
export function answers(
  header: MessageHeader,
  identity: Identity,
  category: MessageHeader['MessageCategory'],
  serviceId: string,
): boolean {
  return (
    header.MessageType === 'Response' &&
    header.MessageCategory === category &&
    header.ServiceID === serviceId &&
    header.SaleID === identity.saleId &&
    header.POIID === identity.poiId
  );
}

/** The message that a TransactionStatus response repeats. */
export function repeatedIn(response: SaleToPOIResponse): Repeated | undefined {
  const repeated = response.TransactionStatusResponse?.RepeatedMessageResponse;
  if (repeated?.MessageHeader === undefined) return undefined;
  return { header: repeated.MessageHeader, response: repeated as SaleToPOIResponse };
}

/**
 * Which transaction a response is about, by its POITransactionID: number and time, verbatim. A terminal that was reset
 * may count from the start again; the time tells its transactions apart.
 */
export function poiTransactionIn(response: SaleToPOIResponse): string | undefined {
  const body = response.PaymentResponse ?? response.ReversalResponse ?? response.CardAcquisitionResponse;
  const id = body?.POIData?.POITransactionID;
  return id?.TransactionID === undefined ? undefined : `${id.TransactionID} ${id.TimeStamp ?? ''}`;
}
