import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JournalError } from '../../lib/journal/errors.ts';
import type { TerminalJournal } from '../../lib/journal/journal.ts';
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

/** What a call resolves with, or the code it is rejected with. */
function outcome(call: Promise<unknown>): Promise<unknown> {
  return call.catch((error: JournalError) => error.code);
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
  const handles = new Map<string, TerminalJournal<TransactionRecord>[]>(TERMINALS.map((terminal) => [terminal, []]));
  const open = async (terminal: string, options: { reserve: number; seed: number }) => {
    const { handle, ...found } = await journal.open(terminal, options);
    handles.get(terminal)?.push(handle);
    assert.deepEqual(ask({ type: 'open', terminal, ...options }), { epoch: handle.epoch, ...found });
  };
  for (const terminal of TERMINALS) await open(terminal, { reserve: 10, seed: 5 });
  for (let i = 0; i < 2_000; i++) {
    const one = record(random, random.pick(STATES), random.pick(OUTCOMES));
    const { transactionId, terminal } = one;
    const opened = handles.get(terminal) ?? [];
    const handle = (random.chance(0.1) ? opened.at(-2) : undefined) ?? opened.at(-1);
    assert.ok(handle);
    const { epoch } = handle;
    const kind = random.pick(['begin', 'put', 'put', 'delivered', 'find', 'reserve', 'open']);
    if (kind === 'begin')
      assert.deepEqual(ask({ type: 'begin', epoch, row: rowOf(one) }), await outcome(handle.begin(one)));
    else if (kind === 'put')
      assert.deepEqual(ask({ type: 'put', epoch, row: rowOf(one) }), await outcome(handle.put(one)));
    else if (kind === 'reserve') {
      assert.deepEqual(ask({ type: 'reserve', epoch, terminal, count: 3 }), await outcome(handle.reserve(3)));
    } else if (kind === 'open') await open(terminal, { reserve: 7, seed: random.between(1, 5_000) });
    else if (kind === 'find') {
      assert.deepEqual(ask({ type: 'find', transactionId }), await journal.find(transactionId));
    } else {
      const marked = await outcome(handle.delivered(transactionId));
      assert.deepEqual(ask({ type: 'delivered', epoch, terminal, transactionId }), marked);
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
    for (const terminal of TERMINALS) model.submit({ type: 'open', terminal, reserve: 1, seed: 1 }, () => undefined);
    while (scheduler.step());
    const put = (id: string) => {
      const row = rowOf({ ...record(new Random(1), 'sent', 'approved'), transactionId: id });
      model.submit({ type: 'put', epoch: 1, row }, () => heard.push(id));
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
