import { Worker } from 'node:worker_threads';
import type { Disturbance } from './disturbances.ts';
import type { Finding } from './simulate.ts';
import { Tally } from './tally.ts';

/** What a worker is started with. */
export interface Job {
  seed: number;
  /** The name of a mutant, to be caught. */
  mutant?: string;
  /** What is added to the worlds; as usual: what the code withstands. */
  disturbances?: readonly Disturbance[];
}

/** Worlds from `from` up to, not including, `to`. */
export interface Worlds {
  from: number;
  to: number;
}

/** What became of them. */
export interface Played {
  payments: number;
  worlds: number;
  time: number;
  counts: Map<string, number>;
  findings: Finding[];
}

const WORKER = new URL('./worker.ts', import.meta.url);
/** Worlds that a worker plays between two reports. */
const CHUNK = 25;

export interface Run extends Job {
  payments: number;
  /** How many workers. */
  jobs: number;
  /** Ends it at the first finding, or after that many. */
  findings?: number;
  progress?: (tally: Tally) => void;
}

/** Plays worlds, in their order, until they had that many payments, or until enough was found. */
export async function simulate(run: Run): Promise<{ tally: Tally; findings: Finding[] }> {
  const tally = new Tally();
  const findings: Finding[] = [];
  const enough = () => tally.payments >= run.payments || findings.length >= (run.findings ?? 1);
  let next = 0;
  const work = (worker: Worker, resolve: () => void) => {
    if (enough()) return resolve();
    const worlds: Worlds = { from: next, to: next + CHUNK };
    next += CHUNK;
    worker.once('message', (played: Played) => {
      tally.merge(played);
      findings.push(...played.findings);
      run.progress?.(tally);
      work(worker, resolve);
    });
    worker.postMessage(worlds);
  };
  const { seed, mutant, disturbances } = run;
  const workerData: Job = { seed, ...(mutant !== undefined && { mutant }), ...(disturbances && { disturbances }) };
  await Promise.all(
    Array.from({ length: run.jobs }, async () => {
      const worker = new Worker(WORKER, { workerData });
      const failed = new Promise<void>((_, reject) => worker.once('error', reject));
      await Promise.race([new Promise<void>((resolve) => work(worker, resolve)), failed]);
      await worker.terminate();
    }),
  );
  return { tally, findings };
}
