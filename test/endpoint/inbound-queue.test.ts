/** Each message once, in order per terminal, whatever the others do. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type DeliveryOutcome, InboundQueue } from '../../lib/endpoint/inbound-queue.ts';
import type { Receiver } from '../../lib/endpoint/options.ts';
import { inputAnswer, success } from '../../lib/protocol/answers.ts';
import type { Message } from '../../lib/protocol/types.ts';
import { decode } from '../../lib/protocol/xml/decode.ts';
import { display, event, head, input, Notes, open, print, rawClient, resultOf, send, textOf } from './support.ts';

/** A receiver whose answers the test gives. */
class ManualReceiver implements Receiver {
  readonly requests: { text: string; message: Message; answer(response?: Message): void; fail(): void }[] = [];
  #more: () => void = () => {};

  receive(message: Message): Promise<Message | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<Message | undefined>();
    this.requests.push({ text: textOf(message), message, answer: resolve, fail: () => reject(new Error('x')) });
    this.#more();
    return promise;
  }

  get texts(): string[] {
    return this.requests.map(({ text }) => text);
  }

  async count(count: number): Promise<void> {
    while (this.requests.length < count) {
      await new Promise<void>((resolve) => {
        this.#more = resolve;
      });
    }
  }

  answer(index: number): void {
    const requests = this.requests[index];
    requests?.answer(success(requests.message));
  }
}

describe('in order', () => {
  test('a display waits for the one before it, however long that takes', async (t) => {
    const receiver = new ManualReceiver();
    const { url } = await open(t, {}, receiver);
    const first = send(url, display('1'));
    await receiver.count(1);
    assert.equal((await send(url, event('2'))).status, 204);
    assert.equal((await send(url, display('3', { required: false }))).status, 204);
    assert.deepEqual(receiver.texts, ['1'], 'answered, and kept in line');
    receiver.answer(0);
    assert.equal(resultOf(await first), 'Success');
    await receiver.count(2);
    receiver.answer(1);
    await receiver.count(3);
    assert.deepEqual(receiver.texts, ['1', '2', '3']);
  });

  test('an open input or print delays no other message', async (t) => {
    const receiver = new ManualReceiver();
    const { url } = await open(t, {}, receiver);
    const answers = [send(url, print('PrintEnd'))];
    await receiver.count(1);
    answers.push(send(url, input('Signature OK?')));
    await receiver.count(2);
    answers.push(send(url, display('Wait')));
    await receiver.count(3);
    receiver.answer(2);
    assert.equal(resultOf((await answers[2]) ?? assert.fail()), 'Success');
    receiver.answer(0);
    assert.equal(resultOf((await answers[0]) ?? assert.fail()), 'Success');
    receiver.requests[1]?.answer();
    assert.equal((await answers[1])?.status, 204);
  });

  test('one blocked terminal delays no other', async (t) => {
    const { url, endpoint } = await open(t, {}, new ManualReceiver());
    const notes = new Notes();
    t.after(await endpoint.register('B', notes));
    assert.equal((await send(url, display('stuck', { required: false }))).status, 204);
    for (const text of ['1', '2', '3']) assert.equal((await send(url, display(text, { poiId: 'B' }))).status, 200);
    assert.deepEqual(notes.texts, ['1', '2', '3']);
  });
});

describe('a full queue', () => {
  test('refuses messages with 503, loses none that it accepted, and accepts more when there is room', async (t) => {
    const receiver = new ManualReceiver();
    const { url, refusals } = await open(t, { limits: { openMessages: 3 } }, receiver);
    for (const text of ['1', '2', '3']) assert.equal((await send(url, event(text))).status, 204);
    for (const xml of [event('4'), display('5'), input('6')]) {
      const refused = await send(url, xml);
      assert.deepEqual([refused.status, refused.headers['retry-after']], [503, '1']);
    }
    assert.deepEqual(
      refusals.map(({ code }) => code),
      Array(3).fill('terminal_busy'),
    );
    receiver.answer(0);
    receiver.requests[0]?.answer();
    await receiver.count(2);
    assert.equal((await send(url, event('7'))).status, 204);
    for (let index = 1; index < 4; index++) {
      await receiver.count(index + 1);
      receiver.requests[index]?.answer();
    }
    assert.deepEqual(receiver.texts, ['1', '2', '3', '7']);
  });
});

