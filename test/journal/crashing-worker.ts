/** A journal worker that opens well, answers the first message and dies of the second. */
import { parentPort } from 'node:worker_threads';

let messages = 0;
parentPort?.on('message', () => {
  if (++messages > 1) throw new Error('out of luck');
  parentPort?.postMessage([1, true, []]);
});
parentPort?.postMessage({});
