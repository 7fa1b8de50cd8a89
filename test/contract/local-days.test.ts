import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dayOf, dayOfText, startOf, stretches, textOf } from '../../lib/contract/local-days.ts';
import { parseTransactionsQuery } from '../../lib/contract/transactions-input.ts';

const HOUR = 3_600_000;

/** A zone with summer time. */
function zone(name: string) {
  const format = new Intl.DateTimeFormat('en', { timeZone: name, timeZoneName: 'longOffset' });
  return (ms: number): number => {
    const text = format.formatToParts(ms).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign, hours = '0', minutes = '0'] = /GMT([+-])(\d+):(\d+)/.exec(text) ?? [];
    return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  };
}

const stockholm = zone('Europe/Stockholm');
const at = (text: string) => Date.parse(text);

describe('local days', () => {
  it('have names', () => {
    for (const text of ['1970-01-01', '2026-03-29', '2028-02-29']) assert.equal(textOf(dayOfText(text) ?? 0), text);
    for (const text of ['2026-02-29', '2026-13-01', '26-01-01', 'today', '']) assert.equal(dayOfText(text), undefined);
  });

  it('begin at local midnight, whatever the clocks do that day', () => {
    const cases: [day: string, begins: string, hours: number][] = [
      ['2026-03-28', '2026-03-27T23:00:00Z', 24],
      ['2026-03-29', '2026-03-28T23:00:00Z', 23],
      ['2026-10-25', '2026-10-24T22:00:00Z', 25],
      ['2026-10-26', '2026-10-25T23:00:00Z', 24],
    ];
    for (const [text, begins, hours] of cases) {
      const day = dayOfText(text) ?? 0;
      assert.equal(startOf(day, stockholm), at(begins), text);
      assert.equal(startOf(day + 1, stockholm) - startOf(day, stockholm), hours * HOUR, text);
      assert.equal(dayOf(at(begins), stockholm), day);
      assert.equal(dayOf(at(begins) - 1, stockholm), day - 1);
    }
    for (const [name, begins] of [
      ['America/New_York', '2026-11-01T04:00:00Z'],
      ['Asia/Kolkata', '2026-10-31T18:30:00Z'],
      ['Pacific/Auckland', '2026-10-31T11:00:00Z'],
    ] as const) {
      assert.equal(startOf(dayOfText('2026-11-01') ?? 0, zone(name)), at(begins), name);
    }
  });

  it('a time is cut exactly where the clocks are changed', () => {
    const [from, to] = [at('2026-01-01T00:00:00Z'), at('2027-01-01T00:00:00Z')];
    const [spring, autumn] = [at('2026-03-29T01:00:00Z'), at('2026-10-25T01:00:00Z')];
    assert.deepEqual(stretches(from, to, stockholm), [
      { from, to: spring, offsetMinutes: 60 },
      { from: spring, to: autumn, offsetMinutes: 120 },
      { from: autumn, to, offsetMinutes: 60 },
    ]);
    assert.deepEqual(stretches(spring - 1, spring + 1, stockholm), [
      { from: spring - 1, to: spring, offsetMinutes: 60 },
      { from: spring, to: spring + 1, offsetMinutes: 120 },
    ]);
    assert.deepEqual(stretches(spring, autumn, stockholm), [{ from: spring, to: autumn, offsetMinutes: 120 }]);
    assert.deepEqual(stretches(to, from, stockholm), []);
  });
});

describe('a period', () => {
  const time = { now: at('2026-03-29T12:00:00Z'), offsetAt: stockholm };
  const defaults = { query: 'totals', scope: 'terminal', limit: 100 } as const;
  const read = (payload: unknown) => {
    const query = parseTransactionsQuery(payload, defaults, time);
    assert.ok(query.query === 'totals');
    return [query.from, query.to].map((ms) => new Date(ms).toISOString().replace('.000Z', 'Z'));
  };

  it('is today, 23 hours when the clocks go forward', () => {
    for (const payload of [undefined, {}, 1_700_000_000_000, '', { from: 'today' }]) {
      assert.deepEqual(read(payload), ['2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z']);
    }
  });

  it('counts its last day whole, or ends at a moment', () => {
    const month = ['2026-02-28T23:00:00Z', '2026-03-29T22:00:00Z'];
    assert.deepEqual(read({ from: '2026-03-01' }), month);
    assert.deepEqual(read({ from: '2026-03-01', to: '2026-03-29' }), month);
    assert.deepEqual(read({ from: 'yesterday', to: 'yesterday' }), ['2026-03-27T23:00:00Z', '2026-03-28T23:00:00Z']);
    const hours = ['2026-03-29T08:00:00Z', '2026-03-29T10:30:00Z'];
    assert.deepEqual(read({ from: hours[0], to: '2026-03-29T12:30:00+02:00' }), hours);
    assert.deepEqual(read({ from: at(hours[0] ?? ''), to: new Date(hours[1] ?? '') }), hours);
  });
});
