/** Reads what flows decide about an approved payment: whether its goods came out, or that it is to be reversed. */
import { NexoError } from '../protocol/errors.ts';
import type { ReversalRecord } from '../session/record.ts';
import {
  fieldsOf,
  type IncomingMessage,
  isGiven,
  isPlain,
  noTransactionId,
  textIn,
  transactionIdIn,
  transactionIdOf,
} from './fields.ts';

export interface Fulfilment {
  transactionId: string;
  delivered: boolean;
}

/** Which transaction is to be reversed; with neither id, the last one. */
export interface ReversalQuery {
  transactionId?: string;
  poiTransaction?: { id: string; timestamp?: string };
}

/**
 * Reads whether the goods came out: `true`, `false` or `{ transactionId?, delivered }` in the payload. The payment is the
 * payload's, or else that of `msg.nexo.transactionId`, which comes with a payment's result.
 *
 * @throws NexoError `invalid_delivered`, `no_transaction_id`, `invalid_transaction_id`, with the field's path
 */
export function parseFulfilment({ payload, nexo }: IncomingMessage): Fulfilment {
  const plain = isPlain(payload);
  const delivered = plain ? payload.delivered : payload;
  if (typeof delivered !== 'boolean') {
    throw new NexoError(
      'invalid_delivered',
      'Send msg.payload = true when the goods came out, false when they did not, or { transactionId, delivered }.',
      { path: plain ? 'payload.delivered' : 'payload' },
    );
  }
  const transactionId = transactionIdIn(payload) ?? textIn(nexo, 'transactionId');
  if (transactionId !== undefined) return { transactionId, delivered };
  throw noTransactionId(
    'The payment that this is about is missing: keep the msg that came out of the payment node, or send { transactionId, delivered }.',
  );
}

/**
 * Reads which payment is to be reversed: its payload as it came out, `{ transactionId }` or its text alone,
 * `{ poiTransaction }`, or nothing for the last one. Anything else is refused: it might mean another payment.
 *
 * @throws NexoError `invalid_payload`, `invalid_transaction_id`, with the field's path
 */
export function parseReversal({ payload, nexo }: IncomingMessage): ReversalQuery {
  if (typeof payload === 'string' && payload !== '') return { transactionId: transactionIdOf(payload, 'payload') };
  const transactionId = transactionIdIn(payload);
  if (transactionId !== undefined) return { transactionId };
  const { id, timestamp } = fieldsOf(fieldsOf(payload).poiTransaction);
  if (typeof id === 'string' && id !== '') {
    return { poiTransaction: { id, ...(typeof timestamp === 'string' && { timestamp }) } };
  }
  if (!meansTheLast(payload)) {
    throw new NexoError(
      'invalid_payload',
      'Send a payment’s payload as it came out, { transactionId } or { poiTransaction }; or no payload at all, for the last one.',
      { path: 'payload' },
    );
  }
  const before = textIn(nexo, 'transactionId');
  return before === undefined ? {} : { transactionId: before };
}

/** No payload, or at most a reason. */
function meansTheLast(payload: unknown): boolean {
  if (!isGiven(payload)) return true;
  return isPlain(payload) && Object.keys(payload).every((name) => name === 'reason');
}

/** Why it is reversed: `payload.reason`, or else the node's setting. @throws NexoError `invalid_reason` */
export function parseReason(payload: unknown, fallback: ReversalRecord['reason']): ReversalRecord['reason'] {
  const { reason } = fieldsOf(payload);
  if (!isGiven(reason)) return fallback;
  if (reason === 'MerchantCancel' || reason === 'Malfunction') return reason;
  throw new NexoError('invalid_reason', 'The reason of a reversal must be "MerchantCancel" or "Malfunction".', {
    path: 'payload.reason',
  });
}
