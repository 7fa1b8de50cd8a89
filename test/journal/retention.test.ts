/** How long rows are kept: by the journal's own time, whatever the wall clock shows. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { TerminalJournal } from '../../lib/journal/journal.ts';
import { JournalTime } from '../../lib/journal/journal-time.ts';
import { SqliteJournal, type SqliteOptions } from '../../lib/journal/sqlite/sqlite-journal.ts';
import { closedRow, folderFor, handleOf, rowOf, type TestRow } from './rows.ts';

const DAY = 86_400_000;
const TODAY = Date.UTC(2026, 10, 28);

/** A machine whose clocks are set by hand, and the journals on it. */
class Machine {
  now = TODAY;
  ran = 0;
  readonly warnings: string[] = [];
  readonly #file: string;
  #daily: (() => void) | undefined;
  #journal: SqliteJournal<TestRow> | undefined;
  #handle: TerminalJournal<TestRow> | undefined;

  constructor(t: TestContext) {
    this.#file = join(folderFor(t), 'journal.sqlite');
    t.after(() => this.#journal?.close());
  }

  get handle(): TerminalJournal<TestRow> {
    assert.ok(this.#handle);
    return this.#handle;
  }

  get journal(): SqliteJournal<TestRow> {
    assert.ok(this.#journal);
    return this.#journal;
  }

  /** Stops, and starts after `off` ms, with the wall clock where it then is, or at `now`. */
  async start(off = 0, now = this.now + off, retentionDays = 30): Promise<void> {
    await this.#journal?.close();
    this.now = now;
    const options: SqliteOptions = {
      file: this.#file,
      retentionDays,
      now: () => this.now,
      elapsed: () => this.ran,
      every: (work) => {
        this.#daily = work;
        return () => undefined;
      },
      onWarning: (message) => this.warnings.push(message),
    };
    this.#journal = await SqliteJournal.open<TestRow>(options);
    this.#handle = await handleOf(this.#journal);
    await this.settled();
  }

  /** Runs for some days. */
  async run(days: number): Promise<void> {
    for (let day = 0; day < days; day++) {
      this.now += DAY;
      this.ran += DAY;
      this.#daily?.();
      await this.settled();
    }
  }

  /** Lets a sweep, which takes a few steps, come to its end. */
  async settled(): Promise<void> {
    for (let round = 0; round < 12; round++) await this.journal.find('');
  }

  async pay(count: number, name: string): Promise<void> {
    const rows = Array.from({ length: count }, (_, n) =>
      closedRow(`${name}${n}`, { createdAt: this.now, updatedAt: this.now }),
    );
    await Promise.all(rows.map((row) => this.handle.put(row)));
    await Promise.all(rows.map(({ transactionId }) => this.handle.delivered(transactionId)));
  }

  async left(name: string): Promise<number> {
    const rows = await this.journal.query({ limit: 100_000 });
    return rows.filter(({ transactionId }) => transactionId.startsWith(name)).length;
  }
}

test('closed, delivered and old rows go, at start and daily; never the proof of what was last', async (t) => {
  const machine = new Machine(t);
  await machine.start(0, TODAY, 3);
  await machine.pay(1100, 'old');
  const { handle } = machine;
  await handle.put(rowOf('open'));
  await handle.put(closedRow('undelivered'));
  await machine.run(2);
  await machine.pay(2, 'young');
  await handle.put(closedRow('nothing', { outcome: 'not_started', answered: false }));
  await handle.delivered('nothing');
  await machine.run(2);
  const left = async () => {
    const names = ['old', 'open', 'undelivered', 'young', 'nothing'];
    return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await machine.left(name)])));
  };
  assert.deepEqual(await left(), { old: 0, open: 1, undelivered: 1, young: 2, nothing: 1 });
  await machine.run(2);
  assert.deepEqual(await left(), { old: 0, open: 1, undelivered: 1, young: 1, nothing: 1 });
  assert.deepEqual(machine.warnings, []);
});

test('one start two years ahead deletes nothing, and says so once', async (t) => {
  const machine = new Machine(t);
  await machine.start();
  await machine.pay(100, 'paid');
  await machine.start(0, TODAY + 730 * DAY);
  await machine.run(2);
  assert.equal(await machine.left('paid'), 100);
  assert.equal(machine.warnings.length, 1);
  assert.match(machine.warnings[0] ?? '', /730 days ahead.*No transaction is deleted/);
  await machine.start(0, TODAY + 3 * DAY);
  assert.equal(await machine.left('paid'), 100);
});

test('a clock that stays two years ahead makes what was paid no older: it is kept its days from there', async (t) => {
  const machine = new Machine(t);
  await machine.start();
  await machine.pay(100, 'paid');
  await machine.start(0, TODAY + 730 * DAY);
  await machine.run(29);
  assert.equal(await machine.left('paid'), 100);
  await machine.run(60);
  assert.equal(await machine.left('paid'), 1);
});

test('payments made in 1970 are kept once the clock is set right, and each start in 1970 adds nothing', async (t) => {
  const machine = new Machine(t);
  await machine.start(0, 5000);
  await machine.pay(100, 'paid');
  await machine.run(1);
  machine.now = TODAY;
  await machine.run(6);
  for (let boot = 0; boot < 20; boot++) {
    await machine.start(0, 5000);
    machine.now = TODAY + 8 * DAY;
    await machine.run(0);
  }
  assert.equal(await machine.left('paid'), 100);
});

test('the build date of an image, then the right time: as much later as it runs, not as the clock says', async (t) => {
  const machine = new Machine(t);
  await machine.start(0, Date.UTC(2025, 5, 1));
  await machine.pay(100, 'paid');
  await machine.run(7);
  machine.now = TODAY;
  await machine.run(7);
  assert.equal(await machine.left('paid'), 100);
});

test('a machine that was off for a month: its rows are a month older', async (t) => {
  const machine = new Machine(t);
  await machine.start();
  await machine.pay(100, 'paid');
  await machine.start(31 * DAY);
  assert.ok((await machine.left('paid')) < 100);
  assert.deepEqual(machine.warnings, []);
});

test('one sweep takes a bounded share, and a day of restarts is one sweep', async (t) => {
  const machine = new Machine(t);
  await machine.start(0, TODAY, 300);
  await machine.pay(1000, 'paid');
  for (let month = 0; month < 10; month++) await machine.start(31 * DAY, undefined, 300);
  assert.equal(await machine.left('paid'), 980);
  for (let restart = 0; restart < 5; restart++) await machine.start(60_000, undefined, 300);
  assert.equal(await machine.left('paid'), 980);
  await machine.run(1);
  assert.ok((await machine.left('paid')) >= 960);
});

test('the journal’s time: never back, with the process, with gaps of a machine that was off', () => {
  let [now, ran] = [TODAY, 0];
  const time = new JournalTime(JournalTime.first(now, undefined), { now: () => now, elapsed: () => ran });
  assert.equal(time.now, TODAY);
  ran += 1000;
  assert.equal(time.now, TODAY + 1000, 'while it runs');
  now -= 400 * DAY;
  assert.deepEqual(time.look(), { time: TODAY + 1000, mark: TODAY }, 'a clock that goes back');
  now = TODAY + DAY;
  assert.equal(time.look().time, TODAY + 1000 + DAY, 'a gap');
});
