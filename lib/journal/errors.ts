import { NexoError } from '../protocol/errors.ts';

/**
 * What a journal can be wrong with.
 * `journal_locked`: another program, or another part of this one, has the file open.
 * `journal_corrupt`: the file is damaged; one found so at opening was set aside, and opening again starts a new one.
 * `journal_foreign`: the file is not a journal, or a newer version's; it was not touched.
 * `journal_full`: no room left. `journal_readonly`: no permission to write. Both end by themselves when the cause does.
 * `journal_failed`: anything else that kept the journal from writing or reading. `journal_closed`: used after close().
 */
export type JournalErrorCode =
  | 'journal_locked'
  | 'journal_corrupt'
  | 'journal_foreign'
  | 'journal_full'
  | 'journal_readonly'
  | 'journal_failed'
  | 'journal_closed';

/** A failure as it travels between threads, where classes do not survive. */
export interface JournalFault {
  code: JournalErrorCode;
  message: string;
}

/** The journal did not, or cannot, do what it was asked. Nothing of the failed operation was kept. */
export class JournalError extends NexoError {
  declare readonly code: JournalErrorCode;

  constructor(code: JournalErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(code, message, options);
    this.name = 'JournalError';
  }
}

/** The error of every call after close(). */
export function closedError(): JournalError {
  return new JournalError('journal_closed', 'The journal was closed: open it again before using it.');
}

/** The row cannot be stored as it is: `reason` says why. The journal itself is fine. */
export function rowError(transactionId: string, reason: string, cause?: unknown): JournalError {
  return new JournalError(
    'journal_failed',
    `Transaction ${transactionId} cannot be written to the journal: ${reason}. Correct the transaction.`,
    { cause },
  );
}

/** ServiceIDs were asked for a terminal that open() was never called for. */
export function unknownTerminal(terminal: string): JournalFault {
  return { code: 'journal_failed', message: `The journal does not know terminal ${terminal}: open it first.` };
}
