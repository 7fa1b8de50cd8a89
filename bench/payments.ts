/**
 * Payments per second and CPU per payment: through the nodes (every payment durable), through a flow of core nodes (no
 * journal), and posted by undici alone. Each contender runs in its own process. Rounds alternate, so that other load on the
 * machine affects all contenders equally.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { endChild, nextMessage } from './child-process.ts';
import type { Result, Run, Setup } from './payments/contender.ts';
import { median, table } from './report.ts';

const CONTENDERS = ['nodes', 'core', 'undici'] as const;
const TERMINALS = [1, 16];
const ROUNDS = 5;
const WARM_UP_MS = 2000;
const ROUND_MS = 2000;

type Contender = (typeof CONTENDERS)[number];
type Round = Record<Contender, Result>;

const LABELS: Record<Contender, string> = {
  nodes: 'nexo nodes, journal on',
  core: 'core nodes, no journal',
  undici: 'undici, ready-made bytes',
};

function start(module: string, argument?: Setup): ChildProcess {
  const file = new URL(`./payments/${module}.ts`, import.meta.url);
  return fork(file, argument ? [JSON.stringify(argument)] : [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

async function run(child: ChildProcess, milliseconds: number): Promise<Result> {
  const result = nextMessage<Result>(child);
  child.send({ milliseconds } satisfies Run);
  return result;
}

async function rounds(port: number, terminals: number): Promise<Round[]> {
  const children = new Map<Contender, ChildProcess>();
  try {
    for (const contender of CONTENDERS) {
      const child = start(contender, { port, terminals });
      children.set(contender, child);
      await nextMessage(child);
      await run(child, WARM_UP_MS);
    }
    const all: Round[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const results: Partial<Round> = {};
      for (const [contender, child] of children) results[contender] = await run(child, ROUND_MS);
      all.push(results as Round);
    }
    return all;
  } finally {
    await Promise.all([...children.values()].map(endChild));
  }
}

const perSecond = ({ payments, seconds }: Result) => payments / seconds;
const cpuPerPayment = ({ payments, cpuSeconds }: Result) => (cpuSeconds / payments) * 1000;

function report(terminals: number, all: Round[]): void {
  const speed = (of: Contender, to?: Contender) =>
    median(all.map((round) => perSecond(round[of]) / (to ? perSecond(round[to]) : 1)));
  const cpu = (of: Contender, to?: Contender) =>
    median(all.map((round) => cpuPerPayment(round[of]) / (to ? cpuPerPayment(round[to]) : 1)));
  console.log(`\nPayments, ${terminals} terminal${terminals === 1 ? '' : 's'} (medians of ${ROUNDS} rounds)`);
  table(
    ['', 'payments/s', '× core', 'CPU ms each', '× core', '× undici'],
    CONTENDERS.map((of) => [
      LABELS[of],
      speed(of).toFixed(0),
      speed(of, 'core').toFixed(2),
      cpu(of).toFixed(3),
      cpu(of, 'core').toFixed(2),
      cpu(of, 'undici').toFixed(2),
    ]),
  );
}

/** Runs the comparison and prints the results. Takes about a minute and a half. */
export async function paymentsBench(): Promise<void> {
  const standIn = start('stand-in');
  try {
    const { port } = await nextMessage<{ port: number }>(standIn);
    for (const terminals of TERMINALS) report(terminals, await rounds(port, terminals));
  } finally {
    await endChild(standIn);
  }
}
