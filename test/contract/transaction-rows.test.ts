import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseFulfilment, parseReversal } from '../../lib/contract/reversal-input.ts';
import { parseRuling } from '../../lib/contract/ruling-input.ts';
import { rowOf, totalsOf } from '../../lib/contract/transaction-rows.ts';
import { MemoryJournal } from '../../lib/journal/memory.ts';
import { swedbankPay } from '../../lib/protocol/profiles/swedbank-pay.ts';
import { newRecord, type TransactionRecord } from '../../lib/session/record.ts';
import { rule } from '../../lib/terminal/ruling.ts';
import type { Terminal } from '../../lib/terminal/terminal.ts';

const order = { transactionId: 'A', amount: 8900, currency: 'SEK', cashBack: 0, paymentType: 'Normal' } as const;

function record(changes: Partial<TransactionRecord>): TransactionRecord {
  return { ...newRecord(order, '1/POI', 'node1', { ms: 0, offset: 0 }), ...changes };
}

const reversal = {
  serviceId: '7',
  attempts: 1,
  reason: 'Malfunction',
  cause: 'fulfilment',
  before: 'partial',
} as const;

describe('a row', () => {
  it('is unresolved until it is certain, and says so', () => {
    for (const state of ['intent', 'sent', 'unresolved', 'reverse', 'reversing'] as const) {
      const row = rowOf(record({ state, outcome: 'approved', authorized: 8900 }), swedbankPay);
      assert.deepEqual([row.outcome, row.amount, row.error?.condition], ['unresolved', null, 'InProgress'], state);
    }
  });

  it('has its outcome once that counts', () => {
    const held = rowOf(
      record({ state: 'held', hold: 'fulfilment', outcome: 'approved', authorized: 8900 }),
      swedbankPay,
    );
    assert.deepEqual([held.outcome, held.amount, held.error?.condition], ['approved', '89.00', 'Held']);
    const ruling = { by: 'Eva', outcome: 'declined', at: 1000 } as const;
    const ruled = rowOf(record({ state: 'ruled', outcome: 'declined', ruling }), swedbankPay);
    assert.deepEqual(ruled.ruling, { by: 'Eva', outcome: 'declined', at: '1970-01-01T00:00:01.000Z' });
    const back = rowOf(record({ state: 'closed', outcome: 'reversed', authorized: 9000, reversal }), swedbankPay);
    assert.deepEqual([back.outcome, back.amount, back.requested, back.reversed], ['reversed', '90.00', '89.00', true]);
  });
});

describe('totals', () => {
  const sum = { day: 0, terminal: 'T', kind: 'payment', currency: 'SEK', count: 1, amount: 100, authorized: 0 };
  const outcomes = (sums: Parameters<typeof totalsOf>[0]) =>
    totalsOf(sums).map(({ day, outcome, count, amount, requested }) => [day, outcome, count, amount, requested]);

  it('put together what belongs together: parts of a day, and states that mean the same to a shop', () => {
    const approved = { ...sum, state: 'closed', outcome: 'approved', authorized: 110 };
    assert.deepEqual(
      outcomes([
        approved,
        { ...approved, state: 'held' },
        { ...approved, state: 'ruled' },
        { ...approved, state: 'reversing' },
        { ...sum, state: 'sent' },
        approved,
        { ...approved, day: 1 },
      ]),
      [
        ['1970-01-01', 'approved', 4, '4.40', '4.00'],
        ['1970-01-01', 'unresolved', 2, null, '2.00'],
        ['1970-01-02', 'approved', 1, '1.10', '1.00'],
      ],
    );
  });
});

describe('a ruling', () => {
  const asked: object[] = [];
  const terminal = {
    config: { terminal: '1/POI' },
    ask: async (question: object) => void asked.push(question),
  } as unknown as Terminal;
  const ruled = async (changes: Partial<TransactionRecord>, outcome: string) => {
    asked.length = 0;
    const journal = new MemoryJournal<TransactionRecord>();
    const row = record(changes);
    const { handle } = await journal.open(row.terminal, { reserve: 1, seed: 1 });
    await handle.put(row);
    await rule(terminal, journal, parseRuling({ transactionId: 'A', outcome, by: ' Eva ' }, 'payload'));
    return asked;
  };
  const about = { type: 'rule', transactionId: 'A', by: 'Eva' };
  const wrong = { code: 'invalid_ruling', path: 'payload.ruling.outcome' };

  it('on a payment: approved or declined', async () => {
    assert.deepEqual(await ruled({ state: 'unresolved' }, 'approved'), [{ ...about, outcome: 'approved' }]);
    assert.deepEqual(await ruled({ state: 'unresolved' }, 'declined'), [{ ...about, outcome: 'declined' }]);
    await assert.rejects(ruled({ state: 'unresolved' }, 'reversed'), wrong);
    assert.deepEqual(asked, []);
  });

  it('on its reversal: reversed, or what it was before', async () => {
    assert.deepEqual(await ruled({ state: 'reversing', reversal }, 'reversed'), [{ ...about, outcome: 'reversed' }]);
    assert.deepEqual(await ruled({ state: 'reversing', reversal }, 'approved'), [{ ...about, outcome: 'partial' }]);
    await assert.rejects(ruled({ state: 'reversing', reversal }, 'declined'), wrong);
    assert.deepEqual(asked, []);
  });

  it('on what is certain: nothing', async () => {
    for (const state of ['closed', 'ruled'] as const) {
      await assert.rejects(ruled({ state, outcome: 'approved' }, 'declined'), { code: 'not_unresolved' });
    }
    await assert.rejects(ruled({ terminal: '1/OTHER' }, 'declined'), { code: 'transaction_elsewhere' });
    assert.deepEqual(asked, []);
  });
});

describe('which payment a message is about', () => {
  it('says its payload before what came along with it', () => {
    const nexo = { transactionId: 'along' };
    assert.deepEqual(parseFulfilment({ payload: true, nexo }), { transactionId: 'along', delivered: true });
    const named = { transactionId: 'named', delivered: false };
    assert.deepEqual(parseFulfilment({ payload: named, nexo }), named);
    assert.deepEqual(parseReversal({ payload: { transactionId: 4711 }, nexo }), { transactionId: '4711' });
    assert.deepEqual(parseReversal({ nexo }), { transactionId: 'along' });
    assert.deepEqual(parseReversal({ payload: {} }, 'last'), {});
    assert.deepEqual(parseReversal({ payload: '' }, 'last'), {});
    assert.deepEqual(parseReversal({ payload: { poiTransaction: { id: '1' } }, nexo }), {
      poiTransaction: { id: '1' },
    });
  });
});
