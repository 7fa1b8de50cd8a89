import type { RulingRequest } from '../contract/ruling-input.ts';
import type { Journal } from '../journal/journal.ts';
import { NexoError } from '../protocol/errors.ts';
import { notUnresolvedError } from '../session/errors.ts';
import type { Outcome, TransactionRecord } from '../session/record.ts';
import { foreignTransactionError } from './explain-refusal.ts';
import type { Terminal } from './terminal.ts';

/**
 * Ends an unresolved transaction as a named person rules. Its own node reports the outcome; the terminal is still asked for
 * evidence.
 * @param name under which it was made: the terminal's own, or that of earlier settings
 * @returns the transaction's record
 * @throws NexoError by rejection: `unknown_transaction`, `transaction_elsewhere`, `not_unresolved`, `invalid_ruling`
 */
export async function rule(
  terminal: Terminal,
  journal: Journal<TransactionRecord>,
  { transactionId, outcome, ...who }: RulingRequest,
  name = terminal.config.terminal,
): Promise<TransactionRecord | undefined> {
  const record = await journal.find(transactionId);
  if (record?.terminal !== name) throw foreignTransactionError(transactionId, record);
  if (record.state === 'closed' || record.state === 'ruled') throw notUnresolvedError(transactionId);
  await terminal.ask({ type: 'rule', transactionId, outcome: ruledOutcome(record, outcome), ...who });
  return journal.find(transactionId);
}

/** The ruled outcome as the record keeps it: of a reversal, `reversed`, or the payment's outcome before it. */
export function ruledOutcome(
  { reversal, transactionId, state, outcome: held }: TransactionRecord,
  outcome: RulingRequest['outcome'],
): Outcome {
  if (state === 'held') return heldOutcome(transactionId, held, outcome);
  if (reversal === undefined && outcome !== 'reversed') return outcome;
  if (reversal !== undefined && outcome !== 'declined') return outcome === 'reversed' ? outcome : reversal.before;
  const words = reversal ? 'its reversal: rule "reversed" or "approved"' : 'a payment: rule "approved" or "declined"';
  throw new NexoError('invalid_ruling', `What is unresolved about transaction "${transactionId}" is ${words}.`, {
    path: 'payload.ruling.outcome',
  });
}

/** An approval that is held is certain: the payment stands, or a person has seen to it that the money went back. */
function heldOutcome(transactionId: string, held: Outcome | undefined, outcome: RulingRequest['outcome']): Outcome {
  if (outcome === 'approved') return held ?? outcome;
  if (outcome === 'reversed') return outcome;
  throw new NexoError(
    'invalid_ruling',
    `Transaction "${transactionId}" is approved, so it cannot be ruled declined: rule "approved" (it stands) or "reversed" (the money went back).`,
    { path: 'payload.ruling.outcome' },
  );
}
