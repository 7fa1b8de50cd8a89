import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { LanTransport } from '../../lib/transport/lan.ts';
import { lanPair, REQUEST, XML } from '../support/lan.ts';
import { answer, rawServer } from '../support/raw-server.ts';
import { until } from '../support/until.ts';

test('a message goes out with the headers of the source and comes back as bytes', async (t) => {
  const { server, send } = await lanPair(t, (socket) => socket.write(answer(XML)));
  const reply = await send();
  assert.equal(reply.type === 'message' && Buffer.from(reply.body).toString(), XML);
  const [head = '', body] = (server.requests[0] ?? '').split('\r\n\r\n');
  assert.match(head, /^POST \/EPASSaleToPOI\/3\.1 HTTP\/1\.1\r\n/);
  const headers = head.toLowerCase().split('\r\n').slice(1).sort();
  assert.deepEqual(headers, [
    'accept: */*',
    'connection: keep-alive',
    `content-length: ${REQUEST.length}`,
    'content-type: application/xml; charset=utf-8',
    `host: 127.0.0.1:${server.port}`,
  ]);
  assert.equal(body, REQUEST.toString('latin1'));
});

test('requests in a row use one connection', async (t) => {
  const { server, send } = await lanPair(t, (socket) => socket.write(answer(XML)));
  for (let i = 0; i < 5; i++) assert.equal((await send()).type, 'message');
  assert.equal(server.accepted, 1);
});

test('204 is empty', async (t) => {
  const { send } = await lanPair(t, (socket) => socket.write('HTTP/1.1 204 No Content\r\n\r\n'));
  assert.deepEqual(await send(true), { type: 'empty' });
});

const unusable: [string, string | Buffer, RegExp][] = [
  ['200 without a body', answer(''), /without a body/],
  ['500', answer('<html>oops</html>', '500 Internal Server Error'), /HTTP 500/],
  ['404', answer('', '404 Not Found'), /HTTP 404/],
  ['a redirect', answer('', '307 Temporary Redirect', { Location: 'http://127.0.0.1:1/' }), /HTTP 307/],
  ['more than 1 MiB', answer('x'.repeat(2 * 1024 * 1024)), /larger than/],
  [
    'an encoding that was not asked for',
    Buffer.concat([
      Buffer.from(answer('', '200 OK', { 'Content-Encoding': 'gzip', 'Content-Length': String(gzipSync(XML).length) })),
      gzipSync(XML),
    ]),
    /encoded \(gzip\)/,
  ],
];
for (const [name, bytes, reason] of unusable)
  test(`${name} is unusable, and the next request is answered`, async (t) => {
    const { server, send } = await lanPair(t, (socket, count) => socket.write(count === 1 ? bytes : answer(XML)));
    const reply = await send();
    assert.equal(reply.type, 'unusable');
    assert.match('reason' in reply ? reply.reason : '', reason);
    assert.equal((await send()).type, 'message');
    assert.equal(server.requests.length, 2);
  });

test('HTML with status 200 is handed on: the decoder refuses it', async (t) => {
  const { send } = await lanPair(t, (socket) =>
    socket.write(answer('<html/>', '200 OK', { 'Content-Type': 'text/html' })),
  );
  assert.equal((await send()).type, 'message');
});

test('a body of exactly 1 MiB is read, in many pieces', async (t) => {
  const { send } = await lanPair(t, (socket) => socket.write(answer('x'.repeat(1024 * 1024))));
  const reply = await send();
  assert.equal(reply.type === 'message' && reply.body.length, 1024 * 1024);
});

test('a body that drips in is put together', async (t) => {
  const text = answer('<a>åäö</a>');
  const bytes = Buffer.from(text);
  const { send } = await lanPair(t, (socket) => {
    const drip = (i: number) => {
      if (i < bytes.length) socket.write(bytes.subarray(i, i + 1), () => setImmediate(drip, i + 1));
    };
    drip(0);
  });
  const reply = await send();
  assert.equal(reply.type === 'message' && Buffer.from(reply.body).toString(), '<a>åäö</a>');
});

