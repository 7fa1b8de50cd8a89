import assert from 'node:assert/strict';
import { test } from 'node:test';
import { abortReading, continueProcessing, openReading, readCard, startReading } from './card-in-advance.ts';
import { cardOf, payment, resultText } from './client-pos.ts';
import { FULL } from './recording-pos.ts';

test('contactless: continue_processing leaves the service and waits for the amount', () => {
  const client = openReading(['approved'], {}, FULL);
  assert.deepEqual(client.terminal.screen, ['Please wait']);
  client.takeLog();
  assert.equal(resultText(client.exchange(continueProcessing)), 'Success');
  assert.deepEqual(client.takeDisplays(), ['Display →', 'Display Awaiting amount', '← Display Success']);
  assert.deepEqual(client.terminal.screen, ['Awaiting amount']);
  assert.equal(resultText(client.exchange(readCard)), 'Failure NotAllowed');
  assert.equal(resultText(client.exchange(startReading)), 'Failure NotAllowed');
  assert.equal(resultText(client.exchange(continueProcessing)), 'Success', 'once more changes nothing');
  assert.equal(cardOf(client.pay('10'))?.MaskedPAN, '516815******9659');
});

test('chip: continue_processing asks for the PIN, the payment does not wait for it again', () => {
  const client = openReading(['chip'], {}, FULL);
  client.takeLog();
  client.start(continueProcessing);
  assert.deepEqual(client.terminal.screen, ['Enter PIN']);
  client.clock.advance(5000);
  assert.deepEqual(client.takeDisplays(), [
    'Display →',
    'Display Enter PIN',
    '← Display Success',
    ...['*', '**', '***', '****'].map((stars) => `Display Enter PIN: ${stars}`),
    'Display Awaiting amount',
  ]);
  client.start((header) => payment(header, '10', {}));
  client.clock.advance(300);
  assert.equal(resultText(client.last()), 'Success');
  assert.deepEqual(cardOf(client.last())?.EntryMode, ['ICC']);
});

test('chip: a payment that comes while the PIN is typed waits for it, and one without continue asks for it', () => {
  const typing = openReading(['chip']);
  typing.start(continueProcessing);
  typing.clock.advance(700);
  typing.start((header) => payment(header, '10', { transactionId: 'x' }));
  typing.clock.advance(500 + 300 - 1);
  assert.equal(typing.terminal.ledger.of('x').charged, 0);
  typing.clock.advance(1);
  assert.equal(typing.terminal.ledger.of('x').charged, 1000);
  const asking = openReading(['chip'], {}, FULL);
  asking.takeLog();
  asking.pay('10');
  assert.ok(asking.takeLog().includes('Display Enter PIN: ****'));
});

test('the chip stays in the reader from the card to the end of the payment', () => {
  const client = openReading(['chip'], {}, FULL);
  client.pay('10');
  const log = client.takeLog().filter((line) => /Card(Inserted|Removed)|Payment/.test(line));
  assert.deepEqual(log, ['Event CardInserted', 'Payment →', '← Payment Success', 'Event CardRemoved']);
});

test('a second continue_processing does not ask for the PIN again', () => {
  const client = openReading(['chip']);
  client.exchange(continueProcessing);
  client.start(continueProcessing);
  assert.deepEqual(client.terminal.screen, ['Awaiting amount']);
});

test('after continue_processing AbortTransaction still ends it', () => {
  const client = openReading(['chip']);
  client.start(continueProcessing);
  assert.equal(resultText(client.exchange(abortReading)), 'Success');
  assert.equal(client.clock.pending, 0);
  assert.equal(resultText(client.exchange(startReading)), 'Success');
});

test('continue_processing needs a payment card', () => {
  const client = openReading(['loyalty']);
  assert.equal(resultText(client.exchange(continueProcessing)), 'Failure NotAllowed');
  assert.equal(resultText(client.exchange(readCard)), 'Success', 'and the service is still open');
});
