import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { type Disturbance, disturbances, withstood } from '../test/simulation/disturbances.ts';
import { invariants } from '../test/simulation/invariants.ts';
import { laterMutants, mutants } from '../test/simulation/mutants.ts';
import { makePlan } from '../test/simulation/planner.ts';
import { simulate } from '../test/simulation/runner.ts';
import { type Finding, failureOf, playWorld } from '../test/simulation/simulate.ts';
import { Tally } from '../test/simulation/tally.ts';

const HELP = `npm run simulate -- [options]: simulates payments under faults in virtual time and checks the invariants

  --payments <number>  number of payments (default 100000)
  --seed <number>      seed of the random worlds (default: from the clock)
  --world <number>     run this world only; a failing world is reduced to a small one
  --trace              with --world: print everything that happens, without reducing
  --jobs <number>      number of workers (default: number of cores)
  --mutant <name>      with this deliberate error: ${Object.keys({ ...mutants, ...laterMutants }).join(', ')}
  --worlds <which>     known (default: with what the code withstands), all, or names separated by commas:
${Object.entries(disturbances)
  .map(([name, about]) => `                         ${name}: ${about}`)
  .join('\n')}
  --counts             print how often each event happened`;

const { values } = parseArgs({
  options: {
    payments: { type: 'string', default: '100000' },
    seed: { type: 'string' },
    world: { type: 'string' },
    trace: { type: 'boolean', default: false },
    jobs: { type: 'string' },
    mutant: { type: 'string' },
    worlds: { type: 'string', default: 'known' },
    counts: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const seed = values.seed === undefined ? Date.now() % 1_000_000_000 : Number(values.seed);
const { mutant } = values;

const added = disturbancesIn(values.worlds);

if (values.help) console.log(HELP);
else if (values.world !== undefined) playOne(Number(values.world));
else await playMany();

function disturbancesIn(worlds: string): readonly Disturbance[] {
  const names = Object.keys(disturbances) as Disturbance[];
  if (worlds === 'known') return withstood;
  if (worlds === 'all') return names;
  return worlds.split(',').map((wanted) => {
    const found = names.find((name) => name === wanted);
    if (found === undefined) throw new RangeError(`no such disturbance: ${wanted} (see --help)`);
    return found;
  });
}

function playOne(world: number): void {
  const make = mutant === undefined ? undefined : (mutants[mutant] ?? laterMutants[mutant]);
  const tally = new Tally();
  if (values.trace) {
    const failure = failureOf(makePlan(seed, world, added), {
      tally,
      mutant: make,
      trace: (line) => console.log(line),
    });
    console.log(failure === undefined ? 'All invariants held.' : `Invariant ${failure.invariant}: ${failure.message}`);
    if (failure !== undefined) process.exitCode = 1;
  } else {
    const found = playWorld(seed, world, tally, make, added);
    if (found === undefined) console.log('All invariants held.');
    else report(found);
  }
  if (values.counts) count(tally);
}

async function playMany(): Promise<void> {
  const payments = Number(values.payments);
  const jobs = values.jobs === undefined ? availableParallelism() : Number(values.jobs);
  console.log(`seed ${seed}, ${payments} payments, ${jobs} workers`);
  const begun = performance.now();
  let shown = begun;
  const progress = (tally: Tally) => {
    if (performance.now() - shown < 10_000) return;
    shown = performance.now();
    console.log(`${tally.payments} payments, ${((shown - begun) / 1000).toFixed(0)} s`);
  };
  const run = { seed, payments, jobs, progress, disturbances: added, ...(mutant !== undefined && { mutant }) };
  const { tally, findings } = await simulate(run);
  const days = (tally.time / 86_400_000).toFixed(0);
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  console.log(`${tally.payments} payments in ${tally.worlds} worlds, ${days} days of virtual time: ${seconds} s`);
  if (values.counts) count(tally);
  const [found] = findings;
  if (found === undefined) console.log('All invariants held.');
  else report(found);
}

function report({ world, invariant, message, plan, trace }: Finding): void {
  console.log(`\nInvariant ${invariant} does not hold: ${invariants[invariant] ?? 'an error'}\n${message}\n`);
  const { terminals, ...rest } = plan;
  console.log(JSON.stringify(rest));
  for (const { steps, timeouts: _, ...terminal } of terminals) {
    console.log(JSON.stringify(terminal));
    for (const step of steps) console.log(`  ${JSON.stringify(step)}`);
  }
  console.log(`\n${trace.join('\n')}\n`);
  const option =
    (mutant === undefined ? '' : ` --mutant '${mutant}'`) +
    (values.worlds === 'known' ? '' : ` --worlds ${values.worlds}`);
  console.log(`Repeat: npm run simulate -- --seed ${seed} --world ${world}${option} (everything: --trace)`);
  process.exitCode = 1;
}

function count(tally: Tally): void {
  for (const event of [...tally.counts.keys()].sort()) console.log(`  ${event}: ${tally.counts.get(event)}`);
}
