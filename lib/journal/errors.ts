import { NexoError } from '../protocol/errors.ts';

/**
 * Why a journal cannot be used.
 * `journal_locked`: another program, or another part of this one, has the file open.
 * `journal_corrupt`: the file is damaged; one found damaged at opening was renamed, and the next opening starts a new one.
 * `journal_foreign`: the file is not a journal, or a newer version's; it was not changed.
 * `journal_lost`: it began anew, or is not the one that was there before, and a person has to acknowledge that; or it was
 * deleted or replaced while it was in use.
 * `journal_full`: no room left. `journal_readonly`: no permission to write. Both end with their cause.
 * `journal_stale`: the terminal was opened again since; only the newest handle writes for it.
 * `journal_failed`: any other failure to write or read. `journal_closed`: used after close().
 */
export type JournalErrorCode =
  | 'journal_locked'
  | 'journal_corrupt'
  | 'journal_foreign'
  | 'journal_lost'
  | 'journal_full'
  | 'journal_readonly'
  | 'journal_stale'
  | 'journal_failed'
  | 'journal_closed';

/** A failure as it travels between threads, where classes do not survive. */
export interface JournalFault {
  code: JournalErrorCode;
  message: string;
  /** The operation may have been carried out: its confirmation is missing. */
  doubtful?: boolean;
}

/** The journal did not, or cannot, carry out an operation. Nothing of it was kept, unless it is `doubtful`. */
export class JournalError extends NexoError {
  declare readonly code: JournalErrorCode;
  /** The write may be found at the next start: the disk failed after it took it, or the worker stopped. */
  readonly doubtful: boolean;

  constructor(code: JournalErrorCode, message: string, options: { cause?: unknown; doubtful?: boolean } = {}) {
    super(code, message, options);
    this.name = 'JournalError';
    this.doubtful = options.doubtful === true;
  }
}

/** The error of every call after close(). */
export function closedError(): JournalError {
  return new JournalError('journal_closed', 'The journal was closed: open it again before using it.');
}

/** The row cannot be stored as it is: `reason` says why. The journal itself works. */
export function rowError(transactionId: string, reason: string, cause?: unknown): JournalError {
  return new JournalError(
    'journal_failed',
    `Transaction ${transactionId} cannot be written to the journal: ${reason}. Correct the transaction.`,
    { cause },
  );
}

/** A write through a handle of an earlier epoch. */
export function staleHandle(terminal: string): JournalFault {
  return {
    code: 'journal_stale',
    message: `Terminal ${terminal} was opened again in this journal, so nothing was written for its earlier session. Use the terminal from one place only: look for a second Node-RED that has it, stop one of them, then restart the flows of the other.`,
  };
}
