import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '../../lib/protocol/types.ts';
import { decode } from '../../lib/protocol/xml/decode.ts';
import { encode } from '../../lib/protocol/xml/encode.ts';
import type { TerminalRequestHandler } from '../../lib/transport/transport.ts';
import { inProcessPos, VirtualTransport } from '../../lib/transport/virtual.ts';
import { VirtualTerminals } from '../../lib/virtual/virtual-terminals.ts';
import { ManualClock } from '../support/clock.ts';
import * as pos from '../support/pos.ts';

function pair() {
  const clock = new ManualClock();
  const terminals = new VirtualTerminals({ clock, delay: 100 });
  const transport = new VirtualTransport(terminals);
  const send = (message: Message | Buffer, signal = new AbortController().signal) =>
    transport.send(message instanceof Uint8Array ? message : encode(message), { overtake: false, signal });
  return { clock, terminals, transport, send };
}
const delivered = () => new Promise((resolve) => setImmediate(resolve));

test('bytes in, bytes out', async () => {
  const { clock, send } = pair();
  const login = await send(pos.login({ id: '1' }));
  assert.equal(login.type === 'message' && decode(login.body).body, 'LoginResponse');
  const payment = send(pos.payment({ id: '2' }, '10'));
  await delivered();
  assert.equal((await send(pos.abort({ id: '3' }, { ServiceID: '9' }))).type, 'empty');
  clock.advance(100);
  const paid = await payment;
  assert.equal(paid.type === 'message' && decode(paid.body).body, 'PaymentResponse');
});

for (const [amount, type] of [
  ['10.21', 'lost'],
  ['10.22', 'lost'],
  ['10.31', 'message'],
  ['10.32', 'message'],
  ['10.34', 'unusable'],
  ['10.35', 'empty'],
  ['10.41', 'lost'],
])
  test(`${amount}: ${type}`, async () => {
    const { clock, send } = pair();
    await send(pos.login({ id: '1' }));
    const payment = send(pos.payment({ id: '2' }, amount ?? ''));
    await delivered();
    clock.advance(1000);
    assert.equal((await payment).type, type);
  });

test('garbage is unusable', async () => {
  const { send } = pair();
  assert.equal((await send(Buffer.from('hello'))).type, 'unusable');
});

test('cancelled: unreachable before it was sent, lost while it runs, and the payment goes on', async () => {
  const { clock, terminals, send } = pair();
  assert.equal((await send(pos.login({ id: '1' }), AbortSignal.abort())).type, 'unreachable');
  await send(pos.login({ id: '1' }));
  const cancel = new AbortController();
  const payment = send(pos.payment({ id: '2' }, '10'), cancel.signal);
  await delivered();
  cancel.abort();
  assert.equal((await payment).type, 'lost');
  clock.advance(100);
  assert.equal(terminals.terminal('A-POIID')?.ledger.of('T2').charged, 1000);
});

test('close ends what is open as lost; the terminal stays on for others', async () => {
  const { clock, terminals, transport, send } = pair();
  await send(pos.login({ id: '1' }));
  const payment = send(pos.payment({ id: '2' }, '10'));
  await delivered();
  await transport.close();
  assert.equal((await payment).type, 'lost');
  assert.equal((await send(pos.status({ id: '3' }))).type, 'unreachable');
  clock.advance(100);
  assert.equal(terminals.terminal('A-POIID')?.ledger.of('T2').charged, 1000);
});

test('a terminal’s own request goes to the handler that is registered at that moment', async () => {
  const handlers = new Map<string, TerminalRequestHandler>();
  const transport = new VirtualTransport(new VirtualTerminals({ clock: new ManualClock() }), handlers);
  const other = new VirtualTransport(new VirtualTerminals({ clock: new ManualClock() }), handlers);
  const { send } = inProcessPos(handlers, 'A');
  const message = pos.login({ id: '1' });
  const sent = (what = message) => new Promise((resolve) => send(what, resolve));

  assert.deepEqual(await sent(), { type: 'failed', reason: 'no POS listens' });
  transport.handleRequests('A', async () => undefined);
  assert.deepEqual(await sent(), { type: 'empty' });
  other.handleRequests('A', async (request) => ({ SaleToPOIRequest: request }));
  assert.deepEqual(await sent(), { type: 'message', message });
  await transport.close();
  assert.deepEqual(await sent(), { type: 'message', message }, 'another handler is registered by now');
  other.handleRequests('A', () => Promise.reject(new Error('broken')));
  assert.deepEqual(await sent(), { type: 'failed', reason: 'broken' });
  await other.close();
  assert.deepEqual(await sent(), { type: 'failed', reason: 'no POS listens' });
});
