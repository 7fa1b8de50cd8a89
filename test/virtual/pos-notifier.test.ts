import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Timeline } from '../../lib/virtual/customer/timeline.ts';
import { PosNotifier } from '../../lib/virtual/pos/pos-notifier.ts';
import { ManualClock } from '../support/clock.ts';
import { FULL, login } from './recording-pos.ts';

test('a welcome whose time has come late does not burst into a payment', () => {
  const clock = new ManualClock();
  let sent = 0;
  const pos = {
    send: () => {
      sent += 1;
    },
  };
  const notifier = new PosNotifier({ poiId: 'A', clock, pos });
  const message = login(FULL);
  if ('SaleToPOIRequest' in message && message.SaleToPOIRequest.LoginRequest)
    notifier.login('ECR1', message.SaleToPOIRequest.LoginRequest);
  notifier.scheduleWelcome(100);
  notifier.begin('2');
  clock.advance(1000);
  assert.equal(sent, 0);
  notifier.scheduleWelcome(100);
  clock.advance(100);
  assert.equal(sent, 1);
});

test('finish runs the remaining steps in order; after cancel no step runs', () => {
  const clock = new ManualClock();
  const seen: number[] = [];
  const steps = [0, 0, 10, 20, 20].map((at, id) => ({ at, id }));
  const act = ({ id }: { id: number }) => seen.push(id);
  const one = new Timeline(clock, steps, act);
  assert.deepEqual(seen, [0, 1]);
  clock.advance(10);
  one.finish();
  assert.deepEqual(seen, [0, 1, 2, 3, 4]);
  assert.equal(clock.pending, 0);
  new Timeline(clock, steps, act).cancel();
  assert.equal(seen.length, 7);
  assert.equal(clock.pending, 0);
});
