/**
 * The worker that owns the journal's file. It answers everything that has arrived with one commit: while one is being
 * written to the disk, the next one gathers.
 */
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { openDatabase } from './database-file.ts';
import { RowStore } from './row-store.ts';
import { faultOf } from './sqlite-faults.ts';
import type { Hello, Operation, WorkerData, WorkerReply } from './worker-operations.ts';

/** No commit grows beyond about this many operations, however many wait. */
const LIMIT = 4096;
const { file, pragmas } = workerData as WorkerData;

/** A list of operations, or null: close. */
type Batch = Operation[] | null;

function start(port: MessagePort): void {
  try {
    serve(port, new RowStore(openDatabase(file, pragmas), file));
    port.postMessage({} satisfies Hello);
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

/** Adds to the first batch what has arrived meanwhile; `next`: a batch taken from the port that is not part of it. */
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
