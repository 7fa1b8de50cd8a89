/** A transactionId is charged on one terminal: what a terminal that was chosen by its name has to wait for. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TransactionRecord } from '../../lib/session/record.ts';
import { type RunningTerminal, TransactionOwners } from '../../lib/terminal/transaction-owners.ts';

/** What its journal has, by transactionId, or why it cannot be read. */
type Rows = Record<string, Partial<TransactionRecord>> | Error;

class Till {
  readonly config: { terminal: string };
  rows: Rows;
  lookups = 0;

  constructor(name: string, rows: Rows = {}) {
    this.config = { terminal: name };
    this.rows = rows;
  }

  async journal() {
    this.lookups++;
    const { rows } = this;
    if (rows instanceof Error) throw rows;
    return { find: async (transactionId: string) => rows[transactionId] as TransactionRecord | undefined };
  }
}

function tills(a: Rows, b: Rows) {
  const kept = { a: { terminal: new Till('a', a) }, b: { terminal: new Till('b', b) } };
  return { ...kept, assignments: new TransactionOwners(() => Object.values(kept)) };
}

const unsure = { code: 'transaction_unsure', message: /journal of terminal b cannot be read: nothing was sent\. disk/ };
const elsewhere = { code: 'transaction_elsewhere', path: 'payload.transactionId' };

describe('a terminal that was chosen by its name', () => {
  it('waits for nothing where it is the only one, or all keep one journal', () => {
    const alone: RunningTerminal = { terminal: new Till('a') };
    const shared = ['a', 'b', 'c'].map((name) => ({ terminal: new Till(name), journal: 'shared' }));
    const [first = assert.fail()] = shared;
    assert.equal(new TransactionOwners(() => [{ ...alone }]).claim('X', alone), undefined);
    assert.equal(new TransactionOwners(() => shared).claim('X', { ...first }), undefined);
    assert.deepEqual(
      shared.map(({ terminal }) => terminal.lookups),
      [0, 0, 0],
    );
  });

  it('charges what no other journal has, and what its own has', async () => {
    const { assignments, a, b } = tills({ own: { terminal: 'a', outcome: 'approved' } }, {});
    await assignments.claim('new', a);
    await assignments.claim('own', a);
    await assert.rejects(async () => assignments.claim('own', b), elsewhere);
    await assert.rejects(async () => assignments.claim('new', b), elsewhere);
  });

  it('charges nothing that another one has', async () => {
    const { assignments, a } = tills({}, { X: { terminal: 'b', outcome: 'not_started' } });
    await assert.rejects(async () => assignments.claim('X', a), elsewhere);
    await assert.rejects(async () => assignments.claim('X', a), elsewhere);
  });

  it('charges nothing new while another journal cannot be read; then it may be tried again', async () => {
    const { assignments, a, b } = tills({ own: { terminal: 'a' } }, new Error('disk'));
    await assert.rejects(async () => assignments.claim('X', a), unsure);
    await assignments.claim('own', a);
    b.terminal.rows = {};
    await assignments.claim('X', a);
  });

  it('says by itself that its own journal cannot be read', async () => {
    const { assignments, a } = tills(new Error('disk'), {});
    await assert.doesNotReject(async () => assignments.claim('X', a));
  });

  it('takes what two came for at the same moment once, also where the first one gave up', async () => {
    const { assignments, a, b } = tills({}, {});
    const ends = await Promise.allSettled([assignments.claim('X', a), assignments.claim('X', b)]);
    assert.deepEqual(
      ends.map(({ status }) => status),
      ['fulfilled', 'rejected'],
    );
    assignments.note('Y', Promise.reject(new Error('given up')));
    const again = await Promise.allSettled([assignments.claim('Y', a), assignments.claim('Y', b)]);
    assert.deepEqual(
      again.map(({ status }) => status),
      ['fulfilled', 'rejected'],
    );
  });
});

it('of two that have a transaction, the one that may have charged has it', async () => {
  const two = tills(
    { X: { terminal: 'a', outcome: 'not_started' }, Y: { terminal: 'a', outcome: 'approved' } },
    { X: { terminal: 'b', outcome: 'approved' }, Y: { terminal: 'b', outcome: 'not_started' } },
  );
  assert.equal(await two.assignments.find('X', { own: two.a, unsure: 'transaction_unsure' }), 'b');
  assert.equal(await two.assignments.find('Y', { own: two.b, unsure: 'transaction_unsure' }), 'a');
});
