import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '../../lib/protocol/types.ts';
import type { PosReply } from '../../lib/virtual/pos/pos.ts';
import { PosQueue } from '../../lib/virtual/pos/pos-queue.ts';
import { HandClock } from '../support/clock.ts';
import * as requests from '../support/pos.ts';

function line() {
  const clock = new HandClock();
  const open: ((reply: PosReply) => void)[] = [];
  const sent: Message[] = [];
  const pos = {
    send(message: Message, answered: (reply: PosReply) => void) {
      sent.push(message);
      open.push(answered);
    },
  };
  return { clock, open, sent, line: new PosQueue(pos, clock) };
}

const message = requests.login({ id: '1' });

test('what waits is bounded: the newest is lost, and whoever sent it is told', () => {
  const { clock, line: one, sent, open } = line();
  const failures: string[] = [];
  const answered = (reply: PosReply) => {
    if (reply.type === 'failed') failures.push(reply.reason);
  };
  for (let n = 0; n < 600; n++) one.send({ message, timeout: 10, onReply: answered });
  assert.equal(sent.length, 1);
  assert.equal(failures.length, 99);
  open[0]?.({ type: 'empty' });
  assert.equal(sent.length, 2);
  clock.turn(10 * 600);
  assert.equal(sent.length, 501);
  assert.equal(clock.pending, 0);
});

test('what stands in line has its turn after what came before, and at once where nothing is open', () => {
  const { line: one, open, sent } = line();
  const done: string[] = [];
  one.whenIdle(() => done.push('first'));
  one.send({ message, timeout: 10 });
  one.whenIdle(() => done.push('second'));
  one.send({ message, timeout: 10, isWanted: () => false });
  one.whenIdle(() => done.push('third'));
  assert.deepEqual(done, ['first']);
  open[0]?.({ type: 'empty' });
  assert.deepEqual(done, ['first', 'second', 'third']);
  assert.equal(sent.length, 1, 'what is not wanted any more is not sent');
});

test('cut gives up what is open and what waits, and says so; off forgets all of it', () => {
  const { clock, line: one, open, sent } = line();
  const heard: string[] = [];
  const send = () => one.send({ message, timeout: 10, onReply: (reply) => heard.push(reply.type) });
  send();
  send();
  one.whenIdle(() => heard.push('turn'));
  one.cancel();
  assert.deepEqual(heard, ['failed', 'failed', 'turn']);
  assert.equal(sent.length, 1);
  send();
  one.whenIdle(() => heard.push('never'));
  one.clear();
  for (const answered of open) answered({ type: 'empty' });
  assert.deepEqual(heard, ['failed', 'failed', 'turn']);
  assert.equal(clock.pending, 0);
});
