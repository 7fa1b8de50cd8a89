import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '../../lib/protocol/types.ts';
import * as pos from '../support/pos.ts';
import {
  accepting,
  FULL,
  type PosBehaviour,
  RecordingPos,
  replyTo,
  silent,
  slow,
  unreachable,
} from './recording-pos.ts';

/** A recording POS after its login, with an empty log. */
function loggedIn(
  options: ConstructorParameters<typeof RecordingPos>[0] = {},
  listener: PosBehaviour = accepting,
): RecordingPos {
  const recorder = new RecordingPos(options, listener);
  recorder.login();
  recorder.clock.advance(5000);
  recorder.takeLog();
  return recorder;
}

test('one message at a time, in order: the answer to the payment comes after the last display was answered', () => {
  const recorder = new RecordingPos({}, slow(400));
  recorder.login();
  recorder.clock.advance(5000);
  recorder.takeLog();
  recorder.request(pos.payment({ id: '2' }, '450'));
  recorder.clock.advance(1500);
  assert.equal(recorder.terminal.ledger.of('T2').charged, 45_000, 'decided in its own time');
  assert.equal(recorder.responses.length, 1, 'only the login is answered');
  recorder.request(pos.status({ id: '3' }, { ServiceID: '2' }));
  recorder.request(pos.payment({ id: '4' }, '1'));
  assert.deepEqual(recorder.takeLog().slice(-4), [
    'TransactionStatus →',
    '← TransactionStatus Failure Busy',
    'Payment →',
    '← Payment Failure Busy',
  ]);
  // The first is answered before the PIN begins, at 600 ms; the other seven follow one another.
  recorder.clock.advance(600 + 7 * 400 - 1500 - 1);
  assert.equal(recorder.log.at(-1), 'Display Approved');
  recorder.clock.advance(1);
  assert.deepEqual(recorder.takeLog().slice(-3), ['Display Approved', '← Payment Success', 'Display Welcome']);
});

test('a silent POS delays a payment by one time-out and gets no more of its messages', () => {
  const recorder = loggedIn({ posTimeout: 3000 });
  recorder.behaviour = silent;
  for (const id of ['2', '3']) {
    recorder.request(pos.payment({ id }, '450'));
    recorder.clock.advance(2999);
    assert.deepEqual(recorder.takeLog(), ['Payment →', 'Display Present card']);
    recorder.clock.advance(1);
    assert.deepEqual(recorder.takeLog(), ['← Payment Success']);
  }
  assert.equal(recorder.clock.pending, 0);
});

test('a POS that becomes silent at the end delays it as much, and the next payment tries again', () => {
  const recorder = loggedIn();
  recorder.request(pos.payment({ id: '2' }, '450'));
  recorder.clock.advance(1499);
  recorder.behaviour = silent;
  recorder.clock.advance(1);
  assert.equal(recorder.log.at(-1), 'Display Approved');
  recorder.clock.advance(3000);
  assert.equal(recorder.takeLog().at(-1), '← Payment Success');
  recorder.behaviour = accepting;
  recorder.request(pos.payment({ id: '3' }, '10'));
  recorder.clock.advance(1500);
  assert.deepEqual(recorder.takeLog().slice(-3), ['Display Approved', '← Payment Success', 'Display Welcome']);
});

test('a POS that cannot be reached delays nothing', () => {
  const recorder = loggedIn();
  recorder.behaviour = unreachable;
  recorder.request(pos.payment({ id: '2' }, '450'));
  recorder.clock.advance(1500);
  assert.deepEqual(recorder.takeLog(), ['Payment →', 'Display Present card', '← Payment Success']);
});

test('a Welcome without an answer does not hold up the next payment for longer than its own time', () => {
  const recorder = loggedIn();
  recorder.behaviour = (message, answered) => {
    if (!JSON.stringify(message).includes('Welcome')) answered(replyTo(message, true));
  };
  recorder.request(pos.payment({ id: '2' }, '10'));
  recorder.clock.advance(1500);
  assert.equal(recorder.takeLog().at(-1), 'Display Welcome');
  recorder.request(pos.payment({ id: '3' }, '10'));
  recorder.clock.advance(2999);
  assert.deepEqual(recorder.takeLog(), ['Payment →']);
  recorder.clock.advance(1);
  assert.deepEqual(recorder.takeLog(), ['← Payment Success']);
});

test('a login ends the payment and its displays at once', () => {
  const recorder = loggedIn();
  recorder.request(pos.payment({ id: '2' }, '450'));
  recorder.behaviour = silent;
  recorder.clock.advance(800);
  recorder.takeLog();
  recorder.login(FULL, 'sv', '3');
  assert.deepEqual(recorder.takeLog(), [
    'Login →',
    '← Payment Failure Aborted',
    '← Login Success',
    'Display Var god vänta',
  ]);
});

test('after a reboot and a client-only login, nothing is sent to the POS', () => {
  const recorder = loggedIn();
  recorder.request(pos.payment({ id: '2' }, '450'));
  recorder.clock.advance(800);
  recorder.terminal.reboot();
  recorder.takeLog();
  recorder.terminal.notify({ name: 'CardRemoved' });
  recorder.login(['PrinterReceipt'], 'sv', '3');
  recorder.request(pos.payment({ id: '4' }, '450'));
  recorder.clock.advance(1500);
  assert.deepEqual(recorder.takeLog(), ['Login →', '← Login Success', 'Payment →', '← Payment Success']);
  assert.equal(recorder.clock.pending, 0);
});

test('an answer that comes twice, late, or by an exception harms nothing', () => {
  const kept: (() => void)[] = [];
  const rude: PosBehaviour = (message, answered) => {
    const text = JSON.stringify(message);
    if (text.includes('Authorizing')) throw new Error('broken');
    kept.push(() => answered(replyTo(message, true)));
    answered(replyTo(message, true));
    answered({ type: 'failed', reason: 'twice' });
  };
  const recorder = loggedIn({}, rude);
  recorder.request(pos.payment({ id: '2' }, '10'));
  recorder.clock.advance(1500);
  for (const late of kept) late();
  assert.deepEqual(recorder.takeLog(), [
    'Payment →',
    'Display Present card',
    'Display Please wait',
    'Display Authorizing',
    '← Payment Success',
  ]);
});

test('a POS in this process may send a request while it handles one', () => {
  const recorder = loggedIn();
  let sent = false;
  recorder.behaviour = (message: Message, answered) => {
    const text = JSON.stringify(message);
    if (text.includes('Welcome') && !sent) {
      sent = true;
      recorder.request(pos.payment({ id: '3' }, '20'));
    }
    answered(replyTo(message, true));
  };
  recorder.request(pos.payment({ id: '2' }, '10'));
  recorder.clock.advance(5000);
  assert.deepEqual(
    recorder.terminal.ledger.movements.map((recorder) => recorder.amount),
    [1000, 2000],
  );
  assert.deepEqual(recorder.takeLog().slice(-3), ['Display Approved', '← Payment Success', 'Display Welcome']);
});
