/** Nexo messages through the cloud, against its stand-in over real HTTP. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answering, CLIENT, type Cloud, reasonOf, send, startCloud, XML } from '../support/cloud.ts';
import { until } from '../support/until.ts';

const CHALLENGE = { 'www-authenticate': 'Bearer error="invalid_token"' };

test('a message goes in, with a token, and comes out', async (t) => {
  const cloud = await startCloud(t);
  const transport = cloud.transport();
  const reply = await send(transport, '<payment/>');
  assert.equal(reply.type === 'message' && Buffer.from(reply.body).toString(), XML.toString());
  assert.deepEqual(cloud.relayed, ['<payment/>']);
});

for (const [status, type] of [
  [204, 'empty'],
  [202, 'empty'],
  [200, 'empty'],
  [500, 'unusable'],
  [302, 'unusable'],
] as const)
  test(`the terminal’s ${status} without a body: ${type}`, async (t) => {
    const cloud = await startCloud(t);
    cloud.terminal = (_body, respond) => respond({ type: 'http', status, body: Buffer.alloc(0) });
    assert.equal((await send(cloud.transport(), '<abort/>', { overtake: true })).type, type);
    assert.equal(cloud.relayed.length, 1);
  });

test('an abort overtakes a payment that is open', async (t) => {
  const cloud = await startCloud(t);
  const transport = cloud.transport();
  let finish = () => {};
  cloud.terminal = (body, respond) => {
    if (String(body) === '<abort/>') respond({ type: 'http', status: 204, body: Buffer.alloc(0) });
    else finish = () => answering(body, respond);
  };
  const payment = send(transport, '<payment/>');
  await until(() => cloud.relayed.length === 1);
  assert.equal((await send(transport, '<abort/>', { overtake: true })).type, 'empty');
  finish();
  assert.equal((await payment).type, 'message');
});

test('a token that was revoked between two messages: renewed, and the message repeated, once', async (t) => {
  const cloud = await startCloud(t);
  const transport = cloud.transport();
  await send(transport, '<login/>', { overtake: true });
  cloud.service.tokens.revoke();
  assert.equal((await send(transport, '<payment/>')).type, 'message');
  assert.deepEqual(cloud.relayed, ['<login/>', '<payment/>']);
  assert.equal(cloud.service.tokens.issued, 2);
});

test('a 401 that proves nothing: a payment is not repeated, what does no harm is', async (t) => {
  const cloud = await startCloud(t);
  const transport = cloud.transport();
  cloud.service.faults.add({ type: 'status', status: 401, relayed: true });
  const reply = await send(transport, '<payment/>');
  assert.equal(reply.type, 'unusable');
  assert.match(reasonOf(reply), /does not accept these credentials \(HTTP 401\)/);
  assert.deepEqual(cloud.relayed, ['<payment/>']);
  cloud.service.faults.add({ type: 'status', status: 401, relayed: true });
  assert.equal((await send(transport, '<status/>', { overtake: true })).type, 'message');
  assert.deepEqual(cloud.relayed, ['<payment/>', '<status/>', '<status/>']);
  assert.equal(cloud.service.tokens.issued, 3);
});

test('a token is refused again and again: certainly not sent, and no third try', async (t) => {
  const cloud = await startCloud(t);
  const transport = cloud.transport();
  for (let i = 0; i < 2; i++) cloud.service.faults.add({ type: 'status', status: 401, headers: CHALLENGE });
  const reply = await send(transport, '<payment/>');
  assert.equal(reply.type, 'unreachable');
  assert.match(reasonOf(reply), /Get valid ones from Swedbank Pay/);
  assert.deepEqual(cloud.relayed, []);
  assert.equal((await send(transport, '<payment/>')).type, 'message');
});

test('once a try may have arrived, a later one proves nothing any more', async (t) => {
  const cloud = await startCloud(t);
  const doubtful = { type: 'status', status: 401, relayed: true } as const;
  cloud.service.faults.add(doubtful, { type: 'status', status: 401, headers: CHALLENGE });
  assert.equal((await send(cloud.transport(), '<login/>', { overtake: true })).type, 'unusable');
  cloud.service.faults.add({ type: 'status', status: 429, headers: { 'retry-after': '60' }, relayed: true });
  assert.equal((await send(cloud.transport(), '<login/>', { overtake: true })).type, 'unusable');
  assert.equal(cloud.relayed.length, 2);
});

test('403 insufficient_scope is a proof, another 403 is not', async (t) => {
  const cloud = await startCloud(t);
  const transport = cloud.transport();
  const headers = { 'www-authenticate': 'Bearer realm="terminal", error="insufficient_scope"' };
  cloud.service.faults.add({ type: 'status', status: 403, headers }, { type: 'status', status: 403 });
  assert.equal((await send(transport, '<payment/>')).type, 'unreachable');
  assert.equal((await send(transport, '<payment/>')).type, 'unusable');
});

test('a wrong secret: nothing is sent, and the reason says what to do', async (t) => {
  const cloud = await startCloud(t);
  const transport = cloud.transport({ clientSecret: 'wrong-one' });
  const reply = await send(transport, '<payment/>');
  assert.equal(reply.type, 'unreachable');
  assert.match(
    reasonOf(reply),
    /client secret is wrong or has expired \(HTTP 401, invalid_client, AADB2C90081\).*24 months.*deploy/,
  );
  assert.doesNotMatch(reasonOf(reply), /wrong-one|till-client/);
  assert.deepEqual(cloud.relayed, []);
});

test('a revoked channel: the reason says to pair again; only a confirmed status proves that nothing was sent', async (t) => {
  const cloud = await startCloud(t);
  cloud.service.channels.revoke();
  const doubtful = await send(cloud.transport(), '<payment/>');
  const certain = await send(cloud.transport({ notRelayed: [404] }), '<payment/>');
  assert.deepEqual([doubtful.type, certain.type], ['unusable', 'unreachable']);
  for (const reply of [doubtful, certain]) {
    assert.match(reasonOf(reply), /does not serve this channel \(HTTP 404\).*Pair the terminal again/);
    assert.ok(!reasonOf(reply).includes(cloud.channelId));
  }
  assert.deepEqual(cloud.relayed, []);
});

test('429 with Retry-After: a payment is not repeated, and what comes next waits', async (t) => {
  const cloud = await startCloud(t);
  const transport = cloud.transport();
  cloud.service.faults.add({ type: 'status', status: 429, headers: { 'retry-after': '5' } });
  const reply = await send(transport, '<payment/>');
  assert.equal(reply.type, 'unusable');
  assert.match(reasonOf(reply), /HTTP 429.*try again in 5 s/);
  const status = send(transport, '<status/>', { overtake: true });
  cloud.clock.advance(4999);
  await silent();
  assert.deepEqual(cloud.relayed, []);
  cloud.clock.advance(1);
  assert.equal((await status).type, 'message');
});

test('503 with Retry-After: what does no harm is repeated when the time has come; so is a payment if 503 is a proof', async (t) => {
  const cloud = await startCloud(t);
  for (const [transport, overtake] of [
    [cloud.transport(), true],
    [cloud.transport({ notRelayed: [503] }), false],
  ] as const) {
    const before = cloud.relayed.length;
    const date = new Date(Math.ceil(Date.now() / 1000) * 1000 + 3000).toUTCString();
    cloud.service.faults.add({ type: 'status', status: 503, headers: { 'retry-after': date } });
    let reply: string | undefined;
    send(transport, '<message/>', { overtake }).then(({ type }) => {
      reply = type;
    });
    await until(() => cloud.clock.pending > 0, 'the wait');
    await silent();
    assert.equal(cloud.relayed.length, before);
    cloud.clock.advance(5000);
    await until(() => reply !== undefined);
    assert.equal(reply, 'message');
    assert.equal(cloud.relayed.length, before + 1);
  }
});

test('a long Retry-After: what comes meanwhile is turned away at once, and never for longer than five minutes', async (t) => {
  const cloud = await startCloud(t);
  const transport = cloud.transport();
  cloud.service.faults.add({ type: 'status', status: 429, headers: { 'retry-after': '999999' } });
  assert.equal((await send(transport, '<login/>', { overtake: true })).type, 'unusable');
  const reply = await send(transport, '<payment/>');
  assert.equal(reply.type, 'unreachable');
  assert.match(reasonOf(reply), /try again in 300 s/);
  cloud.clock.advance(300_000);
  assert.equal((await send(transport, '<payment/>')).type, 'message');
  assert.deepEqual(cloud.relayed, ['<payment/>']);
});

test('a token that is revoked while a request waits for the service: renewed, once, whichever attempt it is', async (t) => {
  const cloud = await startCloud(t);
  const transport = cloud.transport();
  const pause = { type: 'status', status: 503, headers: { 'retry-after': '5' } } as const;
  await send(transport, '<first/>');
  cloud.service.faults.add(pause);
  const login = send(transport, '<login/>', { overtake: true });
  await until(() => cloud.clock.pending > 0, 'the wait');
  cloud.service.tokens.revoke();
  cloud.clock.advance(5000);
  assert.equal((await login).type, 'message');
  assert.deepEqual([cloud.relayed, cloud.service.tokens.issued], [['<first/>', '<login/>'], 2]);

  const refused = { type: 'status', status: 401, headers: CHALLENGE } as const;
  cloud.service.faults.add(refused, refused, refused);
  assert.equal((await send(transport, '<login/>', { overtake: true })).type, 'unreachable');
  assert.equal(cloud.service.tokens.issued, 3, 'no third attempt');
});

test('503 without Retry-After is not repeated', async (t) => {
  const cloud = await startCloud(t);
  cloud.service.faults.add({ type: 'status', status: 503 });
  assert.equal((await send(cloud.transport(), '<status/>', { overtake: true })).type, 'unusable');
  assert.deepEqual(cloud.relayed, []);
});

test('cancelled while it waits for the service: certainly not sent, and no timer stays', async (t) => {
  const cloud = await startCloud(t);
  const transport = cloud.transport();
  cloud.service.faults.add({ type: 'status', status: 429, headers: { 'retry-after': '5' } });
  await send(transport, '<payment/>');
  const cancel = new AbortController();
  const status = send(transport, '<status/>', { overtake: true, signal: cancel.signal });
  await until(() => cloud.clock.pending === 1);
  cancel.abort();
  assert.equal((await status).type, 'unreachable');
  assert.equal(cloud.clock.pending, 0);
  cloud.clock.advance(10_000);
  await silent();
  assert.deepEqual(cloud.relayed, []);
});

test('dropped, late, offline: lost or unusable, never "not sent"', async (t) => {
  const cloud = await startCloud(t);
  const transport = cloud.transport();
  cloud.service.faults.add({ type: 'drop', relayed: true }, { type: 'drop', relayed: false }, { type: 'offline' });
  const types = [];
  for (let i = 0; i < 3; i++) types.push((await send(transport, `<payment${i}/>`)).type);
  assert.deepEqual(types, ['lost', 'lost', 'unusable']);
  assert.deepEqual(cloud.relayed, ['<payment0/>']);
  cloud.service.faults.add({ type: 'late', ms: 60_000 });
  const late = send(transport, '<payment3/>');
  await until(() => cloud.clock.pending === 1);
  cloud.clock.advance(60_000);
  assert.equal((await late).type, 'message');
});

test('no service: certainly not sent', async (t) => {
  const cloud = await startCloud(t);
  const transport = cloud.transport();
  await send(transport, '<login/>', { overtake: true });
  await cloud.close();
  const reply = await send(transport, '<payment/>');
  assert.equal(reply.type, 'unreachable');
  assert.match(reasonOf(reply), /ECONNREFUSED/);
  assert.ok(!reasonOf(reply).includes(cloud.channelId));
});

test('close ends what is open as lost, and leaves no socket', async (t) => {
  const cloud = await startCloud(t);
  cloud.terminal = () => {};
  const transport = cloud.transport();
  const payment = send(transport, '<payment/>');
  await until(() => cloud.relayed.length === 1);
  await transport.close();
  assert.equal((await payment).type, 'lost');
  assert.equal((await send(transport, '<payment/>')).type, 'unreachable');
  assert.equal(cloud.clock.pending, 0);
});

test('unusable settings are refused with a clear message', async (t) => {
  const cloud = await startCloud(t);
  const wrong: [object, string, RegExp][] = [
    [{ clientId: '' }, 'clientId', /client id.* missing/],
    [{ clientSecret: '' }, 'clientSecret', /client secret.* missing/],
    [{ baseUrl: '' }, 'baseUrl', /missing.*Swedbank Pay sends it/],
    [{ baseUrl: 'cloud' }, 'baseUrl', /https:\/\//],
    [{ baseUrl: 'http://cloud.example' }, 'baseUrl', /unencrypted/],
    [{ tokenUrl: 'http://10.0.0.1/token' }, 'tokenUrl', /unencrypted/],
    [{ tokenUrl: 'https://a:b@cloud.example/' }, 'tokenUrl', /user/],
    [{ channelId: '' }, 'channelId', /not paired.*Pair/],
    [{ nexoPath: 'nexo' }, 'nexoPath', /begin with \//],
    [{ eventsPath: '/a b' }, 'eventsPath', /no blanks/],
  ];
  for (const [options, path, message] of wrong)
    assert.throws(() => cloud.transport(options), { path, message }, JSON.stringify(options));
});

test('no reason ever holds a secret', async (t) => {
  const cloud = await startCloud(t);
  const reasons = [];
  for (const status of [400, 401, 403, 404, 408, 410, 418, 429, 500, 502, 503, 504]) {
    cloud.service.faults.add({ type: 'status', status }, { type: 'status', status });
    reasons.push(reasonOf(await send(cloud.transport(), '<payment/>')));
  }
  assertSecretless(cloud, reasons);
  assert.equal(reasons.filter((reason) => /\.$/.test(reason)).length, reasons.length, reasons.join('\n'));
});

function assertSecretless(cloud: Cloud, texts: string[]): void {
  for (const text of texts)
    for (const secret of [CLIENT.clientSecret, CLIENT.clientId, cloud.channelId, 'Bearer']) {
      assert.ok(!text.includes(secret), text);
    }
}

/** Time enough for something to be sent that should not be. */
async function silent(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
}
