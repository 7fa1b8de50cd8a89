#!/usr/bin/env node
import { parseArgs } from 'node:util';

const HELP = `nexo-virtual-terminal: a payment terminal that speaks nexo Retailer 3.1 over HTTP, without hardware

  --port <number>   where it listens (default 11000; 0 picks a free one)
  --host <address>  the interface it listens on (default 127.0.0.1: this machine only)
  --store <file>    keeps finished transactions there, so that a restart does not forget them
  --delay <ms>      how long a payment takes (default 1500)
  --poiid <id>      serves this POIID only; may be given more than once (default: any)
  --serial <number> the terminals' serial number (default: one that goes with the POIID)
  --pos <url>       where the POS listens, for displays, events, prints and questions of the terminals
                    (such as http://127.0.0.1:11001/EPASSaleToPOI/3.1; default: nowhere, they only answer)
  --announce        tells the POS at the start where the terminals are, as their Save button does
                    (with --pos and --poiid)
  --maintenance <ms>
                    an update is always waiting: it is announced after each login, installed after a
                    logout with maintenance allowed, and takes so long (default: none is waiting)
  --cloud <port>    also plays Swedbank Pay's cloud there: tokens, pairing by code, messages, events
  --client-id <id>, --client-secret <text>
                    who may use that cloud (default: virtual-client, virtual-secret)
  --cloud-terminal <url>
                    the cloud leads to that terminal on the network instead of to the virtual ones
  --keyed <digits>  takes keyed card numbers that begin like this; may be given more than once (default 1234, 9)
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
  serial: string | undefined;
  pos: string | undefined;
  announce: boolean;
  maintenance: number | undefined;
  keyed: string[] | undefined;
  quiet: boolean;
  cloud: CloudSettings | undefined;
}

interface CloudSettings {
  port: number;
  client: { clientId: string; clientSecret: string };
  terminal: string | undefined;
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
    serial: values.serial,
    pos: values.pos === undefined ? undefined : address(values.pos),
    announce: values.announce ?? false,
    maintenance: values.maintenance === undefined ? undefined : whole(values.maintenance, 'maintenance', 86_400_000),
    keyed: values.keyed?.map(digits),
    quiet: values.quiet ?? false,
    cloud: cloudOf(values),
  };
}

function cloudOf(values: ReturnType<typeof parse>['values']): CloudSettings | undefined {
  const { cloud, 'client-id': clientId, 'client-secret': clientSecret, 'cloud-terminal': terminal } = values;
  if (cloud === undefined) {
    if (clientId === undefined && clientSecret === undefined && terminal === undefined) return undefined;
    throw new UsageError('--client-id, --client-secret and --cloud-terminal belong to a cloud: give --cloud too.');
  }
  return {
    port: whole(cloud, 'cloud', 65_535),
    client: { clientId: clientId ?? 'virtual-client', clientSecret: clientSecret ?? 'virtual-secret' },
    terminal: terminal === undefined ? undefined : address(terminal, 'cloud-terminal', 'a terminal'),
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
        serial: { type: 'string' },
        pos: { type: 'string' },
        announce: { type: 'boolean' },
        maintenance: { type: 'string' },
        cloud: { type: 'string' },
        'client-id': { type: 'string' },
        'client-secret': { type: 'string' },
        'cloud-terminal': { type: 'string' },
        keyed: { type: 'string', multiple: true },
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

function digits(text: string): string {
  if (/^\d{1,28}$/.test(text)) return text;
  throw new UsageError(`--keyed takes the first digits of card numbers, not "${text}".`);
}

function address(text: string, option = 'pos', of = 'a POS'): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new UsageError(
    `--${option} takes the address of ${of}, like http://127.0.0.1:11001/EPASSaleToPOI/3.1, not "${text}".`,
  );
}

