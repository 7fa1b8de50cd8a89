/** A card that is read before the amount is known, and the payment that follows it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { CardPayload } from '../../lib/contract/card-output.ts';
import type { Report } from '../support/collector.ts';
import { type FlowNode, Lane } from '../support/node-red-flow.ts';
import { refused } from '../support/node-red-post-approval.ts';
import { Rig } from '../support/node-red-rig.ts';

const nodes = {
  card: {},
  'card-refund': { paymentType: 'Refund' },
  'card-continue': { action: 'continue' },
  'card-abort': { action: 'abort' },
  payment: {},
  display: {},
  input: {},
  abort: {},
};
const desk = new Lane('desk', { nodes });
const inside = new Lane('inside', { terminal: { connection: 'virtual', host: '' }, nodes });
const line = new Lane('line', { nodes });
const brief = new Lane('brief', { terminal: { cardTimeout: 1 }, nodes });
const second = new Lane('second', { nodes });
const stopped = new Lane('stopped', { nodes });
const down = new Lane('down', { terminal: { port: 9 }, nodes });
const m1 = new Lane('m1');
const m2 = new Lane('m2');
const fresh = new Lane('fresh', { nodes });
const pooled = new Lane('pooled', { uses: 'both', nodes });
const both: FlowNode = {
  id: 'both',
  type: 'nexo-terminal',
  connection: 'pool',
  name: 'Pool',
  pool: ['m1-terminal', 'm2-terminal'],
};

let rig: Rig;
before(async () => {
  rig = await Rig.start({
    lanes: [desk, inside, line, brief, second, stopped, down, m1, m2, fresh, pooled],
    extra: [both],
  });
});
after(() => rig?.end());

interface Nexo {
  request: object | null;
  cardTransactionId?: string;
  terminal: { id: string };
}

const cardIn = ({ msg }: Report) => msg.payload as unknown as CardPayload;
const nexoIn = ({ msg }: Report) => msg.nexo as unknown as Nexo;

/** Sends a message into a card node, and waits for what comes out. */
async function ask(lane: Lane, node: string, msg: Record<string, unknown> = {}): Promise<Report> {
  const msgid = await rig.feed(lane, node, msg);
  return rig.collector.next({ lane: lane.name, kind: 'output', node, msgid });
}

const read = (lane: Lane, transactionId: string) => ask(lane, 'card', { payload: { transactionId } });

/** Sends the card's message on with another payload, as a change node would. */
async function pay(lane: Lane, card: Report, payload: unknown): Promise<Report> {
  return rig.final(lane, await rig.feed(lane, 'payment', { payload, nexo: card.msg.nexo }));
}

