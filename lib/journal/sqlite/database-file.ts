import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { APPLICATION_ID, MIGRATIONS, migrate, versionOf } from './database-schema.ts';
import { loadSqlite } from './node-sqlite.ts';
import { FaultError, foreign, newer, saysDamaged, setAside } from './sqlite-faults.ts';
import { problemOfLog } from './wal.ts';

const MAGIC = 'SQLite format 3\0';
const HEADER_BYTES = 100;
/** What SQLite keeps beside a database: the write-ahead log, and the rollback journal of the file's creation. */
const SIDE_FILES = ['-wal', '-journal'];

/**
 * Opens the journal's database for this process alone, durable at every commit, checked and up to date; creates it where
 * there is none. A file that is not a journal is left as it is; a damaged one is renamed. Both, like any other reason
 * not to open, are thrown (faultOf tells which).
 */
export function openDatabase(file: string, pragmas: readonly string[] = []): DatabaseSync {
  createFolder(dirname(file));
  const problem = problemOfHeader(file);
  if (problem) throw moveAside(file, problem);
  createFile(file);
  const database = new (loadSqlite().DatabaseSync)(file);
  try {
    takeOver(database, file);
    for (const pragma of pragmas) database.exec(`PRAGMA ${pragma}`);
  } catch (error) {
    throw giveUp(database, file, error);
  }
  syncFolder(dirname(file));
  return database;
}

/** Takes the file's lock, checks what is in it and brings it up to date. */
function takeOver(database: DatabaseSync, file: string): void {
  // fullfsync: macOS does not reach the disk without it; elsewhere it changes nothing.
  database.exec(`PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = FULL;
    PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON; BEGIN EXCLUSIVE`);
  checkLog(`${file}-wal`);
  if (!isEmpty(database)) check(database, file);
  migrate(database);
  database.exec('COMMIT');
  // After the commit, so that the file's own header, not only its log, says whose it is.
  const mode = database.prepare('PRAGMA journal_mode = WAL').get()?.journal_mode;
  if (mode !== 'wal') throw new Error(`SQLite cannot keep a write-ahead log there (${mode})`);
  database.exec('PRAGMA journal_size_limit = 4194304');
}

/** Only once the file is ours alone, for its log is read as it stands; and before anything is written to it. */
function checkLog(log: string): void {
  const problem = existsSync(log) ? problemOfLog(readFileSync(log)) : undefined;
  if (problem) throw new DamagedError(problem);
}

function check(database: DatabaseSync, file: string): void {
  const id = database.prepare('PRAGMA application_id').get()?.application_id;
  if (id !== APPLICATION_ID) throw new FaultError(foreign(file, 'is a database of another program'));
  if (versionOf(database) > MIGRATIONS.length) throw new FaultError(newer(file));
  const result = database.prepare('PRAGMA quick_check(1)').get()?.quick_check;
  if (result !== 'ok') throw new DamagedError(String(result).replaceAll('\n', ' '));
}

function isEmpty(database: DatabaseSync): boolean {
  return database.prepare('SELECT 1 FROM sqlite_schema').get() === undefined && versionOf(database) === 0;
}

/** The integrity check found something. */
class DamagedError extends Error {}

/** Closes what was opened; what is damaged goes aside. */
function giveUp(database: DatabaseSync, file: string, error: unknown): unknown {
  const damaged = error instanceof DamagedError || saysDamaged(error);
  // A log that is renamed before the database is closed is kept whole; Windows does not rename open files.
  if (!damaged || process.platform === 'win32') closeQuietly(database);
  const thrown = damaged ? moveAside(file, String((error as Error).message)) : error;
  if (database.isOpen) closeQuietly(database);
  return thrown;
}

function closeQuietly(database: DatabaseSync): void {
  try {
    database.close();
  } catch {
    // Why it could not be opened is what the user has to know.
  }
}

/** Renames the database and what SQLite keeps beside it; returns the error that says so. */
function moveAside(file: string, detail: string): FaultError {
  const time = new Date().toISOString().replaceAll(':', '').replace('.', '');
  let aside = `${file}.damaged-${time}`;
  for (let n = 2; existsSync(aside); n++) aside = `${file}.damaged-${time}-${n}`;
  for (const suffix of ['', ...SIDE_FILES]) if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix);
  syncFolder(dirname(file));
  return new FaultError(setAside(file, aside, detail));
}

/**
 * What is wrong with the file before SQLite sees it, who would recover, truncate or delete things in it: throws if it is
 * foreign, returns what is damaged, or undefined.
 */
function problemOfHeader(file: string): string | undefined {
  const header = readHeader(file);
  if (sizeOf(`${file}-journal`) > 0) return undefined; // its creation was interrupted: SQLite undoes that
  if (header.length === 0) return sizeOf(`${file}-wal`) > 0 ? 'its log is there, the file itself is empty' : undefined;
  if (header.every((byte) => byte === 0)) return 'its first bytes are lost';
  if (header.length < HEADER_BYTES || header.toString('latin1', 0, MAGIC.length) !== MAGIC)
    throw new FaultError(foreign(file, 'is not a journal'));
  if (header.readUInt32BE(68) !== APPLICATION_ID)
    throw new FaultError(foreign(file, 'is a database of another program'));
  return undefined;
}

/**
 * The first bytes of the file; none where there is no file. Closing a file drops every POSIX lock that the process holds
 * on it: only call it while no thread of the process has it open as a database (connection.ts sees to that).
 */
function readHeader(file: string): Buffer {
  if (sizeOf(file) === 0) return Buffer.alloc(0);
  const descriptor = openSync(file, 'r');
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    return header.subarray(0, readSync(descriptor, header, 0, HEADER_BYTES, 0));
  } finally {
    closeSync(descriptor);
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** Makes the folder, and makes its name durable: a power cut could otherwise take the journal with the folder. */
function createFolder(folder: string): void {
  const first = mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  const top = dirname(first);
  for (let made = dirname(folder); made.length >= top.length; made = dirname(made)) {
    syncFolder(made);
    if (made === dirname(made)) return;
  }
}

/**
 * Creates an empty file, where there is none, that only its owner may read: rows hold card tokens. Of one that cannot be
 * written SQLite would only say that the disk fails.
 */
function createFile(file: string): void {
  if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600));
  accessSync(file, constants.W_OK);
}

function syncFolder(folder: string): void {
  if (process.platform === 'win32') return; // Windows opens no folders, and needs no sync of them
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
