#!/usr/bin/env node
import { parseArgs } from 'node:util';
import type { VirtualTerminals, VirtualTerminalsOptions } from './virtual-terminals.ts';

const HELP = `nexo-virtual-terminal: a simulated payment terminal for nexo Retailer 3.1 over HTTP

  --port <number>   port to listen on (default 11000; 0 picks a free port)
  --host <address>  interface to listen on (default 127.0.0.1: this machine only)
  --store <file>    keep finished transactions in this file across restarts
  --delay <ms>      duration of a payment (default 1500)
  --poiid <id>      serve this POIID only; can be repeated (default: any)
  --serial <number> serial number of the terminals (default: derived from the POIID)
  --pos <url>       address of the POS for the terminals' own requests: displays, events, prints, inputs
                    (such as http://127.0.0.1:11001/EPASSaleToPOI/3.1; default: no such requests)
  --announce        announce the terminals' address to the POS at the start, as their Save button does
                    (requires --pos and --poiid)
  --maintenance <ms>
                    an update of this duration is always pending: it is announced after each login and
                    installed after a logout with maintenance allowed (default: none)
  --cloud <port>    also simulate Swedbank Pay's cloud on this port: tokens, pairing, messages, events
  --client-id <id>, --client-secret <text>
                    credentials for that cloud (default: virtual-client, virtual-secret)
  --cloud-terminal <url>
                    connect the cloud to this terminal on the network instead of the virtual ones
  --keyed <digits>  accept keyed card numbers with this prefix; can be repeated (default 1234, 9)
  --auto            the customer acts automatically, as amounts and transaction ids determine (default)
  --quiet           do not print exchanges
  --help            print this help

Swedbank Pay's pages do not say what a terminal does in these cases. This one does what its authors find most likely;
real terminals may differ:
  a ServiceID used before in the same login session: Failure/MessageFormat, and nothing is done
  a part of the amount approved: Partial, with ErrorCondition PaymentRestriction
  a currency other than SEK, NOK, DKK and EUR: Failure/Refusal
  a request with a readable header and an incomplete body: Failure/MessageFormat in the category asked
  OperatorNumber and CardIssuerNumber on receipts: the pages' samples have neither, Swedbank Pay's Android demo needs both
  the place of an alternative payment method's name and reference: CardData, and AcquirerTransactionID
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

/** The settings of the command line; undefined where it asks for help. @throws UsageError */
function parseSettings(args: string[]): Settings | undefined {
  const { values } = parseCommandLine(args);
  if (values.help) return undefined;
  if (values.announce && !(values.pos && values.poiid)) throw new UsageError('--announce requires --pos and --poiid.');
  return {
    port: wholeNumber(values.port ?? '11000', 'port', 65_535),
    host: values.host ?? '127.0.0.1',
    store: values.store,
    delay: wholeNumber(values.delay ?? '1500', 'delay', 600_000),
    poiIds: values.poiid,
    serial: values.serial,
    pos: values.pos === undefined ? undefined : url(values.pos),
    announce: values.announce ?? false,
    maintenance:
      values.maintenance === undefined ? undefined : wholeNumber(values.maintenance, 'maintenance', 86_400_000),
    keyed: values.keyed?.map(cardPrefix),
    quiet: values.quiet ?? false,
    cloud: parseCloud(values),
  };
}

function parseCloud(values: ReturnType<typeof parseCommandLine>['values']): CloudSettings | undefined {
  const { cloud, 'client-id': clientId, 'client-secret': clientSecret, 'cloud-terminal': terminal } = values;
  if (cloud === undefined) {
    if (clientId === undefined && clientSecret === undefined && terminal === undefined) return undefined;
    throw new UsageError('--client-id, --client-secret and --cloud-terminal require --cloud.');
  }
  return {
    port: wholeNumber(cloud, 'cloud', 65_535),
    client: { clientId: clientId ?? 'virtual-client', clientSecret: clientSecret ?? 'virtual-secret' },
    terminal: terminal === undefined ? undefined : url(terminal, 'cloud-terminal', 'a terminal'),
  };
}

function parseCommandLine(args: string[]) {
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

function wholeNumber(text: string, option: string, maximum: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number <= maximum) return number;
  throw new UsageError(`--${option} takes a whole number from 0 to ${maximum}, not "${text}".`);
}

function cardPrefix(text: string): string {
  if (/^\d{1,28}$/.test(text)) return text;
  throw new UsageError(`--keyed takes the first digits of card numbers, not "${text}".`);
}

function url(text: string, option = 'pos', target = 'a POS'): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new UsageError(
    `--${option} takes the address of ${target}, like http://127.0.0.1:11001/EPASSaleToPOI/3.1, not "${text}".`,
  );
}

