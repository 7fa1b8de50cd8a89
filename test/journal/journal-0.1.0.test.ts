/** A journal that version 0.1.0 left behind: this version opens it, finds every row, and resolves what is open. */
import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openJournal, type SqliteJournal } from '../../lib/journal/sqlite/sqlite-journal.ts';
import type { TransactionRecord } from '../../lib/session/record.ts';
import { Terminal } from '../../lib/terminal/terminal.ts';
import { VirtualTransport } from '../../lib/transport/virtual.ts';
import { openStore } from '../../lib/virtual/store.ts';
import { VirtualTerminals } from '../../lib/virtual/virtual-terminals.ts';
import { config } from '../support/session-driver.ts';
import { folderFor } from './rows.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures/journal-0.1.0');
const TIMEOUTS = {
  response: 100,
  polls: [10],
  proofGap: 20,
  proofSpan: 50,
  proofFloor: 100,
  pollSlow: 20,
  busyLogin: [5],
};
const NOT_CLOSED = ['intent', 'sent', 'unresolved', 'held', 'reverse', 'reversing', 'ruled'];

/** Terminal, transactionId, kind, state, outcome and minor units authorised, oldest first. */
const ROWS = [
  '1/CLOSED approved payment closed approved 8900',
  '1/CLOSED declined payment closed declined -',
  '1/CLOSED aborted payment closed aborted -',
  '1/CLOSED partial payment closed partial 2500',
  '1/CLOSED tip payment closed approved 5509',
  '1/CLOSED notstarted payment closed not_started -',
  '1/CLOSED refund refund closed approved 2000',
  '1/CLOSED apm payment closed approved 6008',
  '1/CLOSED apmrefund refund closed approved 1000',
  '1/CLOSED reversed payment closed reversed 3000',
  '1/CLOSED fulfilled payment closed approved 3100',
  '1/CLOSED undelivered payment closed approved 3200',
  '1/MOVED before payment closed approved 3300',
  '1/GOODS goods payment held approved 3400',
  '1/SIGN sign payment held approved 3505',
  '1/SENT sent payment sent - -',
  '1/UNRESOLVED unresolved payment unresolved - -',
  '1/LOST lostbefore payment closed approved 3800',
  '1/LOST lost payment unresolved - -',
  '1/RULED ruled payment ruled approved 4000',
  '1/REVERSING reversing payment reversing approved 4100',
  '1/REVERSE reverse payment reverse approved 4200',
  '1/INTENT intent payment intent - -',
];

/** What the flow gets at the start, and how what was open ends: terminal, transactionId, outcome. */
const DELIVERED = [
  '1/CLOSED undelivered approved',
  '1/GOODS goods approved',
  '1/INTENT intent not_started',
  '1/LOST lost not_started',
  '1/REVERSE reverse reversed',
  '1/REVERSING reversing reversed',
  '1/RULED ruled approved',
  '1/SENT sent approved',
  '1/SIGN sign approved',
  '1/UNRESOLVED unresolved approved',
];

function describe({ terminal, transactionId, kind, state, outcome, authorized }: TransactionRecord): string {
  return [terminal, transactionId, kind, state, outcome ?? '-', authorized ?? '-'].join(' ');
}

/** Copies of the files, and their journal. */
async function opened(t: TestContext) {
  const folder = folderFor(t);
  for (const name of ['journal.sqlite', 'virtual-terminals.jsonl'])
    copyFileSync(join(FIXTURES, name), join(folder, name));
  const open = () => openJournal<TransactionRecord>({ file: join(folder, 'journal.sqlite'), retentionDays: 0 });
  return { folder, open };
}

async function rows(journal: SqliteJournal<TransactionRecord>): Promise<TransactionRecord[]> {
  return (await journal.query({ limit: 100 })).reverse();
}

