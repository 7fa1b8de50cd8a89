import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '../../lib/protocol/types.ts';
import type { PosReply } from '../../lib/virtual/pos/pos.ts';
import { PosQueue } from '../../lib/virtual/pos/pos-queue.ts';
import { ManualClock } from '../support/clock.ts';
import * as requests from '../support/pos.ts';

function queue() {
  const clock = new ManualClock();
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

test('the number of waiting messages is bounded: further ones fail', () => {
  const { clock, line: one, sent, open } = queue();
  const failures: string[] = [];
  const answered = (reply: PosReply) => {
    if (reply.type === 'failed') failures.push(reply.reason);
  };
  for (let n = 0; n < 600; n++) one.send({ message, timeout: 10, onReply: answered });
  assert.equal(sent.length, 1);
  assert.equal(failures.length, 99);
  open[0]?.({ type: 'empty' });
  assert.equal(sent.length, 2);
  clock.advance(10 * 600);
  assert.equal(sent.length, 501);
  assert.equal(clock.pending, 0);
});

test('a callback runs after the earlier messages, and synchronously where there are none', () => {
  const { line: one, open, sent } = queue();
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

test('cancel fails open and waiting messages; clear discards them', () => {
  const { clock, line: one, open, sent } = queue();
  const replies: string[] = [];
  const send = () => one.send({ message, timeout: 10, onReply: (reply) => replies.push(reply.type) });
  send();
  send();
  one.whenIdle(() => replies.push('turn'));
  one.cancel();
  assert.deepEqual(replies, ['failed', 'failed', 'turn']);
  assert.equal(sent.length, 1);
  send();
  one.whenIdle(() => replies.push('never'));
  one.clear();
  for (const answered of open) answered({ type: 'empty' });
  assert.deepEqual(replies, ['failed', 'failed', 'turn']);
  assert.equal(clock.pending, 0);
});
