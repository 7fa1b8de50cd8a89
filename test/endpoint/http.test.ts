/** The HTTP side of an endpoint. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { describe, test } from 'node:test';
import type { Receiver } from '../../lib/endpoint/options.ts';
import type { Message } from '../../lib/protocol/types.ts';
import { sample } from '../support/wire.ts';
import { display, event, input, Notes, open, print, resultOf, send } from './support.ts';

describe('a message of a terminal', () => {
  test('is answered 200 with a nexo response where it asks for one, else 204', async (t) => {
    const { url, notes, refusals } = await open(t);
    const answered = await send(url, display('Insert card', { deviceId: '7' }));
    assert.equal(answered.status, 200);
    assert.equal(answered.headers['content-type'], 'application/xml; charset=utf-8');
    assert.equal(resultOf(answered), 'Success');
    assert.match(answered.body, /ServiceID="3" DeviceID="7" SaleID="1" POIID="A-POIID"/);
    for (const xml of [display('Wait', { required: false }), print('NotRequired'), event('Card in')]) {
      const empty = await send(url, xml);
      assert.deepEqual([empty.status, empty.body, empty.headers['content-type']], [204, '', undefined]);
    }
    await notes.count(4);
    assert.deepEqual(notes.texts, ['Insert card', 'Wait', 'Receipt', 'Card in']);
    assert.deepEqual(
      notes.senders.map(({ address }) => address),
      Array(4).fill('127.0.0.1'),
    );
    assert.deepEqual(refusals, []);
  });

  test('may come with a slash behind the path, a query, any case, no content type, in chunks, on one connection', async (t) => {
    const { port, url, notes } = await open(t);
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    t.after(() => agent.destroy());
    assert.equal((await send(`${url}/`, display('a'), { agent })).status, 200);
    assert.equal((await send(`${url}?x=1`, display('b'), { agent })).status, 200);
    assert.equal((await send(`http://127.0.0.1:${port}/epassaletopoi/3.1`, display('c'), { agent })).status, 200);
    assert.equal((await send(url, display('d'), { agent, headers: {} })).status, 200);
    const chunked = { 'Content-Type': 'text/xml', 'Transfer-Encoding': 'chunked' };
    assert.equal((await send(url, display('e'), { agent, headers: chunked })).status, 200);
    assert.deepEqual(notes.texts, ['a', 'b', 'c', 'd', 'e']);
  });

  test('comes on a path of one’s own, whose characters mean nothing else', async (t) => {
    const path = '/till:1/(nexo)*!/[x]+';
    const { url, port } = await open(t, { path });
    assert.equal((await send(url, display('a'))).status, 200);
    assert.equal((await send(`http://127.0.0.1:${port}/till:2/nexo/x+`, display('a'))).status, 404);
  });

  test('is answered by the receiver, in characters of every kind', async (t) => {
    const receiver: Receiver = {
      receive: async (message) => {
        const { failure } = await import('../../lib/protocol/answers.ts');
        return failure(message, 'DeviceOut', 'Papperet är slut – 纸');
      },
    };
    const { url } = await open(t, {}, receiver);
    const answered = await send(url, print('PrintEnd'));
    assert.match(answered.body, /Papperet är slut – 纸/);
    assert.equal(Number(answered.headers['content-length']), Buffer.byteLength(answered.body));
  });
});

describe('a receiver', () => {
  const cases: [string, () => Promise<Message | undefined>, status: number, result: string, code?: string][] = [
    ['that has no response', async () => undefined, 204, ''],
    [
      'that rejects',
      () => Promise.reject(new Error('4571000000000001')),
      200,
      'Failure UnavailableService',
      'receiver_failed',
    ],
    [
      'that throws',
      () => {
        throw new TypeError('x');
      },
      200,
      'Failure UnavailableService',
      'receiver_failed',
    ],
    [
      'whose response is no message',
      async () => ({ SaleToPOIResponse: {} }) as unknown as Message,
      500,
      '',
      'bad_answer',
    ],
  ];
  for (const [what, receive, status, result, code] of cases) {
    test(what, async (t) => {
      const { url, refusals } = await open(t, {}, { receive });
      const answered = await send(url, display('x'));
      assert.deepEqual([answered.status, resultOf(answered)], [status, result]);
      assert.deepEqual(
        refusals.map((refusal) => refusal.code),
        code ? [code] : [],
      );
      assert.doesNotMatch(JSON.stringify(refusals) + answered.body, /4571/);
    });
  }

  test('that fails where no answer is required: 204, and an entry in the log', async (t) => {
    const logged = Promise.withResolvers<string>();
    const receive = () => Promise.reject(new Error('x'));
    const { url } = await open(t, { log: ({ code }) => logged.resolve(code) }, { receive });
    assert.equal((await send(url, event('x'))).status, 204);
    assert.equal(await logged.promise, 'receiver_failed');
  });

  test('sees whether the terminal is still connected', async (t) => {
    const asked = Promise.withResolvers<() => boolean>();
    const answer = Promise.withResolvers<undefined>();
    const receiver: Receiver = {
      receive: (_message, _header, from) => {
        asked.resolve(from.connected);
        return answer.promise;
      },
    };
    const { url, port } = await open(t, {}, receiver);
    const request = http.request(url, { method: 'POST', agent: false }).on('error', () => {});
    request.end(input('Signature OK?'));
    const waiting = await asked.promise;
    assert.equal(waiting(), true);
    request.destroy();
    while (waiting()) await new Promise(setImmediate);
    answer.resolve(undefined);
    assert.equal((await send(`http://127.0.0.1:${port}/`, '')).status, 404, 'and it lives');
  });
});

describe('refused, with one log entry that contains nothing of the message', () => {
  const secret = '4571000000000001';
  const cases: [what: string, status: number, code: string, ask: (url: string) => ReturnType<typeof send>][] = [
    ['another path', 404, 'unknown_path', (url) => send(url.replace('/EPAS', '/other'), display(secret))],
    ['GET', 405, 'method_not_allowed', (url) => send(url, '', { method: 'GET' })],
    ['PUT', 405, 'method_not_allowed', (url) => send(url, display(secret), { method: 'PUT' })],
    ['OPTIONS', 405, 'method_not_allowed', (url) => send(url, '', { method: 'OPTIONS' })],
    ['JSON', 415, 'not_xml', (url) => send(url, '{}', { headers: { 'Content-Type': 'application/json' } })],
    [
      'a look-alike of XML',
      415,
      'not_xml',
      (url) => send(url, display(secret), { headers: { 'Content-Type': 'application/xml2' } }),
    ],
    [
      'a compressed body',
      415,
      'not_xml',
      (url) =>
        send(url, display(secret), { headers: { 'Content-Type': 'application/xml', 'Content-Encoding': 'gzip' } }),
    ],
    ['an empty body', 400, 'bad_message', (url) => send(url, '')],
    ['half a message', 400, 'bad_message', (url) => send(url, display(secret).slice(0, -20))],
    ['an entity', 400, 'bad_message', (url) => send(url, `<!DOCTYPE x [<!ENTITY a "${secret}">]>${display('&a;')}`)],
    ['HTML', 400, 'bad_message', (url) => send(url, `<html>${secret}</html>`)],
    [
      'a body nexo does not have',
      400,
      'bad_message',
      (url) => send(url, display(secret).replaceAll('DisplayRequest', 'SoundRequest')),
    ],
    ['a response', 400, 'unexpected_response', (url) => send(url, sample('login-response-success'))],
    ['a payment request', 400, 'not_from_terminal', (url) => send(url, sample('payment-request-purchase'))],
    ['an abort', 400, 'not_from_terminal', (url) => send(url, sample('abort-request'))],
    ['an event of an unknown terminal', 404, 'unknown_poiid', (url) => send(url, event(secret, { poiId: 'B' }))],
    [
      'a display of an unknown terminal that asks for no answer',
      404,
      'unknown_poiid',
      (url) => send(url, display(secret, { poiId: 'B', required: false })),
    ],
    ['no POIID', 404, 'unknown_poiid', (url) => send(url, display(secret).replace(' POIID="A-POIID"', ''))],
  ];
  for (const [what, status, code, ask] of cases) {
    test(`${what}: ${status}`, async (t) => {
      const { url, refusals, notes } = await open(t);
      const answered = await ask(url);
      assert.equal(answered.status, status);
      assert.deepEqual(
        refusals.map((refusal) => [refusal.code, refusal.address]),
        [[code, '127.0.0.1']],
      );
      assert.doesNotMatch(JSON.stringify(refusals) + answered.body, new RegExp(secret));
      assert.equal(answered.headers.allow, status === 405 ? 'POST' : undefined);
      assert.equal((await send(url, display('after'))).status, 200);
      assert.deepEqual(notes.texts, ['after'], 'nothing else happened');
    });
  }

  test('a request that asks for an answer gets it in nexo', async (t) => {
    const { url } = await open(t);
    const unknown = await send(url, display('x', { poiId: 'B', deviceId: '9' }));
    assert.deepEqual([unknown.status, resultOf(unknown)], [200, 'Failure NotFound']);
    assert.match(unknown.body, /DeviceID="9" SaleID="1" POIID="B"/);
    const login = await send(url, sample('login-request'));
    assert.deepEqual([login.status, resultOf(login)], [200, 'Failure NotAllowed']);
  });

  test('ids longer than nexo has them: refused plainly, for they cannot be repeated', async (t) => {
    const { url } = await open(t);
    assert.equal((await send(url, display('x', { poiId: 'B', deviceId: '12345678901' }))).status, 404);
  });
});

describe('addresses that may call', () => {
  test('others get 403, whatever they send', async (t) => {
    const { url, refusals, notes } = await open(t, { allow: ['192.0.2.0/24'] });
    for (const body of [display('x'), 'garbage', '']) assert.equal((await send(url, body)).status, 403);
    assert.equal((await send(url, '', { method: 'GET' })).status, 403);
    assert.deepEqual([...new Set(refusals.map(({ code }) => code))], ['address_not_allowed']);
    assert.deepEqual(notes.texts, []);
  });

  test('IPv4 is recognised on an interface of both versions', async (t) => {
    const { port, notes } = await open(t, { address: '::', allow: ['127.0.0.0/8'] });
    assert.equal((await send(`http://127.0.0.1:${port}/EPASSaleToPOI/3.1`, display('x'))).status, 200);
    assert.equal((await send(`http://[::1]:${port}/EPASSaleToPOI/3.1`, display('x'))).status, 403);
    assert.deepEqual(
      notes.senders.map(({ address }) => address),
      ['127.0.0.1'],
    );
  });
});

test('a terminal that is unregistered while it waits gets UnavailableService', async (t) => {
  const asked = Promise.withResolvers<void>();
  const { url, endpoint, unregister } = await open(
    t,
    {},
    {
      receive: () => {
        asked.resolve();
        return new Promise(() => {});
      },
    },
  );
  const other = await endpoint.register('B', new Notes());
  t.after(other);
  const waiting = send(url, input('Signature OK?'));
  await asked.promise;
  await unregister();
  assert.equal(resultOf(await waiting), 'Failure UnavailableService');
  assert.equal(resultOf(await send(url, display('x'))), 'Failure NotFound');
});

test('a terminal that disconnects while it sends is not logged', async (t) => {
  const { url, refusals, notes } = await open(t);
  const request = http.request(url, { method: 'POST', agent: false, headers: { 'Content-Length': 100 } });
  request.on('error', () => {});
  request.write('<Sale');
  await once(request, 'socket');
  await new Promise<void>((resolve) => request.socket?.write('', () => resolve()));
  request.destroy();
  assert.equal((await send(url, display('after'))).status, 200);
  assert.deepEqual([refusals, notes.texts], [[], ['after']]);
});
