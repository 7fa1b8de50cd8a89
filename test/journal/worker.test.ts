import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { Operation, WorkerData, WorkerReply } from '../../lib/journal/sqlite/worker-operations.ts';
import { folderFor } from './rows.ts';

test('everything that has arrived goes into one commit, a bounded number of operations at a time', async (t) => {
  const workerData: WorkerData = { file: join(folderFor(t), 'journal.sqlite'), pragmas: [] };
  const worker = new Worker(new URL('../../lib/journal/sqlite/sqlite-worker.ts', import.meta.url), { workerData });
  const messages: unknown[] = [];
  worker.on('message', (message) => messages.push(message));
  const begin = (id: number): Operation => [
    'begin',
    1,
    `T${id}`,
    'A',
    'k',
    's',
    null,
    '1',
    1,
    'SEK',
    'n',
    1,
    1,
    '{}',
    0,
    null,
    null,
    1,
    1,
  ];
  // All of this waits in the port while the worker opens its file.
  worker.postMessage([['open', 'A', 1, 1]] satisfies Operation[]);
  for (let batch = 0; batch < 20; batch++) worker.postMessage([begin(batch)]);
  worker.postMessage(Array.from({ length: 5000 }, (_, n) => begin(n)));
  worker.postMessage([['find', 'T4999']] satisfies Operation[]);
  worker.postMessage(null);
  await once(worker, 'exit');
  const [hello, first, second] = messages as [unknown, WorkerReply, WorkerReply];
  assert.deepEqual(hello, { age: { swept: 0 }, losses: [] });
  assert.deepEqual(first.slice(0, 2), [22, true]);
  const repeated = first[2].slice(1).map(([index, value]) => [index, value]);
  assert.deepEqual(
    repeated,
    Array.from({ length: 20 }, (_, n) => [21 + n, '{}']),
  );
  assert.deepEqual(second, [1, false, [[0, '{}']]]);
  assert.equal(messages.length, 3);
});
