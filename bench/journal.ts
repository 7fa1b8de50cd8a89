/**
 * The journal compared with a naive implementation: node:sqlite on the main thread, one table of id and JSON, one commit
 * per write. Both with the same durability (WAL, synchronous FULL), on the same disk, in alternating rounds of one run.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import type { JournalRow } from '../lib/journal/journal.ts';
import { loadSqlite } from '../lib/journal/sqlite/node-sqlite.ts';
import { SqliteJournal } from '../lib/journal/sqlite/sqlite-journal.ts';

const WRITERS = [1, 16, 256];
const TERMINAL = 'terminal-1';
const ROUNDS = 3;
/** ms of each round */
const ROUND = 400;

/** `perSecond`: durable writes; `held`, `cpu`: µs per durable write that the main event loop was busy, and its thread's CPU. */
export interface Figures {
  perSecond: number;
  held: number;
  cpu: number;
}

/** `speed`: writes per second relative to the naive way; `heldRatio`: blocking of the event loop relative to it. */
export interface JournalBenchRow {
  writers: number;
  journal: Figures & { writesPerCommit: number };
  naive: Figures;
  speed: number;
  heldRatio: number;
}

interface Row extends JournalRow {
  response: string;
}

interface Sums {
  writes: number;
  seconds: number;
  held: number;
  cpu: number;
}

type Write = (row: Row) => Promise<unknown>;

/** Measures both at 1, 16 and 256 concurrent writers, each writing an intent and then an outcome of 2 KB. */
export async function journalBench(): Promise<JournalBenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'journal-bench-'));
  const journal = await SqliteJournal.open<Row>({ file: join(folder, 'journal.sqlite'), retentionDays: 0 });
  const naive = openNaive(join(folder, 'naive.sqlite'));
  const { handle } = await journal.open(TERMINAL, { reserve: 1, seed: 1 });
  const toJournal: Write = (row) => (row.state === 'closed' ? handle.put(row) : handle.begin(row));
  try {
    await rounds(1, toJournal, sums());
    await rounds(1, naive.write, sums());
    const rows: JournalBenchRow[] = [];
    for (const writers of WRITERS) {
      const [ours, theirs, before] = [sums(), sums(), { ...journal.stats }];
      for (let round = 0; round < ROUNDS; round++) {
        await rounds(writers, toJournal, ours);
        await rounds(writers, naive.write, theirs);
      }
      const { operations, commits } = journal.stats;
      const writesPerCommit = (operations - before.operations) / (commits - before.commits);
      rows.push(compare(writers, { ...figures(ours), writesPerCommit }, figures(theirs)));
    }
    return rows;
  } finally {
    await journal.close();
    naive.close();
    rmSync(folder, { recursive: true });
  }
}

let made = 0;

/** Runs the writers for one round and adds the cost to `into`. */
async function rounds(writers: number, write: Write, into: Sums): Promise<void> {
  const loop = performance.eventLoopUtilization();
  const cpu = process.threadCpuUsage();
  const start = performance.now();
  const writer = async () => {
    while (performance.now() - start < ROUND) {
      const row = rowOf(`transaction-${made++}`);
      await write(row);
      await write({ ...row, state: 'closed', outcome: 'approved', response: 'r'.repeat(1_800) });
      into.writes += 2;
    }
  };
  await Promise.all(Array.from({ length: writers }, writer));
  const used = process.threadCpuUsage(cpu);
  into.seconds += (performance.now() - start) / 1000;
  into.held += performance.eventLoopUtilization(loop).active * 1000;
  into.cpu += used.user + used.system;
}

/** The naive implementation. Each write waits for a turn of the event loop, as it would between messages. */
function openNaive(file: string): { write: Write; close: () => void } {
  const database = new (loadSqlite().DatabaseSync)(file);
  database.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (id TEXT PRIMARY KEY, json TEXT)',
  );
  const insert = database.prepare('INSERT INTO t VALUES (?, ?) ON CONFLICT DO UPDATE SET json = excluded.json');
  const write: Write = async (row) => {
    await turn();
    insert.run(row.transactionId, JSON.stringify(row));
  };
  return { write, close: () => database.close() };
}

function rowOf(transactionId: string): Row {
  return {
    transactionId,
    terminal: TERMINAL,
    kind: 'payment',
    state: 'intent',
    serviceId: '1234567890',
    amount: 8900,
    currency: 'SEK',
    node: 'f6f2187d.f17ca8',
    createdAt: 1_700_000_000_000,
    updatedAt: 1_700_000_000_000,
    response: '',
  };
}

function sums(): Sums {
  return { writes: 0, seconds: 0, held: 0, cpu: 0 };
}

function figures({ writes, seconds, held, cpu }: Sums): Figures {
  return { perSecond: writes / seconds, held: held / writes, cpu: cpu / writes };
}

function compare(writers: number, journal: JournalBenchRow['journal'], naive: Figures): JournalBenchRow {
  return { writers, journal, naive, speed: journal.perSecond / naive.perSecond, heldRatio: journal.held / naive.held };
}

if (import.meta.main) {
  for (const { writers, journal, naive, speed, heldRatio } of await journalBench()) {
    console.log(`${writers} writers, ${journal.writesPerCommit.toFixed(1)} writes per commit`);
    console.log(`  journal ${text(journal)}`);
    console.log(`  naive   ${text(naive)}`);
    console.log(`  ratio   x${speed.toFixed(2)} writes, x${heldRatio.toFixed(3)} of the hold on the event loop`);
  }
}

function text({ perSecond, held, cpu }: Figures): string {
  return `${perSecond.toFixed(0)} durable writes/s, event loop held ${held.toFixed(1)} µs each (CPU ${cpu.toFixed(1)} µs)`;
}
