/** An endpoint that cannot listen yet goes on trying; and a log that stays readable. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { RetryingEndpoint } from '../../lib/endpoint/retrying-endpoint.ts';
import { endpointAt } from '../../lib/endpoint/shared-endpoints.ts';
import { throttledLog } from '../../lib/endpoint/throttled-log.ts';
import { display, Notes, PATH, send } from './support.ts';

/** A port that another program uses until it is released. */
async function takenPort(t: TestContext) {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as net.AddressInfo;
  const letGo = async () => {
    server.close();
    await once(server, 'close');
  };
  return { port, url: `http://127.0.0.1:${port}${PATH}`, letGo };
}

function persistent(t: TestContext, port: number) {
  const reported: string[] = [];
  const pauses: number[] = [];
  let due: (() => void) | undefined;
  const listening = Promise.withResolvers<void>();
  const tried: (() => void)[] = [];
  const endpoint = new RetryingEndpoint(endpointAt({ port }), {
    onProblem: ({ code }) => reported.push(code),
    onListening: () => {
      reported.push('listening');
      listening.resolve();
    },
    after: (ms, callback) => {
      pauses.push(ms);
      due = callback;
      tried.shift()?.();
      return () => {
        due = undefined;
      };
    },
    random: () => 0.5,
  });
  t.after(() => endpoint.close());
  const pass = () => {
    const callback = due;
    due = undefined;
    callback?.();
  };
  /** Lets the pause pass, and waits for the attempt to fail. */
  const failAgain = () => {
    const next = new Promise<void>((resolve) => tried.push(resolve));
    pass();
    return next;
  };
  return { endpoint, told: reported, pauses, failAgain, succeed: pass, pending: () => due !== undefined, listening };
}

describe('a port that is taken', () => {
  test('is reported once, retried at growing intervals, and used as soon as it is free', async (t) => {
    const { port, url, letGo } = await takenPort(t);
    const { endpoint, told: reported, pauses, failAgain, succeed, listening } = persistent(t, port);
    const notes = [new Notes(), new Notes()];
    for (const [index, one] of notes.entries()) await endpoint.register(`T${index}`, one);
    for (let attempt = 0; attempt < 6; attempt++) await failAgain();
    assert.deepEqual(reported, ['endpoint_port_in_use']);
    assert.deepEqual(pauses, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    await letGo();
    succeed();
    await listening.promise;
    for (const poiId of ['T0', 'T1']) {
      let status = 404;
      while (status !== 200) ({ status } = await send(url, display('x', { poiId })));
    }
    assert.deepEqual(reported, ['endpoint_port_in_use', 'listening']);
  });

  test('is no longer tried for a terminal that has gone, nor after a close', async (t) => {
    const { port, letGo } = await takenPort(t);
    const { endpoint, told: reported, succeed, pending } = persistent(t, port);
    const unregister = await endpoint.register('A', new Notes());
    await unregister();
    await letGo();
    succeed();
    await endpoint.close();
    assert.ok(!pending());
    assert.deepEqual(reported, ['endpoint_port_in_use']);
    await assert.rejects(endpoint.register('A', new Notes()), { code: 'endpoint_closed' });
    const free = net.createServer().listen(port, '127.0.0.1');
    await once(free, 'listening');
    free.close();
  });

  test('what does not pass by itself is refused at once', async (t) => {
    const { endpoint, told: reported } = persistent(t, 0);
    await endpoint.register('A', new Notes());
    await assert.rejects(endpoint.register('A', new Notes()), { code: 'endpoint_duplicate_poiid' });
    assert.deepEqual(reported, ['listening']);
  });
});

describe('the log', () => {
  const refusal = (code: string, address = '192.0.2.1') => ({ code, address, reason: 'because' });

  test('says each kind once in ten seconds, and how many there were', () => {
    let now = 0;
    const lines: string[] = [];
    const log = throttledLog(
      (line) => lines.push(line),
      () => now,
    );
    for (let count = 0; count < 100; count++) log(refusal('bad_message'));
    log(refusal('too_slow'));
    log(refusal('bad_message', '192.0.2.2'));
    now = 10_000;
    log(refusal('bad_message'));
    now = 20_000;
    log(refusal('bad_message'));
    assert.deepEqual(lines, [
      'Refused 192.0.2.1: bad_message, because',
      'Refused 192.0.2.1: too_slow, because',
      'Refused 192.0.2.2: bad_message, because',
      'Refused 192.0.2.1: bad_message, because (and 99 more like it)',
      'Refused 192.0.2.1: bad_message, because',
    ]);
  });

  test('forgets, so that no number of addresses fills the memory', () => {
    let lines = 0;
    const log = throttledLog(
      () => lines++,
      () => 0,
    );
    for (let round = 0; round < 2; round++) {
      for (let host = 0; host < 1000; host++) log(refusal('x', `192.0.2.${host}`));
    }
    assert.ok(lines >= 1000 && lines <= 2000);
    log(refusal('x', ''));
  });
});
