import assert from 'node:assert/strict';
import { test } from 'node:test';
import { poiTimestamp, saleTimestamp } from '../../lib/protocol/timestamps.ts';

const ms = Date.UTC(2023, 7, 24, 15, 3, 37, 498);

test('the sale side writes local time with its offset', () => {
  assert.equal(saleTimestamp(ms, 120), '2023-08-24T17:03:37+02:00');
  assert.equal(saleTimestamp(ms, 0), '2023-08-24T15:03:37+00:00');
  assert.equal(saleTimestamp(ms, -210), '2023-08-24T11:33:37-03:30');
  assert.equal(saleTimestamp(ms, 345), '2023-08-24T20:48:37+05:45');
  assert.equal(saleTimestamp(Date.UTC(2023, 11, 31, 23, 30), 60), '2024-01-01T00:30:00+01:00');
});

test('the terminal writes UTC with milliseconds', () => {
  assert.equal(poiTimestamp(ms), '2023-08-24T15:03:37.498Z');
});

test('both name the same instant', () => {
  for (const offset of [-720, -210, 0, 60, 120, 765]) {
    assert.equal(Date.parse(saleTimestamp(ms, offset)), Math.floor(ms / 1000) * 1000);
  }
});
