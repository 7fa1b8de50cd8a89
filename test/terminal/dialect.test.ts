/** A second dialect of the wire, and a second vendor, fit without a change to the session. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Endpoint } from '../../lib/endpoint/endpoint.ts';
import { MemoryJournal } from '../../lib/journal/memory.ts';
import { swedbankPay } from '../../lib/protocol/profiles/swedbank-pay.ts';
import type { Message } from '../../lib/protocol/types.ts';
import { createXmlCodec, xmlCodec } from '../../lib/protocol/xml/xml-codec.ts';
import type { TransactionRecord } from '../../lib/session/record.ts';
import { pay } from '../../lib/terminal/promises.ts';
import { Terminal } from '../../lib/terminal/terminal.ts';
import type { TracedExchange } from '../../lib/terminal/wire-trace.ts';
import { LanTransport } from '../../lib/transport/lan.ts';
import { PosClient } from '../../lib/virtual/pos/pos-client.ts';
import { displayRequest } from '../../lib/virtual/pos/terminal-messages.ts';
import { serve } from '../../lib/virtual/server.ts';
import { VirtualTerminals } from '../../lib/virtual/virtual-terminals.ts';
import { jsonCodec } from '../support/json-codec.ts';

const payment = { amount: '89.00', currency: 'SEK' };

async function lan(t: TestContext, codec = xmlCodec) {
  const terminals = new VirtualTerminals({ codec, delay: 10 });
  const server = await serve(terminals, { port: 0 });
  t.after(async () => {
    await server.close();
    terminals.close();
  });
  return new LanTransport({ host: '127.0.0.1', port: server.port });
}

test('JSON over HTTP pays', async (t) => {
  const terminal = new Terminal({
    config: { saleId: '1', poiId: 'JSON' },
    codec: jsonCodec,
    transport: await lan(t, jsonCodec),
    journal: async () => new MemoryJournal<TransactionRecord>(),
  });
  t.after(() => terminal.close());
  const { outcome, amount } = await pay(terminal, payment);
  assert.deepEqual([outcome, amount], ['approved', '89.00']);
});

test('a terminal that reads another dialect pays nothing, and no outcome is guessed', async (t) => {
  const terminal = new Terminal({
    config: { saleId: '1', poiId: 'XML' },
    codec: jsonCodec,
    transport: await lan(t),
    journal: async () => new MemoryJournal<TransactionRecord>(),
  });
  t.after(() => terminal.close());
  const { outcome, error } = await pay(terminal, payment);
  assert.equal(outcome, 'not_started');
  assert.match(error?.message ?? '', /HTTP 415/);
});

test('an endpoint takes the dialect it is given, and no other', async (t) => {
  const received: Message[] = [];
  const endpoint = new Endpoint({ port: 0, codec: jsonCodec });
  const unregister = await endpoint.register('T1', {
    receive: async (message) => void received.push(message) as undefined,
  });
  const clients: PosClient[] = [];
  t.after(async () => {
    for (const client of clients) client.close();
    await unregister();
  });
  const message = displayRequest({ poiId: 'T1', saleId: '1', serviceId: '7', deviceId: '8' }, 'Status', 'Hello', false);
  const send = (codec = jsonCodec) => {
    const client = new PosClient(`http://127.0.0.1:${endpoint.listening?.port}`, { codec });
    clients.push(client);
    return new Promise((resolve) => client.pos().send(message, resolve));
  };
  assert.deepEqual(await send(), { type: 'empty' });
  assert.deepEqual(received, [message]);
  assert.deepEqual(await send(xmlCodec), { type: 'failed', reason: 'the POS answered HTTP 415' });
});

test("a vendor's own values go out, and its deviations are read", async (t) => {
  const profile = {
    ...swedbankPay,
    name: 'Another',
    tokenType: 'Transaction',
    login: {
      environment: 'Unattended',
      capabilities: { ...swedbankPay.login.capabilities, none: ['CashierDisplay'] },
      saleProfile: { GenericProfile: 'Basic', ServiceProfiles: ['PIN'] },
    },
    wire: { spellings: [], optional: {} },
  };
  const traced: TracedExchange[] = [];
  const terminal = new Terminal({
    config: { saleId: '1', poiId: 'VENDOR', profile },
    transport: await lan(t),
    journal: async () => new MemoryJournal<TransactionRecord>(),
    trace: (exchange) => traced.push(exchange),
  });
  t.after(() => terminal.close());
  assert.equal((await pay(terminal, payment)).outcome, 'approved');
  const requests = JSON.stringify(traced.map(({ request }) => request));
  for (const own of [
    '"TerminalEnvironment":"Unattended"',
    '"SaleCapabilities":["CashierDisplay"]',
    '"GenericProfile":"Basic","ServiceProfiles":["PIN"]',
    '"TokenRequestedType":"Transaction"',
  ])
    assert.ok(requests.includes(own), own);
});

test('what one vendor may leave out or misspell, another may not', () => {
  const header = '<MessageHeader MessageClass="Service" MessageCategory="Admin" MessageType="Response" POIID="T1"/>';
  const bytes = (body: string) =>
    Buffer.from(`<SaleToPOIResponse>${header}<AdminResponse>${body}</AdminResponse></SaleToPOIResponse>`);
  const strict = createXmlCodec({ spellings: [], optional: {} });
  const lenient = createXmlCodec({ spellings: [['Outcome', 'Result']], optional: { AdminResponse: ['Response'] } });
  assert.throws(() => strict.decode(bytes('')), { code: 'missing' });
  assert.throws(() => strict.decode(bytes('<Response Outcome="Success"/>')), { code: 'missing' });
  assert.equal(lenient.decode(bytes('')).body, 'AdminResponse');
  assert.match(JSON.stringify(lenient.decode(bytes('<Response Outcome="Success"/>'))), /"Result":"Success"/);
});
