import type { JournalFault } from '../errors.ts';

/** SQLite's primary result codes that the journal distinguishes (https://sqlite.org/rescode.html). */
const SQLITE = {
  PERM: 3,
  BUSY: 5,
  LOCKED: 6,
  READONLY: 8,
  CORRUPT: 11,
  FULL: 13,
  TOOBIG: 18,
  CONSTRAINT: 19,
  MISMATCH: 20,
  NOTADB: 26,
};

const BY_RESULT = new Map([
  [SQLITE.PERM, readonly],
  [SQLITE.BUSY, locked],
  [SQLITE.LOCKED, locked],
  [SQLITE.READONLY, readonly],
  [SQLITE.CORRUPT, damaged],
  [SQLITE.FULL, full],
  [SQLITE.NOTADB, damaged],
]);

const BY_SYSTEM_CODE = new Map([
  ['EACCES', readonly],
  ['EPERM', readonly],
  ['EROFS', readonly],
  ['ENOSPC', full],
  ['EDQUOT', full],
]);

/** A failure with a known cause: thrown inside the worker, sent to the main thread unchanged. */
export class FaultError extends Error {
  readonly fault: JournalFault;

  constructor(fault: JournalFault) {
    super(fault.message);
    this.fault = fault;
  }
}

/** The file was damaged, and renamed. */
export class SetAsideError extends FaultError {
  readonly aside: string;

  constructor(file: string, aside: string, detail: string) {
    super(setAside(file, aside, detail));
    this.aside = aside;
  }
}

/** Turns an error of SQLite or of the file system into a fault of the journal in `file`. */
export function faultOf(error: unknown, file: string): JournalFault {
  if (error instanceof FaultError) return error.fault;
  const known = BY_RESULT.get(resultOf(error) ?? 0) ?? BY_SYSTEM_CODE.get(systemCodeOf(error) ?? '');
  return known ? known(file) : failed(file, error instanceof Error ? error.message : String(error));
}

/** The statement failed because of its own values: the others of its commit are kept. */
export function failsAlone(error: unknown): boolean {
  if (error instanceof FaultError) return true;
  const result = resultOf(error);
  return result === SQLITE.CONSTRAINT || result === SQLITE.TOOBIG || result === SQLITE.MISMATCH;
}

/**
 * A failed commit may be on the disk. Not where there was no room or no permission: then its last frame was never written,
 * and it does not count without that.
 */
export function mayBeWritten(error: unknown): boolean {
  const result = resultOf(error);
  return result !== SQLITE.FULL && result !== SQLITE.READONLY && result !== SQLITE.BUSY;
}

/** The file's content is damaged, according to the error. */
export function reportsDamage(error: unknown): boolean {
  const result = resultOf(error);
  return result === SQLITE.CORRUPT || result === SQLITE.NOTADB;
}

function setAside(file: string, aside: string, detail: string): JournalFault {
  return {
    code: 'journal_corrupt',
    message:
      `The journal ${file} is damaged (${detail}). It was kept as ${aside}. Look there for payments that were still ` +
      'open, compare them with the terminal, then start again: a new journal begins.',
  };
}

/** The file was deleted, moved or replaced while it was open. */
export function lost(file: string): JournalFault {
  return {
    code: 'journal_lost',
    message: `The journal ${file} was deleted, moved or replaced while it was in use: nothing more is written to it. Put the file and its -wal file back, then restart the flows.`,
  };
}

/** The file is not a journal. */
export function foreign(file: string, what: string): JournalFault {
  return {
    code: 'journal_foreign',
    message: `${file} ${what}. It was not touched: choose another file for the journal, or move this one away.`,
  };
}

/** The file was written by a later version of this package. */
export function newer(file: string): JournalFault {
  return {
    code: 'journal_foreign',
    message: `The journal ${file} was written by a newer version of this package. Install that version again, or choose another file.`,
  };
}

/** Another process, or another part of this one, has the file open. */
export function locked(file: string): JournalFault {
  return {
    code: 'journal_locked',
    message: `The journal ${file} is in use by another program, perhaps a second Node-RED. Stop that one, or choose another file for this one.`,
  };
}

/** A failure without a code of its own. */
export function failed(file: string, detail: string): JournalFault {
  return {
    code: 'journal_failed',
    message: `The journal ${file} does not work: ${detail}. Check the disk and the file's path, then restart the flows.`,
  };
}

function full(file: string): JournalFault {
  return {
    code: 'journal_full',
    message: `The journal ${file} cannot grow: the disk is full. Free some space; payments are possible again as soon as there is.`,
  };
}

function readonly(file: string): JournalFault {
  return {
    code: 'journal_readonly',
    message: `The journal ${file} cannot be written. Give Node-RED's user write permission to the file and its folder, see that the disk is not read-only, or choose another file.`,
  };
}

function damaged(file: string): JournalFault {
  return {
    code: 'journal_corrupt',
    message: `The journal ${file} is damaged. Restart the flows: the file is then checked, and renamed if it cannot be used.`,
  };
}

/** The primary result code of an SQLite error: the low byte of the extended one. */
function resultOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  return error.errcode & 0xff;
}

function systemCodeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
