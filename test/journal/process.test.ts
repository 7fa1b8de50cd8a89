import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { SqliteJournal } from '../../lib/journal/sqlite/sqlite-journal.ts';
import { closedRow, folderFor, handleOf, rowOf, type TestRow } from './rows.ts';

const CHILD = join(import.meta.dirname, 'child.ts');

function start(t: TestContext, file: string, task: string): ChildProcess & { stdout: NodeJS.ReadableStream } {
  const child = spawn(process.execPath, [CHILD, file, task], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  return child;
}

/** Lets the child write until it has acknowledged so many states, kills it, returns the last state of each row. */
async function killAfter(t: TestContext, file: string, acknowledgements: number): Promise<Map<string, string>> {
  const child = start(t, file, 'write');
  const states = new Map<string, string>();
  let lines = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const [id = '', state] = line.split(' ');
    if (state) states.set(id, state); // the last line may be cut short: then it is not counted on
    if (++lines === acknowledgements) child.kill('SIGKILL');
  }
  return states;
}

for (const acknowledgements of [1, 37, 1200]) {
  test(`kill -9 after ${acknowledgements} acknowledged writes: every one of them is in the file`, async (t) => {
    const file = join(folderFor(t), 'journal.sqlite');
    const states = await killAfter(t, file, acknowledgements);
    assert.ok(states.size > 0);
    const journal = await SqliteJournal.open<TestRow>({ file, retentionDays: 0 });
    for (const [id, state] of states) {
      const row = await journal.find(id);
      const n = Number(id.split('-')[1]) % 3000;
      if (row?.state === 'closed') assert.equal(row.context, 'y'.repeat(n));
      else assert.deepEqual([row?.state, row?.context, state], ['intent', 'x'.repeat(n), 'intent'], id);
    }
    await journal.close();
  });
}

test('a torn end of the log: what was complete before it survives', async (t) => {
  const file = join(folderFor(t), 'journal.sqlite');
  const states = await killAfter(t, file, 1200);
  truncateSync(`${file}-wal`, statSync(`${file}-wal`).size - 1);
  const journal = await SqliteJournal.open<TestRow>({ file, retentionDays: 0 });
  const first = [...states.keys()].slice(0, 8);
  const found = await Promise.all(first.map((id) => journal.find(id)));
  assert.deepEqual(
    found.map((row) => row?.transactionId),
    first,
  );
  assert.equal(await (await handleOf(journal)).begin(rowOf('after')), undefined);
  await journal.close();
});

test('a second process is refused, and let in when the first is gone', async (t) => {
  const file = join(folderFor(t), 'journal.sqlite');
  const child = start(t, file, 'hold');
  await once(child.stdout, 'data');
  await assert.rejects(SqliteJournal.open({ file, retentionDays: 0 }), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'journal_locked');
    assert.ok(error.message.includes(file));
    return true;
  });
  child.kill('SIGKILL');
  await once(child, 'exit');
  const journal = await SqliteJournal.open<TestRow>({ file, retentionDays: 0 });
  assert.equal(await (await handleOf(journal)).begin(rowOf('T1')), undefined);
  await journal.close();
});

test('a journal left open does not keep a process alive, but answers due do; nothing is printed', async (t) => {
  const file = join(folderFor(t), 'journal.sqlite');
  const child = spawn(process.execPath, [CHILD, file, 'leave'], { stdio: 'pipe' });
  t.after(() => child.kill('SIGKILL'));
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (printed += data));
  const [code] = await once(child, 'close');
  const own = printed.split('\n').filter((line) => !/Type Stripping|--trace-warnings/.test(line));
  assert.deepEqual([code, own.join('')], [0, '']);
  const journal = await SqliteJournal.open<TestRow>({ file, retentionDays: 0 });
  await (await handleOf(journal)).put(closedRow('T2'));
  const { unfinished, undelivered } = await journal.open('A', { reserve: 1, seed: 1 });
  assert.deepEqual([unfinished.length, undelivered.length], [1, 1]);
  await journal.close();
});
