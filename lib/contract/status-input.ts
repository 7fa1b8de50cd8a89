import { fieldsOf, invalid, isGiven, isPlain, transactionIdIn, transactionIdOf } from './fields.ts';
import { namesNone, type Which } from './transaction-choice.ts';

/** Which transaction a status is about; without either id, the terminal's last one. */
export interface StatusInput {
  transactionId?: string;
  serviceId?: string;
}

/**
 * Reads which transaction a status is about: `{ transactionId }`, `{ serviceId }` or the text of a transactionId. No payload,
 * a number (a timestamp) or `true` is a bare trigger, and means the last one. Anything else names none and is refused: a
 * look-up that failed must not give another customer's result.
 *
 * @param which the node's setting; `last`: whatever the message says
 * @throws NexoError `invalid_transaction_id`, `invalid_service_id`, `invalid_payload`, with the field's path
 */
export function parseStatusQuery(payload: unknown, which: Which = 'message'): StatusInput {
  if (which === 'last' || payload === undefined || payload === true || typeof payload === 'number') return {};
  if (typeof payload === 'string' && payload !== '') return { transactionId: transactionIdOf(payload, 'payload') };
  const transactionId = transactionIdIn(payload);
  if (transactionId !== undefined) return { transactionId };
  const { serviceId } = fieldsOf(payload);
  if (!isPlain(payload) || !isGiven(serviceId)) throw namesNone(payload, '{ transactionId } or { serviceId }');
  if (typeof serviceId === 'string' && serviceId.length <= 10) return { serviceId };
  const field = { code: 'invalid_service_id', path: 'payload.serviceId' } as const;
  throw invalid(field, 'serviceId must be text of at most 10 characters, as it came out of the payment node.');
}
