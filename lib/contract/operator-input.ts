import type { Operator } from '../session/requests/request-data.ts';
import { fieldsOf, textOf } from './fields.ts';

const NAME = /^[\x20-\x7e]{1,32}$/;

/**
 * Who works at the till, from a login's payload: `{ operatorId?, shiftNumber? }`, which the terminal's reports show.
 * Undefined where the payload has neither.
 *
 * @throws NexoError `invalid_operator`, with the field's path
 */
export function operatorIn(payload: unknown): Operator | undefined {
  const { operatorId, shiftNumber } = fieldsOf(payload);
  const id = nameOf(operatorId, 'operatorId');
  const shift = nameOf(shiftNumber, 'shiftNumber');
  if (id === undefined && shift === undefined) return undefined;
  return { ...(id !== undefined && { id }), ...(shift !== undefined && { shift }) };
}

/** Whether the terminal may update itself after a logout: the payload's `maintenanceAllowed`, or else the node's setting. */
export function maintenanceAllowedIn(payload: unknown, fallback: boolean): boolean {
  const { maintenanceAllowed } = fieldsOf(payload);
  return typeof maintenanceAllowed === 'boolean' ? maintenanceAllowed : fallback;
}

function nameOf(value: unknown, name: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  const field = { code: 'invalid_operator', path: `payload.${name}` } as const;
  return textOf(value, NAME, field, `${name} must be 1 to 32 printable ASCII characters.`);
}
