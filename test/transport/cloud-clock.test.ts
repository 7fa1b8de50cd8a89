/** Tokens and pauses while the wall clock jumps: only the time that passed counts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusalOf } from '../../lib/transport/cloud/http-refusal.ts';
import { ManualClock } from '../support/clock.ts';
import { CLIENT, reasonOf, send, startCloud } from '../support/cloud.ts';
import { answer, source } from '../support/token-service.ts';
import { until } from '../support/until.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const YEAR = 365 * DAY;
const JUMPS = [2 * YEAR, -56 * YEAR];

for (const jump of JUMPS) {
  const name = jump > 0 ? 'two years ahead' : 'back to 1967';

  test(`a token is kept, renewed and ended by the time that passed, with the clock set ${name}`, async (t) => {
    const cloud = await startCloud(t);
    const transport = cloud.transport();
    assert.equal((await send(transport, '<a/>')).type, 'message');
    cloud.clock.jump(jump);
    assert.equal((await send(transport, '<b/>')).type, 'message');
    assert.equal(cloud.service.tokens.issued, 1, 'neither side takes the token for an old one');
    cloud.clock.advance(DAY - 10 * MINUTE);
    await send(transport, '<c/>');
    await until(() => cloud.service.tokens.issued === 2);
    cloud.clock.jump(-jump);
    cloud.clock.advance(DAY);
    assert.equal((await send(transport, '<d/>')).type, 'message');
    assert.equal(cloud.service.tokens.issued, 3);
    assert.deepEqual(cloud.relayed, ['<a/>', '<b/>', '<c/>', '<d/>'], 'and no message was refused on the way');
  });

  test(`a pause that the service asks for ends when it is over, with the clock set ${name}`, async (t) => {
    const cloud = await startCloud(t);
    const transport = cloud.transport();
    cloud.service.faults.add({ type: 'status', status: 429, headers: { 'retry-after': '60' } });
    await send(transport, '<login/>', { overtake: true });
    cloud.clock.jump(jump);
    assert.match(reasonOf(await send(transport, '<early/>')), /try again in 60 s/);
    cloud.clock.advance(55_000);
    const waiting = send(transport, '<waiting/>');
    await until(() => cloud.clock.pending === 1);
    cloud.clock.jump(-jump);
    cloud.clock.advance(5000);
    assert.equal((await waiting).type, 'message');
  });

  test(`a date in Retry-After is compared with the service's own clock, this one set ${name}`, (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.UTC(2026, 5, 1) + jump });
    const at = Date.UTC(2026, 5, 1, 12);
    const date = new Date(at).toUTCString();
    const after = (ms: number) => ({ 'retry-after': new Date(at + ms).toUTCString() });
    assert.equal(refusalOf(429, { date, ...after(20_000) }).wait, 20_000);
    assert.equal(refusalOf(429, { date, ...after(-20_000) }).wait, 0);
    assert.equal(refusalOf(429, { date, ...after(DAY) }).wait, 300_000);
    for (const without of [{}, { date: 'soon' }]) {
      assert.equal(refusalOf(503, { ...without, ...after(20_000) }).wait, 30_000, 'how long is not known');
    }
  });
}

test('an id token beside the access token is not looked at: its dates would be compared with the wall clock', async (t) => {
  const claims = { iss: 'x', sub: 'x', aud: CLIENT.clientId, iat: 0, exp: 3600 };
  const parts = [{ alg: 'RS256', typ: 'JWT' }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  const body = { access_token: 'a', token_type: 'Bearer', expires_in: 3600, id_token: [...parts, 'c2ln'].join('.') };
  const tokens = await source(t, new ManualClock(), (_request, response) => answer(response, 200, body));
  assert.equal(await tokens.token(), 'a');
});
