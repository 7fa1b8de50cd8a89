/**
 * The worker that owns the journal's file. All operations that have arrived share one commit: while it is written to the
 * disk, the operations of the next one arrive.
 */
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { ageOf, openJournalFile } from './journal-file.ts';
import { RowStore } from './row-store.ts';
import { faultOf } from './sqlite-faults.ts';
import type { Hello, Operation, WorkerData, WorkerReply } from './worker-operations.ts';

/** About how many operations a commit has at most. */
const LIMIT = 4096;
const { file, pragmas } = workerData as WorkerData;

/** A list of operations; null closes the file. */
type Batch = Operation[] | null;

function start(port: MessagePort): void {
  try {
    const { database, ...surroundings } = openJournalFile(file, pragmas);
    serve(port, new RowStore(database, file, surroundings));
    port.postMessage({ age: ageOf(database), losses: surroundings.companion.losses } satisfies Hello);
  } catch (error) {
    port.postMessage({ fault: faultOf(error, file) } satisfies Hello);
  }
}

function serve(port: MessagePort, store: RowStore): void {
  port.on('message', (first: Batch) => {
    let batch: Batch | undefined = first;
    while (batch) {
      const { operations, batches, next } = gather(batch, port);
      const { committed, exceptions } = store.run(operations);
      port.postMessage([batches, committed, exceptions] satisfies WorkerReply);
      batch = next === undefined ? receive(port) : next;
    }
    if (batch === null) {
      store.close();
      port.close();
    }
  });
}

/** Adds what has arrived meanwhile to the first batch; `next`: what was received and is not part of it, the request to close. */
function gather(operations: Operation[], port: MessagePort) {
  let batches = 1;
  let next: Batch | undefined;
  while (operations.length < LIMIT) {
    next = receive(port);
    if (!next) break;
    for (const operation of next) operations.push(operation);
    next = undefined;
    batches++;
  }
  return { operations, batches, next };
}

function receive(port: MessagePort): Batch | undefined {
  return receiveMessageOnPort(port)?.message;
}

if (parentPort) start(parentPort);
