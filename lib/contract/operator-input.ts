import { NexoError } from '../protocol/errors.ts';
import type { Operator } from '../session/events.ts';

const NAME = /^[\x20-\x7e]{1,32}$/;

/**
 * Who works at the till, from a login's payload: `{ operatorId?, shiftNumber? }`, which the terminal's reports show. Any
 * other payload says nothing of it.
 *
 * @throws NexoError `invalid_operator`, with the field's path
 */
export function operatorIn(payload: unknown): Operator | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined;
  const { operatorId, shiftNumber } = payload as Record<string, unknown>;
  const id = textOf(operatorId, 'operatorId');
  const shift = textOf(shiftNumber, 'shiftNumber');
  if (id === undefined && shift === undefined) return undefined;
  return { ...(id !== undefined && { id }), ...(shift !== undefined && { shift }) };
}

function textOf(value: unknown, name: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  const text = Number.isSafeInteger(value) ? String(value) : value;
  if (typeof text === 'string' && NAME.test(text)) return text;
  throw new NexoError('invalid_operator', `${name} must be 1 to 32 printable ASCII characters.`, {
    path: `payload.${name}`,
  });
}
