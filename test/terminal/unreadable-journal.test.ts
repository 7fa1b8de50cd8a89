/** A journal that cannot be read proves nothing: whether a transactionId of the flow was paid before cannot be seen. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { APPLICATION_ID } from '../../lib/journal/sqlite/database-schema.ts';
import { loadSqlite } from '../../lib/journal/sqlite/node-sqlite.ts';
import { Till } from '../support/till.ts';

const CHILD = join(import.meta.dirname, '../journal/child.ts');

/** A till that is stopped, and has charged the order once. */
async function paid(t: TestContext): Promise<Till> {
  const till = new Till(t).start();
  assert.equal(await till.outcome('89.00', 'order'), 'approved');
  await till.stop();
  assert.deepEqual(till.requests, ['Payment']);
  return till;
}

const damages: Record<string, (file: string) => void> = {
  'cut in half': (file) => truncateSync(file, 10_000),
  'full of NUL bytes': (file) => writeFileSync(file, Buffer.alloc(40_960)),
  'a directory': (file) => {
    renameSync(file, `${file}.old`);
    mkdirSync(file);
  },
  'not a journal': (file) => writeFileSync(file, 'Dear diary, '.repeat(1000)),
  'of another program': (file) => {
    const database = new (loadSqlite().DatabaseSync)(file);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID + 1}; PRAGMA wal_checkpoint(TRUNCATE)`);
    database.close();
  },
};

for (const [name, damage] of Object.entries(damages)) {
  test(`a journal that is ${name}: an order of the flow is an error, a new one is not started`, async (t) => {
    const till = await paid(t);
    damage(till.file);
    till.start();
    assert.equal(await till.outcome('89.00', 'order'), 'journal_unreadable');
    assert.equal(await till.outcome('89.00'), 'not_started');
    assert.deepEqual(till.requests, ['Payment']);
  });
}

test('a journal that another process has locked: an error', async (t) => {
  const till = await paid(t);
  const child = spawn(process.execPath, [CHILD, till.file, 'hold'], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  till.start();
  assert.equal(await till.outcome('89.00', 'order'), 'journal_unreadable');
  assert.equal(await till.outcome('89.00'), 'not_started');
  assert.deepEqual(till.requests, ['Payment']);
});

test('the message says that nothing was sent, what cannot be seen, and what to do', async (t) => {
  const till = await paid(t);
  writeFileSync(till.file, 'Dear diary, '.repeat(1000));
  till.start();
  const failed = new Promise<Error & { path?: string }>((resolve, reject) => {
    const payload = { amount: '89.00', transactionId: 'order' };
    till.terminal.pay(payload, { currency: 'SEK', paymentType: 'Normal' }, 'node', {
      outcome: () => reject(new Error('told an outcome')),
      failed: resolve,
    });
  });
  const { message, path } = await failed;
  assert.match(message, /Nothing was sent.*paid before cannot be seen.*is not a journal.*terminal's last receipt/);
  assert.equal(path, 'payload.transactionId');
});

test('the worker of a journal dies: an order that comes after that is an error', async (t) => {
  const till = new Till(t).start({ journal: { worker: new URL('../journal/crashing-worker.ts', import.meta.url) } });
  assert.equal(await till.outcome('89.00', 'while'), 'not_started', 'its intent was written, nothing was sent');
  assert.equal(await till.outcome('89.00', 'after'), 'journal_unreadable');
  assert.equal(await till.outcome('89.00'), 'not_started');
  assert.deepEqual(till.requests, []);
});
