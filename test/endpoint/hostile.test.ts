/** Clients that send too much, too slowly, too often, or something else than HTTP. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { ConcurrencyLimit } from '../../lib/endpoint/concurrency-limit.ts';
import { defaultEndpointLimits, type EndpointLimits } from '../../lib/endpoint/options.ts';
import { display, head, input, open, rawClient, send } from './support.ts';

const codes = (refusals: { code: string }[]) => refusals.map(({ code }) => code);

test('a body over the limit: 413 by its announced length, before it is sent', async (t) => {
  const { port, refusals } = await open(t);
  const { socket, closed } = await rawClient(t, port);
  socket.write(head(1024 * 1024 + 1));
  assert.match(await closed, /^HTTP\/1\.1 413 /);
  assert.deepEqual(codes(refusals), ['too_large']);
});

test('a body over the limit in chunks: 413 as soon as it is', async (t) => {
  const { port, url, refusals, notes } = await open(t, { limits: { bodyBytes: 1000 } });
  const { socket, closed } = await rawClient(t, port);
  socket.write(head(0).replace('Content-Length: 0', 'Transfer-Encoding: chunked'));
  for (let sent = 0; sent < 5; sent++) socket.write(`12c\r\n${'x'.repeat(300)}\r\n`);
  assert.match(await closed, /^HTTP\/1\.1 413 /);
  assert.deepEqual(codes(refusals), ['too_large']);
  const exact = display('x').padEnd(1000, ' ');
  assert.equal((await send(url, exact)).status, 200);
  assert.deepEqual(notes.texts, ['x']);
});

test('a client that goes on sending gets to read its 413', async (t) => {
  const { url } = await open(t, { limits: { bodyBytes: 1000 } });
  assert.equal((await send(url, Buffer.alloc(300_000, 32))).status, 413);
});

for (const [what, text] of [
  ['says nothing', ''],
  ['stops in the request line', 'POST /EPAS'],
  ['stops in the headers', 'POST /EPASSaleToPOI/3.1 HTTP/1.1\r\nHost: pos\r\n'],
  ['stops before the body', head(100)],
  ['stops in the body', `${head(100)}<SaleToPOIRequest`],
] as const) {
  test(`a client that ${what}: 408, and closed`, async (t) => {
    const { port, url, refusals } = await open(t, { limits: { requestTime: 100 } });
    const { socket, closed } = await rawClient(t, port);
    socket.write(text);
    assert.match(await closed, /^HTTP\/1\.1 408 /);
    assert.deepEqual(codes(refusals), ['too_slow']);
    assert.equal((await send(url, display('after'))).status, 200);
  });
}

test('a body that drips is not given more time for it', async (t) => {
  const { port, refusals } = await open(t, { limits: { requestTime: 150 } });
  const { socket, closed } = await rawClient(t, port);
  socket.write(head(1000));
  const drip = setInterval(() => socket.write('x'), 20);
  t.after(() => clearInterval(drip));
  assert.match(await closed, /^HTTP\/1\.1 408 /);
  assert.deepEqual(codes(refusals), ['too_slow']);
});

test('an answer may take longer than the limit for requests', async (t) => {
  const answer = Promise.withResolvers<undefined>();
  const asked = Promise.withResolvers<void>();
  const receive = () => {
    asked.resolve();
    return answer.promise;
  };
  const { url, port, refusals } = await open(t, { limits: { requestTime: 50 } }, { receive });
  const waiting = send(url, input('Signature OK?'));
  await asked.promise;
  // Two silent clients, one after the other, are cut off meanwhile: several times the limit.
  for (let count = 0; count < 2; count++) await (await rawClient(t, port)).closed;
  answer.resolve(undefined);
  assert.equal((await waiting).status, 204);
  assert.deepEqual(codes(refusals), ['too_slow', 'too_slow']);
});

for (const [what, text] of [
  ['TLS', Buffer.from('16030100a5010000a1030300', 'hex')],
  ['an SMTP greeting', 'EHLO pos\r\n\r\n'],
  ['a header without a name', `POST /EPASSaleToPOI/3.1 HTTP/1.1\r\nHost: pos\r\n: x\r\n\r\n`],
  ['two lengths', `POST /EPASSaleToPOI/3.1 HTTP/1.1\r\nHost: pos\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx`],
] as const) {
  test(`${what} instead of HTTP: 400, and closed`, async (t) => {
    const { port, url, refusals } = await open(t);
    const { socket, closed } = await rawClient(t, port);
    socket.write(text);
    assert.match(await closed, /^HTTP\/1\.1 400 /);
    assert.deepEqual(codes(refusals), ['broken_http']);
    assert.equal((await send(url, display('after'))).status, 200);
  });
}

test('headers without end: 431', async (t) => {
  const { port, refusals } = await open(t);
  const { socket, closed } = await rawClient(t, port);
  socket.write(`POST /EPASSaleToPOI/3.1 HTTP/1.1\r\nX: ${'x'.repeat(100_000)}\r\n`);
  assert.match(await closed, /^HTTP\/1\.1 431 /);
  assert.deepEqual(codes(refusals), ['broken_http']);
});

test('what is no HTTP after a request that was answered: closed, without an answer that could be taken for another', async (t) => {
  const { port, refusals } = await open(t);
  const { socket, closed, received } = await rawClient(t, port);
  const body = display('x');
  socket.write(head(body.length) + body);
  while (!received().includes('</SaleToPOIResponse>')) await once(socket, 'data');
  socket.write('garbage\r\n\r\n');
  assert.equal((await closed).match(/HTTP\/1\.1/g)?.length, 1);
  assert.deepEqual(codes(refusals), ['broken_http']);
});

test('more requests than allowed at a time from one address: 503, and the others go on', async (t) => {
  const answers = Promise.withResolvers<undefined>();
  const asked = Promise.withResolvers<void>();
  let open_ = 0;
  const receive = () => {
    if (++open_ === 3) asked.resolve();
    return answers.promise;
  };
  // Connections count as well: the fourth needs one.
  const { url, endpoint, refusals } = await open(
    t,
    { address: '0.0.0.0', limits: { requestsPerAddress: 4 } },
    { receive },
  );
  const busy = [1, 2, 3].map((n) => send(url, input(`${n}`)));
  await asked.promise;
  const slow = await rawClient(t, endpoint.listening?.port ?? 0);
  slow.socket.write(head(100));
  const refused = await send(url, input('4')).catch((error: NodeJS.ErrnoException) => error.code);
  assert.equal(refused, 'ECONNRESET');
  assert.deepEqual(codes(refusals), ['too_many']);
  const elsewhere = await send(url.replace('127.0.0.1', '127.0.0.2'), 'x', { localAddress: '127.0.0.2' });
  assert.equal(elsewhere.status, 400);
  answers.resolve(undefined);
  for (const one of busy) assert.equal((await one).status, 204);
});

test('more requests than allowed at a time on one connection: 503', async (t) => {
  const { port, refusals } = await open(
    t,
    { limits: { requestsPerAddress: 2 } },
    { receive: () => new Promise(() => {}) },
  );
  const { socket, closed } = await rawClient(t, port);
  for (let n = 0; n < 3; n++) {
    const body = input(`${n}`);
    socket.write(head(body.length) + body);
  }
  while (refusals.length === 0) await new Promise(setImmediate);
  assert.deepEqual(codes(refusals), ['too_many']);
  socket.destroy();
  await closed;
});

test('more unfinished bodies than there is room for: 503', async (t) => {
  const { port, url, refusals } = await open(t, { limits: { unfinishedBytesPerAddress: 3000 } });
  const slow = await rawClient(t, port);
  slow.socket.write(`${head(5000)}${'x'.repeat(2900)}`);
  const other = await rawClient(t, port);
  while (other.received() === '') {
    other.socket.write(`${head(5000)}${'x'.repeat(2900)}`);
    await Promise.race([once(other.socket, 'data'), new Promise((resolve) => setTimeout(resolve, 10))]);
    if (other.received() === '') slow.socket.write('');
  }
  assert.match(other.received(), /^HTTP\/1\.1 503 [\s\S]*Retry-After: 1/);
  assert.deepEqual(codes(refusals), ['too_many']);
  slow.socket.destroy();
  other.socket.destroy();
  await Promise.all([slow.closed, other.closed]);
  let status = 0;
  while (status !== 200) ({ status } = await send(url, display('x')));
});

test('more connections than allowed in total: dropped and logged', async (t) => {
  const { port, refusals } = await open(t, { limits: { requestsInTotal: 2 } });
  const kept = [await rawClient(t, port), await rawClient(t, port)];
  const dropped = await rawClient(t, port);
  assert.equal(await dropped.closed, '');
  assert.deepEqual(codes(refusals), ['too_many']);
  for (const { socket } of kept) socket.destroy();
});

test('the concurrency limit counts correctly in any order of calls', () => {
  const limits: EndpointLimits = {
    ...defaultEndpointLimits,
    requestsPerAddress: 3,
    requestsInTotal: 5,
    unfinishedBytesPerAddress: 100,
    unfinishedBytesInTotal: 150,
  };
  const step = fc.record({ address: fc.constantFrom('a', 'b', 'c'), bytes: fc.nat(80), leave: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const limit = new ConcurrencyLimit(limits);
      const admitted: { address: string; bytes: number; release(): void }[] = [];
      const of = (address: string) => admitted.filter((one) => one.address === address);
      const bytes = (all: { bytes: number }[]) => all.reduce((sum, one) => sum + one.bytes, 0);
      for (const { address, bytes: more, leave: release } of steps) {
        if (release) {
          admitted.shift()?.release();
          continue;
        }
        const admission = limit.admit(address);
        assert.equal(admission !== undefined, of(address).length < 3 && admitted.length < 5);
        if (!admission) continue;
        const fits = bytes(of(address)) + more <= 100 && bytes(admitted) + more <= 150;
        assert.equal(admission.reserveBody(more), fits);
        admitted.push({ address, bytes: fits ? more : 0, release: admission.release });
      }
      for (const { release } of admitted) release();
      assert.equal(limit.callers, 0);
    }),
  );
});

test('random bytes never do more than close their own connection', async (t) => {
  const { port, url, notes } = await open(t, { limits: { requestTime: 100 } });
  const parts = fc.constantFrom(
    head(40),
    head(0),
    display('never'),
    'POST ',
    '\r\n\r\n',
    '\0',
    'HTTP/1.1',
    'Transfer-Encoding: chunked\r\n',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(parts, fc.string()), { minLength: 1, maxLength: 6 }), async (pieces) => {
      const { socket, closed } = await rawClient(t, port);
      socket.end(pieces.join(''));
      await closed;
    }),
    { numRuns: 60 },
  );
  assert.equal((await send(url, display('after'))).status, 200);
  assert.equal(notes.texts.at(-1), 'after');
});

test('a port scan leaves nothing behind', async (t) => {
  const { port, endpoint, unregister, refusals } = await open(t);
  for (let n = 0; n < 50; n++) {
    const socket = net.connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.destroy();
  }
  await unregister();
  assert.equal(endpoint.listening, undefined);
  assert.deepEqual(refusals, []);
});
