import assert from 'node:assert/strict';
import net from 'node:net';
import { type TestContext, test } from 'node:test';
import type { Message } from '../../lib/protocol/types.ts';
import { encode } from '../../lib/protocol/xml/encode.ts';
import { LanTransport } from '../../lib/transport/lan.ts';
import { serve } from '../../lib/virtual/server.ts';
import { VirtualTerminals } from '../../lib/virtual/virtual-terminals.ts';
import * as pos from '../support/pos.ts';

async function start(t: TestContext, delay = 0) {
  const terminals = new VirtualTerminals({ delay });
  const server = await serve(terminals, { port: 0 });
  const transport = new LanTransport({ host: '127.0.0.1', port: server.port });
  t.after(async () => {
    await transport.close();
    terminals.close();
    await server.close();
  });
  const send = (message: Message, overtake = false) =>
    transport.send(encode(message), { overtake, signal: new AbortController().signal });
  const url = `http://127.0.0.1:${server.port}/EPASSaleToPOI/3.1`;
  return { terminals, server, url, send };
}
const xml = { 'Content-Type': 'application/xml; charset=utf-8' };

test('login, payment, abort and status over real sockets', async (t) => {
  const { terminals, send } = await start(t);
  assert.equal((await send(pos.login({ id: '1' }))).type, 'message');
  assert.equal((await send(pos.payment({ id: '2' }, '89'))).type, 'message');
  assert.equal(terminals.terminal('A-POIID')?.ledger.of('T2').charged, 8900);
  const slow = send(pos.payment({ id: '3' }, '89.06'));
  while (!String(bodyOf(await send(pos.status({ id: id() }, { ServiceID: '3' }), true))).includes('Busy'));
  assert.equal((await send(pos.abort({ id: '4' }, { ServiceID: '3' }), true)).type, 'empty');
  assert.match(bodyOf(await slow), /ErrorCondition="Aborted"/);
});

let serial = 100;
const id = () => String(serial++);
const bodyOf = (reply: Awaited<ReturnType<LanTransport['send']>>) =>
  reply.type === 'message' ? Buffer.from(reply.body).toString() : reply.type;

test('faults on a real wire: dropped connections, HTML, half a message, HTTP 500, 204', async (t) => {
  const { send } = await start(t);
  await send(pos.login({ id: '1' }));
  const types: string[] = [];
  for (const decimals of ['21', '22', '31', '32', '34', '35'])
    types.push((await send(pos.payment({ id: id() }, `10.${decimals}`))).type);
  assert.deepEqual(types, ['lost', 'lost', 'message', 'message', 'unusable', 'empty']);
  assert.equal((await send(pos.payment({ id: id() }, '10'))).type, 'message');
});

test('with or without a slash at the end, but nothing else and nothing but POST of XML', async (t) => {
  const { url } = await start(t);
  const body = encode(pos.login({ id: '1' })).toString();
  const status = async (input: string, init: RequestInit) => {
    const response = await fetch(input, init);
    const text = await response.text();
    assert.equal(response.status < 300, text.startsWith('<'));
    return response.status;
  };
  assert.equal(await status(url, { method: 'POST', headers: xml, body }), 200);
  assert.equal(await status(`${url}/`, { method: 'POST', headers: xml, body }), 200);
  assert.equal(await status(url, { method: 'POST', headers: { 'Content-Type': 'text/xml' }, body }), 200);
  assert.equal(await status(url, {}), 405);
  assert.equal(await status(url, { method: 'PUT', headers: xml, body }), 405);
  assert.equal(await status(url.replace('3.1', '3.0'), { method: 'POST', headers: xml, body }), 404);
  assert.equal(await status(url.replace('/EPAS', '/x/EPAS'), { method: 'POST', headers: xml, body }), 404);
  assert.equal(await status(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' }), 415);
  assert.equal(await status(url, { method: 'POST', headers: { ...xml, 'Content-Encoding': 'gzip' }, body }), 415);
  assert.equal(await status(url, { method: 'POST', headers: xml, body: '<html/>' }), 400);
});

test('a body over 1 MiB is refused while it arrives', async (t) => {
  const { server } = await start(t);
  const socket = net.connect(server.port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(
    'POST /EPASSaleToPOI/3.1 HTTP/1.1\r\nHost: x\r\nContent-Type: application/xml\r\nContent-Length: 1073741824\r\n\r\n',
  );
  socket.write('x'.repeat(1024 * 1024 + 1));
  const [chunk] = await new Promise<Buffer[]>((resolve) => socket.once('data', (data: Buffer) => resolve([data])));
  assert.match(String(chunk), /^HTTP\/1\.1 413 /);
  socket.destroy();
});

test('a POS that goes away does not stop a payment', async (t) => {
  const { terminals, server, send } = await start(t, 100);
  await send(pos.login({ id: '1' }));
  const body = encode(pos.payment({ id: '2' }, '10'));
  const socket = net.connect(server.port, '127.0.0.1');
  socket.write(
    `POST /EPASSaleToPOI/3.1 HTTP/1.1\r\nHost: x\r\nContent-Type: application/xml\r\nContent-Length: ${body.length}\r\n\r\n`,
  );
  socket.write(body);
  while (!bodyOf(await send(pos.status({ id: id() }))).includes('Busy'));
  socket.destroy();
  while (!bodyOf(await send(pos.status({ id: id() }))).includes('Success'));
  assert.equal(terminals.terminal('A-POIID')?.ledger.of('T2').charged, 1000);
});

test('close ends what is open and frees the port', async () => {
  const terminals = new VirtualTerminals({ delay: 60_000 });
  const server = await serve(terminals, { port: 0 });
  const transport = new LanTransport({ host: '127.0.0.1', port: server.port });
  const send = (message: Message, overtake = false) =>
    transport.send(encode(message), { overtake, signal: new AbortController().signal });
  await send(pos.login({ id: '1' }));
  const payment = send(pos.payment({ id: '2' }, '10'));
  while (!bodyOf(await send(pos.status({ id: id() }), true)).includes('Busy'));
  terminals.close();
  await server.close();
  assert.equal((await payment).type, 'lost');
  assert.equal((await send(pos.login({ id: '3' }))).type, 'unreachable');
  await transport.close();
  const again = await serve(terminals, { port: server.port });
  await again.close();
});
