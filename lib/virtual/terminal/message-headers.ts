import type { MessageHeader, Nexo } from '../../protocol/types.ts';

/** The header of the response to a request, as a status query repeats it. */
export function answered(header: MessageHeader): MessageHeader {
  const { ProtocolVersion: _, ...rest } = header;
  return { ...rest, MessageType: 'Response' };
}

/** The categories a status query can be about. */
export function isTransaction(header: MessageHeader): boolean {
  return ['Payment', 'CardAcquisition', 'Reversal'].includes(header.MessageCategory);
}

/** Whether all that a reference names is so in a header. */
export function refersTo(reference: Nexo<'MessageReference'>, header: MessageHeader): boolean {
  const keys = ['MessageCategory', 'ServiceID', 'DeviceID', 'SaleID', 'POIID'] as const;
  return keys.every((key) => reference[key] === undefined || reference[key] === header[key]);
}
