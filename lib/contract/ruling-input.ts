import { NexoError } from '../protocol/errors.ts';
import { transactionIdOf } from './payment-input.ts';

/** What a named person says about an unresolved transaction. */
export interface RulingRequest {
  transactionId: string;
  /** Of a payment: `approved` or `declined`. Of one whose reversal is unresolved: `approved` (it stands) or `reversed`. */
  outcome: 'approved' | 'declined' | 'reversed';
  by: string;
  note?: string;
}

const OUTCOMES: ReadonlySet<unknown> = new Set(['approved', 'declined', 'reversed']);
const MAX_NAME = 100;
const MAX_NOTE = 1000;

/** Reads a ruling. @throws NexoError `invalid_ruling`, `no_operator`, `invalid_transaction_id`, with the field's path */
export function parseRuling(value: unknown, path: string): RulingRequest {
  if (typeof value !== 'object' || value === null) {
    throw new NexoError(
      'invalid_ruling',
      'A ruling is an object: { transactionId, outcome: "approved" or "declined", by: "your name", note }.',
      { path },
    );
  }
  const { transactionId, outcome, by, note } = value as Record<string, unknown>;
  const id = transactionIdOf(transactionId, `${path}.transactionId`);
  if (!OUTCOMES.has(outcome)) {
    throw new NexoError(
      'invalid_ruling',
      'The outcome of a ruling is "approved" (the money moved) or "declined" (it did not); of a reversal "reversed" or "approved".',
      { path: `${path}.outcome` },
    );
  }
  const name = typeof by === 'string' ? by.trim() : '';
  if (name === '' || name.length > MAX_NAME) {
    throw new NexoError(
      'no_operator',
      `A ruling is recorded under a name: send by, the name of the person who decides, in at most ${MAX_NAME} characters.`,
      { path: `${path}.by` },
    );
  }
  if (note !== undefined && (typeof note !== 'string' || note.length > MAX_NOTE)) {
    throw new NexoError('invalid_ruling', `The note of a ruling is text of at most ${MAX_NOTE} characters.`, {
      path: `${path}.note`,
    });
  }
  const ruling = { transactionId: id, outcome: outcome as RulingRequest['outcome'], by: name };
  return typeof note === 'string' ? { ...ruling, note } : ruling;
}
