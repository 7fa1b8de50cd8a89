import assert from 'node:assert/strict';
import {
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { APPLICATION_ID, MIGRATIONS } from '../../lib/journal/sqlite/database-schema.ts';
import { loadSqlite } from '../../lib/journal/sqlite/node-sqlite.ts';
import { SqliteJournal } from '../../lib/journal/sqlite/sqlite-journal.ts';
import { closedRow, folderFor, handleOf, rowOf, type TestRow } from './rows.ts';

const { DatabaseSync } = loadSqlite();
const open = (file: string) => SqliteJournal.open<TestRow>({ file, retentionDays: 0 });

/** A file with 200 rows, closed. */
async function written(t: TestContext): Promise<string> {
  const file = join(folderFor(t), 'journal.sqlite');
  const journal = await open(file);
  const handle = await handleOf(journal);
  await Promise.all(
    Array.from({ length: 200 }, (_, n) => handle.put(closedRow(`T${n}`, { context: 'x'.repeat(500) }))),
  );
  await journal.close();
  return file;
}

function overwrite(file: string, from: number, bytes: Buffer): void {
  writeSync(openSync(file, 'r+'), bytes, 0, bytes.length, from);
}

/** Opening says that the file is damaged and where it went; the next opening starts a new journal. */
async function assertSetAside(file: string): Promise<void> {
  const before = readFileSync(file);
  const folder = dirname(file);
  await assert.rejects(open(file), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'journal_corrupt');
    const aside = readdirSync(folder).filter((name) => name.includes('.damaged-') && !name.endsWith('-wal'));
    assert.equal(aside.length, 1);
    assert.match(error.message, new RegExp(`${aside[0]}`));
    assert.deepEqual(readFileSync(join(folder, aside[0] ?? '')), before);
    return true;
  });
  assert.ok(!readdirSync(folder).includes(basename(file)));
  const journal = await open(file);
  assert.equal(await journal.find('T1'), undefined);
  await journal.close();
}

async function assertRefused(file: string, code: string, message: RegExp): Promise<void> {
  const folder = dirname(file);
  const before = [readFileSync(file), readdirSync(folder)];
  await assert.rejects(open(file), { name: 'JournalError', code, message });
  assert.deepEqual([readFileSync(file), readdirSync(folder)], before);
}

test('the folder is made, the file is its owner’s only, closing leaves one database', async (t) => {
  const file = join(folderFor(t), 'a', 'b', 'journal.sqlite');
  const journal = await open(file);
  await (await handleOf(journal)).begin(rowOf('T1'));
  if (process.platform !== 'win32') assert.equal(statSync(file).mode & 0o077, 0);
  await journal.close();
  assert.deepEqual(readdirSync(dirname(file)), [
    'journal.sqlite',
    'journal.sqlite.commits',
    'journal.sqlite.terminals.json',
  ]);
  const database = new DatabaseSync(file);
  assert.deepEqual({ ...database.prepare('PRAGMA application_id').get() }, { application_id: APPLICATION_ID });
  assert.deepEqual({ ...database.prepare('PRAGMA user_version').get() }, { user_version: MIGRATIONS.length });
  assert.deepEqual({ ...database.prepare('PRAGMA journal_mode').get() }, { journal_mode: 'wal' });
  database.close();
});

test('pages overwritten: set aside', async (t) => {
  const file = await written(t);
  overwrite(file, 3 * 4096, Buffer.alloc(5 * 4096, 0xa5));
  await assertSetAside(file);
});

test('file cut short, at a page and within one: set aside', async (t) => {
  for (const size of [4096 * 9, 10_000]) {
    const file = await written(t);
    truncateSync(file, size);
    await assertSetAside(file);
  }
});

test('first bytes lost: set aside', async (t) => {
  const file = await written(t);
  overwrite(file, 0, Buffer.alloc(4096));
  await assertSetAside(file);
});

test('the schema lost from the first page: set aside', async (t) => {
  const file = await written(t);
  overwrite(file, 100, Buffer.alloc(3996, 0xff));
  await assertSetAside(file);
});

test('a log without its file: both set aside', async (t) => {
  const file = join(folderFor(t), 'journal.sqlite');
  writeFileSync(file, '');
  writeFileSync(`${file}-wal`, 'frames');
  await assertSetAside(file);
  const wal = readdirSync(dirname(file)).find((name) => /\.damaged-.*-wal$/.test(name));
  assert.ok(wal);
  assert.equal(readFileSync(join(dirname(file), wal), 'utf8'), 'frames');
});

test('another program’s database is refused and left as it is', async (t) => {
  for (const mode of ['delete', 'wal']) {
    const file = join(folderFor(t), 'other.sqlite');
    const database = new DatabaseSync(file);
    database.exec(`PRAGMA journal_mode = ${mode}; CREATE TABLE notes (text TEXT)`);
    database.close();
    await assertRefused(file, 'journal_foreign', /other\.sqlite is a database of another program.*choose another file/);
  }
});

test('a file that is no database is refused and left as it is', async (t) => {
  const file = join(folderFor(t), 'notes.txt');
  for (const text of ['x', 'remember the milk\n'.repeat(1000)]) {
    writeFileSync(file, text);
    await assertRefused(file, 'journal_foreign', /notes\.txt is not a journal/);
  }
});

test('a newer version’s journal is refused and left as it is', async (t) => {
  const file = await written(t);
  const database = new DatabaseSync(file);
  database.exec('PRAGMA user_version = 99; PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
  await assertRefused(file, 'journal_foreign', /newer version of this package/);
});

test('a path that cannot be a file says which one', async (t) => {
  const folder = folderFor(t);
  mkdirSync(join(folder, 'journal.sqlite'));
  const failed = { code: 'journal_failed', message: /journal\.sqlite does not work: .*Check the disk/ };
  await assert.rejects(open(join(folder, 'journal.sqlite')), failed);
  writeFileSync(join(folder, 'file'), '');
  await assert.rejects(open(join(folder, 'file', 'journal.sqlite')), failed);
});

test('no permission: journal_readonly', async (t) => {
  const folder = folderFor(t);
  const file = join(folder, 'sub', 'journal.sqlite');
  const stubborn = new URL('./forbidden-worker.ts', import.meta.url);
  await assert.rejects(SqliteJournal.open({ file, retentionDays: 0, worker: stubborn }), {
    code: 'journal_readonly',
    message: /cannot be written\. Give Node-RED's user write permission/,
  });
});
