/** Access tokens: fetched once, shared, renewed in time, and never shown. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TokenSource } from '../../lib/transport/cloud/access-token.ts';
import { ManualClock } from '../support/clock.ts';
import { CLIENT, send, startCloud } from '../support/cloud.ts';
import { answer, source } from '../support/token-service.ts';
import { until } from '../support/until.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

test('several terminals share one token, and those who need it at once share one request', async (t) => {
  const cloud = await startCloud(t);
  const terminals = [cloud.transport(), cloud.transport(), cloud.transport()];
  await Promise.all(terminals.map((transport) => send(transport, '<login/>', { overtake: true })));
  await Promise.all(terminals.map((transport) => send(transport, '<payment/>')));
  assert.equal(cloud.service.tokens.issued, 1);
  assert.equal(cloud.relayed.length, 6);
});

test('another client, scope or secret has a token of its own', async (t) => {
  const cloud = await startCloud(t);
  await send(cloud.transport(), '<login/>');
  await send(cloud.transport({ scope: 'other' }), '<login/>');
  assert.equal((await send(cloud.transport({ clientSecret: 'wrong' }), '<login/>')).type, 'unreachable');
  assert.equal(cloud.service.tokens.issued, 2);
});

test('renewed ten minutes before it ends, while it is still given out', async (t) => {
  const cloud = await startCloud(t);
  const transport = cloud.transport();
  await send(transport, '<a/>');
  cloud.clock.advance(DAY - 10 * MINUTE - 1);
  await send(transport, '<b/>');
  assert.equal(cloud.service.tokens.issued, 1);
  cloud.clock.advance(1);
  await Promise.all([send(transport, '<c/>'), send(transport, '<c/>', { overtake: true })]);
  await until(() => cloud.service.tokens.issued === 2);
  cloud.clock.advance(11 * MINUTE);
  await send(transport, '<d/>');
  assert.equal(cloud.service.tokens.issued, 2);
  assert.equal(cloud.relayed.length, 5);
});

test('one that has ended is not used any more', async (t) => {
  const cloud = await startCloud(t);
  cloud.service.tokens.lifetime = 60;
  const transport = cloud.transport();
  await send(transport, '<a/>');
  cloud.clock.advance(MINUTE);
  assert.equal((await send(transport, '<b/>')).type, 'message');
  assert.equal(cloud.service.tokens.issued, 2);
});

test('a payment that is open while its token ends is not disturbed', async (t) => {
  const cloud = await startCloud(t);
  const transport = cloud.transport();
  let finish = () => {};
  const answer = cloud.terminal;
  cloud.terminal = (body, respond) => {
    finish = () => answer(body, respond);
  };
  const payment = send(transport, '<payment/>');
  await until(() => cloud.relayed.length === 1);
  cloud.clock.advance(DAY);
  cloud.service.tokens.revoke();
  cloud.terminal = answer;
  assert.equal((await send(transport, '<abort/>', { overtake: true })).type, 'message');
  finish();
  assert.equal((await payment).type, 'message');
});

test('a failed renewal is retried after a pause, and the old token is used until it expires', async (t) => {
  let asked = 0;
  let down = false;
  const clock = new ManualClock();
  const tokens = await source(t, clock, (_request, response) => {
    asked++;
    if (down) response.writeHead(500).end();
    else answer(response, 200, { access_token: `token-${asked}`, token_type: 'Bearer', expires_in: 3600 });
  });
  assert.equal(await tokens.token(), 'token-1');
  down = true;
  clock.advance(50 * MINUTE);
  assert.equal(await tokens.token(), 'token-1');
  await until(() => asked === 2 && clock.pending === 0);
  await until(() => true);
  assert.equal(await tokens.token(), 'token-1');
  assert.equal(asked, 2);
  clock.advance(10 * MINUTE);
  await assert.rejects(tokens.token(), { code: 'cloud_token', message: /HTTP 500/ });
  down = false;
  assert.equal(await tokens.token(), 'token-4');
});

const refusals: [number, object | string, string, RegExp][] = [
  [
    400,
    { error: 'invalid_client', error_description: 'AADB2C90081: x sEcReT-9' },
    'cloud_credentials',
    /AADB2C90081.*24 months/,
  ],
  [400, { error: 'unauthorized_client' }, 'cloud_credentials', /unauthorized_client/],
  [401, 'no', 'cloud_credentials', /HTTP 401/],
  [400, { error: 'invalid_scope' }, 'cloud_scope', /correct the scope/],
  [400, { error: 'sEcReT-9' }, 'cloud_token', /HTTP 400\)/],
  [404, '<html>', 'cloud_token', /HTTP 404.*address/],
  [302, '', 'cloud_token', /HTTP 302/],
  [204, '', 'cloud_token', /HTTP 204/],
  [500, '', 'cloud_token', /HTTP 500/],
  [429, '', 'cloud_busy', /try again in 7 s/],
  [503, '', 'cloud_busy', /try again in 7 s/],
  [200, '<html>', 'cloud_token', /without a usable access token/],
  [200, {}, 'cloud_token', /without a usable access token/],
  [200, { access_token: 'a\r\nb', token_type: 'Bearer' }, 'cloud_token', /without a usable access token/],
  [200, { access_token: 'a', token_type: 'mac' }, 'cloud_token', /without a usable access token/],
  [200, { access_token: 'a', token_type: 'Bearer', expires_in: 'soon' }, 'cloud_token', /without a usable/],
  [200, 'x'.repeat(100_000), 'cloud_unreachable', /connection failed/],
];
for (const [status, body, code, message] of refusals)
  test(`a token service that answers ${status} ${JSON.stringify(body).slice(0, 60)}: ${code}`, async (t) => {
    const tokens = await source(t, new ManualClock(), (_request, response) => answer(response, status, body));
    await assert.rejects(tokens.token(), (error: Error & { code?: string }) => {
      assert.equal(error.code, code);
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /sEcReT-9|till-client/);
      return true;
    });
  });

test('what is sent: a form with the client in it', async (t) => {
  let seen = '';
  const tokens = await source(t, new ManualClock(), (request, response) => {
    request.setEncoding('utf8').on('data', (text) => {
      seen += text;
    });
    request.on('end', () => answer(response, 200, { access_token: 'a', token_type: 'bearer', expires_in: '3600' }));
  });
  assert.equal(await tokens.token(), 'a');
  assert.deepEqual(Object.fromEntries(new URLSearchParams(seen)), {
    grant_type: 'client_credentials',
    scope: 'api',
    client_id: CLIENT.clientId,
    client_secret: CLIENT.clientSecret,
  });
});

test('a silent token service: time-out after 15 s; an unreachable one: its error code', async (t) => {
  const clock = new ManualClock();
  let asked = false;
  const silent = await source(t, clock, () => {
    asked = true;
  });
  const token = silent.token();
  await until(() => asked);
  clock.advance(15_000);
  await assert.rejects(token, { code: 'cloud_unreachable', message: /no answer within 15 s/ });
  const unreachable = new TokenSource({ ...CLIENT, scope: '', tokenUrl: 'http://127.0.0.1:9/token' }, clock);
  await assert.rejects(unreachable.token(), { code: 'cloud_unreachable', message: /ECONNREFUSED/ });
  await unreachable.close();
});
