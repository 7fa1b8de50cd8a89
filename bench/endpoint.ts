/**
 * Display requests: how many a second, and CPU each, for our nodes (endpoint, terminal, listener, and a node behind it),
 * for our endpoint alone, for a flow of core nodes, and for a bare HTTP server that reads nothing; and a thousand terminals
 * at once. Each contender has a process of its own, the terminals have this one; rounds alternate, so that whatever else
 * the machine does meets all alike.
 */
import { type Entrant, enter, leave, usage } from './endpoint/entrant.ts';
import { greet, storms } from './endpoint/storm.ts';
import { type BenchTerminal, connectAll, TERMINALS } from './endpoint/terminals.ts';
import { median, range, table } from './report.ts';

const CONNECTIONS = 16;
const ROUNDS = 5;
const WARM_UP_MS = 1200;
const ROUND_MS = 700;

const CONTENDERS = {
  nodes: 'nexo nodes, answer 204',
  endpoint: 'endpoint alone, answers 204',
  core: 'core nodes, answer 204',
  bare: 'node:http, 204 unread',
};

type Contender = keyof typeof CONTENDERS;
type Entrants = Record<Contender, Entrant>;
type Figures = { perSecond: number; cpuMicroseconds: number };
type Round = Record<Contender, Figures>;

const NAMES = Object.keys(CONTENDERS) as Contender[];

/** Connections are new in each run: servers close those that were idle while the others had their turn. */
async function run(entrant: Entrant, milliseconds: number): Promise<Figures> {
  const terminals = await connectAll(entrant.port, CONNECTIONS);
  const before = await usage(entrant);
  const from = performance.now();
  let count = 0;
  const send = async (terminal: BenchTerminal) => {
    while (performance.now() - from < milliseconds) {
      await terminal.display(false);
      count++;
    }
  };
  await Promise.all(terminals.map(send));
  const seconds = (performance.now() - from) / 1000;
  const after = await usage(entrant);
  for (const terminal of terminals) terminal.close();
  return { perSecond: count / seconds, cpuMicroseconds: ((after.cpuSeconds - before.cpuSeconds) / count) * 1e6 };
}

/** One turn of each, one after the other. */
async function turns(entrants: Entrants, milliseconds: number): Promise<Round> {
  const round: Partial<Round> = {};
  for (const name of NAMES) round[name] = await run(entrants[name], milliseconds);
  return round as Round;
}

async function compare(entrants: Entrants): Promise<void> {
  await turns(entrants, WARM_UP_MS);
  const rounds: Round[] = [];
  while (rounds.length < ROUNDS) rounds.push(await turns(entrants, ROUND_MS));
  console.log(`\nDisplay requests, ${CONNECTIONS} terminals (medians of ${ROUNDS} rounds, ratios with their range)`);
  const value = (field: keyof Figures, of: Contender) => median(rounds.map((round) => round[of][field])).toFixed(0);
  const ratio = (field: keyof Figures, of: Contender, to: Contender) =>
    range(rounds.map((round) => round[of][field] / round[to][field]));
  table(
    ['', 'requests/s', '× core', '× node:http', 'CPU µs each', '× core', '× node:http'],
    NAMES.map((of) => [
      CONTENDERS[of],
      ...(['perSecond', 'cpuMicroseconds'] as const).flatMap((field) => [
        value(field, of),
        ratio(field, of, 'core'),
        ratio(field, of, 'bare'),
      ]),
    ]),
  );
}

/** Node-RED with so many terminals: how long until each of them has been answered, and what it takes up then. */
async function startNodes(terminals: number, all: Entrant[]): Promise<{ entrant: Entrant; row: string[] }> {
  const from = performance.now();
  const entrant = await enter('nodes', String(terminals));
  all.push(entrant);
  await greet(entrant, terminals, true);
  const seconds = ((performance.now() - from) / 1000).toFixed(1);
  const { bytes } = await usage(entrant);
  return { entrant, row: [`${terminals} terminals`, `${seconds} s`, `${(bytes / 2 ** 20).toFixed(0)} MiB`] };
}

/** Runs the comparison and the storms, and prints them. Takes less than a minute. */
export async function endpointBench(): Promise<void> {
  const all: Entrant[] = [];
  const start = async (module: string) => {
    const entrant = await enter(module);
    all.push(entrant);
    return entrant;
  };
  try {
    const few = await startNodes(CONNECTIONS, all);
    const core = await start('core');
    const bare = await start('bare');
    await compare({ nodes: few.entrant, endpoint: await start('endpoint'), core, bare });
    const many = await startNodes(TERMINALS, all);
    console.log('\nNode-RED with terminals on one endpoint, from its start until each was answered once');
    table(['', 'ready after', 'memory then'], [few.row, many.row]);
    await storms([
      { label: 'nexo nodes, answer in nexo', answered: true, entrant: many.entrant },
      { label: CONTENDERS.core, answered: false, entrant: core },
      { label: CONTENDERS.bare, answered: false, entrant: bare },
    ]);
  } finally {
    await Promise.all(all.map(leave));
  }
}
