#!/usr/bin/env node
import { parseArgs } from 'node:util';

const HELP = `nexo-virtual-terminal: a payment terminal that speaks nexo Retailer 3.1 over HTTP, without hardware

  --port <number>   where it listens (default 11000; 0 picks a free one)
  --host <address>  the interface it listens on (default 127.0.0.1: this machine only)
  --store <file>    keeps finished transactions there, so that a restart does not forget them
  --delay <ms>      how long a payment takes (default 1500)
  --poiid <id>      serves this POIID only; may be given more than once (default: any)
  --pos <url>       where the POS listens, for displays, events, prints and questions of the terminals
                    (such as http://127.0.0.1:11001/EPASSaleToPOI/3.1; default: nowhere, they only answer)
  --announce        tells the POS at the start where the terminals are, as their Save button does
                    (with --pos and --poiid)
  --maintenance <ms>
                    an update is always waiting: it is announced after each login, installed after a
                    logout with maintenance allowed, and takes so long (default: none is waiting)
  --auto            the customer acts without being told, as amounts and transaction ids say (the default)
  --quiet           does not print exchanges
  --help            prints this
`;

class UsageError extends Error {}

interface Settings {
  port: number;
  host: string;
  store: string | undefined;
  delay: number;
  poiIds: string[] | undefined;
  pos: string | undefined;
  announce: boolean;
  maintenance: number | undefined;
  quiet: boolean;
}

/** What the command line asks for; undefined: help. */
function settingsOf(args: string[]): Settings | undefined {
  const { values } = parse(args);
  if (values.help) return undefined;
  if (values.announce && !(values.pos && values.poiid))
    throw new UsageError('--announce says where which terminal is: give --pos and --poiid too.');
  return {
    port: whole(values.port ?? '11000', 'port', 65_535),
    host: values.host ?? '127.0.0.1',
    store: values.store,
    delay: whole(values.delay ?? '1500', 'delay', 600_000),
    poiIds: values.poiid,
    pos: values.pos === undefined ? undefined : address(values.pos),
    announce: values.announce ?? false,
    maintenance: values.maintenance === undefined ? undefined : whole(values.maintenance, 'maintenance', 86_400_000),
    quiet: values.quiet ?? false,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        port: { type: 'string' },
        host: { type: 'string' },
        store: { type: 'string' },
        delay: { type: 'string' },
        poiid: { type: 'string', multiple: true },
        pos: { type: 'string' },
        announce: { type: 'boolean' },
        maintenance: { type: 'string' },
        auto: { type: 'boolean' },
        quiet: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function whole(text: string, option: string, most: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number <= most) return number;
  throw new UsageError(`--${option} takes a whole number from 0 to ${most}, not "${text}".`);
}

function address(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new UsageError(
    `--pos takes the address of a POS, like http://127.0.0.1:11001/EPASSaleToPOI/3.1, not "${text}".`,
  );
}

async function run(settings: Settings): Promise<void> {
  // Loaded late: an old Node would fail on them before it could say that it is too old.
  const { byDecimals, scenarios } = await import('./scenarios.ts');
  const { PosClient } = await import('./pos-client.ts');
  const { serve, PATH } = await import('./server.ts');
  const { openStore } = await import('./store.ts');
  const { VirtualTerminals } = await import('./terminals.ts');

  const store = settings.store === undefined ? undefined : openStore(settings.store);
  const client = settings.pos === undefined ? undefined : new PosClient(settings.pos);
  const terminals = new VirtualTerminals({
    delay: settings.delay,
    ...(settings.maintenance === undefined ? {} : { maintenance: settings.maintenance }),
    ...(client ? { pos: () => client.pos() } : {}),
    ...(store ? { store } : {}),
    ...(settings.poiIds ? { poiIds: settings.poiIds } : {}),
    ...(settings.quiet ? {} : { log: (line: string) => console.log(`${new Date().toISOString()} ${line}`) }),
  });
  const server = await serve(terminals, settings);
  const host = settings.host.includes(':') ? `[${settings.host}]` : settings.host;
  console.log(`Virtual terminal on http://${host}:${server.port}${PATH}`);
  if (store) console.log(`Transactions are kept in ${settings.store} (${store.records.length} there)`);
  if (!settings.quiet) {
    console.log('Amounts decide what happens, by their decimals; all others are approved:');
    const rows = Object.entries(byDecimals).sort();
    for (const [decimals, name] of rows) console.log(`  .${decimals}  ${name.padEnd(20)} ${scenarios[name].about}`);
    console.log('A TransactionID that begins with a name and a hyphen (declined-4711) does the same. Ctrl+C ends it.');
  }
  if (settings.announce)
    for (const poiId of settings.poiIds ?? [])
      terminals.terminal(poiId)?.announceAddress({ ip: settings.host, port: server.port });
  const stop = () => {
    terminals.close();
    client?.close();
    server.close().then(() => store?.close());
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

/** What to tell the user, and the exit code: 2 for a wrong command line, 1 for everything else. */
function explain(error: unknown, settings: Settings | undefined): [string, number] {
  if (error instanceof UsageError) return [`${error.message}\nTry --help.`, 2];
  const { code, message } = error as NodeJS.ErrnoException;
  const where = `${settings?.host}:${settings?.port}`;
  if (code === 'EADDRINUSE')
    return [`${where} is in use: end what uses it (another virtual terminal?), or choose another --port.`, 1];
  if (code === 'EACCES') return [`Not allowed to listen on ${where}: choose a --port above 1023.`, 1];
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return [`${settings?.host} is no address of this machine: choose another --host.`, 1];
  return [message, 1];
}

async function main(): Promise<void> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 22 || (major === 22 && minor < 19)) {
    console.error(`nexo-virtual-terminal needs Node.js 22.19 or newer; this is ${process.versions.node}.`);
    process.exitCode = 1;
    return;
  }
  let settings: Settings | undefined;
  try {
    settings = settingsOf(process.argv.slice(2));
    if (settings) await run(settings);
    else process.stdout.write(HELP);
  } catch (error) {
    const [text, code] = explain(error, settings);
    console.error(text);
    process.exitCode = code;
  }
}

main();
