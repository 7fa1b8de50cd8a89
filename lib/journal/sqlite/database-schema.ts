import type { DatabaseSync } from 'node:sqlite';

/** Marks a database file as one of ours ("nexo"), at byte 68 of its header. */
export const APPLICATION_ID = 0x6e65786f;

/**
 * The migrations of the journal's schema: the n-th entry takes a file from user_version n to n + 1. A published entry never
 * changes, since files in use have run it.
 *
 * `closed` numbers the rows in the order in which they were closed, whatever the clock showed. The index `open` has the few
 * rows that a start reads, `expiring` those that retention may delete, and `byCounted` covers all that totals read.
 */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE transactions (
     seq INTEGER PRIMARY KEY,
     transactionId TEXT NOT NULL UNIQUE,
     terminal TEXT NOT NULL,
     kind TEXT NOT NULL,
     state TEXT NOT NULL,
     outcome TEXT,
     serviceId TEXT NOT NULL,
     amount INTEGER NOT NULL,
     currency TEXT NOT NULL,
     node TEXT NOT NULL,
     createdAt INTEGER NOT NULL,
     updatedAt INTEGER NOT NULL,
     closed INTEGER,
     delivered INTEGER NOT NULL DEFAULT 0,
     json TEXT NOT NULL,
     answered INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX byServiceId ON transactions (terminal, serviceId);
   CREATE INDEX byClosed ON transactions (terminal, closed) WHERE closed IS NOT NULL;
   CREATE INDEX open ON transactions (terminal) WHERE state <> 'closed' OR delivered = 0;
   CREATE INDEX expiring ON transactions (updatedAt) WHERE state = 'closed' AND delivered = 1;
   CREATE TABLE terminals (
     terminal TEXT NOT NULL PRIMARY KEY,
     nextServiceId INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;`,
  // Earlier approved rows get the requested amount: a tip is in no column of theirs.
  `ALTER TABLE transactions ADD COLUMN authorized INTEGER;
   UPDATE transactions SET authorized = amount WHERE outcome IN ('approved', 'reversed');
   CREATE INDEX byCreated ON transactions (createdAt, terminal, kind, currency, state, outcome, amount, authorized);`,
  // As JSON: see TerminalLocation.
  'ALTER TABLE terminals ADD COLUMN place TEXT',
  `ALTER TABLE transactions ADD COLUMN apmReference TEXT;
   CREATE INDEX byApmReference ON transactions (apmReference) WHERE apmReference IS NOT NULL;`,
  // How often the terminal was opened: only its newest handle writes.
  `ALTER TABLE terminals RENAME COLUMN place TO location;
   ALTER TABLE terminals ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;`,
  // One row about the file itself (see journal-time.ts and companion-file.ts), and what people acknowledged about it.
  // `keptSince`: the last change in journal time. Rows of a clock that was behind count from the latest row before them.
  // `countedAt`: when the outcome was certain, else when the row was created.
  `CREATE TABLE journal (
     one INTEGER PRIMARY KEY CHECK (one = 1),
     id TEXT NOT NULL,
     commits INTEGER NOT NULL DEFAULT 0,
     time INTEGER,
     mark INTEGER,
     swept INTEGER NOT NULL DEFAULT 0
   ) STRICT;
   INSERT INTO journal (one, id) VALUES (1, lower(hex(randomblob(16))));
   CREATE TABLE acknowledgements (
     seq INTEGER PRIMARY KEY,
     json TEXT NOT NULL
   ) STRICT;
   ALTER TABLE transactions ADD COLUMN keptSince INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE transactions ADD COLUMN countedAt INTEGER NOT NULL DEFAULT 0;
   UPDATE transactions SET countedAt = createdAt, keptSince = max(updatedAt, ages.latest) FROM
     (SELECT seq, max(createdAt) OVER (ORDER BY seq) AS latest FROM transactions) AS ages WHERE ages.seq = transactions.seq;
   DROP INDEX expiring;
   CREATE INDEX expiring ON transactions (keptSince) WHERE state = 'closed' AND delivered = 1;
   DROP INDEX byCreated;
   CREATE INDEX byCreated ON transactions (createdAt);
   CREATE INDEX byCounted ON transactions (countedAt, terminal, kind, currency, state, outcome, amount, authorized);`,
];

/** The file's schema version: the number of migrations it has run. */
export function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.user_version);
}

/** Runs the migrations that the file has not run. The caller wraps them in a transaction: all or none. */
export function migrate(database: DatabaseSync, migrations: readonly string[] = MIGRATIONS): void {
  for (const migration of migrations.slice(versionOf(database))) database.exec(migration);
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${migrations.length}`);
}