/** Starts everything that the settings ask for; SIGINT and SIGTERM stop it. */
async function run(settings: Settings): Promise<void> {
  // Imported dynamically: an old version of Node would fail on these modules before `main` can report its version.
  const { PosClient } = await import('./pos/pos-client.ts');
  const { serve } = await import('./server.ts');
  const { openStore } = await import('./store.ts');
  const { VirtualTerminals } = await import('./virtual-terminals.ts');

  const store = settings.store === undefined ? undefined : openStore(settings.store);
  const client = settings.pos === undefined ? undefined : new PosClient(settings.pos);
  const log = settings.quiet ? undefined : (line: string) => console.log(`${new Date().toISOString()} ${line}`);
  let cloud: Awaited<ReturnType<typeof startCloud>> | undefined;
  const terminals = new VirtualTerminals({
    ...terminalsOptions(settings),
    pos: (poiId) => client?.pos() ?? cloud?.service.pos(poiId),
    ...(store ? { store } : {}),
    ...(log ? { log } : {}),
  });
  const server = await serve(terminals, settings);
  if (settings.cloud) {
    cloud = await startCloud(settings.cloud, settings, terminals, log).catch(async (error: unknown) => {
      await server.close();
      throw error;
    });
  }
  await printIntroduction(settings, server.port, store?.records.length);
  if (settings.announce) {
    for (const poiId of settings.poiIds ?? [])
      terminals.terminal(poiId)?.announceAddress({ ip: settings.host, port: server.port });
  }
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

function terminalsOptions({ delay, maintenance, serial, keyed, poiIds }: Settings): VirtualTerminalsOptions {
  return {
    delay,
    ...(maintenance === undefined ? {} : { maintenance }),
    ...(serial === undefined ? {} : { serial }),
    ...(keyed === undefined ? {} : { keyedPrefixes: keyed }),
    ...(poiIds ? { poiIds } : {}),
  };
}

/** Prints the address, the store and, unless `--quiet`, the scenarios. @param stored transactions in the store */
async function printIntroduction(settings: Settings, port: number, stored: number | undefined): Promise<void> {
  const { scenarioHelp } = await import('./terminal/scenario-help.ts');
  const { PATH } = await import('./server.ts');
  const host = settings.host.includes(':') ? `[${settings.host}]` : settings.host;
  console.log(`Virtual terminal on http://${host}:${port}${PATH}`);
  if (stored !== undefined) console.log(`Transactions are kept in ${settings.store} (${stored} there)`);
  if (settings.quiet) return;
  for (const line of scenarioHelp()) console.log(line);
  console.log('Press Ctrl+C to stop.');
}

/** Starts the simulated cloud in front of the terminals, and prints what is needed to use it. */
async function startCloud(
  { port, client, terminal }: CloudSettings,
  { host, poiIds }: Settings,
  terminals: VirtualTerminals,
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

/** The message for the user and the exit code: 2 for a wrong command line, otherwise 1. */
function messageAndCode(error: unknown, settings: Settings | undefined): [string, number] {
  if (error instanceof UsageError) return [`${error.message}\nTry --help.`, 2];
  const { code, message, port } = error as NodeJS.ErrnoException & { port?: number };
  const option = port !== undefined && port === settings?.cloud?.port ? '--cloud' : '--port';
  const where = `${settings?.host}:${port ?? settings?.port}`;
  if (code === 'EADDRINUSE')
    return [
      `${where} is in use: stop the program that uses it (another virtual terminal?), or choose another ${option}.`,
      1,
    ];
  if (code === 'EACCES') return [`Not allowed to listen on ${where}: choose a ${option} above 1023.`, 1];
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return [`${settings?.host} is not an address of this machine: choose another --host.`, 1];
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
    settings = parseSettings(process.argv.slice(2));
    if (settings) await run(settings);
    else {
      const { scenarioHelp } = await import('./terminal/scenario-help.ts');
      process.stdout.write(`${HELP}\n${scenarioHelp().join('\n')}\n`);
    }
  } catch (error) {
    const [text, code] = messageAndCode(error, settings);
    console.error(text);
    process.exitCode = code;
  }
}

main();
