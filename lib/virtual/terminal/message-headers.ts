import type { MessageHeader, Nexo } from '../../protocol/types.ts';

/** The header of the response to a request, as a status answer repeats it. */
export function responseHeader(header: MessageHeader): MessageHeader {
  const { ProtocolVersion: _, ...rest } = header;
  return { ...rest, MessageType: 'Response' };
}

/** Whether a request is of a category that a status query can name. */
export function isTransaction(header: MessageHeader): boolean {
  return ['Payment', 'CardAcquisition', 'Reversal'].includes(header.MessageCategory);
}

/** Whether a header matches every field that a reference names. */
export function matchesReference(reference: Nexo<'MessageReference'>, header: MessageHeader): boolean {
  const keys = ['MessageCategory', 'ServiceID', 'DeviceID', 'SaleID', 'POIID'] as const;
  return keys.every((key) => reference[key] === undefined || reference[key] === header[key]);
}
