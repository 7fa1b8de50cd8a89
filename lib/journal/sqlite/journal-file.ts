import { existsSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { StoredTime } from '../journal-time.ts';
import { CompanionFile } from './companion-file.ts';
import { openDatabase } from './database-file.ts';
import { FileIdentity } from './file-identity.ts';
import { SetAsideError } from './sqlite-faults.ts';

/** A journal's database, and what belongs to it on the disk. */
export interface JournalFile {
  database: DatabaseSync;
  companion: CompanionFile;
  identity: FileIdentity;
}

/** What is stored about a journal's age; `newest`: the newest change of a row, ms since 1970. */
export interface StoredAge {
  time?: StoredTime;
  newest?: number;
  swept: number;
}

/** Opens a journal as openDatabase does, and notes what it may have lost since it was open before. */
export function openJournalFile(file: string, pragmas: readonly string[] = []): JournalFile {
  const companion = new CompanionFile(file);
  const began = sizeOf(file) === 0;
  let database: DatabaseSync;
  try {
    database = openDatabase(file, pragmas);
  } catch (error) {
    if (error instanceof SetAsideError) companion.damaged(error.aside, Date.now());
    throw error;
  }
  try {
    // A write, so that the log has content, and its folder's entry is durable.
    database.exec('UPDATE journal SET commits = commits + 1');
    const { id, commits } = database.prepare('SELECT id, commits FROM journal').get() ?? {};
    const terminals = database
      .prepare(WITH_ROWS)
      .all()
      .map(({ terminal }) => String(terminal));
    companion.opened({ id: String(id), commits: Number(commits) - 1, terminals, began }, Date.now());
    return { database, companion, identity: new FileIdentity(file) };
  } catch (error) {
    database.close();
    throw error;
  }
}

const WITH_ROWS = `SELECT terminal FROM terminals WHERE EXISTS
  (SELECT 1 FROM transactions WHERE transactions.terminal = terminals.terminal)`;

export function ageOf(database: DatabaseSync): StoredAge {
  const { time, mark, swept } = database.prepare('SELECT time, mark, swept FROM journal').get() ?? {};
  const newest = database.prepare('SELECT max(keptSince) AS newest FROM transactions').get()?.newest;
  return {
    swept: Number(swept),
    ...(typeof time === 'number' && typeof mark === 'number' && { time: { time, mark } }),
    ...(typeof newest === 'number' && { newest }),
  };
}

function sizeOf(file: string): number {
  return existsSync(file) ? statSync(file).size : 0;
}
