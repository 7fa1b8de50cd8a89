import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { NexoError } from '../../lib/protocol/errors.ts';
import { type PairingOptions, pair } from '../../lib/transport/cloud/pairing.ts';
import { TOKEN_PATH } from '../../lib/virtual/cloud/cloud-service.ts';
import { CLIENT, type Cloud, send, startCloud } from '../support/cloud.ts';

function pairing(cloud: Cloud, code: string, more: Partial<PairingOptions> = {}) {
  const { baseUrl, tokenUrl, clock } = cloud;
  const clientId = cloud.clientId;
  return pair({ ...CLIENT, clientId, baseUrl, tokenUrl, scope: '', clock, code, ...more });
}

const shown = (cloud: Cloud) => cloud.service.channels.codes[0]?.code ?? '';

test('the code that the terminal shows gives a channel, and the earlier one is dead', async (t) => {
  const cloud = await startCloud(t);
  const earlier = cloud.transport();
  const { channelId } = await pairing(cloud, ` ${shown(cloud)} `);
  assert.notEqual(channelId, cloud.channelId);
  assert.equal((await send(cloud.transport({ channelId }), '<payment/>')).type, 'message');
  assert.match(JSON.stringify(await send(earlier, '<payment/>')), /Pair the terminal again/);
  assert.deepEqual(cloud.relayed, ['<payment/>']);
});

test('a wrong or used code: the error says where to get a new one, and the channel stays valid', async (t) => {
  const cloud = await startCloud(t);
  const expected = { code: 'cloud_pairing_code', path: 'code', message: /wrong, was used before.*enter the new code/ };
  const used = shown(cloud);
  await assert.rejects(pairing(cloud, '000000'), expected);
  assert.equal((await send(cloud.transport(), '<payment/>')).type, 'message');
  await pairing(cloud, used);
  await assert.rejects(pairing(cloud, used), expected);
  for (const code of ['', 'a b', '"}', 'x'.repeat(65)])
    await assert.rejects(pairing(cloud, code), { code: 'cloud_pairing_code' });
});

test('wrong credentials', async (t) => {
  const cloud = await startCloud(t);
  const code = shown(cloud);
  await assert.rejects(pairing(cloud, code, { clientSecret: 'wrong' }), { code: 'cloud_credentials' });
  await assert.rejects(pairing(cloud, code, { clientSecret: '' }), { code: 'invalid_config', path: 'clientSecret' });
  assert.equal(shown(cloud), code);
});

test('a token that was revoked meanwhile is renewed', async (t) => {
  const cloud = await startCloud(t);
  await send(cloud.transport({ scope: '' }), '<login/>');
  cloud.service.tokens.revoke();
  assert.ok(await pairing(cloud, shown(cloud)));
});

const forms: [string, string | undefined][] = [
  ['{"channelId":"c-1"}', 'c-1'],
  ['{"channelid":"c-1"}', 'c-1'],
  ['{"data":{"channel_id":"c-1","name":"till"}}', 'c-1'],
  ['{"ChannelID":17}', '17'],
  ['"c-1"', 'c-1'],
  ['c-1\n', 'c-1'],
  ['', undefined],
  ['{}', undefined],
  ['{"channelId":""}', undefined],
  ['{"channelId":{"a":1}}', undefined],
  ['{"channelId":', undefined],
  ['<html>ok</html>', undefined],
];
for (const [answer, channelId] of forms)
  test(`an answer of the form ${JSON.stringify(answer)}`, async (t) => {
    const options = await service(t, 200, answer);
    if (channelId !== undefined) assert.deepEqual(await pair(options), { channelId });
    else await assert.rejects(pair(options), { code: 'cloud_pairing_answer' });
  });

test('path, body and its type can be set', async (t) => {
  const seen: string[] = [];
  const options = await service(t, 200, 'c-1', seen);
  await pair(options);
  await pair({ ...options, path: '/pair?v=2', body: '{code}' });
  assert.deepEqual(seen, [
    '/api/v1/pairing application/json {"pairingCode":"1234"}',
    '/pair?v=2 text/plain; charset=utf-8 1234',
  ]);
});

for (const [status, code] of [
  [400, 'cloud_pairing_code'],
  [403, 'cloud_pairing_code'],
  [422, 'cloud_pairing_code'],
  [401, 'cloud_credentials'],
  [429, 'cloud_busy'],
  [500, 'cloud_failed'],
  [504, 'cloud_no_answer'],
] as const)
  test(`the service answers ${status}: ${code}`, async (t) => {
    const options = await service(t, status, '');
    await assert.rejects(pair(options), { code });
  });

test('no answer: the code may be used up; no connection: it is not', async (t) => {
  const options = await service(t, 0, '');
  await assert.rejects(pair(options), { code: 'cloud_pairing_unknown', message: /enter the new code/ });
  await assert.rejects(pair({ ...options, baseUrl: 'http://127.0.0.1:9' }), (error) => {
    assert.ok(error instanceof NexoError && error.code === 'cloud_unreachable');
    return true;
  });
});

/** A service of another make: tokens as ever, and one answer to a pairing; status 0: none. */
async function service(t: TestContext, status: number, answer: string, seen: string[] = []): Promise<PairingOptions> {
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text) => {
      body += text;
    });
    request.on('end', () => {
      if (request.url === TOKEN_PATH) {
        response.setHeader('content-type', 'application/json');
        return response.end('{"access_token":"t","token_type":"Bearer","expires_in":60}');
      }
      seen.push(`${request.url} ${request.headers['content-type']} ${body}`);
      if (status === 0) return request.socket.destroy();
      response.writeHead(status).end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { ...CLIENT, baseUrl, tokenUrl: baseUrl + TOKEN_PATH, scope: '', code: '1234' };
}
