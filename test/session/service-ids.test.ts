/** ServiceIDs of a session: only those of confirmed blocks, none that the terminal has seen, ten digits at most. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SessionContext } from '../../lib/session/session-context.ts';
import { sessionConfigOf } from '../../lib/terminal/terminal-config.ts';

const transport = { send: async () => ({ type: 'unreachable', reason: 'x' }) as const, close: async () => {} };
const config = sessionConfigOf({ config: { saleId: '1', poiId: 'A' }, transport });
const contextWith = (next: number, end: number) => new SessionContext(config, { next, end });

test('none beyond the block that the journal has confirmed', () => {
  const context = contextWith(1, 3);
  assert.deepEqual([context.serviceId(), context.serviceId(), context.serviceId()], ['1', '2', undefined]);
  context.resume({ type: 'reserved', end: 4 });
  assert.deepEqual([context.serviceId(), context.serviceId()], ['3', undefined]);
});

test('after the terminal’s last one, once a block that holds them is confirmed', () => {
  const context = contextWith(100, 1100);
  let ready = 0;
  context.continueAfter('5000', () => ready++);
  const reserve = context.effects.find(({ type }) => type === 'reserve');
  assert.ok(reserve?.type === 'reserve');
  assert.deepEqual([context.serviceId(), ready], [undefined, 0]);
  context.resume({ type: 'reserved', end: 1100 + reserve.count });
  assert.deepEqual([context.serviceId(), ready], ['5001', 1]);
});

test('one that is known, or no number, changes nothing', () => {
  for (const seen of ['99', '', 'X1', undefined, '12345678901']) {
    const context = contextWith(100, 1100);
    let ready = 0;
    context.continueAfter(seen, () => ready++);
    assert.deepEqual([ready, context.serviceId()], [1, '100'], String(seen));
  }
});

test('never one of eleven digits', () => {
  const context = contextWith(9_999_999_999, 10_000_000_500);
  assert.deepEqual([context.serviceId(), context.serviceId()], ['9999999999', undefined]);
});
