import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '../../lib/protocol/types.ts';
import * as pos from '../support/pos.ts';
import { FULL, type Listener, polite, silent, slow, Till, unreachable, word } from './till.ts';

/** A till that is logged in and has turned the page. */
function till(options: ConstructorParameters<typeof Till>[0] = {}, listener: Listener = polite): Till {
  const one = new Till(options, listener);
  one.login();
  one.clock.turn(5000);
  one.take();
  return one;
}

test('one message at a time, in order: the answer to the payment comes after the last display was answered', () => {
  const one = new Till({}, slow(400));
  one.login();
  one.clock.turn(5000);
  one.take();
  one.ask(pos.payment({ id: '2' }, '450'));
  one.clock.turn(1500);
  assert.equal(one.terminal.ledger.of('T2').charged, 45_000, 'decided in its own time');
  assert.equal(one.answers.length, 1, 'only the login is answered');
  one.ask(pos.status({ id: '3' }, { ServiceID: '2' }));
  one.ask(pos.payment({ id: '4' }, '1'));
  assert.deepEqual(one.take().slice(-4), [
    'TransactionStatus →',
    '← TransactionStatus Failure Busy',
    'Payment →',
    '← Payment Failure Busy',
  ]);
  // The first is answered before the PIN begins, at 600 ms; the other seven follow one another.
  one.clock.turn(600 + 7 * 400 - 1500 - 1);
  assert.equal(one.story.at(-1), 'Display Approved');
  one.clock.turn(1);
  assert.deepEqual(one.take().slice(-3), ['Display Approved', '← Payment Success', 'Display Welcome']);
});

test('a silent POS costs a payment one time limit, and hears no more of it', () => {
  const one = till({ posTimeout: 3000 });
  one.listener = silent;
  for (const id of ['2', '3']) {
    one.ask(pos.payment({ id }, '450'));
    one.clock.turn(2999);
    assert.deepEqual(one.take(), ['Payment →', 'Display Present card']);
    one.clock.turn(1);
    assert.deepEqual(one.take(), ['← Payment Success']);
  }
  assert.equal(one.clock.pending, 0);
});

test('a POS that falls silent at the end costs as much, and the next payment tries again', () => {
  const one = till();
  one.ask(pos.payment({ id: '2' }, '450'));
  one.clock.turn(1499);
  one.listener = silent;
  one.clock.turn(1);
  assert.equal(one.story.at(-1), 'Display Approved');
  one.clock.turn(3000);
  assert.equal(one.take().at(-1), '← Payment Success');
  one.listener = polite;
  one.ask(pos.payment({ id: '3' }, '10'));
  one.clock.turn(1500);
  assert.deepEqual(one.take().slice(-3), ['Display Approved', '← Payment Success', 'Display Welcome']);
});

test('a POS that cannot be reached costs nothing', () => {
  const one = till();
  one.listener = unreachable;
  one.ask(pos.payment({ id: '2' }, '450'));
  one.clock.turn(1500);
  assert.deepEqual(one.take(), ['Payment →', 'Display Present card', '← Payment Success']);
});

test('a Welcome without an answer does not hold up the next payment for longer than its own time', () => {
  const one = till();
  one.listener = (message, answered) => {
    if (!JSON.stringify(message).includes('Welcome')) answered(word(message, true));
  };
  one.ask(pos.payment({ id: '2' }, '10'));
  one.clock.turn(1500);
  assert.equal(one.take().at(-1), 'Display Welcome');
  one.ask(pos.payment({ id: '3' }, '10'));
  one.clock.turn(2999);
  assert.deepEqual(one.take(), ['Payment →']);
  one.clock.turn(1);
  assert.deepEqual(one.take(), ['← Payment Success']);
});

test('a login in the middle ends the payment and what there was to see of it, at once', () => {
  const one = till();
  one.ask(pos.payment({ id: '2' }, '450'));
  one.listener = silent;
  one.clock.turn(800);
  one.take();
  one.login(FULL, 'sv', '3');
  assert.deepEqual(one.take(), ['Login →', '← Payment Failure Aborted', '← Login Success', 'Display Var god vänta']);
});

test('a reboot forgets the POS, and a client-only login after it stays alone', () => {
  const one = till();
  one.ask(pos.payment({ id: '2' }, '450'));
  one.clock.turn(800);
  one.terminal.reboot();
  one.take();
  one.terminal.notify({ name: 'CardRemoved' });
  one.login(['PrinterReceipt'], 'sv', '3');
  one.ask(pos.payment({ id: '4' }, '450'));
  one.clock.turn(1500);
  assert.deepEqual(one.take(), ['Login →', '← Login Success', 'Payment →', '← Payment Success']);
  assert.equal(one.clock.pending, 0);
});

test('an answer that comes twice, late, or by an exception harms nothing', () => {
  const kept: (() => void)[] = [];
  const rude: Listener = (message, answered) => {
    const text = JSON.stringify(message);
    if (text.includes('Authorizing')) throw new Error('broken');
    kept.push(() => answered(word(message, true)));
    answered(word(message, true));
    answered({ type: 'failed', reason: 'twice' });
  };
  const one = till({}, rude);
  one.ask(pos.payment({ id: '2' }, '10'));
  one.clock.turn(1500);
  for (const late of kept) late();
  assert.deepEqual(one.take(), [
    'Payment →',
    'Display Present card',
    'Display Please wait',
    'Display Authorizing',
    '← Payment Success',
  ]);
});

test('a POS within the process may send from where it is told something', () => {
  const one = till();
  let sent = false;
  one.listener = (message: Message, answered) => {
    const text = JSON.stringify(message);
    if (text.includes('Welcome') && !sent) {
      sent = true;
      one.ask(pos.payment({ id: '3' }, '20'));
    }
    answered(word(message, true));
  };
  one.ask(pos.payment({ id: '2' }, '10'));
  one.clock.turn(5000);
  assert.deepEqual(
    one.terminal.ledger.movements.map((one) => one.amount),
    [1000, 2000],
  );
  assert.deepEqual(one.take().slice(-3), ['Display Approved', '← Payment Success', 'Display Welcome']);
});
