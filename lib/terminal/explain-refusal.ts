import { NexoError } from '../protocol/errors.ts';
import { notReversibleError } from '../session/errors.ts';
import type { TransactionRecord } from '../session/record.ts';
import type { Terminal } from './terminal.ts';

const path = 'payload.transactionId';

/** The transaction is not one of this terminal's. */
export function foreignTransactionError(transactionId: string, record: TransactionRecord | undefined): NexoError {
  if (record === undefined) {
    return new NexoError(
      'unknown_transaction',
      `The journal knows no transaction "${transactionId}": check the id. Nothing was changed.`,
      { path },
    );
  }
  return new NexoError(
    'transaction_elsewhere',
    `Transaction "${transactionId}" belongs to terminal ${record.terminal}: use a node that is set to that one. Nothing was changed.`,
    { path },
  );
}

/**
 * Adds what the journal knows to the error of a session, which only knows the transactions in progress. Never rejects.
 * @returns the error to report
 */
export async function explainRefusal(terminal: Terminal, error: NexoError, transactionId?: string): Promise<NexoError> {
  if (error.code === 'not_last' && transactionId === undefined) return noTransactionError();
  if (transactionId === undefined || !(error.code in EXPLANATIONS)) return error;
  let record: TransactionRecord | undefined;
  try {
    record = await (await terminal.journal()).find(transactionId);
  } catch {
    return error;
  }
  if (record?.terminal !== terminal.config.terminal) return foreignTransactionError(transactionId, record);
  return EXPLANATIONS[error.code]?.(record) ?? error;
}

/** By the session's error code. */
const EXPLANATIONS: Record<string, (record: TransactionRecord) => NexoError | undefined> = {
  not_awaiting: fulfilmentError,
  not_last: reversalError,
  not_reversible: reversalError,
};

function fulfilmentError({ transactionId, state, outcome, fulfilled }: TransactionRecord): NexoError {
  if (state !== 'closed' && state !== 'ruled') {
    const text = 'is still in progress: wait for its approval, then confirm whether the goods came out';
    return new NexoError('not_awaiting', `Transaction "${transactionId}" ${text}. Nothing was changed.`, { path });
  }
  const end = fulfilled ? 'its goods were confirmed before' : `it ended as ${outcome}`;
  const advice =
    fulfilled || outcome !== 'approved'
      ? ''
      : ' It did not wait for goods: set its payment node to, or use a reversal node.';
  return new NexoError(
    'already_closed',
    `Transaction "${transactionId}" is closed already: ${end}. Nothing was changed.${advice}`,
    { path },
  );
}

function reversalError(record: TransactionRecord): NexoError | undefined {
  const { transactionId, state, outcome } = record;
  if (state !== 'closed' && state !== 'ruled') {
    const text = 'is still in progress: wait for its certain outcome';
    return new NexoError('still_open', `Transaction "${transactionId}" ${text}. Nothing was changed.`, { path });
  }
  return outcome === 'approved' || outcome === 'partial' ? undefined : notReversibleError(record);
}

function noTransactionError(): NexoError {
  return new NexoError('unknown_transaction', 'This terminal has no transaction yet that could be reversed.', { path });
}
