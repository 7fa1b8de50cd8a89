/**
 * `npm start`: from a fresh clone to a payment. Builds, starts Node-RED with this package and the first example's flow,
 * presses the flow's button once, prints the receipt, and leaves Node-RED running.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type NodeRed, startNodeRed } from './node-red.ts';
import { type Payment, pressAndWait } from './press.ts';
import { installLinked } from './user-directory.ts';

const HELP = `Starts Node-RED with the nexo nodes and a virtual terminal, and makes one payment of 89.00 SEK.

Usage: npm start -- [--once] [--port N]

  --once    end after the receipt: exit code 0 if the payment was approved, else 1
  --port N  where the editor listens on 127.0.0.1 (1880)
  --help    this text`;

const root = fileURLToPath(new URL('..', import.meta.url));
const userDir = join(root, '.user');
const BUTTON = { id: 'pay-89', name: 'Pay 89.00 SEK' };

/** Ends the program with a message that says what to do next. */
class Stop extends Error {}

interface Options {
  once: boolean;
  port: number;
}

function readOptions(): Options {
  try {
    const { values } = parseArgs({
      options: { once: { type: 'boolean' }, port: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    });
    if (values.help) {
      console.log(HELP);
      process.exit(0);
    }
    const port = Number(values.port ?? 1880);
    if (!Number.isInteger(port) || port < 1 || port > 65535) throw new Error(`--port ${values.port} is no port number`);
    return { once: values.once ?? false, port };
  } catch (error) {
    throw new Stop(`${(error as Error).message}\n\n${HELP}`);
  }
}

/** Shows a step while it runs, and how long it took. */
async function step<T>(text: string, work: () => T | Promise<T>): Promise<T> {
  process.stdout.write(`${text} ... `);
  const from = performance.now();
  try {
    const result = await work();
    console.log(`${((performance.now() - from) / 1000).toFixed(1)} s`);
    return result;
  } catch (error) {
    console.log('failed');
    throw error;
  }
}

/** Takes the port first: a build before a port that is in use would be wasted. */
async function takePort(port: number): Promise<Server> {
  const free = 'Stop what is using it, or choose another one: npm start -- --port 1881';
  if (await answers(port)) throw new Stop(`Port ${port} on 127.0.0.1 is already in use. ${free}`);
  const server = createServer((_req, res) => res.writeHead(503, { 'retry-after': '1' }).end('Node-RED is starting'));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'is already in use' : `cannot be used (${error.code})`;
      reject(new Stop(`Port ${port} on 127.0.0.1 ${why}. ${free}`));
    });
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
}

/** Some systems let two programs listen on one port if one of them took all addresses: try to connect first. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}

function build(): void {
  const { status } = spawnSync(process.execPath, [join(root, 'scripts', 'build.ts')], { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Stop('The build failed: the lines above say where.');
}

/** Puts the example's flow in place, unless the user has deployed changes of their own. Tells whether it did. */
function deployExample(): boolean {
  mkdirSync(userDir, { recursive: true });
  const example = readFileSync(join(root, 'examples', '01-first-payment.json'), 'utf8');
  const flows = join(userDir, 'flows.json');
  const lastDeployed = join(userDir, 'flows.example.json');
  const untouched =
    !existsSync(flows) ||
    (existsSync(lastDeployed) && readFileSync(flows, 'utf8') === readFileSync(lastDeployed, 'utf8'));
  if (!untouched) return false;
  writeFileSync(flows, example);
  writeFileSync(lastDeployed, example);
  return true;
}

/** Prints how the payment ended. True if it was approved. */
function report(payment: Payment): boolean {
  const { outcome, approved, receipts, error } = payment;
  if (receipts?.customer) {
    console.log(`\n${receipts.customer.text.replace(/^(?=.)/gm, '    ')}\n`);
  }
  const reason = error ? `: ${[error.condition, error.message].filter(Boolean).join(', ')}` : '';
  console.log(`The payment is ${outcome}${reason}.`);
  return approved === true;
}

async function pay(url: string, nodeRed: NodeRed): Promise<boolean> {
  const payment = await step('Paying 89.00 SEK on the virtual terminal', () => pressAndWait(nodeRed, url, BUTTON.id));
  if (payment) return report(payment);
  console.log(`\nYour own flow in .user has no button "${BUTTON.name}" any more, so nothing was paid.`);
  console.log('Press an inject button of yours, or delete the folder .user to get the example back.');
  return false;
}

function endOnSignal(nodeRed: NodeRed): void {
  let ending = false;
  const end = () => {
    if (ending) process.exit(1);
    ending = true;
    console.log('\nStopping Node-RED ...');
    nodeRed.stop().then(
      () => process.exit(0),
      (error) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
}

async function main(): Promise<void> {
  const { once, port } = readOptions();
  const url = `http://127.0.0.1:${port}`;
  const server = await takePort(port);
  await step('Building', build);
  const own = !deployExample();
  installLinked(userDir, root);
  const nodeRed = await step('Starting Node-RED', () => startNodeRed(server, userDir, port));
  endOnSignal(nodeRed);
  if (own) console.log('(with the flows you deployed last time: delete the folder .user to start over)');
  const approved = await pay(url, nodeRed).catch((error: Error) => {
    console.log(error.message);
    return false;
  });
  if (once) {
    await nodeRed.stop();
    process.exit(approved ? 0 : 1);
  }
  console.log(`\nThe editor is at ${url}`);
  console.log(`For the next payment press the button at the left of "${BUTTON.name}". Ctrl-C ends Node-RED.`);
}

main().catch((error: Error) => {
  console.error(error instanceof Stop ? error.message : error);
  process.exit(1);
});
