/** What a trace shows of the exchanges with a terminal, and what it never shows. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { MemoryJournal } from '../../lib/journal/memory.ts';
import type { Message } from '../../lib/protocol/types.ts';
import type { TransactionRecord } from '../../lib/session/record.ts';
import { MessageExchange } from '../../lib/terminal/message-exchange.ts';
import { pay } from '../../lib/terminal/promises.ts';
import { Terminal } from '../../lib/terminal/terminal.ts';
import type { TerminalOptions } from '../../lib/terminal/terminal-config.ts';
import { type TracedExchange, traceLine, traceText, WireTrace } from '../../lib/terminal/wire-trace.ts';
import type { TerminalRequestHandler, Transport } from '../../lib/transport/transport.ts';
import { inProcessPos, VirtualTransport } from '../../lib/transport/virtual.ts';
import { confirmationRequest } from '../../lib/virtual/pos/terminal-messages.ts';
import { VirtualTerminals } from '../../lib/virtual/virtual-terminals.ts';
import { bodyNames, messageOf } from '../support/arbitrary.ts';
import { assertClean, secrets } from '../support/card-secrets.ts';
import { ManualClock } from '../support/clock.ts';
import { jsonCodec } from '../support/json-codec.ts';

/** A virtual terminal that answers in 20 ms, and sends what it shows. */
function start(t: TestContext, options: Partial<TerminalOptions> = {}) {
  const handlers = new Map<string, TerminalRequestHandler>();
  const terminals = new VirtualTerminals({ delay: 20, pos: (poiId) => inProcessPos(handlers, poiId) });
  const transport = new VirtualTransport(terminals, handlers);
  const poiId = `T${Math.trunc(performance.now() * 1000)}`;
  const terminal = new Terminal({
    config: { saleId: '1', poiId, inbound: 'notifications' },
    transport,
    journal: async () => new MemoryJournal<TransactionRecord>(),
    ...options,
  });
  transport.handleRequests(poiId, (request) => terminal.notifications.receive(request));
  t.after(async () => {
    await terminal.close();
    terminals.close();
  });
  return { terminal, terminals, poiId };
}

const keyed = { amount: '89.00', currency: 'SEK', paymentInstrument: { pan: '9752000000000001', expiryDate: '2912' } };

test('each exchange of a payment is there, in both directions', async (t) => {
  const traced: TracedExchange[] = [];
  const { terminal, poiId } = start(t, { trace: (exchange) => traced.push(exchange) });
  const payment = await pay(terminal, { amount: '89.00', currency: 'SEK', transactionId: 'SALE-1' });
  assert.equal(payment.outcome, 'approved');
  const sent = traced.filter(({ direction }) => direction === 'sent');
  assert.deepEqual(
    sent.map(({ category, result, outcome, address }) => [category, result, outcome, address]),
    [
      ['Login', 'message', 'Success', 'virtual terminal'],
      ['TransactionStatus', 'message', 'Failure NotFound', 'virtual terminal'],
      ['Payment', 'message', 'Success', 'virtual terminal'],
    ],
  );
  const paid = sent.at(-1);
  assert.equal(paid?.id, payment.serviceId);
  assert.equal(paid?.terminal, `1/${poiId}`);
  assert.ok(paid && paid.duration >= 15 && paid.duration < 10_000, `${paid?.duration} ms`);
  assert.ok(Math.abs(Date.now() - paid.at) < 60_000);
  assert.match(JSON.stringify(paid.request), /"RequestedAmount":"89.00"/);
  assert.match(JSON.stringify(paid.response), /"AuthorizedAmount":"89.00"/);
  const received = traced.filter(({ direction }) => direction === 'received');
  assert.ok(received.some(({ category }) => category === 'Display'));
});

test('a question of the terminal, where it came from, and the answer it got', async (t) => {
  const traced: TracedExchange[] = [];
  const { terminal, poiId } = start(t, { trace: (exchange) => traced.push(exchange) });
  await terminal.journal();
  terminal.notifications.listen(({ replyId = '' }) => void terminal.reply(replyId, true));
  const question = confirmationRequest({ poiId, saleId: '1', serviceId: '7', deviceId: '8' }, 'OK?', 60_000);
  assert.ok('SaleToPOIRequest' in question);
  await terminal.receive(question.SaleToPOIRequest, { address: '192.168.1.20', connected: () => true });
  assert.equal(traced.length, 1);
  const { direction, category, address, result, response } = traced[0] ?? assert.fail();
  assert.deepEqual([direction, category, address, result], ['received', 'Input', '192.168.1.20', 'message']);
  assert.match(JSON.stringify(response), /"ConfirmedFlag":true/);
});

