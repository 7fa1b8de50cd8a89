import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { Message } from '../../lib/protocol/types.ts';
import type { Pos, PosReply } from '../../lib/virtual/pos/pos.ts';
import { PosClient, type PosClientOptions } from '../../lib/virtual/pos/pos-client.ts';
import {
  addressMessage,
  confirmationRequest,
  displayRequest,
  eventNotification,
} from '../../lib/virtual/pos/terminal-messages.ts';
import { freePort } from '../support/virtual-terminal.ts';
import { acknowledge, ListeningPos, type Received } from './listening-pos.ts';

const from = { poiId: 'A-POIID', saleId: '1', serviceId: '7', deviceId: '7' };
const display = (deviceId: string, text = 'Hej', poiId = 'A') =>
  displayRequest({ ...from, poiId, deviceId }, 'Display', text, false);

function client(t: TestContext, url: string, options?: PosClientOptions): PosClient {
  const one = new PosClient(url, options);
  t.after(() => one.close());
  return one;
}

function send(pos: Pos, message: Message): Promise<PosReply> {
  return new Promise((resolve) => pos.send(message, resolve));
}

/** Why it failed. */
async function reason(pos: Pos, message = display('1')): Promise<string> {
  const reply = await send(pos, message);
  return reply.type === 'failed' ? reply.reason : `not failed but ${reply.type}`;
}

test('POST to the path, with the headers and the header attributes of the samples', async (t) => {
  const pos = await ListeningPos.start(t);
  const way = client(t, pos.url).pos();
  assert.deepEqual(await send(way, display('1', 'Å & <ö>')), { type: 'empty' });
  await send(way, eventNotification(from, { name: 'CardInserted' }, '2023-10-06T07:24:14.473+02:00'));
  await send(way, addressMessage('A-POIID', { ip: '127.0.0.1', port: 1 }));
  const [first, , last] = pos.received;
  assert.equal(first?.http.method, 'POST');
  assert.equal(first?.http.url, '/EPASSaleToPOI/3.1');
  assert.equal(first?.http.headers['content-type'], 'application/xml; charset=utf-8');
  assert.match(first?.body ?? '', /Å &amp; &lt;ö&gt;/);
  for (const { body } of pos.received) assert.doesNotMatch(body, /ProtocolVersion/);
  assert.match(last?.body ?? '', /<MessageHeader [^>]*MessageCategory="Transmit"[^>]* SaleID="" POIID="A-POIID"\/>/);
});

test('a URL without a path gets the default path; anything but an HTTP URL is refused', async (t) => {
  const pos = await ListeningPos.start(t);
  await send(client(t, `http://127.0.0.1:${pos.port}`).pos(), display('1'));
  assert.equal(pos.received[0]?.http.url, '/EPASSaleToPOI/3.1');
  for (const url of ['', 'nonsense', 'ftp://127.0.0.1/'])
    assert.throws(() => new PosClient(url), { code: 'bad_address' });
});

test('a nexo response is handed over', async (t) => {
  const pos = await ListeningPos.start(t);
  const reply = await send(client(t, pos.url).pos(), confirmationRequest(from, 'OK?', 1000));
  assert.ok(reply.type === 'message' && 'SaleToPOIResponse' in reply.message);
  assert.equal(reply.message.SaleToPOIResponse.InputResponse?.InputResult.Input?.ConfirmedFlag, true);
});

test('one after the other for each terminal, in order, on one connection; another terminal does not wait', async (t) => {
  const pos = await ListeningPos.start(t);
  const one = client(t, pos.url, { timeout: 30_000 });
  const held: Received[] = [];
  pos.answer = (received) => {
    if (received.request.MessageHeader.POIID === 'A') held.push(received);
    else acknowledge(received);
  };
  const [a, b] = [one.pos(), one.pos()];
  const answered: number[] = [];
  const all = [0, 1, 2].map((n) => send(a, display(String(n), 'Hej', 'A')).then(() => answered.push(n)));
  await send(b, display('9', 'Hej', 'B'));
  assert.equal(held.length, 1);
  for (const n of [0, 1, 2]) {
    await pos.until(({ MessageHeader: header }) => header.POIID === 'A' && header.DeviceID === String(n));
    const [next] = held.splice(0);
    if (next) acknowledge(next);
    await all[n];
  }
  assert.deepEqual(answered, [0, 1, 2]);
  const ports = pos.received.flatMap(({ request, http }) =>
    request.MessageHeader.POIID === 'A' ? [http.socket.remotePort] : [],
  );
  assert.equal(new Set(ports).size, 1);
});

test('every invalid answer fails with a reason, and the next message is sent', async (t) => {
  const pos = await ListeningPos.start(t);
  const way = client(t, pos.url, { timeout: 200 }).pos();
  const cases: [(received: Received) => void, RegExp][] = [
    [({ response }) => response.writeHead(500).end('no'), /HTTP 500/],
    [({ response }) => response.writeHead(200).end('<html></html>'), /not a nexo message/],
    [({ response }) => response.writeHead(200).end(), /not a nexo message/],
    [({ response }) => response.writeHead(200).end('x'.repeat(1024 * 1024 + 1)), /larger than 1 MiB/],
    [({ response }) => response.destroy(), /hang up|ECONNRESET/],
    [() => {}, /no answer within 0\.2 s/],
    [({ response }) => response.writeHead(200, { 'Content-Length': 100 }).write('<'), /no answer within/],
  ];
  for (const [answer, expected] of cases) {
    pos.answer = answer;
    assert.match(await reason(way), expected);
    pos.answer = acknowledge;
    assert.deepEqual(await send(way, display('2')), { type: 'empty' });
  }
});

test('no listener: fails at once', async (t) => {
  assert.match(await reason(client(t, `http://127.0.0.1:${await freePort()}`).pos()), /ECONNREFUSED/);
});

test('a message that cannot be encoded fails and is not sent', async (t) => {
  const pos = await ListeningPos.start(t);
  const way = client(t, pos.url).pos();
  assert.match(await reason(way, display('1', 'a\u0000b')), /character/);
  assert.deepEqual(pos.received, []);
});

test('a kept-alive connection that the POS has just closed loses no message', async (t) => {
  const sockets: Socket[] = [];
  let seen = 0;
  const server = createServer((socket) => {
    sockets.push(socket);
    let first = true;
    socket.on('error', () => {});
    socket.on('data', () => {
      // Once a connection: after that it is gone as soon as it is used.
      if (!first) return socket.resetAndDestroy();
      first = false;
      seen += 1;
      socket.write('HTTP/1.1 204 No Content\r\n\r\n');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const address = server.address();
  const way = client(t, `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`).pos();
  for (let n = 0; n < 3; n++) assert.deepEqual(await send(way, display(String(n))), { type: 'empty' });
  assert.equal(seen, 3);
  assert.equal(sockets.length, 3);
});

test('an input request may take its MaxInputTime and not much longer', async (t) => {
  const pos = await ListeningPos.start(t);
  const way = client(t, pos.url, { timeout: 1 }).pos();
  pos.answer = () => {};
  assert.match(await reason(way, confirmationRequest(from, 'OK?', 1)), /no answer within 2 s/);
});

test('close fails what is open and what comes after', async (t) => {
  const pos = await ListeningPos.start(t);
  const one = client(t, pos.url, { timeout: 30_000 });
  pos.answer = () => {};
  const way = one.pos();
  const open = reason(way);
  const waiting = reason(way);
  await pos.until(() => true);
  one.close();
  assert.match(await open, /hang up|ECONNRESET|aborted/);
  assert.match(await waiting, /closed by this side/);
  assert.equal(pos.received.length, 1);
});
