import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { Journal } from '../../lib/journal/journal.ts';
import type { TerminalLocation } from '../../lib/protocol/terminal-location.ts';
import { AT_START, closedRow, handleOf, rowOf, type TestRow } from './rows.ts';

/** Opens a journal; each call of the function it returns opens the same one again, as after a restart. */
export type Opener = (t: TestContext) => () => Promise<Journal<TestRow>>;

const ids = (rows: TestRow[]) => rows.map((row) => row.transactionId);

/** What every journal does, whatever it writes to. */
export function contract(name: string, opener: Opener): void {
  describe(name, () => {
    test('begin keeps the row whole; a used transactionId changes nothing, at any terminal', async (t) => {
      const journal = await opener(t)();
      const handle = await handleOf(journal);
      const other = await handleOf(journal, 'B');
      const first = rowOf('T1', { context: '{"å":["\\u0000","😀"]}' });
      assert.equal(await handle.begin(first), undefined);
      assert.deepEqual(await handle.begin(rowOf('T1', { amount: 1 })), first);
      assert.deepEqual(await other.begin(rowOf('T1', { terminal: 'B' })), first);
      assert.deepEqual(await journal.find('T1'), first);
      assert.deepEqual((await journal.open('B', AT_START)).unfinished, []);
      await journal.close();
    });

    test('two begins of one transactionId in the same turn: one is first', async (t) => {
      const journal = await opener(t)();
      const handle = await handleOf(journal);
      const results = await Promise.all([1, 2, 3].map((amount) => handle.begin(rowOf('T1', { amount }))));
      assert.deepEqual(
        results.map((row) => row?.amount),
        [undefined, 1, 1],
      );
      await journal.close();
    });

    test('put replaces the row, and inserts one that is not there', async (t) => {
      const journal = await opener(t)();
      const handle = await handleOf(journal);
      await handle.begin(rowOf('T1', { context: 'x' }));
      await handle.put(closedRow('T1', { serviceId: '2' }));
      await handle.put(closedRow('T2'));
      assert.deepEqual(await journal.find('T1'), closedRow('T1', { serviceId: '2' }));
      assert.deepEqual(await journal.find('T2'), closedRow('T2'));
      assert.equal(await journal.find('T3'), undefined);
      await journal.close();
    });

    test('an object given to the journal can be changed afterwards without changing the row', async (t) => {
      const journal = await opener(t)();
      const handle = await handleOf(journal);
      const row = rowOf('T1');
      const begun = handle.begin(row);
      row.amount = 1;
      await begun;
      assert.equal((await journal.find('T1'))?.amount, 8900);
      await journal.close();
    });

    test('findByServiceId: at that terminal only, the latest when there are several', async (t) => {
      const journal = await opener(t)();
      const handle = await handleOf(journal);
      const other = await handleOf(journal, 'B');
      await handle.begin(rowOf('T1', { serviceId: '7' }));
      await other.begin(rowOf('T2', { serviceId: '7', terminal: 'B' }));
      await handle.begin(rowOf('T3', { serviceId: '8' }));
      await handle.begin(rowOf('T4', { serviceId: '8' }));
      assert.equal((await handle.findByServiceId('7'))?.transactionId, 'T1');
      assert.equal((await handle.findByServiceId('8'))?.transactionId, 'T4');
      await handle.put(rowOf('T4', { serviceId: '9' }));
      assert.equal((await handle.findByServiceId('8'))?.transactionId, 'T3');
      assert.equal(await (await handleOf(journal, 'C')).findByServiceId('7'), undefined);
      await journal.close();
    });

    test('last: the latest closed with an answer, in the order of closing, whatever the clock said', async (t) => {
      const journal = await opener(t)();
      const handle = await handleOf(journal);
      const other = await handleOf(journal, 'B');
      assert.equal(await handle.last(), undefined);
      await handle.begin(rowOf('T1'));
      await handle.put(closedRow('T1', { outcome: 'not_started', answered: false }));
      assert.equal(await handle.last(), undefined);
      await handle.begin(rowOf('T2', { createdAt: 9e12, updatedAt: 9e12 }));
      await handle.put(closedRow('T2', { updatedAt: 9e12 }));
      await handle.begin(rowOf('T3', { updatedAt: 1 }));
      assert.equal((await handle.last())?.transactionId, 'T2');
      await handle.put(closedRow('T3', { outcome: 'declined', updatedAt: 1 }));
      assert.equal((await handle.last())?.transactionId, 'T3');
      await handle.put(rowOf('T1')); // tried again after not_started: closed last
      await handle.put(closedRow('T1'));
      await handle.put(closedRow('T2', { context: 'a late remark' })); // was closed already
      assert.equal((await handle.last())?.transactionId, 'T1');
      assert.equal((await journal.open('A', AT_START)).last?.transactionId, 'T1');
      assert.equal(await other.last(), undefined);
      await journal.close();
    });

    test('open: unfinished and undelivered rows of that terminal, oldest first, also after a restart', async (t) => {
      const open = opener(t);
      const journal = await open();
      const handle = await handleOf(journal);
      const other = await handleOf(journal, 'B');
      for (const id of ['T1', 'T2', 'T3', 'T4']) await handle.begin(rowOf(id));
      await other.begin(rowOf('T5', { terminal: 'B' }));
      await handle.put(closedRow('T4'));
      await handle.put(closedRow('T1'));
      await journal.close();
      const again = await open();
      const { unfinished, undelivered } = await again.open('A', AT_START);
      assert.deepEqual(ids(unfinished), ['T2', 'T3']);
      assert.deepEqual(ids(undelivered), ['T4', 'T1']);
      assert.deepEqual(undelivered[0], closedRow('T4'));
      assert.deepEqual(ids((await again.open('B', AT_START)).unfinished), ['T5']);
      await again.close();
    });

    test('delivered: not delivered again until the outcome changes', async (t) => {
      const open = opener(t);
      const journal = await open();
      let handle = await handleOf(journal);
      const undelivered = async () => {
        const found = await journal.open('A', AT_START);
        handle = found.handle;
        return ids(found.undelivered);
      };
      await handle.begin(rowOf('T1'));
      await handle.put(rowOf('T1', { state: 'unresolved', outcome: 'unresolved' }));
      await handle.delivered('T1');
      await handle.put(closedRow('T1'));
      assert.deepEqual(await undelivered(), ['T1']);
      await handle.delivered('T1');
      await handle.put(closedRow('T1', { context: 'same outcome' }));
      assert.deepEqual(await undelivered(), []);
      await handle.put(closedRow('T1', { outcome: 'declined' }));
      assert.deepEqual(await undelivered(), ['T1']);
      await handle.delivered('unknown');
      handle.delivered('T1');
      await journal.close();
      const again = await open();
      assert.deepEqual(ids((await again.open('A', AT_START)).undelivered), []);
      await again.close();
    });

    test('delivered: a further reversal of the same node is delivered too, though it changes nothing', async (t) => {
      const journal = await opener(t)();
      const handle = await handleOf(journal);
      await handle.begin(rowOf('T1'));
      await handle.put(closedRow('T1'));
      await handle.delivered('T1');
      await handle.put(rowOf('T1', { state: 'reverse', outcome: 'approved' }));
      await handle.put(closedRow('T1'));
      assert.deepEqual(ids((await journal.open('A', AT_START)).undelivered), ['T1']);
      await journal.close();
    });

    test('query: what was not delivered', async (t) => {
      const journal = await opener(t)();
      const handle = await handleOf(journal);
      const other = await handleOf(journal, 'B');
      for (const id of ['T1', 'T2', 'T3', 'T4']) await handle.begin(rowOf(id));
      for (const id of ['T1', 'T2']) await handle.put(closedRow(id));
      await handle.put(rowOf('T3', { state: 'held', outcome: 'approved' }));
      await other.put(closedRow('T5', { terminal: 'B' }));
      await handle.delivered('T1');
      const query = { states: ['closed', 'held'], undelivered: true, limit: 10 } as const;
      assert.deepEqual(ids(await journal.query(query)), ['T5', 'T3', 'T2']);
      assert.deepEqual(ids(await journal.query({ ...query, terminal: 'A', limit: 1 })), ['T3']);
      assert.deepEqual(ids(await journal.query({ undelivered: true, terminal: 'A', limit: 10 })), ['T4', 'T3', 'T2']);
      await journal.close();
    });

    test('epoch: each open of a terminal has a higher one, also after a restart; terminals count alone', async (t) => {
      const open = opener(t);
      const journal = await open();
      const first = await handleOf(journal);
      const second = await handleOf(journal);
      const other = await handleOf(journal, 'B');
      assert.ok(second.epoch > first.epoch);
      assert.deepEqual([first.terminal, second.terminal, other.terminal], ['A', 'A', 'B']);
      await other.begin(rowOf('T1', { terminal: 'B' }));
      await journal.close();
      const again = await open();
      assert.ok((await handleOf(again)).epoch > second.epoch);
      await again.close();
    });

    test('a stale handle writes nothing and says so; it can still read', async (t) => {
      const journal = await opener(t)();
      const stale = await handleOf(journal);
      await stale.begin(rowOf('T1', { serviceId: '7' }));
      await stale.put(closedRow('T2', { serviceId: '8' }));
      const { handle, serviceIds } = await journal.open('A', AT_START);
      const refused = { name: 'JournalError', code: 'journal_stale', message: /Terminal A was opened again/ };
      await assert.rejects(stale.begin(rowOf('T3')), refused);
      await assert.rejects(stale.begin(rowOf('T1')), refused);
      await assert.rejects(stale.put(closedRow('T1')), refused);
      await assert.rejects(stale.reserve(5), refused);
      await assert.rejects(stale.putLocation({ serial: '1' }), refused);
      await assert.rejects(stale.delivered('T2'), refused);
      stale.delivered('T2'); // ignored: must not become an unhandled rejection
      assert.equal((await stale.findByServiceId('7'))?.transactionId, 'T1');
      assert.equal((await stale.last())?.transactionId, 'T2');
      assert.equal(await handle.reserve(1), serviceIds.end + 1);
      const { unfinished, undelivered, location } = await journal.open('A', AT_START);
      assert.deepEqual([ids(unfinished), ids(undelivered), location], [['T1'], ['T2'], undefined]);
      assert.equal(await journal.find('T3'), undefined);
      await journal.close();
    });

    test('writes asked for before another open are kept, those after it are refused', async (t) => {
      const journal = await opener(t)();
      const handle = await handleOf(journal);
      const before = handle.begin(rowOf('T1'));
      const opened = journal.open('A', AT_START);
      const after = handle.put(closedRow('T1'));
      await before;
      assert.deepEqual(ids((await opened).unfinished), ['T1']);
      await assert.rejects(after, { code: 'journal_stale' });
      assert.equal((await journal.find('T1'))?.state, 'intent');
      await journal.close();
    });

    test('delivered marks rows of its own terminal only', async (t) => {
      const journal = await opener(t)();
      const other = await handleOf(journal, 'B');
      await other.put(closedRow('T1', { terminal: 'B' }));
      await (await handleOf(journal)).delivered('T1');
      assert.deepEqual(ids((await journal.open('B', AT_START)).undelivered), ['T1']);
      await journal.close();
    });

    test('ServiceIDs: reserved once, never below the seed, across restarts', async (t) => {
      const open = opener(t);
      const journal = await open();
      let handle = await handleOf(journal, 'other');
      const reserved = async (reserve: number, seed: number) => {
        const found = await journal.open('A', { reserve, seed });
        handle = found.handle;
        return found.serviceIds;
      };
      assert.deepEqual(await reserved(10, 500), { next: 500, end: 510 });
      assert.equal(await handle.reserve(5), 515);
      assert.deepEqual(await Promise.all([handle.reserve(5), handle.reserve(5)]), [520, 525]);
      assert.deepEqual(await reserved(10, 1), { next: 525, end: 535 });
      await journal.close();
      const again = await open();
      assert.deepEqual((await again.open('A', { reserve: 1, seed: 600 })).serviceIds, { next: 600, end: 601 });
      assert.deepEqual((await again.open('B', { reserve: 1, seed: 3 })).serviceIds, { next: 3, end: 4 });
      await again.close();
    });

    test('location: the latest, of that terminal, also after a restart; the ServiceIDs go on beside it', async (t) => {
      const open = opener(t);
      const journal = await open();
      const found = async (terminal: string) => (await journal.open(terminal, AT_START)).location;
      const put = async (location: TerminalLocation) => (await handleOf(journal)).putLocation(location);
      assert.equal(await found('A'), undefined);
      await put({ serial: '171"å', address: '10.0.0.7:11000', insteadOf: 'till.local:11000' });
      assert.deepEqual(await found('A'), {
        serial: '171"å',
        address: '10.0.0.7:11000',
        insteadOf: 'till.local:11000',
      });
      await put({ serial: '172' });
      assert.deepEqual(await found('A'), { serial: '172' });
      assert.equal(await found('B'), undefined);
      const { serviceIds } = await journal.open('A', AT_START);
      await journal.close();
      const again = await open();
      const opened = await again.open('A', AT_START);
      assert.deepEqual(opened.location, { serial: '172' });
      assert.deepEqual(opened.serviceIds, { next: serviceIds.end, end: serviceIds.end + 100 });
      await again.close();
    });

    test('findByApmReference: a payment and its refunds, in the order in which they were made', async (t) => {
      const journal = await opener(t)();
      const handle = await handleOf(journal);
      const made = (id: string, createdAt: number, apmReference?: string) =>
        handle.put(closedRow(id, { createdAt, ...(apmReference !== undefined && { apmReference }) }));
      await made('T1', 1000, 'R1');
      await made('T3', 3000, 'R1');
      await made('T2', 2000, 'R1');
      await made('T4', 4000, 'R2');
      await made('T5', 5000);
      assert.deepEqual(ids(await journal.findByApmReference('R1')), ['T1', 'T2', 'T3']);
      assert.deepEqual(ids(await journal.findByApmReference('none')), []);
      await journal.close();
    });

    test('query: newest first, bounded, by time, terminal and state', async (t) => {
      const journal = await opener(t)();
      const handle = await handleOf(journal);
      const other = await handleOf(journal, 'B');
      const put = (row: TestRow) => (row.terminal === 'B' ? other : handle).put(row);
      const made = async (id: string, createdAt: number, changes: Partial<TestRow> = {}) =>
        put(closedRow(id, { createdAt, ...changes }));
      await made('T1', 1000);
      await made('T3', 3000, { terminal: 'B' });
      await made('T2', 2000, { state: 'unresolved' });
      await made('T4', 3000);
      const found = async (query: Parameters<typeof journal.query>[0]) => ids(await journal.query(query));
      assert.deepEqual(await found({ limit: 10 }), ['T4', 'T3', 'T2', 'T1']);
      assert.deepEqual(await found({ limit: 2 }), ['T4', 'T3']);
      assert.deepEqual(await found({ from: 1000, to: 3000, limit: 10 }), ['T2', 'T1']);
      assert.deepEqual(await found({ terminal: 'B', limit: 10 }), ['T3']);
      assert.deepEqual(await found({ states: ['unresolved', 'sent'], limit: 10 }), ['T2']);
      assert.deepEqual(await found({ states: ['closed', 'unresolved'], limit: 3 }), ['T4', 'T3', 'T2']);
      assert.deepEqual(await found({ states: ['unresolved'], terminal: 'B', limit: 10 }), []);
      assert.deepEqual(await journal.query({ to: 1001, limit: 1 }), [closedRow('T1', { createdAt: 1000 })]);
      await journal.close();
    });

    test('totals: a payment that ended after midnight counts on the day on which its outcome was certain', async (t) => {
      const journal = await opener(t)();
      const handle = await handleOf(journal);
      const midnight = 20_000 * 86_400_000;
      const late = { createdAt: midnight - 60_000, authorized: 8900 };
      await handle.put(closedRow('before', { ...late, settledAt: midnight - 1 }));
      await handle.put(closedRow('after', { ...late, settledAt: midnight }));
      await handle.put(closedRow('without', late));
      const counts = async (from: number) => {
        const sums = await journal.totals({ from, to: from + 86_400_000, offsetMinutes: 0 });
        return sums.map(({ day, count }) => [day, count]);
      };
      assert.deepEqual(await counts(midnight - 86_400_000), [[19_999, 2]]);
      assert.deepEqual(await counts(midnight), [[20_000, 1]]);
      // A reversal on the next day does not move it.
      await handle.put(closedRow('before', { ...late, settledAt: midnight - 1, outcome: 'reversed' }));
      assert.deepEqual(await counts(midnight), [[20_000, 1]]);
    });

    test('totals: by local day, terminal, kind, currency, state and outcome', async (t) => {
      const journal = await opener(t)();
      const handle = await handleOf(journal);
      const other = await handleOf(journal, 'B');
      const put = (row: TestRow) => (row.terminal === 'B' ? other : handle).put(row);
      const midnight = 20_000 * 86_400_000 - 120 * 60_000;
      const made = (id: string, after: number, changes: Partial<TestRow>) =>
        put(closedRow(id, { createdAt: midnight + after, ...changes }));
      await made('T1', -1, { authorized: 8900 });
      await made('T2', 0, { authorized: 8900 });
      await made('T3', 1, { authorized: 9790, amount: 8900 });
      await made('T4', 2, { outcome: 'declined', amount: 500 });
      await made('T5', 3, { kind: 'refund', authorized: 100, amount: 100 });
      await made('T6', 4, { currency: 'NOK', authorized: 1, amount: 1 });
      await made('T7', 5, { terminal: 'B', authorized: 7, amount: 7 });
      await made('T8', 6, { outcome: 'reversed', authorized: 300, amount: 300 });
      await handle.put(rowOf('T9', { createdAt: midnight + 7, state: 'sent', amount: 50 }));
      const day = { from: midnight, to: midnight + 86_400_000, offsetMinutes: 120 };
      const approved = { day: 20_000, terminal: 'A', kind: 'payment', currency: 'SEK', state: 'closed' };
      const expected = [
        { ...approved, currency: 'NOK', outcome: 'approved', count: 1, amount: 1, authorized: 1 },
        { ...approved, outcome: 'approved', count: 2, amount: 17_800, authorized: 18_690 },
        { ...approved, outcome: 'declined', count: 1, amount: 500, authorized: 0 },
        { ...approved, outcome: 'reversed', count: 1, amount: 300, authorized: 300 },
        { ...approved, state: 'sent', count: 1, amount: 50, authorized: 0 },
        { ...approved, kind: 'refund', outcome: 'approved', count: 1, amount: 100, authorized: 100 },
      ];
      const all = (await journal.totals(day)).map((row) => ({ ...row }));
      assert.deepEqual(all.slice(0, -1), expected);
      assert.deepEqual(all.at(-1), { ...expected[0], terminal: 'B', currency: 'SEK', amount: 7, authorized: 7 });
      assert.equal((await journal.totals({ ...day, terminal: 'A' })).length, expected.length);
      const both = await journal.totals({ ...day, terminal: 'A', from: 0, offsetMinutes: 120 });
      assert.deepEqual(
        { ...both[0] },
        { ...approved, day: 19_999, outcome: 'approved', count: 1, amount: 8900, authorized: 8900 },
      );
      assert.deepEqual(await journal.totals({ ...day, to: day.from }), []);
      await journal.close();
    });

    test('a row that cannot be stored fails alone', async (t) => {
      const journal = await opener(t)();
      const handle = await handleOf(journal);
      const circular: Record<string, unknown> = {};
      circular.self = circular;
      const bad = { ...rowOf('T2'), circular };
      const results = await Promise.allSettled([
        handle.begin(rowOf('T1')),
        handle.begin(bad),
        handle.put(rowOf('T3', { amount: 0.5 })),
        handle.put(rowOf('T5', { terminal: 'B' })),
        handle.begin(rowOf('T4')),
      ]);
      assert.deepEqual(
        results.map((result) => (result.status === 'rejected' ? result.reason.code : 'kept')),
        ['kept', 'journal_failed', 'journal_failed', 'journal_failed', 'kept'],
      );
      assert.deepEqual(ids((await journal.open('A', AT_START)).unfinished), ['T1', 'T4']);
      await journal.close();
    });

    test('close finishes what was asked before; afterwards every call says journal_closed', async (t) => {
      const open = opener(t);
      const journal = await open();
      const handle = await handleOf(journal);
      const before = [handle.begin(rowOf('T1')), handle.put(closedRow('T1')), handle.delivered('T1')];
      await Promise.all([journal.close(), journal.close()]);
      await Promise.all(before);
      const closed = { name: 'JournalError', code: 'journal_closed' };
      await assert.rejects(journal.open('A', AT_START), closed);
      await assert.rejects(handle.begin(rowOf('T2')), closed);
      await assert.rejects(handle.put(rowOf('T2')), closed);
      await assert.rejects(handle.reserve(1), closed);
      await assert.rejects(handle.putLocation({ serial: '1' }), closed);
      await assert.rejects(handle.delivered('T1'), closed);
      await assert.rejects(journal.find('T1'), closed);
      await assert.rejects(handle.findByServiceId('1'), closed);
      await assert.rejects(handle.last(), closed);
      await assert.rejects(journal.query({ limit: 1 }), closed);
      await assert.rejects(journal.totals({ from: 0, to: 1, offsetMinutes: 0 }), closed);
      handle.delivered('T1'); // ignored: must not become an unhandled rejection
      const again = await open();
      assert.deepEqual(await again.find('T1'), closedRow('T1'));
      await again.close();
    });
  });
}
