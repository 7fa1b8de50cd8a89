/** What breaks between Node-RED and the terminal changes when a result is known, never which. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { Lane } from '../support/node-red-flow.ts';
import { Rig } from '../support/node-red-rig.ts';
import { freePort, VirtualTerminalProcess } from '../support/virtual-terminal.ts';

/** Approved at the terminal, and its answer was lost. */
const unheard: [name: string, amount: string, terminal?: Record<string, unknown>][] = [
  ['the answer is lost', '10.21'],
  ['the connection drops at once', '10.24'],
  ['the answer is a web page', '10.31'],
  ['the answer is cut off', '10.32'],
  ['the answer has another ServiceID', '10.33'],
  ['the answer is HTTP 500', '10.34'],
  ['the answer is HTTP 204', '10.35'],
  ['the terminal restarts after its approval', '10.42'],
  ['the answer comes after the response time-out', '10.23', { responseTimeout: 1 }],
];
const unheardLanes = unheard.map(([, amount, terminal = {}]) => new Lane(`u${amount.slice(-2)}`, { terminal }));

/** Never arrived at the terminal. */
const short = { responseTimeout: 2, recoveryTimeout: 1 };
const lost = new Lane('lost', { terminal: short });
const reboot = new Lane('reboot', { terminal: short });

let empties: Server;
let empty: Lane;
let absentPort: number;
let absent: Lane;
let rig: Rig;

before(async () => {
  empties = await emptyAnswers(() => rig.terminal.port);
  empty = new Lane('empty', { terminal: { port: (empties.address() as AddressInfo).port } });
  absentPort = await freePort();
  absent = new Lane('absent', { terminal: { port: absentPort }, nodes: { payment: {}, login: {} } });
  rig = await Rig.start({ lanes: [...unheardLanes, lost, reboot, empty, absent] });
});
after(async () => {
  empties?.closeAllConnections();
  empties?.close();
  await rig?.end();
});

/** Between Node-RED and a terminal: passes everything on, and answers a payment with an empty HTTP 200. */
async function emptyAnswers(port: () => number): Promise<Server> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const headers = { 'content-type': 'application/xml' };
    const answer = await fetch(`http://127.0.0.1:${port()}${request.url}`, { method: 'POST', body, headers });
    const text = await answer.text();
    response.writeHead(answer.status, { 'content-type': 'application/xml' });
    response.end(body.includes('<PaymentRequest') ? '' : text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

async function assertApproved(lane: Lane, amount: string): Promise<void> {
  const msgid = await rig.feed(lane, 'payment', { payload: { amount, context: 'kept' } });
  const { port, msg } = await rig.final(lane, msgid);
  const { outcome, transactionId, context, card, receipts } = msg.payload;
  assert.deepEqual([port, outcome, msg.payload.amount, context], [1, 'approved', amount, 'kept']);
  assert.ok(card && receipts.customer, 'with all that the terminal said');
  assert.equal(rig.terminal.moved(transactionId).length, 1, 'one charge');
  await rig.collector.next({ lane: lane.name, kind: 'complete', msgid });
  await rig.status(lane, 'payment', 'querying terminal…');
  assert.equal(rig.collector.all({ lane: lane.name, kind: 'output' }).length, 1, 'one message');
}

/**
 * Waits for `unresolved`, and sees that nothing else is started, and no outcome guessed, while the terminal says that it does
 * not know the payment: that is no proof before the time for which a network may still deliver the request.
 */
async function assertUnresolved(lane: Lane, amount: string): Promise<void> {
  const { name } = lane;
  const context = { order: name };
  assert.equal((await rig.pay(lane, '9.00')).msg.payload.outcome, 'approved', 'what a proof compares with');
  const msgid = await rig.feed(lane, 'payment', { payload: { amount, context }, topic: 'kept' });
  const open = await rig.collector.next({ lane: name, kind: 'output', msgid });
  const { outcome, approved, transactionId } = open.msg.payload;
  assert.deepEqual(
    [open.port, outcome, approved, open.msg.payload.amount, open.msg.topic, open.msg.payload.context],
    [3, 'unresolved', false, null, 'kept', context],
  );
  const turnedAway = await rig.pay(lane, '11.00');
  assert.deepEqual(
    [turnedAway.port, turnedAway.msg.payload.outcome, turnedAway.msg.payload.error?.condition],
    [2, 'not_started', 'Unresolved'],
  );

  await rig.terminal.answered(lane.poiId, /^TransactionStatus .*→ .*NotFound/, 4);
  assert.equal(rig.collector.all({ lane: name, kind: 'output', msgid }).length, 1, 'no outcome without proof');
  assert.deepEqual(rig.collector.all({ lane: name, kind: 'complete', msgid }), [], 'its message is not done yet');
  assert.equal(open.msg.payload.recovered, false);
  assert.deepEqual(rig.terminal.moved(transactionId), []);
}

describe('faults', { concurrency: true }, () => {
  describe('a payment is approved in the end, once, where', { concurrency: true }, () => {
    for (const [index, [name, amount]] of unheard.entries()) {
      it(name, async () => {
        const lane = unheardLanes[index];
        assert.ok(lane);
        await assertApproved(lane, amount);
      });
    }

    it('the answer is an empty HTTP 200', () => assertApproved(empty, '10.00'));
  });

  describe('a payment is unresolved, and blocks its terminal, where', { concurrency: true }, () => {
    it('the request is lost', () => assertUnresolved(lost, '10.22'));
    it('the terminal restarts before the card', () => assertUnresolved(reboot, '10.41'));
  });

  describe('a terminal that is not there', () => {
    it('starts nothing, says so within seconds, and is used once it is there, without a deploy', async () => {
      const began = performance.now();
      const payload = { amount: '13.00', transactionId: 'order-13' };
      const { port, msg } = await rig.pay(absent, payload);
      assert.ok(performance.now() - began < 5000);
      assert.deepEqual([port, msg.payload.outcome, msg.payload.error?.condition], [2, 'not_started', 'Unreachable']);
      const { status } = (await rig.status(absent, 'terminal', 'unreachable')).msg;
      assert.equal(status.fill, 'red');
      await rig.status(absent, 'payment', 'not started');
      const error = await rig.caught(absent, await rig.feed(absent, 'login', {}));
      assert.equal(error.code, 'login_failed');
      assert.match(error.message, /Check that the terminal is on/);

      const store = `${rig.userDir}/absent.jsonl`;
      const terminal = await VirtualTerminalProcess.start({ port: absentPort, store, delay: 100 });
      try {
        const again = await rig.pay(absent, payload);
        assert.deepEqual([again.port, again.msg.payload.outcome], [1, 'approved']);
        assert.equal(terminal.moved('order-13').length, 1);
        await rig.status(absent, 'terminal', 'ready');
      } finally {
        await terminal.kill();
      }
    });
  });
});

it('every result was sent once', () => {
  rig.assertOnce();
  assert.ok(rig.nodeRed.running);
});
