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
import { resultIn } from './result-input.ts';
import { hasEmptyId, namesNone, type Which } from './transaction-choice.ts';

export interface Fulfilment {
  transactionId: string;
  delivered: boolean;
}

/** Which transaction is to be reversed; with neither id, the terminal's last one. */
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
  // A fulfilment's result, or a row of a list, says what was; that is no decision to reverse.
  if (plain && delivered === false && resultIn(payload) && typeof payload.reversed === 'boolean') {
    throw new NexoError(
      'invalid_delivered',
      'msg.payload is the result of a fulfilment or reversal, or a row of a list: nothing was changed. To reverse the payment, send { transactionId, delivered: false }.',
      { path: 'payload.delivered' },
    );
  }
  if (typeof delivered !== 'boolean') {
    throw new NexoError(
      'invalid_delivered',
      'Send msg.payload = true when the goods came out, false when they did not, or { transactionId, delivered }.',
      { path: plain ? 'payload.delivered' : 'payload' },
    );
  }
  const emptyId = hasEmptyId(payload, ['transactionId']);
  const transactionId = transactionIdIn(payload) ?? (emptyId ? undefined : textIn(nexo, 'transactionId'));
  if (transactionId !== undefined) return { transactionId, delivered };
  throw noTransactionId(
    'The payment that this is about is missing: keep the msg that came out of the payment node, or send { transactionId, delivered }.',
  );
}

/**
 * Reads which payment is to be reversed: its payload as it came out, `{ transactionId }` or its text alone, or
 * `{ poiTransaction }`; without any of them, that of `msg.nexo.transactionId`, which comes with a payment's result. A message
 * that names none is refused: a look-up that failed must not reverse another customer's payment.
 *
 * @param which the node's setting; `last`: the terminal's last one, without a need to name it
 * @throws NexoError `invalid_payload`, `invalid_transaction_id`, with the field's path
 */
export function parseReversal({ payload, nexo }: IncomingMessage, which: Which = 'message'): ReversalQuery {
  if (typeof payload === 'string' && payload !== '' && which === 'message') {
    return { transactionId: transactionIdOf(payload, 'payload') };
  }
  const transactionId = transactionIdIn(payload);
  if (transactionId !== undefined) return { transactionId };
  const { id, timestamp } = fieldsOf(fieldsOf(payload).poiTransaction);
  if (typeof id === 'string' && id !== '') {
    return { poiTransaction: { id, ...(typeof timestamp === 'string' && { timestamp }) } };
  }
  if (which === 'last' && !hasEmptyId(payload, ['transactionId', 'poiTransaction'])) return {};
  const before = namesNothing(payload) ? textIn(nexo, 'transactionId') : undefined;
  if (before !== undefined) return { transactionId: before };
  throw namesNone(payload, 'a payment’s payload as it came out, { transactionId } or { poiTransaction }');
}

/** No payload, or at most a reason. */
function namesNothing(payload: unknown): boolean {
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
