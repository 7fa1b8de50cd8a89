/** A process that is too busy to read an answer does not take it for a time-out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudHttp } from '../../lib/transport/cloud/cloud-http.ts';
import { HttpClient } from '../../lib/transport/http-client.ts';
import { patientTimer } from '../../lib/transport/patient-timer.ts';
import { ManualClock } from '../support/clock.ts';
import { XML } from '../support/lan.ts';
import { answer, rawServer } from '../support/raw-server.ts';

/** Keeps this process busy for longer than the time-out of a test. */
function beBusy(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
}

test('a connection that is ready while the process is busy is used', async (t) => {
  const server = await rawServer((socket) => socket.write(answer(XML)));
  const client = new HttpClient({ origin: `http://127.0.0.1:${server.port}`, connectTimeout: 100 }, { peer: 'it' });
  t.after(async () => {
    await client.close();
    await server.close();
  });
  const { signal } = new AbortController();
  const reply = client.post({ path: '/', body: Buffer.from('<x/>'), overtake: true, signal });
  process.nextTick(beBusy);
  assert.equal((await reply).type, 'message');
});

test('an answer that arrives while the process is busy is read', async (t) => {
  const server = await rawServer((socket) => {
    socket.write(answer(XML), beBusy);
  });
  const http = new CloudHttp({ maxBytes: 1000 });
  t.after(async () => {
    await http.close();
    await server.close();
  });
  const url = new URL(`http://127.0.0.1:${server.port}/`);
  assert.equal((await http.send(url, { method: 'GET', headers: {}, timeout: 100 })).status, 200);
});

test('time that passes undisturbed counts in full', () => {
  const clock = new ManualClock();
  let fired = 0;
  patientTimer(clock, 5000, () => fired++);
  const cancelled = patientTimer(clock, 5000, () => assert.fail('cancelled'));
  clock.advance(4999);
  assert.equal(fired, 0);
  cancelled.cancel();
  clock.advance(1);
  assert.deepEqual([fired, clock.pending], [1, 0]);
});
