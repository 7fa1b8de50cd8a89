/** The terminal's own messages, through the cloud. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { Message, SaleToPOIRequest } from '../../lib/protocol/types.ts';
import { encode } from '../../lib/protocol/xml/encode.ts';
import { xmlCodec } from '../../lib/protocol/xml/xml-codec.ts';
import { messagesIn, ServerSentEvents } from '../../lib/transport/cloud/event-formats.ts';
import { addressMessage, confirmationRequest } from '../../lib/virtual/pos/terminal-messages.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { until } from '../support/until.ts';
import { inputResponse } from '../virtual/recording-pos.ts';

/** A message of the terminal, identified by `ip`. */
const announcement = (ip: string, poiId = 'A') => text(addressMessage(poiId, { ip, port: 1 }));
const text = (message: Message) => encode(message).toString();

function addressIn(request: SaleToPOIRequest): string {
  const json = Buffer.from(request.TransmitRequest?.Message ?? '', 'base64').toString();
  return /"ipV4Address": "([^"]*)"/.exec(json)?.[1] ?? '';
}

interface EventLog {
  addresses: string[];
  problems: string[];
  answer: Message | undefined;
  stop: () => void;
}

function listen(cloud: Cloud, events: 'poll' | 'sse'): EventLog {
  const log: EventLog = { addresses: [], problems: [], answer: undefined, stop: () => {} };
  log.stop = cloud.transport({ events }).handleRequests(
    'A',
    async (request) => {
      log.addresses.push(addressIn(request));
      return log.answer;
    },
    (error) => log.problems.push(error.message),
  );
  return log;
}

const mailbox = (cloud: Cloud) => {
  const found = cloud.service.channels.of('A')?.mailbox;
  assert.ok(found);
  return found;
};

/** Lets time pass until something holds. */
async function later(cloud: Cloud, holds: () => boolean): Promise<void> {
  await until(() => {
    cloud.clock.advance(100);
    return holds();
  });
}

for (const mode of ['poll', 'sse'] as const) {
  test(`${mode}: the terminal’s messages are received in order and once`, async (t) => {
    const cloud = await startCloud(t);
    mailbox(cloud).post(announcement('10.0.0.1'));
    mailbox(cloud).post(announcement('10.0.0.2'));
    const log = listen(cloud, mode);
    await until(() => log.addresses.length === 2);
    mailbox(cloud).post(announcement('10.0.0.2'));
    mailbox(cloud).post(announcement('10.0.0.9', 'B'));
    mailbox(cloud).post(announcement('10.0.0.3'));
    await later(cloud, () => log.addresses.length === 3);
    assert.deepEqual(log.addresses, ['10.0.0.1', '10.0.0.2', '10.0.0.3']);
    assert.deepEqual(log.problems, []);
  });

  test(`${mode}: a refused token is renewed, and no message is missed`, async (t) => {
    const cloud = await startCloud(t);
    const log = listen(cloud, mode);
    mailbox(cloud).post(announcement('1'));
    await later(cloud, () => log.addresses.length === 1);
    cloud.service.tokens.revoke();
    // As a service does that has revoked its tokens.
    cloud.dropConnections();
    await until(() => mailbox(cloud).listeners === 0);
    mailbox(cloud).post(announcement('2'));
    await later(cloud, () => log.addresses.length === 2);
    assert.deepEqual(log.problems, []);
  });

  test(`${mode}: a revoked channel is reported once`, async (t) => {
    const cloud = await startCloud(t);
    cloud.service.channels.revoke();
    const log = listen(cloud, mode);
    await later(cloud, () => log.problems.length === 1);
    for (let i = 0; i < 1000; i++) cloud.clock.advance(1000);
    await later(cloud, () => true);
    assert.equal(log.problems.length, 1);
    assert.match(log.problems[0] ?? '', /does not serve this channel.*Payments work without them/);
  });

  test(`${mode}: stopping leaves no timer`, async (t) => {
    const cloud = await startCloud(t, { pollTimeout: 1_000_000 });
    const transport = cloud.transport({ events: mode });
    transport.handleRequests('A', async () => undefined, assert.fail);
    await until(() => cloud.clock.pending > 0);
    await transport.close();
    await until(() => cloud.clock.pending === 0);
  });
}

test('an answer to what the terminal asks goes to the channel', async (t) => {
  const cloud = await startCloud(t);
  const log = listen(cloud, 'poll');
  const question = confirmationRequest(
    { poiId: 'A', saleId: '1', serviceId: '7', deviceId: '8' },
    'Signature?',
    60_000,
  );
  assert.ok('SaleToPOIRequest' in question);
  log.answer = inputResponse(question.SaleToPOIRequest, true);
  mailbox(cloud).post(text(question));
  await later(cloud, () => cloud.relayed.length + log.problems.length === 1);
  assert.deepEqual(log.problems, []);
  assert.match(cloud.relayed[0] ?? '', /<InputResponse>.*<ConfirmedFlag>true/s);
});

test('off: no request is made', async (t) => {
  const cloud = await startCloud(t);
  const transport = cloud.transport();
  assert.equal(transport.receivesRequests, false);
  transport.handleRequests('A', async () => assert.fail(), assert.fail)();
  assert.equal(cloud.service.tokens.issued, 0);
});

test('forms of messages', () => {
  const textsIn = (text: string) => messagesIn(text, xmlCodec);
  assert.deepEqual(textsIn(' <a/> '), ['<a/>']);
  assert.deepEqual(textsIn('["<a/>", "<b/>", 1, null, "text"]'), ['<a/>', '<b/>']);
  assert.deepEqual(textsIn('"<a/>"'), ['<a/>']);
  assert.deepEqual(textsIn('{"events":[{"id":7,"message":"<a/>"}],"next":"x"}'), ['<a/>']);
  for (const none of ['', '{}', '[]', '[', 'hello', '{"a":{"b":{"c":{"d":{"e":"<a/>"}}}}}', '17'])
    assert.deepEqual(textsIn(none), [], none);
});

test('server-sent events in any cut, with any line end', () => {
  const text = ': hello\r\nid: 1\r\ndata: <a>\r\ndata:å</a>\r\n\r\nevent: x\ndata: <b/>\n\n\rdata: <c/>\r\r';
  const bytes = Buffer.from(text);
  for (let size = 1; size <= bytes.length; size++) {
    const heard: string[] = [];
    const events = new ServerSentEvents((data) => heard.push(data));
    for (let at = 0; at < bytes.length; at += size) events.push(bytes.subarray(at, at + size));
    events.push(Buffer.from('\n'));
    assert.deepEqual(heard, ['<a>\nå</a>', '<b/>', '<c/>'], `${size}`);
  }
  const endless = new ServerSentEvents(() => {});
  assert.throws(() => {
    for (let i = 0; i < 20; i++) endless.push(Buffer.from(`data: ${'x'.repeat(100_000)}\n`));
  }, /larger than 1 MiB/);
});

test('close does not wait for a silent token service', async (t) => {
  const cloud = await startCloud(t);
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    silent.closeAllConnections();
    silent.close();
  });
  const tokenUrl = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
  const [one, other] = [cloud.transport({ tokenUrl, events: 'poll' }), cloud.transport({ tokenUrl, events: 'sse' })];
  const connected = once(silent, 'request');
  for (const transport of [one, other]) transport.handleRequests('A', async () => undefined, assert.fail);
  await connected;
  await one.close();
  await other.close();
  assert.equal(cloud.clock.pending, 0);
});
