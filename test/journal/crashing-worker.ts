/** A journal worker that opens well, answers the opening of a terminal and one more message, and dies of the third. */
import { parentPort } from 'node:worker_threads';
import type { Operation, SnapshotTexts, WorkerReply } from '../../lib/journal/sqlite/worker-operations.ts';

const snapshot: SnapshotTexts = {
  epoch: 1,
  unfinished: [],
  undelivered: [],
  last: undefined,
  next: 1,
  end: 2,
  location: undefined,
};
let answers = 0;
parentPort?.on('message', (operations: Operation[]) => {
  // The journal's own time is stored at any moment.
  const own = operations.every(([name]) => name === 'keepTime');
  if (!own && ++answers > 2) throw new Error('out of luck');
  const index = operations.findIndex(([name]) => name === 'open');
  const reply: WorkerReply = [1, true, index < 0 ? [] : [[index, snapshot]]];
  parentPort?.postMessage(reply);
});
parentPort?.postMessage({});
