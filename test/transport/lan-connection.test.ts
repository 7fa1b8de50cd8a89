/** Connections on the local network that end early: cancelled, closed by either side, idle. */
import assert from 'node:assert/strict';
import type net from 'node:net';
import { test } from 'node:test';
import { LanTransport } from '../../lib/transport/lan.ts';
import { lanPair, REQUEST, XML } from '../support/lan.ts';
import { answer, rawServer } from '../support/raw-server.ts';
import { until } from '../support/until.ts';

test('cancelled while waiting for the answer: lost, and the next one is answered', async (t) => {
  const { server, send } = await lanPair(t, (socket, count) => {
    if (count > 1) socket.write(answer(XML));
  });
  const cancel = new AbortController();
  const reply = send(false, cancel.signal);
  await until(() => server.requests.length === 1);
  cancel.abort();
  assert.equal((await reply).type, 'lost');
  assert.equal((await send()).type, 'message');
});

test('cancelled before it was written: unreachable, and nothing is ever written', async (t) => {
  const open: net.Socket[] = [];
  const { server, send } = await lanPair(t, (socket) => open.push(socket));
  assert.equal((await send(false, AbortSignal.abort())).type, 'unreachable');
  const first = send();
  const cancel = new AbortController();
  const queued = send(false, cancel.signal);
  const third = send();
  await until(() => open.length === 1);
  cancel.abort();
  assert.equal((await queued).type, 'unreachable');
  open[0]?.write(answer(XML));
  await first;
  await until(() => open.length === 2);
  open[1]?.write(answer(XML));
  assert.equal((await third).type, 'message');
  assert.equal(server.requests.length, 2);
  assert.equal(server.accepted, 1);
});

test('cancelled while connecting: unreachable', async (t) => {
  const { server, send } = await lanPair(t, (socket) => socket.write(answer(XML)));
  const cancel = new AbortController();
  const reply = send(false, cancel.signal);
  cancel.abort();
  assert.equal((await reply).type, 'unreachable');
  assert.equal((await send()).type, 'message');
  assert.equal(server.requests.length, 1);
});

test('a connection the terminal closes while idle is not used again', async (t) => {
  const { server, send } = await lanPair(t, (socket, count) =>
    count === 1 ? socket.end(answer(XML)) : socket.write(answer(XML)),
  );
  assert.equal((await send()).type, 'message');
  await until(() => server.open === 0);
  assert.equal((await send()).type, 'message');
  assert.equal(server.accepted, 2);
  assert.equal(server.requests.length, 2);
});

test('closing an idle connection races the next request: answered or lost, never sent twice', async (t) => {
  let idle: net.Socket | undefined;
  const { server, send } = await lanPair(t, (socket) => {
    idle = socket;
    socket.write(answer(XML));
  });
  for (let round = 0; round < 50; round++) {
    await send();
    const before = server.requests.length;
    const socket = idle;
    if (round % 3 === 0) setImmediate(() => socket?.destroy());
    else if (round % 3 === 1) socket?.resetAndDestroy();
    else process.nextTick(() => socket?.end());
    const reply = await send();
    assert.ok(reply.type === 'message' || reply.type === 'lost', reply.type);
    assert.ok(server.requests.length - before <= 1);
    if (reply.type === 'message') assert.equal(server.requests.length - before, 1);
  }
});

test('the Keep-Alive hint of the terminal is honoured', async (t) => {
  const { server, send } = await lanPair(t, (socket) =>
    socket.write(answer(XML, '200 OK', { 'Keep-Alive': 'timeout=1' })),
  );
  await send();
  await send();
  assert.equal(server.accepted, 2);
});

test('close ends what is open as lost, what waits as unreachable, and leaves nothing', async (t) => {
  const { server, transport, send } = await lanPair(t, () => {});
  const running = send();
  const waiting = send();
  const overtaking = send(true);
  await until(() => server.requests.length === 2);
  await transport.close();
  assert.equal((await running).type, 'lost');
  assert.equal((await waiting).type, 'unreachable');
  assert.equal((await overtaking).type, 'lost');
  await until(() => server.open === 0);
  assert.equal((await send()).type, 'unreachable');
  await transport.close();
});

test('nothing is left after many openings and closings', async (t) => {
  const server = await rawServer((socket) => socket.write(answer(XML)));
  t.after(() => server.close());
  const handles = () =>
    process
      .getActiveResourcesInfo()
      .filter((kind) => /TCPSocket|Timeout|Connect/.test(kind))
      .sort();
  const before = handles();
  for (let i = 0; i < 50; i++) {
    const transport = new LanTransport({ host: '127.0.0.1', port: server.port });
    const signal = new AbortController().signal;
    const replies = Promise.all([
      transport.send(REQUEST, { overtake: false, signal }),
      transport.send(REQUEST, { overtake: true, signal }),
    ]);
    if (i % 2) await replies;
    await transport.close();
    await replies;
  }
  await until(() => server.open === 0);
  assert.deepEqual(handles(), before);
});

test('many signals and exchanges leave no listener on the signal', async (t) => {
  const { send } = await lanPair(t, (socket) => socket.write(answer(XML)));
  const signal = new AbortController().signal;
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners++;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners--;
    remove(...args);
  };
  for (let i = 0; i < 5; i++) await send(i % 2 === 0, signal);
  assert.equal(listeners, 0);
});