async function run(settings: Settings): Promise<void> {
  // Loaded late: an old Node would fail on them before it could say that it is too old.
  const { listing } = await import('./scenario-help.ts');
  const { PosClient } = await import('./pos/pos-client.ts');
  const { serve, PATH } = await import('./server.ts');
  const { openStore } = await import('./store.ts');
  const { VirtualTerminals } = await import('./virtual-terminals.ts');

  const store = settings.store === undefined ? undefined : openStore(settings.store);
  const client = settings.pos === undefined ? undefined : new PosClient(settings.pos);
  const log = settings.quiet ? undefined : (line: string) => console.log(`${new Date().toISOString()} ${line}`);
  let cloud: Awaited<ReturnType<typeof startCloud>> | undefined;
  const terminals = new VirtualTerminals({
    delay: settings.delay,
    ...(settings.maintenance === undefined ? {} : { maintenance: settings.maintenance }),
    ...(settings.serial === undefined ? {} : { serial: settings.serial }),
    ...(settings.keyed === undefined ? {} : { keyedPrefixes: settings.keyed }),
    pos: (poiId) => client?.pos() ?? cloud?.service.pos(poiId),
    ...(store ? { store } : {}),
    ...(settings.poiIds ? { poiIds: settings.poiIds } : {}),
    ...(log ? { log } : {}),
  });
  const server = await serve(terminals, settings);
  if (settings.cloud) {
    cloud = await startCloud(settings.cloud, settings, terminals, log).catch(async (error: unknown) => {
      await server.close();
      throw error;
    });
  }
  const host = settings.host.includes(':') ? `[${settings.host}]` : settings.host;
  console.log(`Virtual terminal on http://${host}:${server.port}${PATH}`);
  if (store) console.log(`Transactions are kept in ${settings.store} (${store.records.length} there)`);
  if (!settings.quiet) {
    for (const line of listing()) console.log(line);
    console.log('Ctrl+C ends it.');
  }
  if (settings.announce)
    for (const poiId of settings.poiIds ?? [])
      terminals.terminal(poiId)?.announceAddress({ ip: settings.host, port: server.port });
  const stop = () => {
    terminals.close();
    client?.close();
    cloud?.service.close();
    cloud?.running.close();
    server.close().then(() => store?.close());
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

/** Plays the cloud in front of the terminals, and tells what is needed to use it. */
async function startCloud(
  { port, client, terminal }: CloudSettings,
  { host, poiIds }: Settings,
  terminals: import('./virtual-terminals.ts').VirtualTerminals,
  log: ((line: string) => void) | undefined,
) {
  const { relayTo } = await import('./cloud/relay.ts');
  const { CloudService } = await import('./cloud/cloud-service.ts');
  const { serveCloud } = await import('./cloud/cloud-server.ts');
  const service = new CloudService({
    client,
    relay: terminal === undefined ? (body, respond) => terminals.receive(body, respond) : relayTo(terminal),
    ...(poiIds ? { poiIds } : {}),
    ...(log ? { log } : {}),
  });
  const running = await serveCloud(service, { host, port });
  console.log(`Virtual cloud on ${running.baseUrl}`);
  console.log(`  token address ${running.tokenUrl}, client id ${client.clientId}`);
  for (const { poiId, code } of service.channels.codes) {
    console.log(`  ${poiId ?? 'the terminal'} shows the pairing code ${code}`);
  }
  return { service, running };
}

/** What to tell the user, and the exit code: 2 for a wrong command line, 1 for everything else. */
function explain(error: unknown, settings: Settings | undefined): [string, number] {
  if (error instanceof UsageError) return [`${error.message}\nTry --help.`, 2];
  const { code, message, port } = error as NodeJS.ErrnoException & { port?: number };
  const option = port !== undefined && port === settings?.cloud?.port ? '--cloud' : '--port';
  const where = `${settings?.host}:${port ?? settings?.port}`;
  if (code === 'EADDRINUSE')
    return [`${where} is in use: end what uses it (another virtual terminal?), or choose another ${option}.`, 1];
  if (code === 'EACCES') return [`Not allowed to listen on ${where}: choose a ${option} above 1023.`, 1];
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
    else {
      const { listing } = await import('./scenario-help.ts');
      process.stdout.write(`${HELP}\n${listing().join('\n')}\n`);
    }
  } catch (error) {
    const [text, code] = explain(error, settings);
    console.error(text);
    process.exitCode = code;
  }
}

main();
