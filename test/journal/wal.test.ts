import assert from 'node:assert/strict';
import { copyFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { SqliteJournal } from '../../lib/journal/sqlite/sqlite-journal.ts';
import { problemOfLog } from '../../lib/journal/sqlite/wal.ts';
import { closedRow, folderFor, handleOf, type TestRow } from './rows.ts';

const PAGE = 4096;
const FRAME = 24 + PAGE;
const open = (file: string) => SqliteJournal.open<TestRow>({ file, retentionDays: 0 });

/** A journal with 40 commits, as a kill leaves it: file and log, side by side. */
async function killed(t: TestContext): Promise<string> {
  const folder = folderFor(t);
  const [original, file] = [join(folder, 'original.sqlite'), join(folder, 'journal.sqlite')];
  const journal = await open(original);
  const handle = await handleOf(journal);
  for (let n = 0; n < 40; n++) await handle.put(closedRow(`T${n}`, { context: 'x'.repeat(500) }));
  for (const suffix of ['', '-wal']) copyFileSync(original + suffix, file + suffix);
  await journal.close();
  return file;
}

function overwrite(file: string, from: number, to: number): void {
  const bytes = readFileSync(file);
  writeFileSync(file, bytes.fill(0xa5, from, to));
}

async function assertSetAside(file: string): Promise<void> {
  const log = readFileSync(`${file}-wal`);
  await assert.rejects(open(file), { code: 'journal_corrupt', message: /log is damaged.*It was kept as/ });
  const names = readdirSync(dirname(file));
  assert.ok(!names.includes(basename(file)) && !names.includes(`${basename(file)}-wal`), `${names}`);
  const aside = names.find((name) => /^journal\.sqlite\.damaged-.*-wal$/.test(name));
  assert.deepEqual(readFileSync(join(dirname(file), aside ?? '')), log, 'as it was');
}

test('a log as a kill leaves it is whole', async (t) => {
  const file = await killed(t);
  assert.equal(problemOfLog(readFileSync(`${file}-wal`)), undefined);
  const journal = await open(file);
  assert.equal((await journal.find('T39'))?.outcome, 'approved');
  await journal.close();
});

test('commits lost in the middle of the log: set aside, not forgotten', async (t) => {
  for (const [from, to] of [
    [0.3, 0.31],
    [0.1, 0.8],
  ] as const) {
    const file = await killed(t);
    const { size } = statSync(`${file}-wal`);
    overwrite(`${file}-wal`, Math.floor(size * from), Math.floor(size * to));
    await assertSetAside(file);
  }
});

test('one page lost in the log: set aside', async (t) => {
  const file = await killed(t);
  overwrite(`${file}-wal`, 32 + 20 * FRAME + 24, 32 + 21 * FRAME);
  await assertSetAside(file);
});

test('the start of the log lost: set aside', async (t) => {
  const file = await killed(t);
  overwrite(`${file}-wal`, 0, 16);
  await assertSetAside(file);
});

test('wherever the log ends, as a power cut leaves it, it is no damage', async (t) => {
  const log = readFileSync(`${await killed(t)}-wal`);
  for (let size = 0; size < log.length; size += 997) assert.equal(problemOfLog(log.subarray(0, size)), undefined);
});

test('a last commit of several pages, of which the first never reached the disk, is no damage', async (t) => {
  const file = join(folderFor(t), 'journal.sqlite');
  const journal = await open(file);
  const handle = await handleOf(journal);
  await handle.put(closedRow('T1'));
  const before = statSync(`${file}-wal`).size;
  await handle.put(closedRow('T2', { context: 'x'.repeat(50_000) }));
  const log = readFileSync(`${file}-wal`);
  await journal.close();
  assert.ok(log.length > before + 5 * FRAME);
  assert.equal(problemOfLog(log.fill(0, before, before + FRAME)), undefined);
});

test('what is left from before the log was begun anew is no damage', async (t) => {
  const file = join(folderFor(t), 'journal.sqlite');
  const journal = await open(file);
  const handle = await handleOf(journal);
  for (let n = 0; n < 60; n++) await handle.put(closedRow(`T${n}`, { context: 'x'.repeat(80_000) }));
  const log = readFileSync(`${file}-wal`);
  await journal.close();
  const salts = new Set<string>();
  for (let at = 32; at + FRAME <= log.length; at += FRAME) salts.add(log.toString('hex', at + 8, at + 16));
  assert.ok(salts.size > 1, 'the log was begun anew');
  assert.equal(problemOfLog(log), undefined);
});
