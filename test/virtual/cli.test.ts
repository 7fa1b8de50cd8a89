import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Message } from '../../lib/protocol/types.ts';
import { decode } from '../../lib/protocol/xml/decode.ts';
import { encode } from '../../lib/protocol/xml/encode.ts';
import { CloudTransport } from '../../lib/transport/cloud/cloud-transport.ts';
import { pair } from '../../lib/transport/cloud/pairing.ts';
import { LanTransport } from '../../lib/transport/lan.ts';
import { serve } from '../../lib/virtual/server.ts';
import { VirtualTerminals } from '../../lib/virtual/virtual-terminals.ts';
import * as pos from '../support/pos.ts';
import { freePort } from '../support/virtual-terminal.ts';
import { ListeningPos, shown } from './listening-pos.ts';
import { FULL, login } from './recording-pos.ts';

const cliFile = fileURLToPath(new URL('../../lib/virtual/cli.ts', import.meta.url));

interface Run {
  child: ChildProcess;
  out(): string;
  err(): string;
  /** Waits until the output so far matches. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  ended: Promise<number | null>;
}

function run(t: TestContext, ...args: string[]): Run {
  const child = spawn(process.execPath, [cliFile, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const until = async (pattern: RegExp) => {
    for (;;) {
      const match = pattern.exec(out);
      if (match) return match;
      const more = await Promise.race([once(child.stdout, 'data'), ended]);
      if (!Array.isArray(more)) throw new Error(`ended with ${more}: ${out}${err}`);
    }
  };
  return { child, out: () => out, err: () => err, until, ended };
}

async function listening(cli: Run): Promise<number> {
  return Number((await cli.until(/http:\/\/127\.0\.0\.1:(\d+)\/EPASSaleToPOI\/3\.1/))[1]);
}

async function ask(port: number, ...messages: Message[]): Promise<string[]> {
  const transport = new LanTransport({ host: '127.0.0.1', port });
  const replies: string[] = [];
  for (const message of messages) {
    const signal = new AbortController().signal;
    const reply = await transport.send(encode(message), { overtake: false, signal });
    replies.push(reply.type === 'message' ? JSON.stringify(decode(reply.body).message) : reply.type);
  }
  await transport.close();
  return replies;
}

test('listens, shows the magic amounts, prints one line per exchange, ends on SIGTERM with 0', async (t) => {
  const cli = run(t, '--port', '0', '--delay', '0');
  const port = await listening(cli);
  await cli.until(/\.01 {2}declined/);
  const [, payment] = await ask(port, pos.login({ id: '1' }), pos.payment({ id: '2' }, '89.01'));
  assert.match(payment ?? '', /Refusal/);
  await cli.until(/A-POIID Payment 2 89\.01 SEK → Failure Refusal\n/);
  cli.child.kill('SIGTERM');
  assert.equal(await cli.ended, 0);
  assert.equal(cli.err(), '');
});

test('SIGINT ends it during a payment too', async (t) => {
  const cli = run(t, '--port', '0', '--delay', '60000', '--quiet', '--auto');
  const port = await listening(cli);
  assert.equal(cli.out().trim().split('\n').length, 1);
  await ask(port, pos.login({ id: '1' }));
  const payment = ask(port, pos.payment({ id: '2' }, '89'));
  let busy = '';
  for (let id = 10; !busy.includes('Busy'); id++) [busy = ''] = await ask(port, pos.status({ id: String(id) }));
  cli.child.kill('SIGINT');
  assert.equal(await cli.ended, 0);
  assert.deepEqual(await payment, ['lost']);
});

test('with --store, a kill -9 right after an approval without an answer loses nothing', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'virtual-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const options = ['--port', '0', '--delay', '0', '--store', join(folder, 'terminal.jsonl')];
  const first = run(t, ...options);
  const [, lost] = await ask(await listening(first), pos.login({ id: '1' }), pos.payment({ id: '2' }, '89.21'));
  assert.equal(lost, 'lost');
  first.child.kill('SIGKILL');
  await first.ended;
  const second = run(t, ...options);
  const port = await listening(second);
  const [before, , after] = await ask(
    port,
    pos.status({ id: '3' }, { ServiceID: '2' }),
    pos.login({ id: '4' }),
    pos.status({ id: '5' }, { ServiceID: '2' }),
  );
  assert.match(before ?? '', /NotAllowed/);
  assert.match(after ?? '', /"AuthorizedAmount":"89.21"/);
});

test('--poiid serves those only', async (t) => {
  const cli = run(t, '--port', '0', '--poiid', 'B', '--poiid', 'C');
  const port = await listening(cli);
  const logins = ['A', 'B', 'C'].map((poiId) => pos.login({ id: '1', poiId }));
  const replies = await ask(port, ...logins);
  assert.deepEqual(
    replies.map((reply) => reply.includes('Success')),
    [false, true, true],
  );
});

test('--pos: every terminal of the process sends its displays and signature questions to the POS', async (t) => {
  const tillPos = await ListeningPos.start(t);
  const cli = run(t, '--port', '0', '--delay', '0', '--pos', tillPos.url);
  const port = await listening(cli);
  const replies = await Promise.all(
    ['A', 'B'].map((poiId) =>
      ask(port, fullLogin(poiId), pos.payment({ id: '2', poiId }, poiId === 'A' ? '450' : '10.05')),
    ),
  );
  for (const [, payment] of replies) assert.match(payment ?? '', /"Result":"Success"/);
  await Promise.all(['A', 'B'].map((id) => cli.until(new RegExp(`${id} Payment 2 .* → Success\n`))));
  const received = (poiId: string) =>
    tillPos.received.flatMap(({ request }) =>
      request.MessageHeader.POIID === poiId && !request.PrintRequest && !request.InputRequest ? [shown(request)] : [],
    );
  assert.deepEqual(
    received('A')
      .filter((text) => !text?.includes('*'))
      .slice(0, 6),
    ['Var god vänta', 'Välkommen', 'Visa eller sätt in kort', 'Ange PIN', 'Auktoriserar', 'Godkänt'],
  );
  assert.ok(tillPos.received.some(({ request }) => request.MessageHeader.POIID === 'B' && request.InputRequest));
  await cli.until(/A ⇒ POS Display \d+ → 204\n/);
  await cli.until(/B ⇒ POS Input \d+ → Success\n/);
  cli.child.kill('SIGTERM');
  assert.equal(await cli.ended, 0);
  assert.equal(cli.err(), '');
});

test('--pos without a POS: payments work', async (t) => {
  const port = await freePort();
  const cli = run(t, '--port', '0', '--delay', '0', '--pos', `http://127.0.0.1:${port}`);
  const [, payment] = await ask(await listening(cli), fullLogin('A'), pos.payment({ id: '2', poiId: 'A' }, '450'));
  assert.match(payment ?? '', /"Result":"Success"/);
  await cli.until(/A ⇒ POS Display \d+ → failed: .*ECONNREFUSED/);
});

test('--announce and --maintenance', async (t) => {
  const tillPos = await ListeningPos.start(t);
  const cli = run(t, '--port', '0', '--poiid', 'A', '--pos', tillPos.url, '--announce', '--maintenance', '1');
  const port = await listening(cli);
  const { request } = await tillPos.until(({ TransmitRequest }) => TransmitRequest !== undefined);
  const address = Buffer.from(request.TransmitRequest?.Message ?? '', 'base64').toString();
  assert.match(address, new RegExp(`"ipPort": "${port}"`));
  const logout = pos.request({ id: '3', poiId: 'A' }, 'Logout', { LogoutRequest: { MaintenanceAllowed: true } });
  await ask(port, fullLogin('A'), logout);
  await tillPos.until((one) => shown(one) === 'EndMaintenance');
  assert.deepEqual(
    tillPos.received.flatMap(({ request: one }) => one.EventNotification?.EventToNotify ?? []),
    ['SaleAdmin', 'BeginMaintenance', 'EndMaintenance'],
  );
});

function fullLogin(poiId: string): Message {
  const message = login(FULL, 'sv');
  if ('SaleToPOIRequest' in message) message.SaleToPOIRequest.MessageHeader.POIID = poiId;
  return message;
}

test('a port in use: the message says what to do, exit code 1', async (t) => {
  const server = await serve(new VirtualTerminals(), { port: 0 });
  t.after(() => server.close());
  const cli = run(t, '--port', String(server.port));
  assert.equal(await cli.ended, 1);
  assert.match(cli.err(), new RegExp(`127\\.0\\.0\\.1:${server.port} is in use.*--port`));
  assert.equal(cli.err().trim().split('\n').length, 1);
});

test('a wrong command line is refused with exit code 2, options of later versions included', async (t) => {
  const wrong = [
    ['--pos', 'nonsense'],
    ['--pos', 'ftp://127.0.0.1'],
    ['--announce'],
    ['--announce', '--pos', 'http://127.0.0.1:1'],
    ['--maintenance', 'x'],
    ['--keyed', '12x'],
    ['--cloud', 'x'],
    ['--cloud', '0', '--cloud-terminal', 'nonsense'],
    ['--client-id', 'x'],
    ['--screen', '1'],
    ['--port', '70000'],
    ['--port', 'x'],
    ['--delay', '-1'],
    ['extra'],
  ];
  for (const cli of wrong.map((args) => run(t, ...args))) {
    assert.equal(await cli.ended, 2, cli.err());
    assert.match(cli.err(), /--help/);
    assert.equal(cli.out(), '');
  }
});

test('--cloud: the output is enough to pair and to pay', async (t) => {
  const options = ['--cloud', '0', '--client-id', 'shop', '--client-secret', 's', '--poiid', 'A'];
  const cli = run(t, '--port', '0', '--delay', '0', ...options);
  const [, baseUrl = ''] = await cli.until(/Virtual cloud on (\S+)\n/);
  const [, tokenUrl = ''] = await cli.until(/token address (\S+), client id shop\n/);
  const [, code = ''] = await cli.until(/A shows the pairing code (\d{6})\n/);
  const access = { baseUrl, tokenUrl, scope: '', clientId: 'shop', clientSecret: 's' };
  const { channelId } = await pair({ ...access, code });
  await cli.until(/A shows the pairing code (?!${'$'}{code})\d{6} next\n/);
  const transport = new CloudTransport({ ...access, channelId, events: 'poll' });
  t.after(() => transport.close());
  const received: unknown[] = [];
  transport.handleRequests('A', async (request) => void received.push(shown(request)), assert.fail);
  const signal = new AbortController().signal;
  for (const message of [fullLogin('A'), pos.payment({ id: '2', poiId: 'A' }, '89')]) {
    const reply = await transport.send(encode(message), { overtake: false, signal });
    assert.match(reply.type === 'message' ? JSON.stringify(decode(reply.body).message) : '', /"Result":"Success"/);
  }
  await cli.until(/cloud token → issued\n/);
  await cli.until(/A ⇒ POS Display \d+ → 204\n/);
  assert.ok(!cli.out().includes(channelId));
  cli.child.kill('SIGTERM');
  assert.equal(await cli.ended, 0);
  assert.equal(cli.err(), '');
});

test('--cloud-terminal: the cloud leads to a terminal on the network', async (t) => {
  const far = run(t, '--port', '0', '--delay', '0');
  const url = `http://127.0.0.1:${await listening(far)}/EPASSaleToPOI/3.1`;
  const cli = run(t, '--port', '0', '--cloud', '0', '--cloud-terminal', url);
  const [, baseUrl = ''] = await cli.until(/Virtual cloud on (\S+)\n/);
  const [, tokenUrl = ''] = await cli.until(/token address (\S+), client id virtual-client\n/);
  const [, code = ''] = await cli.until(/the terminal shows the pairing code (\d{6})\n/);
  const access = { baseUrl, tokenUrl, scope: '', clientId: 'virtual-client', clientSecret: 'virtual-secret' };
  const transport = new CloudTransport({ ...access, ...(await pair({ ...access, code })) });
  t.after(() => transport.close());
  const send = () =>
    transport.send(encode(pos.login({ id: '1' })), { overtake: true, signal: new AbortController().signal });
  assert.equal((await send()).type, 'message');
  await far.until(/A-POIID Login 1 → Success\n/);
  far.child.kill('SIGKILL');
  await far.ended;
  const reply = await send();
  assert.match('reason' in reply ? reply.reason : '', /got no answer from the terminal \(HTTP 504\)/);
});

test('--cloud on a port in use', async (t) => {
  const server = await serve(new VirtualTerminals(), { port: 0 });
  t.after(() => server.close());
  const cli = run(t, '--port', '0', '--cloud', String(server.port));
  assert.equal(await cli.ended, 1);
  assert.match(cli.err(), new RegExp(`127\\.0\\.0\\.1:${server.port} is in use.*--cloud`));
});

test('--help, an unusable store, an address of another machine', async (t) => {
  const help = run(t, '--help');
  const store = run(t, '--port', '0', '--store', '/does/not/exist/x');
  const host = run(t, '--port', '0', '--host', '192.0.2.1');
  assert.equal(await help.ended, 0);
  assert.match(help.out(), /--port <number>/);
  assert.match(help.out(), /--pos <url>/);
  assert.match(help.out(), /\.08 +mobile .*Swish/);
  assert.match(help.out(), /fuelCard .*PaymentRestriction/);
  // What is this project's reading and not Swedbank Pay's pages' is marked so.
  assert.match(help.out(), /pages do not say[\s\S]*ServiceID used before[\s\S]*Partial[\s\S]*currency other than/);
  assert.match(help.out(), /\.07 +partial .*\*/);
  assert.equal(await store.ended, 1);
  assert.match(store.err(), /Cannot use \/does\/not\/exist\/x/);
  assert.equal(await host.ended, 1);
  assert.match(host.err(), /192\.0\.2\.1 is not an address of this machine/);
});

test('--keyed: the numbers that may be keyed in begin like this, and no others', async (t) => {
  const port = await listening(run(t, '--port', '0', '--delay', '0', '--keyed', '77'));
  const keyed = (id: string, PAN: string): Message => {
    const CardData = { EntryMode: ['Keyed'], SensitiveCardData: { PAN } };
    return pos.payment({ id }, '10', { instrument: { PaymentInstrumentType: 'Card', CardData } });
  };
  const [, refused] = await ask(port, pos.login({ id: '1' }), keyed('2', '1234567890'));
  assert.match(refused ?? '', /InvalidCard/);
  assert.match((await ask(port, keyed('3', '7712345678')))[0] ?? '', /"Result":"Success"/);
});
