/** A journal worker that opens well, answers the opening of a terminal and one more message, and dies of the third. */
import { parentPort } from 'node:worker_threads';
import type { SnapshotTexts, WorkerReply } from '../../lib/journal/sqlite/worker-operations.ts';

const snapshot: SnapshotTexts = {
  epoch: 1,
  unfinished: [],
  undelivered: [],
  last: undefined,
  next: 1,
  end: 2,
  location: undefined,
};
const replies: WorkerReply[] = [
  [1, true, [[0, snapshot]]],
  [1, true, []],
];
parentPort?.on('message', () => {
  const reply = replies.shift();
  if (reply === undefined) throw new Error('out of luck');
  parentPort?.postMessage(reply);
});
parentPort?.postMessage({});