describe('the same DeviceID twice', () => {
  test('while the first is open: both get its answer, and it is delivered once', async (t) => {
    const receiver = new ManualReceiver();
    const { url, refusals } = await open(t, {}, receiver);
    const xml = input('Signature OK?', { deviceId: '7' });
    const first = send(url, xml);
    await receiver.count(1);
    const second = send(url, xml);
    // The arrival of a third message shows that the second has arrived.
    const third = send(url, print('PrintEnd'));
    await receiver.count(2);
    receiver.requests[0]?.answer(success(decode(Buffer.from(display('x'))).message));
    assert.equal((await first).body, (await second).body);
    receiver.answer(1);
    assert.equal((await third).status, 200);
    assert.deepEqual(receiver.texts, ['Signature OK?', 'Receipt']);
    assert.deepEqual(refusals, []);
  });

  test('after it was answered: the same answer again', async (t) => {
    const { url, notes, endpoint } = await open(t);
    const xml = display('Insert card', { deviceId: '7' });
    const [first, second] = [await send(url, xml), await send(url, xml)];
    assert.deepEqual([second.status, second.body], [200, first.body]);
    assert.deepEqual(notes.texts, ['Insert card']);
    endpoint.forgetDeviceIds('A-POIID');
    assert.equal((await send(url, xml)).status, 200);
    assert.deepEqual(notes.texts, ['Insert card', 'Insert card'], 'a new session starts over');
  });

  test('seconds after the answer it is a repeat, minutes later a question of its own', async (t) => {
    let now = 0;
    const receiver = new ManualReceiver();
    const { url } = await open(t, { now: () => now }, receiver);
    const xml = input('Signature OK?', { deviceId: '7' });
    const accept = (index: number, value: boolean) => {
      const { message = undefined, answer } = receiver.requests[index] ?? assert.fail();
      answer(message && inputAnswer(message, value));
    };
    const first = send(url, xml);
    await receiver.count(1);
    // However long a person takes: until the answer, and shortly after it, the same message is the same question.
    now += 300_000;
    const meanwhile = send(url, xml);
    const marker = send(url, print('PrintEnd'));
    await receiver.count(2);
    receiver.answer(1);
    await marker;
    accept(0, true);
    assert.match((await first).body, /<ConfirmedFlag>true/);
    assert.equal((await meanwhile).body, (await first).body);
    now += 9_000;
    assert.equal((await send(url, xml)).body, (await first).body);
    now += 2_000;
    const later = send(url, xml);
    await receiver.count(3);
    accept(2, false);
    assert.match((await later).body, /<ConfirmedFlag>false/);
    assert.deepEqual(receiver.texts, ['Signature OK?', 'Receipt', 'Signature OK?']);
  });

  test('in another payment it is a question of its own, at once, and also while the first is open', async (t) => {
    const receiver = Object.assign(new ManualReceiver(), { payment: () => payment });
    let payment = 'A';
    const { url } = await open(t, {}, receiver);
    const xml = input('Signature OK?', { deviceId: '7' });
    const first = send(url, xml);
    await receiver.count(1);
    payment = 'B';
    const second = send(url, xml);
    await receiver.count(2);
    for (const [index, value] of [true, false].entries()) {
      const { message, answer } = receiver.requests[index] ?? assert.fail();
      answer(inputAnswer(message, value));
    }
    assert.match((await first).body, /<ConfirmedFlag>true/);
    assert.match((await second).body, /<ConfirmedFlag>false/);
    payment = '';
    const idle = send(url, xml);
    await receiver.count(3);
    receiver.requests[2]?.answer();
    assert.equal((await idle).status, 204);
  });

  test('after it failed: the same failure again', async (t) => {
    let count = 0;
    const receive = () => Promise.reject(new Error(`${++count}`));
    const { url } = await open(t, {}, { receive });
    const xml = display('x', { deviceId: '7' });
    assert.equal(resultOf(await send(url, xml)), 'Failure UnavailableService');
    assert.equal(resultOf(await send(url, xml)), 'Failure UnavailableService');
    assert.equal(count, 1);
  });

  test('where no answer is asked: 204 both times, delivered once', async (t) => {
    const { url, notes } = await open(t);
    const xml = display('x', { deviceId: '7', required: false });
    for (let n = 0; n < 2; n++) assert.equal((await send(url, xml)).status, 204);
    assert.equal((await send(url, display('after'))).status, 200);
    assert.deepEqual(notes.texts, ['x', 'after']);
  });

  test('with another content, after the first was answered: another message', async (t) => {
    const { url, notes } = await open(t);
    for (const text of ['1', '2']) assert.equal((await send(url, display(text, { deviceId: '7' }))).status, 200);
    assert.deepEqual(notes.texts, ['1', '2']);
  });

  test('with another content, while the first is open: refused', async (t) => {
    const receiver = new ManualReceiver();
    const { url, refusals } = await open(t, {}, receiver);
    const first = send(url, input('Signature OK?', { deviceId: '7' }));
    await receiver.count(1);
    assert.equal(resultOf(await send(url, input('Refund OK?', { deviceId: '7' }))), 'Failure NotAllowed');
    assert.deepEqual(
      refusals.map(({ code }) => code),
      ['device_id_open'],
    );
    receiver.requests[0]?.answer();
    assert.equal((await first).status, 204);
    assert.deepEqual(receiver.texts, ['Signature OK?']);
  });

  test('of two terminals, or of two categories, is not the same', async (t) => {
    const { url, endpoint, notes } = await open(t);
    const other = new Notes();
    t.after(await endpoint.register('B', other));
    await send(url, display('x', { deviceId: '7' }));
    await send(url, display('x', { deviceId: '7', poiId: 'B' }));
    await send(url, print('PrintEnd', { deviceId: '7' }));
    assert.deepEqual([notes.texts, other.texts], [['x', 'Receipt'], ['x']]);
  });

  test('events have none: each is delivered', async (t) => {
    const { url, notes } = await open(t);
    for (let n = 0; n < 2; n++) await send(url, event('Card in'));
    await notes.count(2);
  });

  test('is remembered for the last ones only, so that memory stays bounded', async (t) => {
    const { url, notes } = await open(t);
    const xml = (id: number) => display(`${id}`, { deviceId: String(id) });
    for (let id = 1; id <= 40; id++) await send(url, xml(id));
    await send(url, xml(40));
    assert.equal(notes.texts.length, 40);
    await send(url, xml(1));
    assert.equal(notes.texts.at(-1), '1');
  });
});

