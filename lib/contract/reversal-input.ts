/** What flows say about a payment after it was approved: whether its goods came out, or that it is to be taken back. */
import { NexoError } from '../protocol/errors.ts';
import type { ReversalRecord } from '../session/record.ts';
import { transactionIdOf } from './payment-input.ts';

export interface Fulfilment {
  transactionId: string;
  delivered: boolean;
}

/** Which transaction is to be taken back; with neither, the last one. */
export interface ReversalQuery {
  transactionId?: string;
  poiTransaction?: { id: string; timestamp?: string };
}

interface Incoming {
  payload?: unknown;
  nexo?: unknown;
}

/**
 * Reads whether the goods came out: `true`, `false` or `{ transactionId?, delivered }` in the payload. Which payment it is
 * says the payload, or else `msg.nexo.transactionId`, which comes with a payment's result.
 *
 * @throws NexoError `invalid_delivered`, `no_transaction_id`, `invalid_transaction_id`, with the field's path
 */
export function parseFulfilment({ payload, nexo }: Incoming): Fulfilment {
  const fields = fieldsOf(payload);
  const delivered = fields === undefined ? payload : fields.delivered;
  if (typeof delivered !== 'boolean') {
    throw new NexoError(
      'invalid_delivered',
      'Send msg.payload = true when the goods came out, false when they did not, or { transactionId, delivered }.',
      { path: fields === undefined ? 'payload' : 'payload.delivered' },
    );
  }
  const transactionId = idIn(fields) ?? idAlong(nexo);
  if (transactionId === undefined) {
    throw new NexoError(
      'no_transaction_id',
      'Which payment this is about is missing: keep the msg that came out of the payment node, or send { transactionId, delivered }.',
      { path: 'payload.transactionId' },
    );
  }
  return { transactionId, delivered };
}

/**
 * Reads which payment is to be taken back: its payload as it came out, `{ transactionId }` or its text alone,
 * `{ poiTransaction }`, or nothing for the last one. Anything else is refused: it might mean another payment.
 *
 * @throws NexoError `invalid_payload`, `invalid_transaction_id`, with the field's path
 */
export function parseReversal({ payload, nexo }: Incoming): ReversalQuery {
  if (typeof payload === 'string' && payload !== '') return { transactionId: transactionIdOf(payload, 'payload') };
  const fields = fieldsOf(payload);
  const transactionId = idIn(fields);
  if (transactionId !== undefined) return { transactionId };
  const poi = fieldsOf(fields?.poiTransaction);
  if (typeof poi?.id === 'string' && poi.id !== '') {
    return { poiTransaction: { id: poi.id, ...(typeof poi.timestamp === 'string' && { timestamp: poi.timestamp }) } };
  }
  const nothing = payload === undefined || payload === null || payload === '';
  if (!nothing && (fields === undefined || Object.keys(fields).some((name) => name !== 'reason'))) {
    throw new NexoError(
      'invalid_payload',
      'Send a payment’s payload as it came out, { transactionId } or { poiTransaction }; or no payload at all, for the last one.',
      { path: 'payload' },
    );
  }
  const along = idAlong(nexo);
  return along === undefined ? {} : { transactionId: along };
}

/** Why it is taken back: `payload.reason`, or else what the node is set to. @throws NexoError `invalid_reason` */
export function parseReason(payload: unknown, fallback: ReversalRecord['reason']): ReversalRecord['reason'] {
  const value = fieldsOf(payload)?.reason;
  if (value === undefined || value === null || value === '') return fallback;
  if (value === 'MerchantCancel' || value === 'Malfunction') return value;
  throw new NexoError('invalid_reason', 'The reason of a reversal is "MerchantCancel" or "Malfunction".', {
    path: 'payload.reason',
  });
}

function fieldsOf(value: unknown): Record<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return value as Record<string, unknown>;
}

function idIn(fields: Record<string, unknown> | undefined): string | undefined {
  const id = fields?.transactionId;
  return id === undefined || id === null || id === '' ? undefined : transactionIdOf(id);
}

function idAlong(nexo: unknown): string | undefined {
  const id = fieldsOf(nexo)?.transactionId;
  return typeof id === 'string' && id !== '' ? id : undefined;
}
