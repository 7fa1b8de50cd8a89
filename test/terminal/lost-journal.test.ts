/** A journal that is missing, emptied, replaced, older or without its log is noticed before a payment starts on it. */
import assert from 'node:assert/strict';
import { copyFileSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Till } from '../support/till.ts';

async function paid(t: TestContext): Promise<Till> {
  const till = new Till(t).start();
  assert.equal(await till.outcome('89.00', 'order'), 'approved');
  return till;
}

/** The terminal starts nothing, and says once why; a person acknowledges it, and it goes on. */
async function assertClosed(till: Till, kind: string): Promise<void> {
  const before = till.requests.length;
  assert.equal(await till.outcome('89.00', 'order'), 'journal_unreadable');
  assert.equal(await till.outcome('89.00'), 'not_started');
  assert.equal(till.requests.length, before);
  assert.deepEqual(till.errors, ['journal_lost']);
  // Until it is acknowledged, also at the next start.
  till.errors.length = 0;
  await till.restart();
  assert.equal(await till.outcome('89.00'), 'not_started');
  assert.deepEqual(till.errors, ['journal_lost']);
  const { pending } = await till.terminal.condition();
  assert.deepEqual(
    pending.map((loss) => [loss.kind, loss.terminals]),
    [[kind, [`1/${till.poiId}`]]],
  );
  const after = await till.terminal.acknowledge({ by: 'Kim', note: 'compared' });
  assert.deepEqual([after.pending, after.acknowledged[0]?.by, after.acknowledged[0]?.losses], [[], 'Kim', pending]);
  assert.equal(await till.outcome('1.00', 'next'), 'approved');
  till.errors.length = 0;
  await till.restart();
  assert.equal(await till.outcome('1.00', 'next'), 'approved');
  assert.deepEqual(till.errors, []);
}

test('a new install is silent, and so is a terminal that never paid', async (t) => {
  const till = new Till(t).start();
  await till.terminal.ask({ type: 'login' });
  await till.stop();
  rmSync(till.file);
  assert.equal(await till.start().outcome('89.00'), 'approved');
  assert.deepEqual([till.errors, till.warnings], [[], []]);
});

test('a file that is missing', async (t) => {
  const till = await paid(t);
  await till.stop();
  rmSync(till.file);
  await assertClosed(till.start(), 'missing');
});

test('a file of 0 bytes', async (t) => {
  const till = await paid(t);
  await till.stop();
  truncateSync(till.file, 0);
  await assertClosed(till.start(), 'missing');
});

test('another journal in its place', async (t) => {
  const till = await paid(t);
  const other = await paid(t);
  await Promise.all([till.stop(), other.stop()]);
  copyFileSync(other.file, till.file);
  await assertClosed(till.start(), 'replaced');
});

test('an earlier copy of it', async (t) => {
  const till = await paid(t);
  await till.stop();
  copyFileSync(till.file, `${till.file}.backup`);
  assert.equal(await till.start().outcome('2.00', 'later'), 'approved');
  await till.stop();
  renameSync(`${till.file}.backup`, till.file);
  await assertClosed(till.start(), 'older');
});

test('its log is gone after a kill', async (t) => {
  const till = await paid(t);
  // The files as a kill leaves them.
  const copies = readdirSync(till.folder).map((name) => [name, readFileSync(join(till.folder, name))] as const);
  assert.ok(copies.some(([name]) => name.endsWith('-wal')));
  await till.stop();
  for (const [name, bytes] of copies) if (!name.endsWith('-wal')) writeFileSync(join(till.folder, name), bytes);
  await assertClosed(till.start(), 'older');
});

test('a process that ends without closing it is no loss', async (t) => {
  const till = await paid(t);
  const copies = readdirSync(till.folder).map((name) => [name, readFileSync(join(till.folder, name))] as const);
  await till.stop();
  for (const [name, bytes] of copies) writeFileSync(join(till.folder, name), bytes);
  assert.equal(await till.start().outcome('89.00', 'order'), 'approved');
  assert.deepEqual([till.errors, till.requests], [[], ['Payment']]);
});

