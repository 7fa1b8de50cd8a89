/** What a terminal says by itself, through the cloud. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { Message, SaleToPOIRequest } from '../../lib/protocol/types.ts';
import { encode } from '../../lib/protocol/xml/encode.ts';
import { messagesIn, ServerSentEvents } from '../../lib/transport/cloud/event-formats.ts';
import { addressMessage, confirmationRequest } from '../../lib/virtual/pos/terminal-messages.ts';
import { type Cloud, startCloud, until } from '../support/cloud.ts';
import { inputAnswer } from '../virtual/till.ts';

/** An event of the terminal’s, in which `ip` tells one from the other. */
const said = (ip: string, poiId = 'A') => text(addressMessage(poiId, { ip, port: 1 }));
const text = (message: Message) => encode(message).toString();

function toldIn(request: SaleToPOIRequest): string {
  const json = Buffer.from(request.TransmitRequest?.Message ?? '', 'base64').toString();
  return /"ipV4Address": "([^"]*)"/.exec(json)?.[1] ?? '';
}

interface Ear {
  told: string[];
  problems: string[];
  answer: Message | undefined;
  leave: () => void;
}

function listen(cloud: Cloud, events: 'poll' | 'sse'): Ear {
  const ear: Ear = { told: [], problems: [], answer: undefined, leave: () => {} };
  ear.leave = cloud.transport({ events }).handleRequests(
    'A',
    async (request) => {
      ear.told.push(toldIn(request));
      return ear.answer;
    },
    (error) => ear.problems.push(error.message),
  );
  return ear;
}

const mailbox = (cloud: Cloud) => {
  const found = cloud.service.channels.of('A')?.mailbox;
  assert.ok(found);
  return found;
};

/** Lets time pass until something holds. */
async function later(cloud: Cloud, holds: () => boolean): Promise<void> {
  await until(() => {
    cloud.clock.turn(100);
    return holds();
  });
}

for (const mode of ['poll', 'sse'] as const) {
  test(`${mode}: what the terminal says is heard, in order and once, whatever waits and whatever comes`, async (t) => {
    const cloud = await startCloud(t);
    mailbox(cloud).post(said('10.0.0.1'));
    mailbox(cloud).post(said('10.0.0.2'));
    const ear = listen(cloud, mode);
    await until(() => ear.told.length === 2);
    mailbox(cloud).post(said('10.0.0.2'));
    mailbox(cloud).post(said('10.0.0.9', 'B'));
    mailbox(cloud).post(said('10.0.0.3'));
    await later(cloud, () => ear.told.length === 3);
    assert.deepEqual(ear.told, ['10.0.0.1', '10.0.0.2', '10.0.0.3']);
    assert.deepEqual(ear.problems, []);
  });

  test(`${mode}: a token that is refused is renewed, and nothing is missed`, async (t) => {
    const cloud = await startCloud(t);
    const ear = listen(cloud, mode);
    mailbox(cloud).post(said('1'));
    await later(cloud, () => ear.told.length === 1);
    cloud.service.tokens.revoke();
    // As a service does that has revoked its tokens.
    cloud.dropConnections();
    await until(() => mailbox(cloud).listeners === 0);
    mailbox(cloud).post(said('2'));
    await later(cloud, () => ear.told.length === 2);
    assert.deepEqual(ear.problems, []);
  });

  test(`${mode}: a revoked channel is told once, in words`, async (t) => {
    const cloud = await startCloud(t);
    cloud.service.channels.revoke();
    const ear = listen(cloud, mode);
    await later(cloud, () => ear.problems.length === 1);
    for (let i = 0; i < 1000; i++) cloud.clock.turn(1000);
    await later(cloud, () => true);
    assert.equal(ear.problems.length, 1);
    assert.match(ear.problems[0] ?? '', /does not serve this channel.*Payments work without them/);
  });

  test(`${mode}: leaving ends it, and leaves no timer`, async (t) => {
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
  const ear = listen(cloud, 'poll');
  const question = confirmationRequest(
    { poiId: 'A', saleId: '1', serviceId: '7', deviceId: '8' },
    'Signature?',
    60_000,
  );
  assert.ok('SaleToPOIRequest' in question);
  ear.answer = inputAnswer(question.SaleToPOIRequest, true);
  mailbox(cloud).post(text(question));
  await later(cloud, () => cloud.relayed.length + ear.problems.length === 1);
  assert.deepEqual(ear.problems, []);
  assert.match(cloud.relayed[0] ?? '', /<InputResponse>.*<ConfirmedFlag>true/s);
});

test('off: nobody asks', async (t) => {
  const cloud = await startCloud(t);
  const transport = cloud.transport();
  assert.equal(transport.receivesRequests, false);
  transport.handleRequests('A', async () => assert.fail(), assert.fail)();
  assert.equal(cloud.service.tokens.issued, 0);
});

test('forms of messages', () => {
  assert.deepEqual(messagesIn(' <a/> '), ['<a/>']);
  assert.deepEqual(messagesIn('["<a/>", "<b/>", 1, null, "text"]'), ['<a/>', '<b/>']);
  assert.deepEqual(messagesIn('"<a/>"'), ['<a/>']);
  assert.deepEqual(messagesIn('{"events":[{"id":7,"message":"<a/>"}],"next":"x"}'), ['<a/>']);
  for (const none of ['', '{}', '[]', '[', 'hello', '{"a":{"b":{"c":{"d":{"e":"<a/>"}}}}}', '17'])
    assert.deepEqual(messagesIn(none), [], none);
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

test('leaving waits for nobody: not for a token service that is silent either', async (t) => {
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
