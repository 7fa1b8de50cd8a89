/** A display storm: a thousand terminals at once on one endpoint, each with a connection of its own. */
import { median, range, table } from '../report.ts';
import type { Usage } from './contender.ts';
import { type ContenderProcess, usage } from './contender-process.ts';
import { type BenchTerminal, connectAll, TERMINALS } from './terminals.ts';

/** A contender in a storm, and whether it answers with nexo responses. */
export interface StormTarget {
  label: string;
  contender: ContenderProcess;
  answered: boolean;
}

/** `count`: displays of each terminal; `interval`: ms between two of them, with terminals staggered; 0: no pause. */
interface Storm {
  name: string;
  count: number;
  interval: number;
}

interface StormResult {
  sent: number;
  perSecond: number;
  /** ms to the answer. */
  p50: number;
  p99: number;
  /** After it. */
  usage: Usage;
  /** Messages received in this storm; absent where the contender does not count. */
  received?: number;
}

const STORMS: Storm[] = [
  { name: 'as fast as they are answered', count: 3, interval: 0 },
  { name: 'one each within a second', count: 1, interval: 1000 },
];
const ROUNDS = 3;
/** ms in which answered messages must have reached the flow. */
const DELIVERED_WITHIN = 5000;

async function send(terminals: BenchTerminal[], answered: boolean, { count, interval }: Storm): Promise<number[]> {
  const times: number[] = [];
  const from = performance.now();
  const sendOf = async (terminal: BenchTerminal, index: number) => {
    for (let sent = 0; sent < count; sent++) {
      const due = from + interval * (sent + index / terminals.length) - performance.now();
      if (interval > 0 && due > 0) await new Promise((resolve) => setTimeout(resolve, due));
      times.push(await terminal.display(answered));
    }
  };
  await Promise.all(terminals.map(sendOf));
  return times.sort((a, b) => a - b);
}

/** A contender's usage once it has received so many messages, or after `DELIVERED_WITHIN`. */
async function settled(contender: ContenderProcess, wanted: number): Promise<Usage> {
  const until = performance.now() + DELIVERED_WITHIN;
  for (;;) {
    const now = await usage(contender);
    if (now.received === undefined || now.received >= wanted || performance.now() > until) return now;
  }
}

async function measureStorm(
  terminals: BenchTerminal[],
  { contender, answered }: StormTarget,
  storm: Storm,
): Promise<StormResult> {
  const before = (await usage(contender)).received ?? 0;
  const from = performance.now();
  const times = await send(terminals, answered, storm);
  const perSecond = (times.length / (performance.now() - from)) * 1000;
  const after = await settled(contender, before + times.length);
  const at = (share: number) => times[Math.floor(times.length * share)] ?? Number.NaN;
  return {
    sent: times.length,
    perSecond,
    p50: at(0.5),
    p99: at(0.99),
    usage: after,
    ...(after.received !== undefined && { received: after.received - before }),
  };
}

/** Every terminal sends one display and is answered. */
export async function displayOnce(contender: ContenderProcess, count: number, answered: boolean): Promise<void> {
  const terminals = await connectAll(contender.port, count);
  await send(terminals, answered, { name: '', count: 1, interval: 0 });
  for (const terminal of terminals) terminal.close();
}

/** Runs every storm against each target, several times, and prints the results relative to the first target. */
export async function runStorms(targets: StormTarget[]): Promise<void> {
  const results = STORMS.map(() => targets.map((): StormResult[] => []));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [of, target] of targets.entries()) {
      const terminals = await connectAll(target.contender.port, TERMINALS);
      await send(terminals, target.answered, { name: '', count: 1, interval: 0 });
      for (const [which, storm] of STORMS.entries()) {
        results[which]?.[of]?.push(await measureStorm(terminals, target, storm));
      }
      for (const terminal of terminals) terminal.close();
    }
  }
  for (const [which, { name }] of STORMS.entries()) report(name, targets, results[which] ?? []);
}

function report(name: string, targets: StormTarget[], results: StormResult[][]): void {
  console.log(`\nDisplay storm, ${TERMINALS} terminals, ${name} (medians of ${ROUNDS} rounds, with their range)`);
  table(
    ['', 'delivered', 'out of order', 'requests/s', 'answer p50 ms', 'p99 ms', 'p99 × nodes', 'memory'],
    targets.map(({ label }, of) => row(label, results[of] ?? [], results[0] ?? [])),
  );
}

function row(label: string, rounds: StormResult[], first: StormResult[]): string[] {
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
  const last = rounds.at(-1)?.usage;
  const counts = last?.received !== undefined;
  return [
    label,
    counts ? `${sum(rounds.map(({ received = 0 }) => received))} of ${sum(rounds.map(({ sent }) => sent))}` : '',
    counts ? String(last.disordered) : '',
    median(rounds.map(({ perSecond }) => perSecond)).toFixed(0),
    range(rounds.map(({ p50 }) => p50)),
    range(rounds.map(({ p99 }) => p99)),
    range(rounds.map(({ p99 }, round) => p99 / (first[round]?.p99 ?? Number.NaN))),
    `${((last?.bytes ?? Number.NaN) / 2 ** 20).toFixed(0)} MiB`,
  ];
}
