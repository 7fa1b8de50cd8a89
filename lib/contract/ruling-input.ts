import { NexoError } from '../protocol/errors.ts';
import { isPlain, transactionIdOf } from './fields.ts';

/** The decision of a named person about an unresolved transaction. */
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

/**
 * Reads a ruling.
 * @param path where it stands in the message
 * @throws NexoError `invalid_ruling`, `no_operator`, `invalid_transaction_id`, with the field's path
 */
export function parseRuling(value: unknown, path: string): RulingRequest {
  const wrong = (message: string, at = path) => new NexoError('invalid_ruling', message, { path: at });
  if (!isPlain(value)) {
    throw wrong('A ruling is an object: { transactionId, outcome: "approved" or "declined", by: "your name", note }.');
  }
  const { outcome, note } = value;
  const transactionId = transactionIdOf(value.transactionId, `${path}.transactionId`);
  if (!OUTCOMES.has(outcome)) {
    throw wrong(
      'The outcome of a ruling is "approved" (the money moved) or "declined" (it did not); of a reversal "reversed" or "approved".',
      `${path}.outcome`,
    );
  }
  const by = personOf(value.by, `${path}.by`);
  if (note !== undefined && (typeof note !== 'string' || note.length > MAX_NOTE)) {
    throw wrong(`The note of a ruling is text of at most ${MAX_NOTE} characters.`, `${path}.note`);
  }
  const ruling = { transactionId, outcome: outcome as RulingRequest['outcome'], by };
  return typeof note === 'string' ? { ...ruling, note } : ruling;
}

/** Who acknowledges what a journal may have lost. */
export interface AcknowledgementRequest {
  by: string;
  note?: string;
}

/**
 * Reads an acknowledgement, `{ by, note? }`.
 * @param path where it stands in the message
 * @throws NexoError `invalid_acknowledgement`, `no_operator`, with the field's path
 */
export function parseAcknowledgement(value: unknown, path: string): AcknowledgementRequest {
  const code = 'invalid_acknowledgement';
  if (!isPlain(value))
    throw new NexoError(code, 'An acknowledgement is an object: { by: "your name", note }.', { path });
  const by = personOf(value.by, `${path}.by`);
  const { note } = value;
  if (note === undefined) return { by };
  if (typeof note === 'string' && note.length <= MAX_NOTE) return { by, note };
  throw new NexoError(code, `The note of an acknowledgement is text of at most ${MAX_NOTE} characters.`, {
    path: `${path}.note`,
  });
}

function personOf(value: unknown, path: string): string {
  const name = typeof value === 'string' ? value.trim() : '';
  if (name !== '' && name.length <= MAX_NAME) return name;
  throw new NexoError(
    'no_operator',
    `This is recorded under a name: send by, the name of the person who decides, in at most ${MAX_NAME} characters.`,
    { path },
  );
}
