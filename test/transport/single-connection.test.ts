/** A terminal that takes one TCP connection at a time: a request never waits for an idle connection of this side. */
import assert from 'node:assert/strict';
import type net from 'node:net';
import { type TestContext, test } from 'node:test';
import { LanTransport } from '../../lib/transport/lan.ts';
import { REQUEST, XML } from '../support/lan.ts';
import { answer, rawServer } from '../support/raw-server.ts';
import { singleConnectionServer } from '../support/single-connection-server.ts';
import { until } from '../support/until.ts';

async function open(t: TestContext) {
  const behind = await rawServer((socket) => socket.write(answer(XML)));
  const server = await singleConnectionServer(() => behind.port);
  const transport = new LanTransport({ host: '127.0.0.1', port: server.port });
  t.after(() =>
    transport
      .close()
      .then(() => server.close())
      .then(() => behind.close()),
  );
  const send = (overtake: boolean) => transport.send(REQUEST, { overtake, signal: AbortSignal.timeout(30_000) });
  return { server, behind, send };
}

for (const [title, order] of [
  ['a payment after the login and the status', [true, true, false]],
  ['a status after the payment', [false, true]],
  ['payments, displays and logins in turns', [false, true, false, false, true, true, false]],
] as const) {
  test(`${title}: nothing waits`, { timeout: 60_000 }, async (t) => {
    const { server, behind, send } = await open(t);
    for (const overtake of order) assert.equal((await send(overtake)).type, 'message');
    assert.equal(server.waited, 0);
    assert.equal(behind.requests.length, order.length);
  });
}

test('the idle connection is closed before the next one is opened: a terminal that refuses a second one takes both', async (t) => {
  let open = 0;
  let refused = 0;
  const server = await rawServer(
    (socket) => socket.write(answer(XML)),
    (socket) => {
      if (++open > 1) {
        refused++;
        socket.destroy();
      }
      socket.once('close', () => open--);
    },
  );
  const transport = new LanTransport({ host: '127.0.0.1', port: server.port });
  t.after(() => transport.close().then(() => server.close()));
  for (const overtake of [true, false, true, false, false, true]) {
    const signal = AbortSignal.timeout(10_000);
    assert.equal((await transport.send(REQUEST, { overtake, signal })).type, 'message');
  }
  assert.equal(refused, 0);
});

test('a request that overtakes waits for no connection that is being closed', async (t) => {
  const silent: net.Socket[] = [];
  const open: number[] = [];
  const server = await rawServer((socket, count) => {
    // The payment stays open, and meanwhile the terminal closes no connection.
    open.push(server.open);
    if (count === 2) silent.push(socket);
    else socket.write(answer(XML));
  });
  const transport = new LanTransport({ host: '127.0.0.1', port: server.port });
  t.after(() => transport.close().then(() => server.close()));
  const send = (overtake: boolean) => transport.send(REQUEST, { overtake, signal: AbortSignal.timeout(10_000) });
  assert.equal((await send(true)).type, 'message');
  const payment = send(false);
  await until(() => server.requests.length === 2);
  server.keepHalfOpen();
  assert.equal((await send(true)).type, 'message');
  assert.equal((await send(true)).type, 'message');
  assert.deepEqual(open.slice(2), [2, 3], 'beside the payment, and the status’s connection that is not closed yet');
  silent[0]?.write(answer(XML));
  assert.equal((await payment).type, 'message');
});