for (const [reply, result, reason] of [
  [{ type: 'unreachable', reason: 'ECONNREFUSED' }, 'unreachable', /ECONNREFUSED/],
  [{ type: 'lost', reason: 'the connection was closed' }, 'lost', /closed/],
  [{ type: 'message', body: Buffer.from('<html>card 4111111111111111') }, 'unusable', /./],
  [{ type: 'empty' }, 'empty', /^$/],
] as const) {
  test(`no usable answer: ${result}`, async () => {
    const traced: TracedExchange[] = [];
    const { send } = exchangeWith(async () => reply, traced);
    await send(login());
    assert.equal(traced.length, 1);
    assert.equal(traced[0]?.result, result);
    assert.match(traced[0]?.reason ?? '', reason);
    assert.doesNotMatch(JSON.stringify(traced), /4111111111111111/);
  });
}

test('an unknown field of a response is named, not shown', async () => {
  const traced: TracedExchange[] = [];
  const decode = (bytes: Uint8Array) => ({ ...jsonCodec.decode(bytes), ignored: ['SaleToPOIResponse.Secret'] });
  const body = jsonCodec.encode(loginResponse());
  const { send } = exchangeWith(async () => ({ type: 'message', body }), traced, { ...jsonCodec, decode });
  await send(login());
  assert.deepEqual(traced[0]?.ignored, ['SaleToPOIResponse.Secret']);
});

for (const body of bodyNames) {
  test(`no secret of a ${body} reaches the trace`, async () => {
    await fc.assert(
      fc.asyncProperty(messageOf(body, { overrides: secrets }), async (message) => {
        const traced: TracedExchange[] = [];
        const { send } = exchangeWith(async () => ({ type: 'message', body: jsonCodec.encode(message) }), traced);
        await send(message);
        assert.equal(traced.length, 1);
        for (const exchange of traced) {
          assertClean(traceLine(exchange));
          assertClean(traceText(exchange));
        }
      }),
      { numRuns: 20 },
    );
  });
}

test('a keyed card is sent, and not traced', async (t) => {
  const traced: TracedExchange[] = [];
  const { terminal } = start(t, { trace: (exchange) => traced.push(exchange) });
  const { outcome } = await pay(terminal, keyed);
  assert.equal(outcome, 'approved');
  assert.ok(traced.some(({ category }) => category === 'Payment'));
  assert.doesNotMatch(traced.map(traceText).join('\n'), /9752000000000001|ExpiryDate|SensitiveCardData/);
});

test('a hook that throws does not disturb a payment', async (t) => {
  const errors: Error[] = [];
  const trace = () => {
    throw new Error('no room');
  };
  const { terminal } = start(t, { trace, onError: (error) => errors.push(error) });
  const { outcome } = await pay(terminal, { amount: '89.00', currency: 'SEK' });
  assert.equal(outcome, 'approved');
  assert.match(errors[0]?.message ?? '', /no room/);
});

test('without a hook nothing is looked up for one', async () => {
  const transport: Transport = {
    get address(): string {
      return assert.fail('the address was read');
    },
    send: async () => ({ type: 'empty' }),
    close: async () => undefined,
  };
  const result = await new MessageExchange(jsonCodec).send(transport, login(), options());
  assert.deepEqual(result, { type: 'empty' });
});

test('a line for people and a line of JSON say the same', () => {
  const exchange: TracedExchange = {
    at: Date.UTC(2026, 0, 2, 3, 4, 5),
    duration: 1520,
    terminal: '1/T1',
    direction: 'sent',
    category: 'Payment',
    id: '1001',
    address: '192.168.1.20:11000',
    result: 'message',
    outcome: 'Failure Busy',
    request: login(),
  };
  const text = traceText(exchange);
  assert.ok(
    text.startsWith('sent Payment 1001 to 192.168.1.20:11000: message Failure Busy, 1520 ms {"SaleToPOI'),
    text,
  );
  assert.deepEqual(JSON.parse(traceLine(exchange)), { ...exchange, at: '2026-01-02T03:04:05.000Z' });
});

/** An exchange whose transport gives that answer. */
function exchangeWith(send: Transport['send'], traced: TracedExchange[], codec = jsonCodec) {
  const trace = new WireTrace('1/T1', new ManualClock(), (exchange) => traced.push(exchange), assert.fail);
  const exchange = new MessageExchange(codec, trace);
  const transport: Transport = { send, close: async () => undefined };
  return { send: (message: Message) => exchange.send(transport, message, options()) };
}

function options() {
  return { overtake: false, signal: new AbortController().signal };
}

function login(): Message {
  const header = { MessageClass: 'Service', MessageCategory: 'Login', MessageType: 'Request', ServiceID: '1' };
  return { SaleToPOIRequest: { MessageHeader: { ...header, SaleID: '1', POIID: 'T1' } } };
}

function loginResponse(): Message {
  const header = { MessageClass: 'Service', MessageCategory: 'Login', MessageType: 'Response', ServiceID: '1' };
  const LoginResponse = { Response: { Result: 'Success' } };
  return { SaleToPOIResponse: { MessageHeader: { ...header, SaleID: '1', POIID: 'T1' }, LoginResponse } };
}
