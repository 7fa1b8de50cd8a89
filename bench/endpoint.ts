/**
 * Display requests: how many a second, and CPU each, for our endpoint, for a flow of core nodes, and for a bare HTTP
 * server that reads nothing; and a thousand terminals at once on one endpoint. Each contender has a process of its own;
 * their rounds alternate, so that whatever else the machine does meets them alike.
 */
import { type ChildProcess, fork } from 'node:child_process';
import type { Usage } from './endpoint/contender.ts';
import { type BenchTerminal, connectAll, TERMINALS } from './endpoint/terminals.ts';
import { median, table } from './report.ts';

const CONTENDERS = ['answered', 'endpoint', 'core', 'bare'] as const;
const CONNECTIONS = 16;
const ROUNDS = 5;
const WARM_UP_MS = 2000;
const ROUND_MS = 2000;
/** Displays of each terminal in a storm, and ms between two where they come as fingers press keys. */
const BURST = 20;
const PACE_MS = 1000;
const PACED = 5;

type Contender = (typeof CONTENDERS)[number];
type Round = Record<Contender, { perSecond: number; cpuMicroseconds: number }>;

const LABELS: Record<Contender, string> = {
  answered: 'endpoint, answers in nexo',
  endpoint: 'endpoint, answers 204',
  core: 'core nodes, answer 204',
  bare: 'node:http, 204 unread',
};

/** A contender's process, and where it listens. */
interface Entrant {
  child: ChildProcess;
  port: number;
}

/** The next message of a child; rejects if it ends instead. */
function next<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`A contender ended with ${code}`));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message as T);
    });
  });
}

function usage(child: ChildProcess): Promise<Usage> {
  const result = next<Usage>(child);
  child.send('usage');
  return result;
}

async function enter(module: string): Promise<Entrant> {
  const child = fork(new URL(`./endpoint/${module}.ts`, import.meta.url));
  const { port } = await next<{ port: number }>(child);
  return { child, port };
}

async function leave({ child }: Entrant): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.disconnect();
  await ended;
}

/** Connections are new in each run: servers close those that were idle while the others had their turn. */
async function run({ child, port }: Entrant, answered: boolean, milliseconds: number) {
  const terminals = await connectAll(port, CONNECTIONS);
  const before = await usage(child);
  const from = performance.now();
  let count = 0;
  const send = async (terminal: BenchTerminal) => {
    while (performance.now() - from < milliseconds) {
      await terminal.display(answered);
      count++;
    }
  };
  await Promise.all(terminals.map(send));
  const seconds = (performance.now() - from) / 1000;
  const after = await usage(child);
  for (const terminal of terminals) terminal.close();
  return { perSecond: count / seconds, cpuMicroseconds: ((after.cpuSeconds - before.cpuSeconds) / count) * 1e6 };
}

async function compare(): Promise<void> {
  const entrants = new Map<Contender, Entrant>();
  const all: Round[] = [];
  try {
    for (const contender of CONTENDERS) {
      const entrant = await enter(contender === 'answered' ? 'endpoint' : contender);
      entrants.set(contender, entrant);
      await run(entrant, contender === 'answered', WARM_UP_MS);
    }
    for (let round = 0; round < ROUNDS; round++) {
      const results: Partial<Round> = {};
      for (const [contender, entrant] of entrants) {
        results[contender] = await run(entrant, contender === 'answered', ROUND_MS);
      }
      all.push(results as Round);
    }
  } finally {
    await Promise.all([...entrants.values()].map(leave));
  }
  report(all);
}

function report(all: Round[]): void {
  const value = (field: 'perSecond' | 'cpuMicroseconds', of: Contender, to?: Contender) =>
    median(all.map((round) => round[of][field] / (to ? round[to][field] : 1)));
  console.log(`\nDisplay requests, ${CONNECTIONS} connections (medians of ${ROUNDS} rounds)`);
  table(
    ['', 'requests/s', '× core', 'CPU µs each', '× core', '× node:http'],
    CONTENDERS.map((of) => [
      LABELS[of],
      value('perSecond', of).toFixed(0),
      value('perSecond', of, 'core').toFixed(2),
      value('cpuMicroseconds', of).toFixed(0),
      value('cpuMicroseconds', of, 'core').toFixed(2),
      value('cpuMicroseconds', of, 'bare').toFixed(2),
    ]),
  );
}

/** Lets every terminal send so many displays: as fast as they are answered, or one in so many ms, each at its own time. */
async function storm(
  terminals: BenchTerminal[],
  count: number,
  pace: number,
): Promise<{ times: number[]; seconds: number }> {
  const times: number[] = [];
  const from = performance.now();
  const send = async (terminal: BenchTerminal, index: number) => {
    for (let sent = 0; sent < count; sent++) {
      const due = from + pace * (sent + index / terminals.length) - performance.now();
      if (pace > 0 && due > 0) await new Promise((resolve) => setTimeout(resolve, due));
      times.push(await terminal.display(true));
    }
  };
  await Promise.all(terminals.map(send));
  return { times: times.sort((a, b) => a - b), seconds: (performance.now() - from) / 1000 };
}

async function storms(): Promise<void> {
  const rows: string[][] = [];
  for (const [label, count, pace] of [
    ['all at once, as fast as they are answered', BURST, 0],
    ['each one a second', PACED, PACE_MS],
  ] as const) {
    const entrant = await enter('endpoint');
    const terminals = await connectAll(entrant.port, TERMINALS);
    try {
      await storm(terminals, 2, 0);
      const before = await usage(entrant.child);
      const { times, seconds } = await storm(terminals, count, pace);
      const { received = 0, disordered = 0 } = await usage(entrant.child);
      const at = (share: number) => `${(times[Math.floor(times.length * share)] ?? Number.NaN).toFixed(1)} ms`;
      const delivered = `${received - (before.received ?? 0)} of ${TERMINALS * count}`;
      rows.push([label, delivered, String(disordered), (times.length / seconds).toFixed(0), at(0.5), at(0.99)]);
    } finally {
      for (const terminal of terminals) terminal.close();
      await leave(entrant);
    }
  }
  console.log(`\nDisplay storm, ${TERMINALS} terminals on one endpoint, every display answered`);
  table(['', 'delivered', 'out of order', 'requests/s', 'answer p50', 'p99'], rows);
}

/** Runs the comparison and the storms, and prints them. Takes about a minute and a half. */
export async function endpointBench(): Promise<void> {
  await compare();
  await storms();
}
