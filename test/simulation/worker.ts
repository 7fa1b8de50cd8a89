import { parentPort, workerData } from 'node:worker_threads';
import { laterMutants, mutants } from './mutants.ts';
import type { Job, Played, Worlds } from './runner.ts';
import { type Finding, playWorld } from './simulate.ts';
import { Tally } from './tally.ts';

const { seed, mutant, disturbances }: Job = workerData;
const make = mutant === undefined ? undefined : (mutants[mutant] ?? laterMutants[mutant]);

parentPort?.on('message', ({ from, to }: Worlds) => {
  const tally = new Tally();
  const findings: Finding[] = [];
  for (let world = from; world < to; world++) {
    const found = playWorld(seed, world, tally, make, disturbances);
    if (found === undefined) continue;
    findings.push(found);
    break;
  }
  const { payments, worlds, time, counts } = tally;
  const played: Played = { payments, worlds, time, counts, findings };
  parentPort?.postMessage(played);
});
