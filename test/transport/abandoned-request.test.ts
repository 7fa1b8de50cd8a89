/** A request that is abandoned must not reach the terminal later: its connection is reset, which discards its bytes. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import tls from 'node:tls';
import { LanTransport } from '../../lib/transport/lan.ts';
import { REQUEST, XML } from '../support/lan.ts';
import { missingNamespaces, TestNetwork } from '../support/network-namespaces.ts';
import { answer } from '../support/raw-server.ts';

const skip = missingNamespaces() ?? false;
const securities = ['plain', 'tls'] as const;
type Security = (typeof securities)[number];

for (const security of securities)
  for (const command of ['abort', 'close'])
    test(`unplugged, ${command}, ${security}: it does not arrive after the cable is plugged in again`, {
      skip,
      timeout: 60_000,
    }, async (t) => {
      const network = new TestNetwork();
      t.after(() => network.close());
      const terminal = network.run('terminal', 'namespace-terminal', network.terminalAddress, security);
      const requests: string[] = [];
      terminal.on('message', ({ request }: { request?: string }) => request && requests.push(request));
      const { port } = await next<{ port: number }>(terminal);
      const pos = network.run('pos', 'namespace-pos', network.terminalAddress, String(port), security);
      await next(pos);

      pos.send({ send: 'Login' });
      assert.deepEqual(await next(pos), { reply: 'message' });
      network.plug(false);
      const reply = next(pos);
      pos.send({ send: 'Payment' });
      await until(() => network.undelivered(pos) > 0);
      pos.send(command);
      assert.deepEqual(await reply, { reply: 'lost' });
      network.plug(true);
      await until(() => network.undelivered(pos) === 0);
      // A request that had arrived would be reported before this one.
      pos.send({ send: 'Login' });
      assert.deepEqual(await next(pos), { reply: 'message' });
      assert.deepEqual(requests, ['Login', 'Login']);
    });

/** How a connection ended at the terminal: `reset`, or `end` for a graceful close. */
type End = 'reset' | 'end';

interface Terminal {
  transport: LanTransport;
  /** Resolves with the first connection that has sent a complete request. */
  requested: Promise<net.Socket>;
  /** Resolves when a connection has ended. */
  ended: Promise<End>;
}

/** A terminal that reacts to each request as the test says, and a transport to it. */
async function start(t: TestContext, security: Security, onRequest: (socket: net.Socket) => void): Promise<Terminal> {
  const requested = Promise.withResolvers<net.Socket>();
  const ended = Promise.withResolvers<End>();
  const onConnection = (socket: net.Socket) => {
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      if (!received.endsWith(REQUEST.toString('latin1'))) return;
      received = '';
      onRequest(socket);
      requested.resolve(socket);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET') ended.resolve('reset');
      else ended.reject(error);
    });
    socket.once('end', () => ended.resolve('end'));
  };
  // TLS 1.3 sends session tickets after the handshake; closing a socket with unread bytes resets it in any case.
  const server =
    security === 'tls'
      ? tls.createServer({ ...certificate(), maxVersion: 'TLSv1.2' }, onConnection)
      : net.createServer(onConnection);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const options = security === 'tls' ? { secure: true, tls: { ca: certificate().cert } } : {};
  const transport = new LanTransport({ host: '127.0.0.1', port, ...options });
  t.after(async () => {
    await transport.close();
    server.close();
  });
  return { transport, requested: requested.promise, ended: ended.promise };
}

const waiting = () => {};
const abandonments: [
  string,
  (socket: net.Socket) => void,
  (transport: LanTransport, cancel: AbortController) => void,
][] = [
  ['aborted', waiting, (_, cancel) => cancel.abort()],
  ['open at close', waiting, (transport) => transport.close()],
  [
    'answered by half a response, then aborted',
    (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Le'),
    (_, cancel) => cancel.abort(),
  ],
  ['answered by something that is not HTTP', (socket) => socket.write('SSH-2.0-OpenSSH_9.6\r\n'), () => {}],
];
for (const security of securities)
  for (const [what, onRequest, abandon] of abandonments)
    for (const overtake of [false, true])
      test(`a request that is ${what}: reset (${security}${overtake ? ', overtaking' : ''})`, async (t) => {
        const { transport, requested, ended } = await start(t, security, onRequest);
        const cancel = new AbortController();
        const reply = transport.send(REQUEST, { overtake, signal: cancel.signal });
        await requested;
        await read();
        abandon(transport, cancel);
        assert.equal(await ended, 'reset');
        assert.match((await reply).type, /^(lost|unusable)$/);
      });

for (const security of securities) {
  test(`a connection without an open request is closed gracefully (${security})`, async (t) => {
    const { transport, ended } = await start(t, security, (socket) => socket.write(answer(XML)));
    const { signal } = new AbortController();
    assert.equal((await transport.send(REQUEST, { overtake: false, signal })).type, 'message');
    await transport.close();
    assert.equal(await ended, 'end');
  });

  test(`after a half-close by the terminal: reset (${security})`, async (t) => {
    const { transport, ended } = await start(t, security, (socket) => socket.end());
    const { signal } = new AbortController();
    assert.equal((await transport.send(REQUEST, { overtake: false, signal })).type, 'lost');
    assert.equal(await ended, 'reset');
  });
}

/** Self-signed, for terminal.test, localhost and 127.0.0.1. */
function certificate(): { cert: Buffer; key: Buffer } {
  const read = (name: string) => readFileSync(new URL(`../fixtures/tls/${name}.pem`, import.meta.url));
  return { cert: read('cert'), key: read('key') };
}

/** Turns of the event loop in which both sides read what was sent: closing with unread bytes is a reset in any case. */
async function read(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** The next message of a program on the network. */
async function next<T>(child: ChildProcess): Promise<T> {
  const [message] = await once(child, 'message');
  return message as T;
}

/** Waits for a state of the kernel, which sends no event. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(10);
}
