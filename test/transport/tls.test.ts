import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import net from 'node:net';
import { type TestContext, test } from 'node:test';
import type tls from 'node:tls';
import { LanTransport } from '../../lib/transport/lan.ts';
import type { TransportReply } from '../../lib/transport/transport.ts';

// Self-signed, for terminal.test, localhost and 127.0.0.1; made for these tests with openssl, valid for 100 years.
const cert = readFileSync(new URL('../fixtures/tls/cert.pem', import.meta.url));
const key = readFileSync(new URL('../fixtures/tls/key.pem', import.meta.url));

async function listen(t: TestContext, server: net.Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return (server.address() as net.AddressInfo).port;
}

async function ask(port: number, tls: tls.ConnectionOptions, connectTimeout = 5000): Promise<TransportReply> {
  const transport = new LanTransport({ host: '127.0.0.1', port, secure: true, tls, connectTimeout });
  try {
    return await transport.send(Buffer.from('<x/>'), { overtake: false, signal: new AbortController().signal });
  } finally {
    await transport.close();
  }
}

test('HTTPS with the certificate of the terminal as ca', async (t) => {
  const requests: string[] = [];
  const server = createServer({ cert, key }, (request, response) => {
    requests.push(`${request.method} ${request.url} ${(request.socket as tls.TLSSocket).alpnProtocol}`);
    response.end('<y/>');
  });
  const port = await listen(t, server);
  assert.equal((await ask(port, { ca: cert })).type, 'message');
  assert.equal((await ask(port, { ca: cert, servername: 'terminal.test' })).type, 'message');
  assert.deepEqual(requests, Array(2).fill('POST /EPASSaleToPOI/3.1 http/1.1'));
});

test('a certificate that is not trusted, or is for another name: unreachable, nothing sent', async (t) => {
  let requests = 0;
  const server = createServer({ cert, key }, (_request, response) => {
    requests++;
    response.end();
  });
  const port = await listen(t, server);
  const untrusted = await ask(port, {});
  assert.equal(untrusted.type, 'unreachable');
  assert.match('reason' in untrusted ? untrusted.reason : '', /self-signed/);
  const foreign = await ask(port, { ca: cert, servername: 'other.test' });
  assert.equal(foreign.type, 'unreachable');
  assert.match('reason' in foreign ? foreign.reason : '', /other\.test/);
  assert.equal(requests, 0);
});

test('no TLS on the other side: unreachable', async (t) => {
  const port = await listen(
    t,
    net.createServer((socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))),
  );
  assert.equal((await ask(port, { ca: cert })).type, 'unreachable');
});

test('a handshake that never ends fails after the connect time-out: unreachable', async (t) => {
  const sockets: net.Socket[] = [];
  const port = await listen(
    t,
    net.createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
    }),
  );
  const reply = await ask(port, { ca: cert }, 20);
  assert.equal(reply.type, 'unreachable');
  assert.match('reason' in reply ? reply.reason : '', /no connection within/);
  for (const socket of sockets) socket.destroy();
});

test('close does not wait for a connection in the making', async (t) => {
  let accepted: ((socket: net.Socket) => void) | undefined;
  const connection = new Promise<net.Socket>((resolve) => {
    accepted = resolve;
  });
  const port = await listen(
    t,
    net.createServer((socket) => accepted?.(socket)),
  );
  const transport = new LanTransport({ host: '127.0.0.1', port, secure: true });
  const reply = transport.send(Buffer.from('<x/>'), { overtake: false, signal: new AbortController().signal });
  const socket = await connection;
  socket.on('error', () => {});
  const gone = new Promise((resolve) => socket.once('close', resolve));
  await transport.close();
  assert.equal((await reply).type, 'unreachable');
  await gone;
});
