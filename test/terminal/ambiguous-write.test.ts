/** A disk that fails after it took a write: the result that flows get and the one that the next start finds agree. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { JournalError } from '../../lib/journal/errors.ts';
import { openJournal, type SqliteJournal } from '../../lib/journal/sqlite/sqlite-journal.ts';
import type { TransactionRecord } from '../../lib/session/record.ts';
import { Till } from '../support/till.ts';

const FAILING = new URL('../journal/failing-commit-worker.ts', import.meta.url);
/** See failing-commit-worker.ts. */
const faults = {
  'after it wrote': 'FAIL-AFTER',
  'before it wrote': 'FAIL-BEFORE',
  'and does not say when': 'FAIL-FOR-GOOD',
};

async function opened(t: TestContext) {
  const till = new Till(t).start();
  assert.equal(await till.outcome('89.00', 'P'), 'approved');
  return till.restart({ journal: { worker: FAILING } });
}

/** The state of a transaction in the file, once the till is stopped. */
async function stateOf(till: Till, transactionId: string): Promise<string | undefined> {
  const journal: SqliteJournal<TransactionRecord> = await openJournal({ file: till.file, retentionDays: 0 });
  const row = await journal.find(transactionId);
  await journal.close();
  return row && `${row.state} ${row.outcome}`;
}

test('the intent of a reversal that the disk took: reversed, and told so', async (t) => {
  const till = await opened(t);
  await till.terminal.ask({ type: 'login' });
  const fail = await till.terminal.journal();
  await assert.rejects(fail.find(`next commit: ${faults['after it wrote']}`));
  const reversed = await till.reverse('P');
  assert.equal(typeof reversed === 'string' ? reversed : reversed.outcome, 'reversed');
  await till.restart();
  await till.terminal.ask({ type: 'login' });
  assert.deepEqual(till.requests, ['Payment', 'Reversal']);
});

test('the intent of a reversal that the disk did not take: not reversed, for good', async (t) => {
  const till = await opened(t);
  await till.terminal.ask({ type: 'login' });
  const fail = await till.terminal.journal();
  await assert.rejects(fail.find(`next commit: ${faults['before it wrote']}`));
  const stands = await till.reverse('P');
  assert.ok(typeof stands !== 'string' && stands.outcome === 'approved');
  await till.restart();
  await till.terminal.ask({ type: 'login' });
  assert.deepEqual(till.requests, ['Payment']);
});

test('the intent of a reversal of which nothing can be known: no outcome until the disk says so', async (t) => {
  const till = await opened(t);
  await till.terminal.ask({ type: 'login' });
  const fail = await till.terminal.journal();
  await assert.rejects(fail.find(`next commit: ${faults['and does not say when']}`));
  let told = false;
  const stands = till.reverse('P').finally(() => {
    told = true;
  });
  // Answered after the intent's write, and after it was read back.
  for (let i = 0; i < 5; i++) await fail.find('anything');
  assert.equal(told, false);
  await assert.rejects(fail.find('next commit: WORKS'));
  const record = await stands;
  assert.ok(typeof record !== 'string' && record.outcome === 'approved');
  await till.stop();
  assert.equal(await stateOf(till, 'P'), 'closed approved');
  await till.start().terminal.ask({ type: 'login' });
  assert.deepEqual(till.requests, ['Payment']);
});

test('a payment that the disk took goes on; one that it did not is not started', async (t) => {
  const till = await opened(t);
  await till.terminal.ask({ type: 'login' });
  const fail = await till.terminal.journal();
  await assert.rejects(fail.find(`next commit: ${faults['after it wrote']}`));
  assert.equal(await till.outcome('1.00', 'A'), 'approved');
  await assert.rejects(fail.find(`next commit: ${faults['before it wrote']}`));
  assert.equal(await till.outcome('1.00', 'B'), 'not_started');
  await assert.rejects(fail.find(`next commit: ${faults['and does not say when']}`));
  assert.equal(await till.outcome('1.00', 'C'), 'journal_unreadable');
  await assert.rejects(fail.find('next commit: WORKS'), (error: JournalError) => error.code === 'journal_failed');
  await till.stop();
  assert.equal(await stateOf(till, 'B'), undefined);
  assert.equal(await stateOf(till, 'C'), undefined);
  assert.deepEqual(till.requests, ['Payment', 'Payment']);
});
