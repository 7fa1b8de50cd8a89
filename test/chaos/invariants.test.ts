/** What the comparison at the end of a chaos run finds: each rule broken once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PaymentPayload } from '../../lib/contract/payment-output.ts';
import type { TransactionRecord } from '../../lib/session/record.ts';
import type { StoredTransaction as TerminalRecord } from '../../lib/virtual/terminal/transaction-records.ts';
import type { Told } from './collector.ts';
import { type Facts, violationsOf } from './invariants.ts';
import type { Seen } from './proxy.ts';
import { cardNumbersIn, LEAKED_PAN } from './secrets.ts';

const NOW = 1_800_000_000_000;

const row = (changes: object = {}) =>
  ({ transactionId: 'A', state: 'closed', outcome: 'approved', updatedAt: NOW, ...changes }) as TransactionRecord;

const moved = (id = 'A', poiTransactionId = 'P1'): TerminalRecord =>
  ({
    header: { POIID: 'T' },
    body: {},
    moved: { transactionId: id, poiTransactionId, amount: 1000, currency: 'SEK' },
  }) as unknown as TerminalRecord;

function told(outcome: string, changes: Partial<Told> = {}): Told {
  const approved = outcome === 'approved';
  const amount = approved ? '10.00' : '0.00';
  const payload = { transactionId: 'A', outcome, approved, amount, recovered: false, context: { order: 'A' } };
  const rest = { lane: 't1', kind: 'output', node: 'payment', port: 1, run: 1, seq: 1, ask: 1, at: NOW } as const;
  return { ...rest, payload: payload as PaymentPayload, ...changes };
}

const seen = (category: string, serviceId: string, changes: Partial<Seen> = {}): Seen => ({
  lane: 't1',
  category,
  serviceId,
  mischief: 'pass',
  answered: true,
  ...changes,
});

const payment = (serviceId: string, changes: Partial<Seen> = {}) =>
  seen('Payment', serviceId, { transactionId: 'A', ...changes });

const good: Facts = {
  askings: [{ ask: 1, lane: 't1', to: 'payment', transactionId: 'A', at: NOW, taken: true }],
  told: [told('approved')],
  journal: [row()],
  ledger: [moved()],
  seen: [seen('Login', '1'), payment('2')],
  kills: [],
};

/** What is found when one fact is another. */
function found(changes: Partial<Facts>): string {
  return violationsOf({ ...good, ...changes })
    .map(({ what }) => what)
    .join('; ');
}

test('a payment that went well breaks no rule', () => {
  assert.equal(found({}), '');
});

test('money that moved otherwise than it was told', () => {
  assert.match(found({ ledger: [moved(), moved('A', 'P2')] }), /was charged 2 times/);
  assert.match(found({ ledger: [] }), /terminal moved nothing/);
  assert.match(found({ told: [told('declined')] }), /told declined in 1\.1, but is approved/);
  const declined = { journal: [row({ outcome: 'declined' })], told: [told('declined')] };
  assert.equal(found({ ...declined, ledger: [] }), '');
  assert.match(found(declined), /is declined in the journal, and the terminal moved 10\.00/);
  assert.match(found({ journal: [row({ outcome: 'reversed' })], told: [told('aborted')] }), /its reversal says else/);
  assert.match(found({ ledger: [moved(), moved('B', 'P2')] }), /moved money, and the journal does not know it/);
  const less = told('approved');
  assert.match(found({ told: [{ ...less, payload: { ...less.payload, amount: '9.00' } as PaymentPayload }] }), /9\.00/);
});

test('what was told too often, never, to the wrong one, or in the wrong order', () => {
  assert.match(found({ told: [told('approved'), told('approved', { seq: 2 })] }), /was told twice/);
  assert.match(found({ told: [] }), /was never told/);
  assert.equal(found({ told: [], kills: [NOW + 500] }), '');
  assert.match(found({ told: [told('approved', { ask: 7 })] }), /answers ask 7/);
  const { ask: _, ...toNobody } = told('approved');
  assert.match(found({ told: [toNobody] }), /to nobody in 1\.1/);
  assert.match(found({ told: [told('approved'), told('not_started', { run: 2 })] }), /approved, not_started/);
  assert.match(found({ told: [told('not_started'), told('approved', { run: 2 })] }), /asked for once/);
  assert.match(found({ journal: [row({ state: 'unresolved' })] }), /is still unresolved/);
});

test('what was sent to the terminal against the rules', () => {
  assert.match(found({ seen: [payment('2'), payment('2')] }), /ServiceID 2 was sent twice/);
  assert.match(found({ journal: [], ledger: [], told: [] }), /sent without an intent/);
  const open = payment('2', { answered: false });
  assert.match(found({ seen: [open, seen('Login', '3')] }), /Login 3 went out before 2 was asked about/);
  assert.match(found({ seen: [open, payment('3')] }), /Payment 3 went out before 2 was asked about/);
  const asked = seen('TransactionStatus', '3', { about: '2' });
  assert.equal(found({ seen: [open, asked, seen('Login', '4'), payment('5')] }), '');
});

test('card numbers, and what only looks like one', () => {
  assert.deepEqual(cardNumbersIn(`{"x":"${LEAKED_PAN}"}`, NOW), [LEAKED_PAN]);
  assert.deepEqual(cardNumbersIn(`516815******9659 ${NOW} 4929420573595708 1${LEAKED_PAN}000`, NOW), []);
});
