import assert from 'node:assert/strict';
import { test } from 'node:test';
import { abort, open, proceed, read, start } from './card-ahead.ts';
import { cardOf, payment, verdict } from './counter.ts';
import { FULL } from './till.ts';

test('contactless: continue_processing leaves the service and waits for the amount', () => {
  const counter = open(['approved'], {}, FULL);
  assert.deepEqual(counter.terminal.screen, ['Please wait']);
  counter.take();
  assert.equal(verdict(counter.exchange(proceed)), 'Success');
  assert.deepEqual(counter.takeScript(), ['Display →', 'Display Awaiting amount', '← Display Success']);
  assert.deepEqual(counter.terminal.screen, ['Awaiting amount']);
  assert.equal(verdict(counter.exchange(read)), 'Failure NotAllowed');
  assert.equal(verdict(counter.exchange(start)), 'Failure NotAllowed');
  assert.equal(verdict(counter.exchange(proceed)), 'Success', 'once more changes nothing');
  assert.equal(cardOf(counter.pay('10'))?.MaskedPAN, '516815******9659');
});

test('chip: continue_processing asks for the PIN, the payment does not wait for it again', () => {
  const counter = open(['chip'], {}, FULL);
  counter.take();
  counter.begin(proceed);
  assert.deepEqual(counter.terminal.screen, ['Enter PIN']);
  counter.clock.turn(5000);
  assert.deepEqual(counter.takeScript(), [
    'Display →',
    'Display Enter PIN',
    '← Display Success',
    ...['*', '**', '***', '****'].map((stars) => `Display Enter PIN: ${stars}`),
    'Display Awaiting amount',
  ]);
  counter.begin((header) => payment(header, '10', {}));
  counter.clock.turn(300);
  assert.equal(verdict(counter.last()), 'Success');
  assert.deepEqual(cardOf(counter.last())?.EntryMode, ['ICC']);
});

test('chip: a payment that comes while the PIN is typed waits for it, and one without continue asks for it', () => {
  const typing = open(['chip']);
  typing.begin(proceed);
  typing.clock.turn(700);
  typing.begin((header) => payment(header, '10', { transactionId: 'x' }));
  typing.clock.turn(500 + 300 - 1);
  assert.equal(typing.terminal.ledger.of('x').charged, 0);
  typing.clock.turn(1);
  assert.equal(typing.terminal.ledger.of('x').charged, 1000);
  const asking = open(['chip'], {}, FULL);
  asking.take();
  asking.pay('10');
  assert.ok(asking.take().includes('Display Enter PIN: ****'));
});

test('the chip stays in the reader from the card to the end of the payment', () => {
  const counter = open(['chip'], {}, FULL);
  counter.pay('10');
  const story = counter.take().filter((line) => /Card(Inserted|Removed)|Payment/.test(line));
  assert.deepEqual(story, ['Event CardInserted', 'Payment →', '← Payment Success', 'Event CardRemoved']);
});

test('a second continue_processing does not ask for the PIN again', () => {
  const counter = open(['chip']);
  counter.exchange(proceed);
  counter.begin(proceed);
  assert.deepEqual(counter.terminal.screen, ['Awaiting amount']);
});

test('after continue_processing AbortTransaction still ends it', () => {
  const counter = open(['chip']);
  counter.begin(proceed);
  assert.equal(verdict(counter.exchange(abort)), 'Success');
  assert.equal(counter.clock.pending, 0);
  assert.equal(verdict(counter.exchange(start)), 'Success');
});

test('continue_processing needs a payment card', () => {
  const counter = open(['loyalty']);
  assert.equal(verdict(counter.exchange(proceed)), 'Failure NotAllowed');
  assert.equal(verdict(counter.exchange(read)), 'Success', 'and the service is still open');
});