describe('a card before the amount', () => {
  for (const lane of [desk, inside]) {
    it(`is read, and pays the amount that is set on the way, on a terminal ${lane === desk ? 'in the network' : 'in process'}`, async () => {
      const card = await ask(lane, 'card', { payload: 1_700_000_000_000, topic: 'kept' });
      const { transactionId, poiTransaction, error } = cardIn(card);
      assert.deepEqual([card.port, error, card.msg.topic], [1, null, 'kept']);
      assert.deepEqual(Object.keys(cardIn(card).card ?? {}), [
        'brand',
        'type',
        'maskedPan',
        'entryMode',
        'token',
        'accountReference',
      ]);
      assert.equal(cardIn(card).card?.type, 'payment');
      assert.match(cardIn(card).card?.maskedPan ?? '', /\*{6}/);
      assert.match(cardIn(card).card?.token ?? '', /^[0-9A-F]{70}$/);
      assert.ok(poiTransaction?.id);
      assert.equal(nexoIn(card).cardTransactionId, transactionId);
      assert.match(JSON.stringify(nexoIn(card).request), /"TotalAmount":"0"/);

      const paid = await pay(lane, card, '44.50');
      assert.deepEqual([paid.port, paid.msg.payload.amount], [1, '44.50']);
      assert.equal(paid.msg.payload.transactionId, transactionId);
      assert.equal(paid.msg.payload.card?.maskedPan, cardIn(card).card?.maskedPan, 'the card that was read');
      assert.equal('cardTransactionId' in nexoIn(paid), false, 'the next payment is another one');
    });
  }

  it('may be a member’s, with the one that pays after it, and the message says what there is', async () => {
    const member = await read(desk, 'loyalty-1');
    assert.deepEqual([cardIn(member).card?.type, cardIn(member).card?.brand], ['loyalty', 'Demo Club']);
    assert.deepEqual(cardIn(member).loyalty, [{ brand: 'Demo Club', account: null }]);
    const nexo = member.msg.nexo;
    const answer = await ask(desk, 'input', { payload: 'Use your points?', nexo });
    assert.equal(answer.msg.payload, true);
    const more = await ask(desk, 'card', { payload: 'one more', nexo });
    assert.equal(cardIn(more).transactionId, 'loyalty-1');
    const paid = await pay(desk, more, { amount: '40.00', context: 'member' });
    assert.deepEqual([paid.msg.payload.transactionId, paid.msg.payload.outcome], ['loyalty-1', 'approved']);
    assert.deepEqual(paid.msg.payload.loyalty?.[0]?.brand, 'Demo Club');
    const sent = rig.terminal.exchanges(desk.poiId).map((text) => text.split(' ')[0]);
    assert.equal(sent.filter((category) => category === 'CardAcquisition').length, 3);
  });

  it('shows the card in its status, and never the token', async () => {
    const card = await read(desk, 'combined-1');
    await rig.status(desk, 'card', 'waiting for card');
    await rig.status(desk, 'card', 'read Demo Club Mastercard 1881');
    const { token } = cardIn(card).card ?? {};
    assert.ok(token);
    assert.ok(!JSON.stringify(rig.collector.all({ kind: 'status' })).includes(token));
    assert.equal((await pay(desk, card, 10)).port, 1);
  });

  it('goes on to the PIN while the amount is unknown', async () => {
    const card = await read(desk, 'chip-1');
    const goes = await ask(desk, 'card-continue', { nexo: card.msg.nexo });
    assert.deepEqual([goes.port, cardIn(goes).error, cardIn(goes).card], [1, null, null]);
    await rig.status(desk, 'card-continue', 'PIN, or amount');
    const paid = await pay(desk, goes, '300.00');
    assert.deepEqual([paid.port, paid.msg.payload.transactionId], [1, 'chip-1']);
  });

  it('is for a refund where the node or the message says so', async () => {
    const refund = await ask(desk, 'card-refund', { payload: { totalAmount: 12.5 } });
    assert.match(JSON.stringify(nexoIn(refund).request), /"PaymentType":"Refund","TotalAmount":"12.5"/);
    assert.equal(
      (await pay(desk, refund, { amount: '12.50', paymentType: 'Refund' })).msg.payload.paymentType,
      'Refund',
    );
    const other = await ask(desk, 'card', { payload: { paymentType: 'Refund' } });
    assert.match(JSON.stringify(nexoIn(other).request), /"PaymentType":"Refund"/);
    assert.equal((await ask(desk, 'card-abort', { nexo: other.msg.nexo })).port, 2);
  });
});

describe('no card', () => {
  it('where the customer has none: output 2, with the reason', async () => {
    const none = await read(stopped, 'noCustomer-1');
    assert.deepEqual([none.port, cardIn(none).card, cardIn(none).error?.condition], [2, null, 'Cancel']);
    assert.equal(nexoIn(none).cardTransactionId, 'noCustomer-1');
    await rig.status(stopped, 'card', 'no card');
  });

  it('where it is aborted while the terminal waits, by an abort node', async () => {
    const msgid = await rig.feed(stopped, 'card', { payload: { transactionId: 'slow-1' } });
    await rig.terminal.answered(stopped.poiId, /^EnableService .*Success/);
    const abort = await ask(stopped, 'abort');
    assert.equal(abort.msg.payload.sent, true);
    const none = await rig.collector.next({ lane: 'stopped', kind: 'output', node: 'card', msgid });
    assert.deepEqual([none.port, cardIn(none).error?.condition], [2, 'Aborted']);
  });

  it('is kept after it was read: a button lets the latest one go, and the next customer pays with another', async () => {
    const card = await read(stopped, 'combined-2');
    assert.equal(card.port, 1);
    const gone = await ask(stopped, 'card-abort', { payload: 'button' });
    assert.deepEqual([gone.port, cardIn(gone).transactionId, cardIn(gone).error], [2, 'combined-2', null]);
    await rig.status(stopped, 'card-abort', 'aborted');
    const paid = await rig.pay(stopped, '5.00');
    assert.notEqual(paid.msg.payload.card?.maskedPan, cardIn(card).card?.maskedPan);
  });

  it('where the terminal is unreachable', async () => {
    const none = await ask(down, 'card');
    assert.deepEqual([none.port, cardIn(none).error?.condition], [2, 'Unreachable']);
  });
});

