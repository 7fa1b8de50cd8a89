import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openDatabase } from '../../lib/journal/sqlite/database-file.ts';
import { MIGRATIONS, migrate, versionOf } from '../../lib/journal/sqlite/database-schema.ts';
import { loadSqlite } from '../../lib/journal/sqlite/node-sqlite.ts';
import { RowStore } from '../../lib/journal/sqlite/row-store.ts';
import { SqliteJournal } from '../../lib/journal/sqlite/sqlite-journal.ts';
import type { Operation, SnapshotTexts } from '../../lib/journal/sqlite/worker-operations.ts';
import { closedRow, folderFor, type TestRow } from './rows.ts';

function storeFor(t: TestContext) {
  const file = join(folderFor(t), 'journal.sqlite');
  const database = openDatabase(file);
  t.after(() => database.close());
  const store = new RowStore(database, file);
  store.run([['open', 'A', 1, 1]]);
  return { database, store };
}

function begin(id: string, amount = 1, json = '{}'): Operation {
  return ['begin', 1, id, 'A', 'payment', 'intent', null, '1', amount, 'SEK', 'n', 1, 1, json, 0, null, null, 1, 1];
}

test('a constraint fails one operation, the others of its commit are kept', (t) => {
  const { store } = storeFor(t);
  const { committed, exceptions } = store.run([
    begin('T1'),
    begin('T2', 0.5),
    ['reserve', 1, 'X', 1],
    begin('T1'),
    begin('T3'),
  ]);
  assert.equal(committed, true);
  assert.deepEqual(
    exceptions.map(([index, value, fault]) => [index, value, fault?.code]),
    [
      [1, undefined, 'journal_failed'],
      [2, undefined, 'journal_stale'],
      [3, '{}', undefined],
    ],
  );
  const found = store.run([
    ['find', 'T1'],
    ['find', 'T2'],
    ['find', 'T3'],
  ]);
  assert.deepEqual(found, {
    committed: false,
    exceptions: [
      [0, '{}'],
      [2, '{}'],
    ],
  });
});

test('disk full: nothing of the commit is kept, reads are answered, and it works again when there is room', (t) => {
  const { database, store } = storeFor(t);
  store.run([begin('T0', 1, '"kept"')]);
  const pages = Number(database.prepare('PRAGMA page_count').get()?.page_count);
  database.exec(`PRAGMA max_page_count = ${pages + 2}`);
  const big = begin('T2', 1, 'x'.repeat(20_000));
  for (let attempt = 0; attempt < 3; attempt++) {
    const { committed, exceptions } = store.run([begin('T1'), big, ['find', 'T0'], ['find', 'T1']]);
    assert.equal(committed, false);
    assert.deepEqual(
      exceptions.map(([index, value, fault]) => [index, value, fault?.code]),
      [
        [0, undefined, 'journal_full'],
        [1, undefined, 'journal_full'],
        [2, '"kept"', undefined],
      ],
    );
    assert.match(exceptions[0]?.[2]?.message ?? '', /journal\.sqlite cannot grow: the disk is full\. Free some space/);
  }
  database.exec('PRAGMA max_page_count = 100000');
  assert.deepEqual(store.run([begin('T1'), big]), { committed: true, exceptions: [] });
});

test('write protection: journal_readonly for as long as it lasts', (t) => {
  const { database, store } = storeFor(t);
  database.exec('PRAGMA query_only = ON');
  assert.equal(store.run([begin('T1')]).exceptions[0]?.[2]?.code, 'journal_readonly');
  assert.equal(store.run([begin('T1'), begin('T2')]).exceptions[1]?.[2]?.code, 'journal_readonly');
  database.exec('PRAGMA query_only = OFF');
  assert.deepEqual(store.run([begin('T1')]), { committed: true, exceptions: [] });
});

test('every commit reaches the disk: WAL, synchronous FULL, exclusive', (t) => {
  const { database } = storeFor(t);
  const pragma = (name: string) => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  assert.deepEqual([pragma('journal_mode'), pragma('synchronous'), pragma('locking_mode')], ['wal', 2, 'exclusive']);
});

