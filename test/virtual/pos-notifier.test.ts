import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Timeline } from '../../lib/virtual/customer/timeline.ts';
import { PosNotifier } from '../../lib/virtual/pos/pos-notifier.ts';
import { HandClock } from '../support/clock.ts';
import { FULL, login } from './till.ts';

test('a welcome whose time has come late does not burst into a payment', () => {
  const clock = new HandClock();
  let sent = 0;
  const pos = {
    send: () => {
      sent += 1;
    },
  };
  const talk = new PosNotifier({ poiId: 'A', clock, pos });
  const message = login(FULL);
  if ('SaleToPOIRequest' in message && message.SaleToPOIRequest.LoginRequest)
    talk.login('ECR1', message.SaleToPOIRequest.LoginRequest);
  talk.scheduleWelcome(100);
  talk.begin('2');
  clock.turn(1000);
  assert.equal(sent, 0);
  talk.scheduleWelcome(100);
  clock.turn(100);
  assert.equal(sent, 1);
});

test('a play catches up in order when its time is over, and says nothing after it was cancelled', () => {
  const clock = new HandClock();
  const seen: number[] = [];
  const cues = [0, 0, 10, 20, 20].map((at, id) => ({ at, id }));
  const act = ({ id }: { id: number }) => seen.push(id);
  const one = new Timeline(clock, cues, act);
  assert.deepEqual(seen, [0, 1]);
  clock.turn(10);
  one.finish();
  assert.deepEqual(seen, [0, 1, 2, 3, 4]);
  assert.equal(clock.pending, 0);
  new Timeline(clock, cues, act).cancel();
  assert.equal(seen.length, 7);
  assert.equal(clock.pending, 0);
});