test('a damaged file beside it, at every start until it is acknowledged', async (t) => {
  const till = await paid(t);
  await till.stop();
  truncateSync(till.file, 10_000);
  till.start();
  assert.equal(await till.outcome('89.00', 'order'), 'journal_unreadable');
  assert.deepEqual(till.errors.splice(0), ['journal_corrupt']);
  await till.restart();
  await assertClosed(till, 'damaged');
});

test('a damaged file of which no terminals are known stops them all', async (t) => {
  const till = new Till(t);
  writeFileSync(till.file, Buffer.alloc(4096));
  assert.equal(await till.start().outcome('1.00'), 'not_started');
  await till.restart();
  assert.equal(await till.outcome('1.00'), 'not_started');
  assert.equal((await till.terminal.condition()).pending[0]?.terminals, '*');
  await till.terminal.acknowledge({ by: 'Kim' });
  assert.equal(await till.outcome('1.00'), 'approved');
});

test('where the setting says so, a warning at each start, and payments go on', async (t) => {
  const till = await paid(t);
  await till.stop();
  rmSync(till.file);
  const warnings: string[] = [];
  const journal = { onLoss: 'warn', onWarning: (message: string) => warnings.push(message) } as const;
  assert.equal(await till.start({ journal }).outcome('1.00'), 'approved');
  await till.restart({ journal });
  assert.equal(await till.outcome('1.00'), 'approved');
  assert.equal(warnings.length, 2);
  assert.match(warnings[0] ?? '', /was missing, or empty, and began anew.*charged a second time.*acknowledge/);
});

for (const [name, remove] of Object.entries<(file: string) => void>({
  deleted: (file) => rmSync(file),
  'replaced by a copy': (file) => {
    copyFileSync(file, `${file}.copy`);
    renameSync(`${file}.copy`, file);
  },
  'without its log': (file) => rmSync(`${file}-wal`),
})) {
  test(`${name} while it is in use: nothing more is written, and nothing sent`, async (t) => {
    const till = await paid(t);
    remove(till.file);
    assert.equal(await till.outcome('1.00', 'next'), 'journal_unreadable');
    assert.equal(await till.outcome('89.00', 'order'), 'journal_unreadable');
    assert.equal(await till.outcome('1.00'), 'not_started');
    assert.deepEqual(till.requests, ['Payment']);
    await till.restart();
    // With its log, the copy is whole; so is a file that was closed with the log that it had open.
    assert.equal(await till.outcome('89.00', 'order'), name === 'deleted' ? 'journal_unreadable' : 'approved');
    assert.deepEqual(till.requests, ['Payment']);
  });
}

test('an older journal shows itself at the terminal, and its ServiceIDs go on after the terminal’s', async (t) => {
  const till = await paid(t);
  await till.stop();
  const backup = readdirSync(till.folder).map((name) => [name, readFileSync(join(till.folder, name))] as const);
  // Starts within one second, as a loop of restarts makes them: the counter runs ahead of the clock.
  for (let start = 0; start < 3; start++) {
    assert.equal(await till.start().outcome('2.00', `later${start}`), 'approved');
    await till.stop();
  }
  for (const [name, bytes] of backup) writeFileSync(join(till.folder, name), bytes);
  const warnings: string[] = [];
  till.start({ terminal: { onWarning: (message) => warnings.push(message) } });
  assert.equal(await till.outcome('3.00', 'now'), 'approved');
  while (warnings.length === 0) await turn();
  assert.match(warnings[0] ?? '', /older than the terminal: its last transaction.*is not in the journal/);
  const { pending } = await till.terminal.condition();
  assert.deepEqual(
    pending.map(({ kind }) => kind),
    ['behind'],
  );
  const ids = till.lines.flatMap((line) => /Payment (\d+)/.exec(line)?.[1] ?? []);
  assert.equal(new Set(ids).size, ids.length, 'no ServiceID was used twice');
  assert.equal(await till.outcome('4.00', 'goes on'), 'approved');
});
