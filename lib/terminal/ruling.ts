import type { Journal } from '../journal/journal.ts';
import { NexoError } from '../protocol/errors.ts';
import { notUnresolvedError } from '../session/failures.ts';
import { transactionIdOf } from '../session/order.ts';
import type { Outcome, TransactionRecord } from '../session/record.ts';
import { notHere } from './refusals.ts';
import type { Terminal } from './terminal.ts';

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

/**
 * Ends an unresolved transaction by the word of a person. Its own node tells the outcome; evidence is still listened for.
 * @returns its record
 * @throws NexoError by rejection: `unknown_transaction`, `transaction_elsewhere`, `not_unresolved`, `invalid_ruling`
 */
export async function rule(
  terminal: Terminal,
  journal: Journal<TransactionRecord>,
  { transactionId, outcome, ...who }: RulingRequest,
): Promise<TransactionRecord | undefined> {
  const record = await journal.find(transactionId);
  if (record?.terminal !== terminal.config.terminal) throw notHere(transactionId, record);
  if (record.state === 'closed' || record.state === 'ruled') throw notUnresolvedError(transactionId);
  await terminal.ask({ type: 'rule', transactionId, outcome: ruled(record, outcome), ...who });
  return journal.find(transactionId);
}

/** The outcome in the words of the record: a payment's, or, of one that was to be taken back, whether it was. */
function ruled({ reversal, transactionId }: TransactionRecord, outcome: RulingRequest['outcome']): Outcome {
  if (reversal === undefined && outcome !== 'reversed') return outcome;
  if (reversal !== undefined && outcome !== 'declined') return outcome === 'reversed' ? outcome : reversal.before;
  const words = reversal ? 'its reversal: rule "reversed" or "approved"' : 'a payment: rule "approved" or "declined"';
  throw new NexoError('invalid_ruling', `What is unresolved about transaction "${transactionId}" is ${words}.`, {
    path: 'payload.ruling.outcome',
  });
}
