import type { RulingRequest } from '../contract/ruling-input.ts';
import type { Journal } from '../journal/journal.ts';
import { NexoError } from '../protocol/errors.ts';
import { notUnresolvedError } from '../session/errors.ts';
import type { Outcome, TransactionRecord } from '../session/record.ts';
import { notHere } from './explain-refusal.ts';
import type { Terminal } from './terminal.ts';

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
