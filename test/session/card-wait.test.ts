/** A payment that waits behind a card read for another one: its caller learns why, and the wait has a limit. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultTimeouts } from '../../lib/session/timeouts.ts';
import { Till } from '../support/card-till.ts';

/** The phases of a transaction so far. */
const phasesOf = (till: Till, transactionId: string) =>
  till.phases.flatMap(({ refs, phase }) => (refs.some((ref) => ref.startsWith(`${transactionId}#`)) ? [phase] : []));

const errorOf = (till: Till, transactionId: string) =>
  till.outcomes.findLast(({ record }) => record.transactionId === transactionId)?.record.error;

describe('a payment behind a card that was read for another one', () => {
  it('is shown why it waits, also while the card is still being read, and when that is over', () => {
    const till = new Till();
    till.ask('A');
    till.pay('B');
    assert.deepEqual(phasesOf(till, 'B'), ['queued', 'behindCard']);
    till.enabled();
    till.card();
    till.pay('C');
    till.pay('A');
    assert.deepEqual(phasesOf(till, 'C'), ['queued', 'behindCard', 'queued'], 'the card is being paid with');
    assert.deepEqual(phasesOf(till, 'B'), ['queued', 'behindCard', 'queued']);
    assert.equal(phasesOf(till, 'A').includes('behindCard'), false, 'its own card is in nobody’s way');
    till.payment();
    assert.deepEqual(phasesOf(till, 'B').slice(-1), ['waitingForCard']);
  });

  it('that came before the card is shown it once the card has the turn', () => {
    const till = new Till();
    till.pay('X');
    till.ask('A');
    till.pay('B');
    assert.deepEqual(phasesOf(till, 'B'), ['queued'], 'so far it waits for a payment');
    till.payment();
    assert.deepEqual(phasesOf(till, 'B'), ['queued', 'behindCard']);
  });

  it('that is still being written down is shown it when that is done', () => {
    const till = new Till().held('A');
    till.holdWrites = true;
    till.pay('B');
    assert.deepEqual(phasesOf(till, 'B'), []);
    till.store();
    assert.deepEqual(phasesOf(till, 'B'), ['queued', 'behindCard']);
  });

  it('is not started after a minute, and the reason names the card', () => {
    const till = new Till().held('A');
    till.pay('B');
    till.advance(defaultTimeouts.queueWait);
    assert.equal(errorOf(till, 'B')?.condition, 'Busy');
    assert.match(errorOf(till, 'B')?.message ?? '', /card that was read for another payment/);
  });

  it('and is turned away at once, for the same reason, where the terminal is set so', () => {
    const till = new Till({ config: { whenBusy: 'refuse' } }).held('A');
    till.pay('B');
    assert.match(errorOf(till, 'B')?.message ?? '', /card that was read for another payment/);
    till.ask('C');
    assert.match(till.cards.at(-1)?.error?.message ?? '', /card that was read for another payment/);
    till.pay('A');
    till.pay('D');
    assert.doesNotMatch(errorOf(till, 'D')?.message ?? '', /card/);
  });
});

it('a card that is to be read behind another one is shown why it waits, and when its turn has come', () => {
  const till = new Till().held('A');
  till.ask('B');
  const phases = () => till.phases.flatMap(({ refs, phase }) => (refs.includes('card read B') ? [phase] : []));
  assert.deepEqual(phases(), ['behindCard']);
  till.ask('A', 'abort');
  till.enabled();
  assert.deepEqual(phases(), ['behindCard', 'queued', 'waitingForCard']);
});

it('another card, and a request, that waited for a minute behind it name it as well', () => {
  const till = new Till().held('A');
  till.ask('B');
  till.event({ type: 'logout', ref: 'out', maintenanceAllowed: false });
  till.advance(defaultTimeouts.queueWait);
  assert.match(till.cards.at(-1)?.error?.message ?? '', /card that was read for another payment/);
  const failed = till.done.findLast(({ type }) => type === 'failed');
  assert.ok(failed?.type === 'failed');
  assert.match(failed.error.message, /card that was read for another payment/);
});

it('the card is held for as long as the settings say', () => {
  const timeouts = { ...defaultTimeouts, card: 20_000 };
  const till = new Till({ config: { timeouts } }).held('A');
  till.pay('B');
  till.advance(19_999);
  assert.equal(till.actions.includes('AbortTransaction'), false);
  till.advance(1);
  assert.equal(till.actions.at(-1), 'AbortTransaction');
  till.enabled();
  assert.equal(till.actions.at(-1), 'Payment');
});