const lost: [string, (socket: net.Socket) => void][] = [
  ['reset after reading', (socket) => socket.resetAndDestroy()],
  ['closed after reading', (socket) => socket.end()],
  ['half a head', (socket) => socket.end('HTTP/1.1 200 O')],
  ['half a body', (socket) => socket.end(answer(XML, '200 OK', { 'Content-Length': '500' }))],
  ['half a chunked body', (socket) => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<a>')],
  ['something that is not HTTP', (socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n')],
  [
    'two different lengths',
    (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd'),
  ],
];
for (const [name, misbehave] of lost)
  test(`${name}: lost, and sent once only`, async (t) => {
    const { server, send } = await lanPair(t, misbehave);
    assert.equal((await send()).type, 'lost');
    assert.equal(server.requests.length, 1);
  });

test('a length that is too short gives a short body, and does not poison the next answer', async (t) => {
  const { send } = await lanPair(t, (socket, count) =>
    socket.write(count === 1 ? answer(XML, '200 OK', { 'Content-Length': '5' }) : answer('<second/>')),
  );
  const first = await send();
  assert.equal(first.type === 'message' && Buffer.from(first.body).toString(), XML.slice(0, 5));
  const second = await send();
  assert.ok(second.type !== 'message' || Buffer.from(second.body).toString() === '<second/>');
});

test('accepted and reset before anything was read: never a message, and nothing arrived', async (t) => {
  const { server, send } = await lanPair(
    t,
    () => {},
    (socket) => socket.resetAndDestroy(),
  );
  const reply = await send();
  assert.ok(reply.type === 'lost' || reply.type === 'unreachable', reply.type);
  assert.equal(server.requests.length, 0);
});

test('reset while the request is being read: a byte may have left', async (t) => {
  const { send } = await lanPair(
    t,
    () => {},
    (socket) => socket.on('data', () => socket.resetAndDestroy()),
  );
  assert.equal((await send()).type, 'lost');
});

test('refused: unreachable, and the reason says where', async (t) => {
  const server = await rawServer(() => {});
  await server.close();
  const transport = new LanTransport({ host: '127.0.0.1', port: server.port });
  t.after(() => transport.close());
  for (const overtake of [false, true]) {
    const reply = await transport.send(REQUEST, { overtake, signal: new AbortController().signal });
    assert.equal(reply.type, 'unreachable');
    assert.match('reason' in reply ? reply.reason : '', /ECONNREFUSED 127\.0\.0\.1/);
  }
});

test('a name that does not exist, an impossible host, port or path: unreachable', async () => {
  const signal = new AbortController().signal;
  for (const options of [
    { host: 'terminal.invalid' },
    { host: 'not a host' },
    { host: '127.0.0.1', port: 99999 },
    { host: '127.0.0.1', port: 9, path: 'no slash' },
  ]) {
    const transport = new LanTransport(options);
    assert.equal((await transport.send(REQUEST, { overtake: false, signal })).type, 'unreachable');
    assert.equal((await transport.send(REQUEST, { overtake: true, signal })).type, 'unreachable');
    await transport.close();
  }
});

test('IPv4, IPv6 and names are all addresses', async (t) => {
  for (const [bind, name] of [
    ['127.0.0.1', 'localhost'],
    ['::1', '::1'],
    ['::1', '[::1]'],
  ] as const) {
    const server = net.createServer((socket) => socket.once('data', () => socket.write(answer(XML))));
    const port = await new Promise<number>((resolve) => {
      server.once('error', () => resolve(0));
      server.listen(0, bind, () => resolve((server.address() as net.AddressInfo).port));
    });
    if (port === 0) {
      t.diagnostic(`no ${bind} on this machine`);
      continue;
    }
    const transport = new LanTransport({ host: name, port });
    const reply = await transport.send(REQUEST, { overtake: false, signal: new AbortController().signal });
    await transport.close();
    server.close();
    assert.equal(reply.type, 'message', `${name}: ${'reason' in reply ? reply.reason : ''}`);
  }
});

test('an Abort overtakes a payment, and a hanging status does not hold it up', async (t) => {
  const open: net.Socket[] = [];
  const { server, send } = await lanPair(t, (socket, count) => {
    if (count <= 2) open.push(socket);
    else socket.write('HTTP/1.1 204 No Content\r\n\r\n');
  });
  const payment = send();
  await until(() => open.length === 1);
  const status = send(true);
  await until(() => open.length === 2);
  assert.equal((await send(true)).type, 'empty');
  for (const socket of open) socket.write(answer(XML));
  assert.equal((await payment).type, 'message');
  assert.equal((await status).type, 'message');
  assert.equal(server.accepted, 3);
});

test('ordinary requests go one after the other, never pipelined', async (t) => {
  const open: net.Socket[] = [];
  const { server, send } = await lanPair(t, (socket) => open.push(socket));
  const first = send();
  const second = send();
  await until(() => open.length === 1);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(server.requests.length, 1);
  open[0]?.write(answer(XML));
  await first;
  await until(() => open.length === 2);
  open[1]?.write(answer(XML));
  assert.equal((await second).type, 'message');
  assert.equal(server.accepted, 1);
});