it('another payment waits until the card’s own has been', async () => {
  const card = await read(line, 'combined-3');
  const other = await rig.feed(line, 'payment', { payload: { amount: '6.00', transactionId: 'other' } });
  await rig.status(line, 'payment', 'queued');
  await rig.status(line, 'payment', 'queued behind a card');
  assert.deepEqual(rig.terminal.moved('other'), []);
  const paid = await pay(line, card, '7.00');
  assert.equal(paid.msg.payload.card?.brand, 'Demo Club Mastercard');
  const next = await rig.final(line, other);
  assert.deepEqual([next.port, next.msg.payload.card?.brand === 'Demo Club Mastercard'], [1, false]);
});

it('another card waits until it was, and its node says so', async () => {
  const card = await read(second, 'combined-5');
  const msgid = await rig.feed(second, 'card', { payload: { transactionId: 'after' } });
  await rig.status(second, 'card', 'queued behind a card');
  assert.equal((await pay(second, card, '7.00')).port, 1);
  const next = await rig.collector.next({ lane: 'second', kind: 'output', node: 'card', msgid });
  assert.equal(next.port, 1);
  const shown = rig.statuses(second, 'card');
  assert.ok(shown.lastIndexOf('waiting for card') > shown.lastIndexOf('queued behind a card'), shown.join());
});

it('a card is held for as long as the terminal’s setting says, then what waits behind it is paid with another card', async () => {
  const card = await read(brief, 'combined-4');
  const other = await rig.feed(brief, 'payment', { payload: { amount: '6.00', transactionId: 'behind' } });
  const paid = await rig.final(brief, other);
  assert.deepEqual([paid.port, paid.msg.payload.card?.brand === cardIn(card).card?.brand], [1, false]);
  assert.equal(rig.terminal.exchanges(brief.poiId).filter((text) => text.startsWith('EnableService')).length, 2);
});

it('of a pool: the payment follows its card, while others go elsewhere', async () => {
  for (let i = 0; i < 2; i++) {
    const card = await ask(pooled, 'card', {});
    const { id } = nexoIn(card).terminal;
    const other = await rig.pay(pooled, '8.00');
    assert.notEqual(nexoIn(other).terminal.id, id);
    const paid = await pay(pooled, card, '9.00');
    assert.deepEqual([paid.port, nexoIn(paid).terminal.id], [1, id]);
    assert.equal(paid.msg.payload.transactionId, cardIn(card).transactionId);
  }
});

it('what makes no sense is refused with code and path, and nothing is sent', async () => {
  const cases: [node: string, payload: unknown, code: string, path: string][] = [
    ['card', { transactionId: 'å' }, 'invalid_transaction_id', 'payload.transactionId'],
    ['card', { action: 'swipe' }, 'invalid_action', 'payload.action'],
    ['card', { paymentType: 'Gift' }, 'invalid_payment_type', 'payload.paymentType'],
    ['card', { totalAmount: 'much' }, 'invalid_amount', 'payload.totalAmount'],
    ['card-continue', null, 'no_transaction_id', 'payload.transactionId'],
    ['card-abort', {}, 'no_transaction_id', 'payload.transactionId'],
  ];
  for (const [node, payload, code, path] of cases) {
    const error = await refused(rig, fresh, node, { payload });
    assert.deepEqual([error.code, error.path], [code, path], node);
  }
  assert.deepEqual(rig.terminal.exchanges(fresh.poiId), []);
  await rig.status(fresh, 'card', 'error');
});

it('every result was sent once, and nothing is in the log', () => {
  rig.assertOnce();
  assert.equal(rig.nodeRed.log, '');
});