test('every row is found, with all that it had', async (t) => {
  const { open } = await opened(t);
  const journal = await open();
  assert.deepEqual((await rows(journal)).map(describe), ROWS);
  const approved = await journal.find('approved');
  assert.deepEqual(JSON.parse(approved?.context ?? ''), { order: 4711, å: ['✓'] });
  assert.equal(approved?.response?.PaymentResponse?.Response.Result, 'Success');
  const apm = (await journal.find('apm'))?.apmReference ?? '';
  assert.deepEqual(
    (await journal.findByApmReference(apm)).map(({ transactionId }) => transactionId),
    ['apm', 'apmrefund'],
  );
  const totals = await journal.totals({ from: 0, to: Number.MAX_SAFE_INTEGER, offsetMinutes: 60 });
  assert.equal(
    totals.reduce((sum, { count }) => sum + count, 0),
    ROWS.length,
  );
  await journal.close();
});

test('every terminal has its ServiceIDs, its last transaction and its location', async (t) => {
  const { open } = await opened(t);
  const journal = await open();
  const moved = await journal.open('1/MOVED', { reserve: 1, seed: 1 });
  const { serial, ...location } = moved.location ?? {};
  assert.deepEqual(location, { address: '10.0.0.7:11000', insteadOf: 'till.local:11000' });
  assert.match(serial ?? '', /^\d+$/);
  const { last, serviceIds, undelivered } = await journal.open('1/CLOSED', { reserve: 1, seed: 1 });
  assert.equal(last?.transactionId, 'undelivered');
  assert.deepEqual(
    undelivered.map(({ transactionId }) => transactionId),
    ['undelivered'],
  );
  for (const row of await rows(journal)) assert.ok(row.serviceId === '' || Number(row.serviceId) < serviceIds.next);
  await journal.close();
});

/** Starts a terminal whose flows confirm goods and signatures, and notes each final outcome. */
function start(name: string, devices: VirtualTerminals, journal: () => Promise<SqliteJournal<TransactionRecord>>) {
  const poiId = name.split('/')[1] ?? '';
  const terminal = new Terminal({
    config: { ...config, terminal: name, poiId, signature: 'listener' },
    timeouts: TIMEOUTS,
    transport: new VirtualTransport(devices),
    journal,
    onAlarm: (record) => assert.fail(`${record.transactionId} contradicts its ruling`),
    onError: (error) => assert.fail(error),
  });
  const outcomes = new Set<string>();
  const failed = (error: Error) => assert.fail(error);
  terminal.notifications.listen(({ replyId }) => {
    if (replyId !== undefined) terminal.reply(replyId, true).catch(failed);
  });
  for (const node of ['payment-node', 'reversal-node', 'fulfil-node']) {
    const outcome = (record: TransactionRecord, final: boolean) => {
      const { transactionId, state } = record;
      if (state === 'held') terminal.fulfil(transactionId, true, node, { outcome, failed });
      if (final) outcomes.add(`${name} ${transactionId} ${record.outcome}`);
    };
    terminal.subscribe(node, { outcome, failed });
  }
  return { terminal, outcomes };
}

test('what is open is resolved at the terminals, and nothing is left behind', { timeout: 60_000 }, async (t) => {
  const { folder, open } = await opened(t);
  const journal = await open();
  const store = openStore(join(folder, 'virtual-terminals.jsonl'));
  const devices = new VirtualTerminals({ store, delay: 0 });
  t.after(() => {
    devices.close();
    store.close();
  });
  const names = [...new Set((await rows(journal)).map(({ terminal }) => terminal))];
  const started = names.map((name) => start(name, devices, open));
  // As a first payment does; a ruling is checked against the terminal only while logged in.
  await Promise.all(started.map(({ terminal }) => terminal.ask({ type: 'login' })));
  const delivered = () => started.flatMap(({ outcomes }) => [...outcomes]).sort();
  const isOver = async () => {
    // Read before the rows: an outcome is marked as delivered after it was, and before the journal answers.
    const count = delivered().length;
    return (await journal.query({ states: NOT_CLOSED, limit: 1 })).length === 0 && count >= DELIVERED.length;
  };
  while (!(await isOver()));
  await Promise.all(started.map(({ terminal }) => terminal.close()));
  assert.deepEqual(delivered(), DELIVERED);
  assert.ok((await rows(journal)).every(({ state }) => state === 'closed'));
  for (const name of names) {
    const { unfinished, undelivered } = await journal.open(name, { reserve: 1, seed: 1 });
    assert.deepEqual([unfinished, undelivered], [[], []], name);
  }
  await journal.close();
});
