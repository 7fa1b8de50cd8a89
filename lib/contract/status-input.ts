import { fieldsOf, invalid, isGiven, transactionIdIn } from './fields.ts';

/** Which transaction a status is about; without either id, the terminal's last one. */
export interface StatusInput {
  transactionId?: string;
  serviceId?: string;
}

/**
 * Reads `{ transactionId? }` or `{ serviceId? }` from `msg.payload`; any other payload means the last transaction.
 * @throws NexoError `invalid_transaction_id`, `invalid_service_id`, with the field's path
 */
export function parseStatusQuery(payload: unknown): StatusInput {
  const transactionId = transactionIdIn(payload);
  if (transactionId !== undefined) return { transactionId };
  const { serviceId } = fieldsOf(payload);
  if (!isGiven(serviceId)) return {};
  if (typeof serviceId === 'string' && serviceId.length <= 10) return { serviceId };
  const field = { code: 'invalid_service_id', path: 'payload.serviceId' } as const;
  throw invalid(field, 'serviceId must be text of at most 10 characters, as it came out of the payment node.');
}
