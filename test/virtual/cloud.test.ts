/** The stand-in of the cloud service, as any HTTP client meets it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode } from '../../lib/protocol/xml/encode.ts';
import { loginRequest } from '../../lib/session/requests/requests.ts';
import { Mailbox } from '../../lib/virtual/cloud/mailbox.ts';
import { ManualClock } from '../support/clock.ts';
import { answering, CLIENT, type Cloud, startCloud } from '../support/cloud.ts';
import { config } from '../support/session-driver.ts';
import { until } from '../support/until.ts';

/** A message for a terminal. */
function messageFor(POIID: string): Uint8Array<ArrayBuffer> {
  const identity = { ...config, poiId: POIID };
  return new Uint8Array(encode(loginRequest(identity, '1', { ms: 0, offset: 0 }, undefined)));
}

const BASIC = (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;

async function token(cloud: Cloud, form: Record<string, string>, headers: Record<string, string> = {}) {
  const response = await fetch(cloud.tokenUrl, { method: 'POST', body: new URLSearchParams(form), headers });
  assert.equal(response.headers.get('cache-control'), 'no-store');
  const body = (await response.json()) as Partial<Record<'access_token' | 'token_type' | 'error', string>> & {
    expires_in?: number;
  };
  return { ...body, status: response.status };
}

async function authorised(cloud: Cloud): Promise<{ authorization: string }> {
  const form = { grant_type: 'client_credentials', client_id: cloud.clientId, client_secret: CLIENT.clientSecret };
  return { authorization: `Bearer ${(await token(cloud, form)).access_token}` };
}

test('tokens: by form or header, for this client, for a while', async (t) => {
  const cloud = await startCloud(t);
  const grant = { grant_type: 'client_credentials' };
  const header = { authorization: BASIC(cloud.clientId, CLIENT.clientSecret) };
  const issued = await token(cloud, grant, header);
  assert.deepEqual([issued.status, issued.token_type, issued.expires_in], [200, 'Bearer', 86_400]);
  assert.equal((await token(cloud, grant)).error, 'invalid_client');
  assert.equal((await token(cloud, grant, { authorization: BASIC(cloud.clientId, 'x') })).status, 401);
  assert.equal((await token(cloud, { grant_type: 'password' }, header)).error, 'unsupported_grant_type');

  const events = `${cloud.baseUrl}/api/v1/channels/${cloud.channelId}/nexo`;
  const send = async (authorization: string) =>
    (await fetch(events, { method: 'POST', body: '<x/>', headers: { authorization } })).status;
  assert.equal(await send(`Bearer ${issued.access_token}`), 200);
  assert.equal(await send('Bearer x'), 401);
  cloud.clock.advance(86_400_000);
  assert.equal(await send(`Bearer ${issued.access_token}`), 401);
});

test('pairing: JSON or the bare code, once each; a terminal of its own for each POIID', async (t) => {
  const cloud = await startCloud(t, { poiIds: ['A', 'B'] });
  const headers = await authorised(cloud);
  const pair = async (body: string) => {
    const response = await fetch(`${cloud.baseUrl}/api/v1/pairing`, { method: 'POST', body, headers });
    return { status: response.status, ...((await response.json()) as { channelId?: string }) };
  };
  const [a, b] = cloud.service.channels.codes;
  assert.ok(a && b && a.code !== b.code);
  const first = await pair(JSON.stringify({ pairingCode: a.code }));
  const second = await pair(b.code);
  assert.deepEqual([first.status, second.status], [200, 200]);
  assert.equal(cloud.service.channels.of('A')?.id, first.channelId);
  assert.equal(cloud.service.channels.of('B')?.id, second.channelId);
  for (const wrong of [a.code, '', '{}', '{"pairingCode":', 'x']) assert.equal((await pair(wrong)).status, 404, wrong);
});

test('a channel carries the messages of its own terminal only; one for any terminal, of the first it is used for', async (t) => {
  const bound = await startCloud(t, { poiIds: ['A', 'B'] });
  const open = await startCloud(t);
  for (const [cloud, own] of [
    [bound, 'A'],
    [open, 'C'],
  ] as const) {
    const headers = await authorised(cloud);
    const send = async (POIID: string) => {
      const body = messageFor(POIID);
      const response = await fetch(`${cloud.baseUrl}/api/v1/channels/${cloud.channelId}/nexo`, {
        method: 'POST',
        body,
        headers,
      });
      await response.arrayBuffer();
      return response.status;
    };
    assert.deepEqual([await send(own), await send('B'), await send(own)], [200, 403, 200]);
    assert.equal(cloud.relayed.length, 2, 'the refused one reaches no terminal');
    const { channels } = cloud.service;
    assert.equal(channels.of(own)?.id, cloud.channelId);
    assert.equal(channels.of('B'), undefined, 'nor do its events come through that channel');
  }
});

test('a channel that is revoked while the terminal is at work: its answer is not passed on', async (t) => {
  const cloud = await startCloud(t);
  const headers = await authorised(cloud);
  let answer = () => {};
  cloud.terminal = (body, respond) => {
    answer = () => answering(body, respond);
  };
  const sent = fetch(`${cloud.baseUrl}/api/v1/channels/${cloud.channelId}/nexo`, {
    method: 'POST',
    body: '<x/>',
    headers,
  });
  await until(() => cloud.relayed.length === 1);
  cloud.service.channels.revoke();
  answer();
  assert.equal((await sent).status, 404);
});

test('events: a poll waits, and ends with 204; a revoked channel ends it', async (t) => {
  const cloud = await startCloud(t, { pollTimeout: 5000 });
  const headers = await authorised(cloud);
  const poll = () => fetch(`${cloud.baseUrl}/api/v1/channels/${cloud.channelId}/events`, { headers });
  const mailbox = cloud.service.channels.of('A')?.mailbox;
  const empty = poll();
  await until(() => mailbox?.listeners === 1);
  cloud.clock.advance(5000);
  assert.equal((await empty).status, 204);
  const received = poll();
  await until(() => mailbox?.listeners === 1);
  mailbox?.post('<a/>');
  assert.deepEqual(await (await received).json(), ['<a/>']);
  const cut = poll();
  await until(() => mailbox?.listeners === 1);
  cloud.service.channels.revoke();
  assert.equal((await cut).status, 204);
  assert.equal((await poll()).status, 404);
});

test('the last thousand unread messages are kept', () => {
  const mailbox = new Mailbox(new ManualClock());
  for (let i = 0; i < 1200; i++) mailbox.post(String(i));
  let got: string[] = [];
  mailbox.poll(1, (messages) => {
    got = messages;
  });
  assert.deepEqual([got.length, got[0], got.at(-1)], [1000, '200', '1199']);
});

test('anything else: 404', async (t) => {
  const cloud = await startCloud(t);
  assert.equal((await fetch(`${cloud.baseUrl}/`)).status, 404);
  assert.equal((await fetch(`${cloud.baseUrl}/api/v2/x`, { headers: await authorised(cloud) })).status, 404);
});
