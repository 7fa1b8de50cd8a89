/** Makes `msg.nexo`: the messages that went to and from the terminal, as decoded, and the terminal. */
import { redact } from '../protocol/redact.ts';
import type { Message, SaleToPOIRequest, SaleToPOIResponse } from '../protocol/types.ts';
import { type NotificationPayload, notificationOf } from '../session/inbound/terminal-notification.ts';
import type { TransactionRecord } from '../session/record.ts';
import { type Identity, paymentRequest, reversalRequest } from '../session/requests/requests.ts';
import { fieldsOf } from './fields.ts';

/** A terminal as it stands in `msg.nexo.terminal`. `id` is its node's id, `name` its name in the editor. */
export interface TerminalReference {
  id: string;
  name: string;
  poiId: string;
  saleId: string;
}

/** `msg.nexo` of an exchange. */
export interface NexoExchange {
  request: Message | null;
  response: { SaleToPOIResponse: SaleToPOIResponse } | null;
  terminal: TerminalReference | null;
}

/** `msg.nexo` of any exchange; null for a message that was not sent or received. The flow gets copies it may change. */
export function nexoOfExchange(
  request: Message | undefined,
  response: SaleToPOIResponse | undefined,
  terminal: TerminalReference | null,
): NexoExchange {
  const own = terminal && { ...terminal };
  return { request: request ?? null, response: response ? { SaleToPOIResponse: response } : null, terminal: own };
}

/** `msg.nexo` of a payment: its messages without card secrets. */
export function nexoOf(
  identity: Identity,
  record: TransactionRecord,
  terminal: TerminalReference,
): NexoExchange & { transactionId: string } {
  const request = record.serviceId === '' ? undefined : paymentRequest(identity, record);
  return { ...nexoOfExchange(request, record.response, terminal), transactionId: record.transactionId };
}

/** `msg.nexo` of a fulfilment or a reversal: the messages of the reversal, if there was one. */
export function nexoOfReversal(
  identity: Identity,
  record: TransactionRecord,
  terminal: TerminalReference,
): NexoExchange & { transactionId: string } {
  const { reversal, transactionId } = record;
  const request = reversal?.serviceId ? reversalRequest(identity, record) : undefined;
  return { ...nexoOfExchange(request, reversal?.response, terminal), transactionId };
}

/**
 * `payload` and `nexo` of what a terminal shows, reports, prints or asks, without card secrets.
 * @param sent the terminal's message; undefined where there is none: `nexo.request` is null then
 */
export function notificationMessage(
  sent: SaleToPOIRequest | undefined,
  payload: NotificationPayload,
  terminal: TerminalReference,
  replyTo: string | undefined,
): { payload: NotificationPayload; nexo: object } {
  const request = sent === undefined ? null : redact({ SaleToPOIRequest: sent });
  const redacted = request && 'SaleToPOIRequest' in request ? notificationOf(request.SaleToPOIRequest) : undefined;
  const nexo = { request, terminal: { ...terminal }, ...(replyTo !== undefined && { replyTo }) };
  return { payload: redacted ?? payload, nexo };
}

/** `msg.nexo` as it was, with the settings of the receipt that was made. */
export function nexoWithReceipt(nexo: unknown, receipt: object): object {
  return { ...fieldsOf(nexo), receipt };
}