test('in any order of arrivals and answers, the queue keeps order, delivers once, and answers each sender once', async () => {
  const step = fc.record({
    kind: fc.constantFrom('display', 'event', 'input', 'repeat', 'answer', 'tick'),
    pick: fc.nat(20),
    fail: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 50 }), fc.boolean(), async (steps, endsEarly) => {
      const receiver = new ManualReceiver();
      const queue = new InboundQueue(receiver, 10);
      const taken: string[] = [];
      const sent: string[] = [];
      const settled: number[] = [];
      const arrive = (xml: string) => {
        const decoded = decode(Buffer.from(xml));
        const digest = decoded.header.DeviceID === undefined ? undefined : xml;
        const index = settled.push(0) - 1;
        const settle = (_outcome: DeliveryOutcome) => {
          settled[index] = (settled[index] ?? 0) + 1;
        };
        const refused = queue.add({ decoded, digest, from: { address: '', connected: () => true } }, settle);
        if (refused) settled[index] = 1;
        return refused;
      };
      for (const [index, { kind, pick, fail }] of steps.entries()) {
        if (kind === 'tick') await new Promise(setImmediate);
        else if (kind === 'answer') {
          if (fail) receiver.requests[pick]?.fail();
          else receiver.requests[pick]?.answer();
        } else if (kind === 'repeat') {
          const again = sent.at(-1 - (pick % 3));
          if (again) arrive(again);
        } else {
          const make = { display, event, input }[kind];
          const xml = make(`${index}`, { deviceId: `${index}` });
          if (arrive(xml) === undefined) {
            taken.push(`${index}`);
            if (kind !== 'event') sent.push(xml);
          }
        }
        assert.deepEqual(receiver.texts, taken.slice(0, receiver.texts.length));
      }
      if (endsEarly) queue.close();
      for (let done = 0; ; done++) {
        await new Promise(setImmediate);
        if (done >= receiver.requests.length) break;
        receiver.requests[done]?.answer();
      }
      assert.deepEqual(
        settled,
        settled.map(() => 1),
      );
      if (!endsEarly) assert.deepEqual(receiver.texts, taken);
    }),
    { numRuns: 150 },
  );
});

test('a thousand terminals in a storm: every message, in order per terminal', { timeout: 60_000 }, async (t) => {
  const TERMINALS = 1000;
  const CONNECTIONS = 20;
  const ROUNDS = 5;
  const { endpoint, port, refusals } = await open(t);
  const terminals = Array.from({ length: TERMINALS }, (_, index) => ({ poiId: `T${index}`, notes: new Notes() }));
  const leave = await Promise.all(terminals.map(({ poiId, notes }) => endpoint.register(poiId, notes)));
  assert.equal(endpoint.size, TERMINALS + 1);
  const storm = async (connection: number) => {
    const mine = terminals.filter((_, index) => index % CONNECTIONS === connection);
    const { socket, received, closed } = await rawClient(t, port);
    for (let round = 0; round < ROUNDS; round++) {
      for (const { poiId } of mine) {
        // Some ask for an answer and some do not: they stay in one line.
        const body = display(`${round}`, { poiId, required: round % 2 === 0 });
        socket.write(head(body.length) + body);
      }
    }
    const answers = () => received().match(/HTTP\/1\.1 20[04]/g)?.length ?? 0;
    while (answers() < mine.length * ROUNDS) await new Promise((resolve) => socket.once('data', resolve));
    socket.destroy();
    await closed;
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, connection) => storm(connection)));
  const expected = Array.from({ length: ROUNDS }, (_, round) => `${round}`);
  for (const { poiId, notes } of terminals) assert.deepEqual(notes.texts, expected, poiId);
  assert.deepEqual(refusals, []);
  await Promise.all(leave.map((one) => one()));
  assert.equal(endpoint.size, 1);
});
