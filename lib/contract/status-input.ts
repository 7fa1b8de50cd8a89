import { NexoError } from '../protocol/errors.ts';
import { transactionIdOf } from './payment-input.ts';

/** What a status is asked for: one transaction, or, without either, the terminal's last. */
export interface StatusInput {
  transactionId?: string;
  serviceId?: string;
}

/** Reads a query from `msg.payload`; anything but an object with one of the two means the last transaction. */
export function parseStatusQuery(payload: unknown): StatusInput {
  if (typeof payload !== 'object' || payload === null) return {};
  const { transactionId, serviceId } = payload as Record<string, unknown>;
  if (transactionId !== undefined && transactionId !== null && transactionId !== '') {
    return { transactionId: transactionIdOf(transactionId) };
  }
  if (serviceId === undefined || serviceId === null || serviceId === '') return {};
  if (typeof serviceId === 'string' && serviceId.length <= 10) return { serviceId };
  throw new NexoError('invalid_service_id', 'serviceId must be text of at most 10 characters, as it came out.', {
    path: 'payload.serviceId',
  });
}
