import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Memory, MemoryJournal } from '../../lib/journal/memory.ts';
import type { Outcome, RecordState, TransactionRecord } from '../../lib/session/record.ts';
import { Random } from '../support/random.ts';
import { JournalModel, type Operation, rowOf } from './journal.ts';
import { Scheduler } from './scheduler.ts';

const TERMINALS = ['1/T0', '1/T1'] as const;
const STATES = ['intent', 'sent', 'unresolved', 'held', 'reversing', 'ruled', 'closed', 'closed'] as const;
const OUTCOMES = ['approved', 'declined', 'not_started'] as const;

function record(random: Random, state: RecordState, outcome: Outcome): TransactionRecord {
  return {
    transactionId: `t${random.between(0, 12)}`,
    terminal: random.pick(TERMINALS),
    kind: 'payment',
    state,
    ...(state === 'closed' && { outcome }),
    serviceId: String(random.between(1, 1_000)),
    attempts: 1,
    answered: random.chance(0.5),
    paymentType: 'Normal',
    amount: 100,
    currency: 'SEK',
    cashBack: 0,
    saleTimestamp: '',
    node: random.pick(['node1', 'node2']),
    createdAt: 1,
    updatedAt: 1,
  };
}

test('the model of the journal answers as the journal does', async (t) => {
  const seed = Date.now() % 1_000_000;
  t.diagnostic(`seed ${seed}`);
  const random = new Random(seed);
  const scheduler = new Scheduler();
  const model = new JournalModel({
    after: (ms, fire) => scheduler.after(ms, fire),
    commitTime: () => 1,
    coin: () => false,
    committed: () => undefined,
    boundary: () => false,
  });
  const journal = new MemoryJournal<TransactionRecord>(new Memory());
  const ask = (operation: Operation): unknown => {
    let value: unknown;
    model.submit(operation, (answer) => {
      value = answer.ok ? answer.value : answer.code;
    });
    while (scheduler.step());
    return value;
  };
  for (const terminal of TERMINALS) {
    assert.deepEqual(
      ask({ type: 'open', terminal, reserve: 10, seed: 5 }),
      await journal.open(terminal, { reserve: 10, seed: 5 }),
    );
  }
  for (let i = 0; i < 2_000; i++) {
    const one = record(random, random.pick(STATES), random.pick(OUTCOMES));
    const { transactionId } = one;
    const terminal = random.pick(TERMINALS);
    const kind = random.pick(['begin', 'put', 'put', 'delivered', 'find', 'reserve', 'open']);
    if (kind === 'begin') assert.deepEqual(ask({ type: 'begin', row: rowOf(one) }), await journal.begin(one));
    else if (kind === 'put') assert.deepEqual(ask({ type: 'put', row: rowOf(one) }), await journal.put(one));
    else if (kind === 'reserve') {
      assert.deepEqual(ask({ type: 'reserve', terminal, count: 3 }), await journal.reserve(terminal, 3));
    } else if (kind === 'open') {
      const options = { reserve: 7, seed: random.between(1, 5_000) };
      assert.deepEqual(ask({ type: 'open', terminal, ...options }), await journal.open(terminal, options));
    } else if (kind === 'find') {
      assert.deepEqual(ask({ type: 'find', transactionId }), await journal.find(transactionId));
    } else {
      ask({ type: 'delivered', transactionId });
      await journal.delivered(transactionId);
    }
  }
});

test('a kill loses what is not durable, and nothing else', () => {
  for (const durable of [true, false]) {
    const scheduler = new Scheduler();
    const model = new JournalModel({
      after: (ms, fire) => scheduler.after(ms, fire),
      commitTime: () => 10,
      coin: () => durable,
      committed: () => undefined,
      boundary: () => false,
    });
    const heard: string[] = [];
    const put = (id: string) => {
      const row = rowOf({ ...record(new Random(1), 'sent', 'approved'), transactionId: id });
      model.submit({ type: 'put', row }, () => heard.push(id));
    };
    put('kept');
    while (scheduler.step());
    put('under way');
    scheduler.step();
    put('waiting');
    model.kill();
    while (scheduler.step());
    assert.deepEqual(heard, ['kept']);
    assert.deepEqual([...model.rows.keys()], durable ? ['kept', 'under way'] : ['kept']);
  }
});
