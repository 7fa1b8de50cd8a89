/** A server is there while a terminal is, and its port is free after that. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { Endpoint } from '../../lib/endpoint/endpoint.ts';
import type { EndpointOptions } from '../../lib/endpoint/options.ts';
import { endpointAt, type SharedEndpoint } from '../../lib/endpoint/shared-endpoints.ts';
import { NexoError } from '../../lib/protocol/errors.ts';
import { refusal } from '../support/refusal.ts';
import { display, head, input, Notes, open, PATH, rawClient, send } from './support.ts';

const cert = readFileSync(new URL('../fixtures/tls/cert.pem', import.meta.url));
const key = readFileSync(new URL('../fixtures/tls/key.pem', import.meta.url));

/** What this process has open, servers and connections by kind, once what was just closed is gone. */
async function handles(): Promise<string[]> {
  for (let turns = 0; turns < 10; turns++) await new Promise(setImmediate);
  const kinds = process.getActiveResourcesInfo().filter((kind) => /TCP|TLS/.test(kind));
  return kinds.sort();
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function isFree(port: number): Promise<boolean> {
  const server = net.createServer();
  const free = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
  });
  if (free) await new Promise((resolve) => server.close(resolve));
  return free;
}

const codeOf = async (promise: Promise<unknown>): Promise<string | undefined> => {
  const error = await promise.then(
    () => assert.fail('nothing was refused'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof NexoError, String(error));
  assert.ok(error.message.length > 30, 'advice');
  return error.code;
};

describe('an endpoint', () => {
  test('starts with the first terminal and ends with the last', async () => {
    const port = await freePort();
    const endpoint = new Endpoint({ port });
    assert.ok(await isFree(port), 'it is not needed yet');
    const [one, two] = await Promise.all([endpoint.register('A', new Notes()), endpoint.register('B', new Notes())]);
    assert.deepEqual(endpoint.listening, { address: '127.0.0.1', port });
    await one();
    assert.ok(!(await isFree(port)));
    await one();
    assert.equal(endpoint.size, 1, 'taken back once, whatever is called');
    await two();
    assert.ok(await isFree(port));
    const again = await endpoint.register('A', new Notes());
    assert.ok(!(await isFree(port)));
    await again();
    assert.ok(await isFree(port));
  });

  test('refuses a second terminal with one POIID, and goes on with the first', async (t) => {
    const { endpoint, url, notes } = await open(t);
    assert.equal(await codeOf(endpoint.register('A-POIID', new Notes())), 'endpoint_duplicate_poiid');
    assert.equal((await send(url, display('x'))).status, 200);
    assert.deepEqual(notes.texts, ['x']);
  });

  test('says that a port is taken, and works once it is free', async (t) => {
    const other = net.createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as net.AddressInfo;
    const endpoint = new Endpoint({ port });
    const refused = await Promise.all([
      codeOf(endpoint.register('A', new Notes())),
      codeOf(endpoint.register('B', new Notes())),
    ]);
    assert.deepEqual(refused, ['endpoint_port_in_use', 'endpoint_port_in_use']);
    assert.equal(endpoint.size, 0);
    other.close();
    await once(other, 'close');
    t.after(await endpoint.register('A', new Notes()));
    assert.equal((await send(`http://127.0.0.1:${port}${PATH}`, display('x', { poiId: 'A' }))).status, 200);
  });

  const settings: [EndpointOptions, string][] = [
    [{ port: 70_000 }, 'endpoint_port'],
    [{ port: 1.5 }, 'endpoint_port'],
    [{ allow: ['till-1'] }, 'endpoint_allow'],
    [{ path: 'EPASSaleToPOI' }, 'endpoint_path'],
    [{ path: '/with blank' }, 'endpoint_path'],
  ];
  for (const [options, code] of settings) {
    test(`says what is wrong with ${JSON.stringify(options)}`, () => {
      assert.equal(refusal(() => new Endpoint(options)).code, code);
    });
  }

  test('rejects an unusable address or certificate with a clear error', async () => {
    const register = (options: EndpointOptions) => new Endpoint({ port: 0, ...options }).register('A', new Notes());
    assert.equal(await codeOf(register({ address: '192.0.2.77' })), 'endpoint_address');
    assert.equal(await codeOf(register({ address: 'no-such-name.invalid' })), 'endpoint_address');
    assert.equal(await codeOf(register({ tls: { cert: 'x', key: 'y' } })), 'endpoint_tls');
    assert.deepEqual(await handles(), []);
  });

  test('drops every connection when it ends: idle, sending, waiting', async (t) => {
    const asked = Promise.withResolvers<void>();
    const receive = () => {
      asked.resolve();
      return new Promise<undefined>(() => {});
    };
    const { port, unregister } = await open(t, {}, { receive });
    const idle = await rawClient(t, port);
    const sending = await rawClient(t, port);
    sending.socket.write(`${head(100)}<Sale`);
    const waiting = await rawClient(t, port);
    const question = input('x');
    waiting.socket.write(head(question.length) + question);
    await asked.promise;
    const from = performance.now();
    await unregister();
    assert.ok(performance.now() - from < 2000);
    await Promise.all([idle.closed, sending.closed, waiting.closed]);
  });

  test('leaves nothing behind, opened and closed fifty times', async () => {
    const port = await freePort();
    const before = await handles();
    for (let cycle = 0; cycle < 50; cycle++) {
      const endpoint = new Endpoint({ port });
      const unregister = await endpoint.register('A', new Notes());
      const socket = net.connect(port, '127.0.0.1');
      const body = display('x', { poiId: 'A' });
      socket.write(head(body.length) + body);
      await once(socket, 'data');
      const closed = once(socket, 'close');
      await unregister();
      await closed;
    }
    assert.deepEqual(await handles(), before);
    assert.ok(await isFree(port));
  });

  test('speaks HTTPS with a certificate, and says no to plain HTTP', async (t) => {
    const { port, refusals, notes } = await open(t, { tls: { cert, key } });
    const agent = new https.Agent({ ca: cert });
    t.after(() => agent.destroy());
    const status = await new Promise((resolve, reject) => {
      const request = https.request(`https://127.0.0.1:${port}${PATH}`, { method: 'POST', agent }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.on('error', reject).end(display('x'));
    });
    assert.equal(status, 200);
    assert.deepEqual(notes.texts, ['x']);
    const plain = await rawClient(t, port);
    plain.socket.write(head(10));
    await plain.closed;
    assert.deepEqual(
      refusals.map(({ code }) => code),
      ['broken_tls'],
    );
  });
});

describe('an endpoint that is shared', () => {
  const use = (t: TestContext, options: EndpointOptions): SharedEndpoint => {
    const shared = endpointAt(options);
    t.after(() => shared.close());
    return shared;
  };

  test('goes on logging for those who came in where one of them did not', async (t) => {
    const port = await freePort();
    const logged: string[] = [];
    const shared = use(t, { port, log: ({ code }) => logged.push(code) });
    await Promise.allSettled([shared.register('A', new Notes()), shared.register('A', new Notes())]);
    assert.equal((await fetch(`http://127.0.0.1:${port}/elsewhere`)).status, 404);
    assert.equal(logged.length, 1);
  });

  test('is one server for all who name its address and port', async (t) => {
    const port = await freePort();
    const [one, two] = [use(t, { port }), use(t, { port })];
    const [a, b] = [new Notes(), new Notes()];
    await Promise.all([one.register('A', a), two.register('B', b)]);
    const url = `http://127.0.0.1:${port}${PATH}`;
    await send(url, display('for A', { poiId: 'A' }));
    await send(url, display('for B', { poiId: 'B' }));
    assert.deepEqual([a.texts, b.texts], [['for A'], ['for B']]);
    assert.equal(await codeOf(two.register('A', new Notes())), 'endpoint_duplicate_poiid');
    await one.close();
    assert.equal((await send(url, display('still for B', { poiId: 'B' }))).status, 200);
    await two.close();
    assert.ok(await isFree(port));
    assert.equal(await codeOf(two.register('B', b)), 'endpoint_closed');
  });

  test('is not changed under those who use it, and may be when they have gone', async (t) => {
    const port = await freePort();
    const [one, two] = [use(t, { port }), use(t, { port, allow: ['192.0.2.1'] })];
    await one.register('A', new Notes());
    assert.equal(await codeOf(two.register('B', new Notes())), 'endpoint_conflict');
    const closing = one.close();
    const registering = two.register('B', new Notes());
    await Promise.all([closing, registering]);
    assert.equal((await send(`http://127.0.0.1:${port}${PATH}`, display('x', { poiId: 'B' }))).status, 403);
  });

  test('survives deploys: all are closed, then all are started, whatever changed', async (t) => {
    const port = await freePort();
    const before = await handles();
    const url = `http://127.0.0.1:${port}${PATH}`;
    let uses: SharedEndpoint[] = [];
    for (let deploy = 0; deploy < 20; deploy++) {
      await Promise.all(uses.map((one) => one.close()));
      assert.ok(await isFree(port), 'free in between');
      uses = Array.from({ length: 3 }, () => use(t, { port, limits: { openMessages: 10 + deploy } }));
      const notes = uses.map(() => new Notes());
      await Promise.all(uses.map((one, index) => one.register(`T${index}`, notes[index] ?? assert.fail())));
      await send(url, display('x', { poiId: 'T2' }));
      assert.deepEqual(
        notes.map(({ texts }) => texts.length),
        [0, 0, 1],
      );
    }
    await Promise.all(uses.map((one) => one.close()));
    assert.deepEqual(await handles(), before);
  });

  test('survives deploys that do not wait for each other', async (t) => {
    const port = await freePort();
    let previous: Promise<unknown> = Promise.resolve();
    let last: SharedEndpoint | undefined;
    for (let deploy = 0; deploy < 20; deploy++) {
      previous = last?.close() ?? previous;
      last = use(t, { port, limits: { openMessages: 10 + (deploy % 2) } });
      await last.register('A', new Notes());
    }
    await previous;
    assert.equal((await send(`http://127.0.0.1:${port}${PATH}`, display('x', { poiId: 'A' }))).status, 200);
    await last?.close();
    assert.ok(await isFree(port));
  });

  test('closed while it starts: nothing stays', async () => {
    const port = await freePort();
    const shared = endpointAt({ port });
    const registering = codeOf(shared.register('A', new Notes()));
    await shared.close();
    assert.equal(await registering, 'endpoint_closed');
    assert.ok(await isFree(port));
  });

  test('writes its refusals to the log of one of its users', async (t) => {
    const port = await freePort();
    const logged: string[] = [];
    const options = (name: string) => ({ port, log: () => logged.push(name) });
    const [one, two] = [use(t, options('one')), use(t, options('two'))];
    await one.register('A', new Notes());
    await two.register('B', new Notes());
    const url = `http://127.0.0.1:${port}${PATH}`;
    await send(url, 'garbage');
    await one.close();
    await send(url, 'garbage');
    assert.deepEqual(logged, ['one', 'two']);
  });
});
