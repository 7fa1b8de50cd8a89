import {
  accessSync,
  closeSync,
  constants,
  existsSync,
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
import { FaultError, foreign, newer, reportsDamage, SetAsideError } from './sqlite-faults.ts';
import { syncFolder } from './sync-folder.ts';
import { problemOfLog } from './wal.ts';

const MAGIC = 'SQLite format 3\0';
const HEADER_BYTES = 100;
/** Files of SQLite beside a database: the write-ahead log, and the rollback journal of the file's creation. */
const SIDE_FILES = ['-wal', '-journal'];

/**
 * Opens the journal's database for this process alone, durable at every commit, checked and migrated; creates it where
 * there is none. A file that is not a journal is not changed; a damaged one is renamed. Every reason not to open it is
 * thrown; faultOf turns it into a fault.
 */
export function openDatabase(file: string, pragmas: readonly string[] = []): DatabaseSync {
  createFolder(dirname(file));
  const problem = problemOfHeader(file);
  if (problem) throw moveAside(file, problem);
  createFile(file);
  const database = new (loadSqlite().DatabaseSync)(file);
  try {
    lockAndMigrate(database, file);
    for (const pragma of pragmas) database.exec(`PRAGMA ${pragma}`);
  } catch (error) {
    throw closeFailed(database, file, error);
  }
  syncFolder(dirname(file));
  return database;
}

/** Takes the file's lock, checks its content and migrates it. */
function lockAndMigrate(database: DatabaseSync, file: string): void {
  // fullfsync: macOS does not reach the disk without it; elsewhere it changes nothing.
  database.exec(`PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = FULL;
    PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON; BEGIN EXCLUSIVE`);
  checkLog(`${file}-wal`);
  if (!isEmpty(database)) check(database, file);
  migrate(database);
  database.exec('COMMIT');
  // After the commit, so that the application id is in the file itself, not only in its log.
  const mode = database.prepare('PRAGMA journal_mode = WAL').get()?.journal_mode;
  if (mode !== 'wal') throw new Error(`SQLite cannot keep a write-ahead log there (${mode})`);
  database.exec('PRAGMA journal_size_limit = 4194304');
}

/** Only while the file is locked, since the log is read as it is; and before anything is written to it. */
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

/** Closes the database, and renames a damaged file. @returns the error to throw */
function closeFailed(database: DatabaseSync, file: string, error: unknown): unknown {
  const damaged = error instanceof DamagedError || reportsDamage(error);
  // Closing the database may delete its log: renamed before, the log is kept. Windows does not rename open files.
  if (!damaged || process.platform === 'win32') closeQuietly(database);
  const thrown = damaged ? moveAside(file, String((error as Error).message)) : error;
  if (database.isOpen) closeQuietly(database);
  return thrown;
}

function closeQuietly(database: DatabaseSync): void {
  try {
    database.close();
  } catch {
    // The user has to know why it could not be opened, and that error is thrown.
  }
}

/** Renames the database and its side files. @returns the error to throw */
function moveAside(file: string, detail: string): FaultError {
  const time = new Date().toISOString().replaceAll(':', '').replace('.', '');
  let aside = `${file}.damaged-${time}`;
  for (let n = 2; existsSync(aside); n++) aside = `${file}.damaged-${time}-${n}`;
  for (const suffix of ['', ...SIDE_FILES]) if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix);
  syncFolder(dirname(file));
  return new SetAsideError(file, aside, detail);
}

/**
 * Checks the file before SQLite opens it, since SQLite recovers, truncates or deletes parts of it. Throws where it is
 * foreign; returns what is damaged, or undefined.
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
 * The first bytes of the file; none where there is no file. Closing a file releases every POSIX lock that the process has
 * on it: only call this while no thread of the process has it open as a database (connection.ts makes sure of that).
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

/** Creates the folder, and syncs its parents: after a power cut the folder could otherwise be missing, and the journal with it. */
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
 * Creates an empty file, where there is none, that only its owner may read: rows contain card tokens. Checks that the file
 * can be written, since SQLite reports that as a failing disk.
 */
function createFile(file: string): void {
  if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600));
  accessSync(file, constants.W_OK);
}