test('lookups and the reading at start use an index', (t) => {
  const { database } = storeFor(t);
  const plan = (sql: string) => String(database.prepare(`EXPLAIN QUERY PLAN ${sql}`).get()?.detail);
  const where = 'SELECT json FROM transactions WHERE';
  assert.match(plan(`${where} terminal = ? AND (state <> 'closed' OR delivered = 0)`), /INDEX open/);
  assert.match(plan(`${where} terminal = ? AND closed IS NOT NULL ORDER BY closed DESC`), /INDEX byClosed/);
  assert.match(plan(`${where} state = 'closed' AND delivered = 1 AND keptSince < ?`), /INDEX expiring/);
  const made = 'createdAt >= ? AND createdAt < ? AND terminal = coalesce(?, terminal)';
  assert.match(plan(`${where} ${made} ORDER BY createdAt DESC, seq DESC LIMIT ?`), /INDEX byCreated \(createdAt>/);
  const totals = 'SELECT kind, currency, state, outcome, sum(amount), sum(authorized) FROM transactions';
  assert.match(plan(`${totals} WHERE ${made.replaceAll('createdAt', 'countedAt')}`), /COVERING INDEX byCounted/);
});

test('a journal from before amounts were authorised: approved rows count with what was asked for', () => {
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(':memory:');
  migrate(database, MIGRATIONS.slice(0, 1));
  for (const [id, outcome] of [
    ['T1', "'approved'"],
    ['T2', "'declined'"],
    ['T3', 'NULL'],
  ]) {
    database.exec(`INSERT INTO transactions (transactionId, terminal, kind, state, outcome, serviceId, amount, currency,
      node, createdAt, updatedAt, json, answered) VALUES ('${id}', 'A', 'payment', 'closed', ${outcome}, '1', 8900,
      'SEK', 'n', 1, 1, '{}', 1)`);
  }
  migrate(database);
  const rows = database.prepare('SELECT authorized FROM transactions ORDER BY transactionId').all();
  assert.deepEqual(
    rows.map(({ authorized }) => authorized),
    [8900, null, null],
  );
});

test('a journal from before terminals were followed: its terminals are at no known place, and can be given one', () => {
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(':memory:');
  migrate(database, MIGRATIONS.slice(0, 2));
  database.exec("INSERT INTO terminals VALUES ('A', 7)");
  migrate(database);
  const store = new RowStore(database, 'file');
  const opened = () => store.run([['open', 'A', 10, 1]]).exceptions[0]?.[1];
  assert.deepEqual(opened(), {
    epoch: 1,
    unfinished: [],
    undelivered: [],
    last: undefined,
    next: 7,
    end: 17,
    location: undefined,
  });
  store.run([['putLocation', 1, 'A', '{"serial":"1"}']]);
  assert.equal((opened() as SnapshotTexts).location, '{"serial":"1"}');
  store.close();
});

test('a journal from before handles had epochs: its terminals keep their location, and count from the next open', () => {
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(':memory:');
  migrate(database, MIGRATIONS.slice(0, 4));
  database.exec(`INSERT INTO terminals (terminal, nextServiceId, place) VALUES ('A', 7, '{"serial":"1"}')`);
  migrate(database);
  const store = new RowStore(database, 'file');
  const open = () => store.run([['open', 'A', 10, 1]]).exceptions[0]?.[1] as SnapshotTexts;
  const { epoch, location, next } = open();
  assert.deepEqual([epoch, location, next], [1, '{"serial":"1"}', 7]);
  assert.equal(open().epoch, 2);
  store.close();
});

test('a file of every earlier version opens, with its row and its ServiceIDs', async (t) => {
  const { DatabaseSync } = loadSqlite();
  const row = closedRow('T1', { serviceId: '6' });
  for (let version = 1; version < MIGRATIONS.length; version++) {
    const file = join(folderFor(t), 'journal.sqlite');
    const database = new DatabaseSync(file);
    migrate(database, MIGRATIONS.slice(0, version));
    database.exec("INSERT INTO terminals (terminal, nextServiceId) VALUES ('A', 7)");
    database
      .prepare(`INSERT INTO transactions (transactionId, terminal, kind, state, outcome, serviceId, amount, currency, node,
        createdAt, updatedAt, closed, json, answered) VALUES ('T1', 'A', 'payment', 'closed', 'approved', '6', 8900, 'SEK',
        'n1', 1700000000000, 1700000000000, 1, ?, 1)`)
      .run(JSON.stringify(row));
    database.close();
    const journal = await SqliteJournal.open<TestRow>({ file, retentionDays: 0 });
    const { handle, undelivered, last, serviceIds } = await journal.open('A', { reserve: 1, seed: 1 });
    assert.deepEqual([undelivered, last, serviceIds.next, handle.epoch], [[row], row, 7, 1], `version ${version}`);
    await handle.delivered('T1');
    await journal.close();
  }
});

test('the epoch of an open that was not committed is not used', (t) => {
  const { database, store } = storeFor(t);
  database.exec('PRAGMA query_only = ON');
  assert.equal(store.run([['open', 'A', 1, 1]]).exceptions[0]?.[2]?.code, 'journal_readonly');
  database.exec('PRAGMA query_only = OFF');
  assert.deepEqual(store.run([begin('T1')]), { committed: true, exceptions: [] });
});

test('migrations: each from where the file is, all or none, rows kept', () => {
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(':memory:');
  migrate(database);
  assert.equal(versionOf(database), MIGRATIONS.length);
  database.exec("INSERT INTO terminals (terminal, nextServiceId) VALUES ('A', 7)");
  const later = [...MIGRATIONS, 'ALTER TABLE terminals ADD COLUMN note TEXT', 'UPDATE terminals SET note = terminal'];
  migrate(database, later);
  migrate(database, later);
  assert.equal(versionOf(database), later.length);
  assert.deepEqual(
    { ...database.prepare('SELECT terminal, nextServiceId, note FROM terminals').get() },
    { terminal: 'A', nextServiceId: 7, note: 'A' },
  );
  database.exec('BEGIN');
  assert.throws(() => migrate(database, [...later, 'CREATE TABLE x (y)', 'nonsense']), /nonsense/);
  database.exec('ROLLBACK');
  assert.equal(versionOf(database), later.length);
  assert.throws(() => database.prepare('SELECT * FROM x'), /no such table/);
});
