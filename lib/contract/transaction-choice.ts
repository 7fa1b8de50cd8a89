/** Which transaction a status or reversal node is about, by its setting. */
import { NexoError } from '../protocol/errors.ts';
import { fieldsOf, isGiven, isPlain, typeNameOf } from './fields.ts';

/** `message`: the one that the message names. `last`: the terminal's last one. */
export const WHICH = ['message', 'last'] as const;
export type Which = (typeof WHICH)[number];

/** True where a payload has a field for an id, and nothing in it: a look-up that failed, which must not mean another one. */
export function hasEmptyId(payload: unknown, names: readonly string[]): boolean {
  const fields = fieldsOf(payload);
  return names.some((name) => Object.hasOwn(fields, name) && !isGiven(fields[name]));
}

/** The error for a message that names no transaction, in a node that needs one. */
export function namesNone(payload: unknown, wanted: string): NexoError {
  const what = isPlain(payload) ? 'names no transaction' : `is ${typeNameOf(payload)}, which names no transaction`;
  return new NexoError(
    'invalid_payload',
    `msg.payload ${what}: nothing was done. Send ${wanted}; or, for the terminal’s last transaction, set Transaction in this node to the last one.`,
    { path: 'payload' },
  );
}
