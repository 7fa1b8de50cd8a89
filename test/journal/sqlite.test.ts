import assert from 'node:assert/strict';
import { existsSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openJournal, SqliteJournal, type SqliteOptions } from '../../lib/journal/sqlite/sqlite-journal.ts';
import { closedRow, folderFor, handleOf, rowOf, type TestRow } from './rows.ts';

function optionsFor(t: TestContext, more: Partial<SqliteOptions> = {}): SqliteOptions {
  return { file: join(folderFor(t), 'journal.sqlite'), retentionDays: 0, ...more };
}

test('writes that arrive together share commits', async (t) => {
  const journal = await SqliteJournal.open<TestRow>(optionsFor(t));
  const handle = await handleOf(journal);
  const before = journal.stats.commits;
  const operations = journal.stats.operations;
  await Promise.all(Array.from({ length: 256 }, (_, n) => handle.begin(rowOf(`T${n}`))));
  const first = journal.stats.commits - before;
  assert.ok(first <= 64, `${first} commits for 256 writes of one turn`);
  assert.equal(journal.stats.operations - operations, 256);
  await Promise.all(
    Array.from({ length: 64 }, async (_, n) => {
      await handle.put(rowOf(`T${n}`, { state: 'sent' }));
      await handle.put(closedRow(`T${n}`));
      await journal.find(`T${n}`);
    }),
  );
  const second = journal.stats.commits - before - first;
  assert.ok(second <= 64, `${second} commits for 128 writes of two turns`);
  await journal.close();
});

test('delivered costs no commit of its own when another write follows', async (t) => {
  const journal = await SqliteJournal.open<TestRow>(optionsFor(t));
  const handle = await handleOf(journal);
  const before = journal.stats.commits;
  await handle.put(closedRow('T1'));
  const noted = handle.delivered('T1');
  await handle.begin(rowOf('T2'));
  await noted;
  assert.equal(journal.stats.commits, before + 2);
  await journal.close();
});

test('reads take no commit', async (t) => {
  const journal = await SqliteJournal.open<TestRow>(optionsFor(t));
  const handle = await handleOf(journal);
  const before = journal.stats.commits;
  await Promise.all([journal.find('T1'), handle.last(), handle.findByServiceId('1')]);
  assert.equal(journal.stats.commits, before);
  await journal.close();
});

test('a write is seen by what is asked after it in the same turn', async (t) => {
  const journal = await SqliteJournal.open<TestRow>(optionsFor(t));
  const handle = await handleOf(journal);
  handle.delivered('T1');
  const [, found, , last] = await Promise.all([
    handle.begin(rowOf('T1')),
    journal.find('T1'),
    handle.put(closedRow('T1')),
    handle.last(),
  ]);
  assert.deepEqual([found?.state, last?.state], ['intent', 'closed']);
  await journal.close();
});

test('disk full is told to every write, reads go on; with room it works', async (t) => {
  const options = optionsFor(t);
  const journal = await SqliteJournal.open<TestRow>({ ...options, pragmas: ['max_page_count = 40'] });
  const handle = await handleOf(journal);
  await handle.begin(rowOf('T1'));
  const full = { name: 'JournalError', code: 'journal_full' };
  const context = 'x'.repeat(200_000);
  await assert.rejects(handle.begin(rowOf('T2', { context })), full);
  const results = await Promise.allSettled([
    handle.put(rowOf('T3', { context })),
    handle.put(closedRow('T1')),
    journal.find('T1'),
  ]);
  assert.deepEqual(
    results.map((result) => (result.status === 'rejected' ? result.reason.code : result.value)),
    ['journal_full', 'journal_full', rowOf('T1')],
  );
  await handle.put(closedRow('T1')); // has room
  await journal.close();
  const again = await SqliteJournal.open<TestRow>(options);
  const handleAgain = await handleOf(again);
  await handleAgain.begin(rowOf('T2', { context }));
  assert.deepEqual(await again.find('T1'), closedRow('T1'));
  await again.close();
});

test('a second journal of the same file in this process is refused, whatever the path is called', async (t) => {
  const options = optionsFor(t);
  const journal = await SqliteJournal.open<TestRow>(options);
  const handle = await handleOf(journal);
  const link = join(dirname(options.file), 'link.sqlite');
  symlinkSync(options.file, link);
  for (const file of [options.file, link])
    await assert.rejects(SqliteJournal.open({ file, retentionDays: 0 }), { code: 'journal_locked' });
  assert.equal(await handle.begin(rowOf('T1')), undefined);
  await journal.close();
});

test('openJournal shares one file between its users, until the last one closes', async (t) => {
  const options = optionsFor(t);
  const [a, b] = await Promise.all([openJournal<TestRow>(options), openJournal<TestRow>(options)]);
  const [handleA, handleB] = [await handleOf(a), await handleOf(b, 'B')];
  await handleA.begin(rowOf('T1'));
  assert.equal((await handleB.begin(rowOf('T1', { terminal: 'B' })))?.transactionId, 'T1');
  const last = handleA.put(closedRow('T1'));
  await a.close();
  await last;
  await assert.rejects(a.find('T1'), { code: 'journal_closed' });
  assert.equal((await b.find('T1'))?.state, 'closed');
  await b.close();
  assert.ok(!existsSync(`${options.file}-wal`));
});

test('openJournal while the last user closes waits for it, as a redeploy does', async (t) => {
  const options = optionsFor(t);
  const first = await openJournal<TestRow>(options);
  const firstHandle = await handleOf(first);
  void firstHandle.put(closedRow('T1'));
  const closing = first.close();
  const [second, third] = await Promise.all([openJournal<TestRow>(options), openJournal<TestRow>(options)]);
  assert.equal((await second.find('T1'))?.state, 'closed');
  await closing;
  await Promise.all([second.close(), third.close()]);
});

test('openJournal after a failure tries afresh', async (t) => {
  const options = optionsFor(t);
  const worker = new URL('./forbidden-worker.ts', import.meta.url);
  const attempts = [openJournal({ ...options, worker }), openJournal({ ...options, worker })];
  for (const result of await Promise.allSettled(attempts))
    assert.equal(result.status === 'rejected' && result.reason.code, 'journal_readonly');
  const journal = await openJournal<TestRow>(options);
  const handle = await handleOf(journal);
  assert.equal(await handle.begin(rowOf('T1')), undefined);
  await journal.close();
});

test('a dead worker: what is pending and what follows is refused, closing works, opening again too', async (t) => {
  const options = optionsFor(t);
  const worker = new URL('./crashing-worker.ts', import.meta.url);
  const journal = await openJournal<TestRow>({ ...options, worker });
  const handle = await handleOf(journal);
  await handle.begin(rowOf('T1'));
  const failed = { name: 'JournalError', code: 'journal_failed', message: /out of luck/ };
  handle.delivered('T1'); // the result is not awaited
  await assert.rejects(handle.begin(rowOf('T2')), failed);
  await assert.rejects(handle.begin(rowOf('T3')), failed);
  await journal.close();
  const again = await openJournal<TestRow>(options);
  const handleAgain = await handleOf(again);
  assert.equal(await handleAgain.begin(rowOf('T4')), undefined);
  await again.close();
});

test('a worker that cannot even start', async (t) => {
  const worker = new URL('./there-is-no-such-worker.ts', import.meta.url);
  await assert.rejects(openJournal(optionsFor(t, { worker })), { code: 'journal_failed' });
});
