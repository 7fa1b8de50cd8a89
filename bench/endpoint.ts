/**
 * Display requests per second, and CPU per request: for the nodes (endpoint, terminal, listener, and a node behind it), the
 * endpoint alone, a flow of core nodes, and a plain HTTP server that reads no body; and a thousand terminals at once. Each
 * contender runs in its own process, the terminals in this one. Rounds alternate, so that other load on the machine affects
 * all contenders equally.
 */
import { type ContenderProcess, startContender, stopContender, usage } from './endpoint/contender-process.ts';
import { displayOnce, runStorms } from './endpoint/storm.ts';
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
type ContenderProcesses = Record<Contender, ContenderProcess>;
type Figures = { perSecond: number; cpuMicroseconds: number };
type Round = Record<Contender, Figures>;

const NAMES = Object.keys(CONTENDERS) as Contender[];

/** Connections are new in each run: servers close connections that were idle during the other contenders' runs. */
async function run(contender: ContenderProcess, milliseconds: number): Promise<Figures> {
  const terminals = await connectAll(contender.port, CONNECTIONS);
  const before = await usage(contender);
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
  const after = await usage(contender);
  for (const terminal of terminals) terminal.close();
  return { perSecond: count / seconds, cpuMicroseconds: ((after.cpuSeconds - before.cpuSeconds) / count) * 1e6 };
}

/** One run of each contender. */
async function turns(contenders: ContenderProcesses, milliseconds: number): Promise<Round> {
  const round: Partial<Round> = {};
  for (const name of NAMES) round[name] = await run(contenders[name], milliseconds);
  return round as Round;
}

async function compare(contenders: ContenderProcesses): Promise<void> {
  await turns(contenders, WARM_UP_MS);
  const rounds: Round[] = [];
  while (rounds.length < ROUNDS) rounds.push(await turns(contenders, ROUND_MS));
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

/** Starts Node-RED with so many terminals; measures the time until each is answered once, and the memory then. */
async function startNodes(
  terminals: number,
  all: ContenderProcess[],
): Promise<{ contender: ContenderProcess; row: string[] }> {
  const from = performance.now();
  const contender = await startContender('nodes', String(terminals));
  all.push(contender);
  await displayOnce(contender, terminals, true);
  const seconds = ((performance.now() - from) / 1000).toFixed(1);
  const { bytes } = await usage(contender);
  return { contender, row: [`${terminals} terminals`, `${seconds} s`, `${(bytes / 2 ** 20).toFixed(0)} MiB`] };
}

/** Runs the comparison and the storms, and prints the results. Takes less than a minute. */
export async function endpointBench(): Promise<void> {
  const all: ContenderProcess[] = [];
  const start = async (module: string) => {
    const contender = await startContender(module);
    all.push(contender);
    return contender;
  };
  try {
    const few = await startNodes(CONNECTIONS, all);
    const core = await start('core');
    const bare = await start('bare');
    await compare({ nodes: few.contender, endpoint: await start('endpoint'), core, bare });
    const many = await startNodes(TERMINALS, all);
    console.log('\nNode-RED with terminals on one endpoint, from its start until each was answered once');
    table(['', 'ready after', 'memory then'], [few.row, many.row]);
    await runStorms([
      { label: 'nexo nodes, answer in nexo', answered: true, contender: many.contender },
      { label: CONTENDERS.core, answered: false, contender: core },
      { label: CONTENDERS.bare, answered: false, contender: bare },
    ]);
  } finally {
    await Promise.all(all.map(stopContender));
  }
}
