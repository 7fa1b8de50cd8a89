/** A display storm: a thousand terminals at once on one endpoint, each with a connection of its own. */
import { median, range, table } from '../report.ts';
import type { Usage } from './contender.ts';
import { type Entrant, usage } from './entrant.ts';
import { type BenchTerminal, connectAll, TERMINALS } from './terminals.ts';

/** What a storm meets, and whether it answers in nexo. */
export interface Shelter {
  label: string;
  entrant: Entrant;
  answered: boolean;
}

/** Displays of each terminal, and ms between two, each terminal at its own time; 0: as fast as they are answered. */
interface Storm {
  name: string;
  count: number;
  pace: number;
}

interface Passed {
  sent: number;
  perSecond: number;
  /** ms to the answer. */
  p50: number;
  p99: number;
  /** After it. */
  usage: Usage;
  /** Of this storm; absent where nobody counts. */
  received?: number;
}

const STORMS: Storm[] = [
  { name: 'as fast as they are answered', count: 3, pace: 0 },
  { name: 'one each within a second', count: 1, pace: 1000 },
];
const ROUNDS = 3;
/** ms in which whatever was answered must have reached the flow. */
const DELIVERED_WITHIN = 5000;

async function send(terminals: BenchTerminal[], answered: boolean, { count, pace }: Storm): Promise<number[]> {
  const times: number[] = [];
  const from = performance.now();
  const sendOf = async (terminal: BenchTerminal, index: number) => {
    for (let sent = 0; sent < count; sent++) {
      const due = from + pace * (sent + index / terminals.length) - performance.now();
      if (pace > 0 && due > 0) await new Promise((resolve) => setTimeout(resolve, due));
      times.push(await terminal.display(answered));
    }
  };
  await Promise.all(terminals.map(sendOf));
  return times.sort((a, b) => a - b);
}

/** What a contender has heard and uses, once so many messages have come, or no more do. */
async function settled(entrant: Entrant, wanted: number): Promise<Usage> {
  const until = performance.now() + DELIVERED_WITHIN;
  for (;;) {
    const now = await usage(entrant);
    if (now.received === undefined || now.received >= wanted || performance.now() > until) return now;
  }
}

async function pass(terminals: BenchTerminal[], { entrant, answered }: Shelter, storm: Storm): Promise<Passed> {
  const before = (await usage(entrant)).received ?? 0;
  const from = performance.now();
  const times = await send(terminals, answered, storm);
  const perSecond = (times.length / (performance.now() - from)) * 1000;
  const after = await settled(entrant, before + times.length);
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

/** Every terminal says something once, and is answered. */
export async function greet(entrant: Entrant, count: number, answered: boolean): Promise<void> {
  const terminals = await connectAll(entrant.port, count);
  await send(terminals, answered, { name: '', count: 1, pace: 0 });
  for (const terminal of terminals) terminal.close();
}

/** Lets the storms come over each in turn, several times, and prints what became of them. The others are compared with the first. */
export async function storms(shelters: Shelter[]): Promise<void> {
  const passed = STORMS.map(() => shelters.map((): Passed[] => []));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [of, shelter] of shelters.entries()) {
      const terminals = await connectAll(shelter.entrant.port, TERMINALS);
      await send(terminals, shelter.answered, { name: '', count: 1, pace: 0 });
      for (const [which, storm] of STORMS.entries()) {
        passed[which]?.[of]?.push(await pass(terminals, shelter, storm));
      }
      for (const terminal of terminals) terminal.close();
    }
  }
  for (const [which, { name }] of STORMS.entries()) report(name, shelters, passed[which] ?? []);
}

function report(name: string, shelters: Shelter[], passed: Passed[][]): void {
  console.log(`\nDisplay storm, ${TERMINALS} terminals, ${name} (medians of ${ROUNDS} rounds, with their range)`);
  table(
    ['', 'delivered', 'out of order', 'requests/s', 'answer p50 ms', 'p99 ms', 'p99 × nodes', 'memory'],
    shelters.map(({ label }, of) => row(label, passed[of] ?? [], passed[0] ?? [])),
  );
}

function row(label: string, rounds: Passed[], first: Passed[]): string[] {
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
