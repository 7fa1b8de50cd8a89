/** What can happen to a session through the cloud: revoked channels, a service without capacity, events, cards, reversals. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { CardPayload } from '../../lib/contract/card-output.ts';
import { encode } from '../../lib/protocol/xml/encode.ts';
import type { CloudFault } from '../../lib/virtual/cloud/cloud-faults.ts';
import { eventNotification } from '../../lib/virtual/pos/terminal-messages.ts';
import { CloudRig } from '../support/node-red-cloud.ts';
import type { LaneOptions } from '../support/node-red-flow.ts';
import { terminalMessages } from '../support/node-red-inbound.ts';
import { reversalOf } from '../support/node-red-post-approval.ts';
import type { Rig } from '../support/node-red-rig.ts';

const listening = { payment: {}, listener: {}, reply: {} };
const confirmed = { notRelayed: '429, 503' };
const lanes: Record<string, LaneOptions> = {
  revoked: { terminal: { recoveryTimeout: 1 }, nodes: { payment: {}, status: {} } },
  idle: { terminal: { ...confirmed, notRelayed: '404' } },
  late429: {},
  late503: {},
  paused429: { terminal: confirmed },
  refused503: { terminal: confirmed },
  poll: { terminal: { events: 'poll' }, nodes: listening },
  sse: { terminal: { events: 'sse' }, nodes: listening },
  card: { nodes: { card: {}, 'card-abort': { action: 'abort' }, payment: {}, display: {} } },
  back: { nodes: { payment: {}, reversal: {} } },
  lostback: { nodes: { payment: {}, reversal: {} } },
};

let cloud: CloudRig;
let rig: Rig;
const lane = (name: string) => cloud.lane(name);
const fault = (name: string, one: CloudFault) => cloud.service.faults.add({ ...one, poiId: lane(name).poiId });

before(async () => {
  cloud = await CloudRig.start({ lanes });
  ({ rig } = cloud);
});
after(() => cloud?.end());

describe('a channel that is revoked in mid-session', { concurrency: true }, () => {
  it('while the customer pays: unresolved, and the approval follows once the terminal is paired again', async () => {
    assert.equal((await rig.pay(lane('revoked'), '10.00')).port, 1);
    const passOn = cloud.holdAnswers('revoked');
    const payload = { amount: '89.00', transactionId: 'order-89', context: { order: 89 } };
    await rig.feed(lane('revoked'), 'payment', { payload });
    await cloud.exchanged('revoked', /^Payment .* 89\.00 .*Success/);
    cloud.service.channels.revoke(lane('revoked').poiId);
    passOn();
    const output = { lane: 'revoked', kind: 'output', node: 'payment' } as const;
    const about = (outcome: string) => ({
      ...output,
      where: ({
        payload: { transactionId, outcome: found },
      }: {
        payload: { transactionId: string; outcome: string };
      }) => transactionId === 'order-89' && found === outcome,
    });
    const open = await rig.collector.next(about('unresolved'));
    assert.equal(open.port, 3);
    assert.match(open.msg.payload.error?.message ?? '', /does not serve this channel.*Pair the terminal again/);
    assert.equal((await rig.pay(lane('revoked'), '11.00')).msg.payload.error?.condition, 'Unresolved');
    cloud.pair('revoked');
    await cloud.deploy('revoked');
    const { port, msg } = await rig.collector.next(about('approved'));
    const { amount, recovered, context } = msg.payload;
    assert.deepEqual([port, amount, recovered, context], [1, '89.00', true, { order: 89 }]);
    assert.equal((await rig.pay(lane('revoked'), '12.00')).port, 1);
    assert.equal(cloud.moved('revoked'), 3);
    assert.equal(cloud.exchanges('revoked').filter((line) => /^Payment .* 89\.00/.test(line)).length, 1);
  });

  it('between two payments: the next one is not started, where that status is confirmed to mean so', async () => {
    assert.equal((await rig.pay(lane('idle'), '10.00')).port, 1);
    cloud.service.channels.revoke(lane('idle').poiId);
    const { port, msg } = await rig.pay(lane('idle'), '11.00');
    assert.deepEqual([port, msg.payload.outcome], [2, 'not_started']);
    assert.match(msg.payload.error?.message ?? '', /Pair the terminal again/);
    assert.equal(cloud.moved('idle'), 1);
  });
});

describe('a service without capacity, for a payment itself', { concurrency: true }, () => {
  const headers = { 'retry-after': '1' };

  for (const [name, one] of [
    ['late429', { type: 'status', status: 429, headers, relayed: true }],
    ['late503', { type: 'status', status: 503, relayed: true }],
  ] as const) {
    it(`${one.status} for one that it has passed on: the terminal is asked, and nothing is sent again`, async () => {
      fault(name, { ...one, on: 'Payment' });
      const { port, msg } = await rig.pay(lane(name), '45.00');
      assert.deepEqual([port, msg.payload.outcome, msg.payload.amount], [1, 'approved', '45.00']);
      assert.equal(cloud.exchanges(name).filter((line) => line.startsWith('Payment')).length, 1);
      assert.equal(cloud.moved(name), 1);
    });
  }

  it('429 with Retry-After, confirmed to pass nothing on: waited for, sent again, paid once', async () => {
    fault('paused429', { type: 'status', status: 429, headers, on: 'Payment' });
    const { port, msg } = await rig.pay(lane('paused429'), '46.00');
    assert.deepEqual([port, msg.payload.outcome, msg.payload.recovered], [1, 'approved', false]);
    assert.equal(cloud.moved('paused429'), 1);
  });

  it('503 without Retry-After, confirmed to pass nothing on: not started, and says why', async () => {
    fault('refused503', { type: 'status', status: 503, on: 'Payment' });
    const { port, msg } = await rig.pay(lane('refused503'), '47.00');
    assert.deepEqual([port, msg.payload.outcome], [2, 'not_started']);
    assert.match(msg.payload.error?.message ?? '', /no capacity just now \(HTTP 503\)/);
    assert.equal((await rig.pay(lane('refused503'), '48.00')).port, 1);
    assert.equal(cloud.moved('refused503'), 1);
  });
});

describe('the event channel', { concurrency: true }, () => {
  for (const name of ['poll', 'sse']) {
    it(`${name}: displays and events reach the listener, those of another terminal do not`, async () => {
      const { poiId, terminalId } = lane(name);
      assert.equal((await rig.pay(lane(name), '450.00')).port, 1);
      const shown = { lane: name, kind: 'output', node: 'listener', port: 1 } as const;
      await rig.collector.next({ ...shown, where: ({ payload }) => String(Object(payload).text).includes('Godkänt') });
      const other = eventNotification(
        { poiId: 'POI-other', saleId: '1', serviceId: '7', deviceId: '8' },
        { name: 'CardRemoved' },
        '2026-01-01T00:00:00Z',
      );
      cloud.service.channels.of(poiId)?.mailbox.post(encode(other).toString());
      cloud.terminals.terminal(poiId)?.requireMaintenance(50);
      const { payload, nexo } = await terminalMessages(rig, lane(name)).next('event');
      assert.deepEqual([payload.kind, payload.event, payload.maintenanceRequired], ['event', 'SaleAdmin', true]);
      assert.equal(nexo.terminal.id, terminalId);
      assert.match(JSON.stringify(nexo.request), /EventNotification/);
      assert.deepEqual(terminalMessages(rig, lane(name)).events(), ['SaleAdmin']);
    });

    it(`${name}: a signature is asked for, and its answer decides`, async () => {
      const msgid = await rig.feed(lane(name), 'payment', { payload: '10.05' });
      const { print, question } = await terminalMessages(rig, lane(name)).signature();
      assert.match(print.payload.text, /SIGNATUR/i);
      await terminalMessages(rig, lane(name)).reply(question, true);
      const { port, msg } = await rig.final(lane(name), msgid);
      assert.deepEqual([port, msg.payload.outcome, msg.payload.signatureRequired], [1, 'approved', true]);
    });
  }
});

describe('other nodes through the cloud', { concurrency: true }, () => {
  it('a card before the amount is read, asked about, and charged; or released', async () => {
    const read = async (transactionId: string) => {
      const report = await rig.ask(lane('card'), 'card', { transactionId });
      return { ...report, card: (report.msg.payload as unknown as CardPayload).card };
    };
    const first = await read('combined-1');
    assert.deepEqual([first.port, first.card?.brand], [1, 'Demo Club Mastercard']);
    const msgid = await rig.feed(lane('card'), 'display', { payload: 'Hello', nexo: first.msg.nexo });
    await rig.collector.next({ lane: 'card', kind: 'output', node: 'display', msgid });
    const paying = await rig.feed(lane('card'), 'payment', { payload: '44.50', nexo: first.msg.nexo });
    const paid = await rig.final(lane('card'), paying);
    assert.deepEqual([paid.port, paid.msg.payload.transactionId, paid.msg.payload.amount], [1, 'combined-1', '44.50']);
    assert.equal(paid.msg.payload.card?.maskedPan, first.card?.maskedPan);
    const second = await read('combined-2');
    const abort = await rig.feed(lane('card'), 'card-abort', { nexo: second.msg.nexo });
    assert.equal(
      (await rig.collector.next({ lane: 'card', kind: 'output', node: 'card-abort', msgid: abort })).port,
      2,
    );
    const next = await rig.pay(lane('card'), '45.00');
    assert.deepEqual([next.port, next.msg.payload.card?.maskedPan === second.card?.maskedPan], [1, false]);
    assert.equal(cloud.moved('card'), 2);
  });

  it('a reversal takes the last payment back, once', async () => {
    const paid = await rig.pay(lane('back'), { amount: '60.00', transactionId: 'back' });
    const back = await rig.ask(lane('back'), 'reversal', paid.msg.payload);
    assert.deepEqual([back.port, reversalOf(back).outcome, reversalOf(back).amount], [1, 'reversed', '60.00']);
    assert.equal(cloud.exchanges('back').filter((line) => /^Reversal .*Success/.test(line)).length, 1);
  });

  it('a reversal whose answer is lost on the way: the terminal is asked, and nothing is sent again', async () => {
    const paid = await rig.pay(lane('lostback'), { amount: '61.00', transactionId: 'lostback' });
    fault('lostback', { type: 'drop', relayed: true, on: 'Reversal' });
    const back = await rig.ask(lane('lostback'), 'reversal', paid.msg.payload);
    assert.deepEqual([back.port, reversalOf(back).outcome], [1, 'reversed']);
    assert.equal(cloud.exchanges('lostback').filter((line) => line.startsWith('Reversal')).length, 1);
  });
});

it('every result was sent once', () => rig.assertOnce());
