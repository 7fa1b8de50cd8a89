import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { Journal } from '../../lib/journal/journal.ts';
import { closedRow, rowOf, type TestRow } from './rows.ts';

/** Opens a journal; each call of the function it returns opens the same one again, as after a restart. */
export type Opener = (t: TestContext) => () => Promise<Journal<TestRow>>;

const AT_START = { reserve: 100, seed: 1 };
const ids = (rows: TestRow[]) => rows.map((row) => row.transactionId);

/** What every journal does, whatever it writes to. */
export function contract(name: string, opener: Opener): void {
  describe(name, () => {
    test('begin keeps the row whole; a used transactionId changes nothing, at any terminal', async (t) => {
      const journal = await opener(t)();
      const first = rowOf('T1', { context: '{"å":["\\u0000","😀"]}' });
      assert.equal(await journal.begin(first), undefined);
      assert.deepEqual(await journal.begin(rowOf('T1', { amount: 1 })), first);
      assert.deepEqual(await journal.begin(rowOf('T1', { terminal: 'B' })), first);
      assert.deepEqual(await journal.find('T1'), first);
      assert.deepEqual((await journal.open('B', AT_START)).unfinished, []);
      await journal.close();
    });

    test('two begins of one transactionId in the same turn: one is first', async (t) => {
      const journal = await opener(t)();
      const results = await Promise.all([1, 2, 3].map((amount) => journal.begin(rowOf('T1', { amount }))));
      assert.deepEqual(
        results.map((row) => row?.amount),
        [undefined, 1, 1],
      );
      await journal.close();
    });

    test('put replaces the row, and inserts one that is not there', async (t) => {
      const journal = await opener(t)();
      await journal.begin(rowOf('T1', { context: 'x' }));
      await journal.put(closedRow('T1', { serviceId: '2' }));
      await journal.put(closedRow('T2'));
      assert.deepEqual(await journal.find('T1'), closedRow('T1', { serviceId: '2' }));
      assert.deepEqual(await journal.find('T2'), closedRow('T2'));
      assert.equal(await journal.find('T3'), undefined);
      await journal.close();
    });

    test('an object given to the journal can be changed afterwards without changing the row', async (t) => {
      const journal = await opener(t)();
      const row = rowOf('T1');
      const begun = journal.begin(row);
      row.amount = 1;
      await begun;
      assert.equal((await journal.find('T1'))?.amount, 8900);
      await journal.close();
    });

    test('findByServiceId: at that terminal only, the latest when there are several', async (t) => {
      const journal = await opener(t)();
      await journal.begin(rowOf('T1', { serviceId: '7' }));
      await journal.begin(rowOf('T2', { serviceId: '7', terminal: 'B' }));
      await journal.begin(rowOf('T3', { serviceId: '8' }));
      await journal.begin(rowOf('T4', { serviceId: '8' }));
      assert.equal((await journal.findByServiceId('A', '7'))?.transactionId, 'T1');
      assert.equal((await journal.findByServiceId('A', '8'))?.transactionId, 'T4');
      await journal.put(rowOf('T4', { serviceId: '9' }));
      assert.equal((await journal.findByServiceId('A', '8'))?.transactionId, 'T3');
      assert.equal(await journal.findByServiceId('C', '7'), undefined);
      await journal.close();
    });

    test('last: the latest closed with an answer, in the order of closing, whatever the clock said', async (t) => {
      const journal = await opener(t)();
      assert.equal(await journal.last('A'), undefined);
      await journal.begin(rowOf('T1'));
      await journal.put(closedRow('T1', { outcome: 'not_started', answered: false }));
      assert.equal(await journal.last('A'), undefined);
      await journal.begin(rowOf('T2', { createdAt: 9e12, updatedAt: 9e12 }));
      await journal.put(closedRow('T2', { updatedAt: 9e12 }));
      await journal.begin(rowOf('T3', { updatedAt: 1 }));
      assert.equal((await journal.last('A'))?.transactionId, 'T2');
      await journal.put(closedRow('T3', { outcome: 'declined', updatedAt: 1 }));
      assert.equal((await journal.last('A'))?.transactionId, 'T3');
      await journal.put(rowOf('T1')); // tried again after not_started: closed last
      await journal.put(closedRow('T1'));
      await journal.put(closedRow('T2', { context: 'a late remark' })); // was closed already
      assert.equal((await journal.last('A'))?.transactionId, 'T1');
      assert.equal((await journal.open('A', AT_START)).last?.transactionId, 'T1');
      assert.equal(await journal.last('B'), undefined);
      await journal.close();
    });

    test('open: unfinished and undelivered rows of that terminal, oldest first, also after a restart', async (t) => {
      const open = opener(t);
      const journal = await open();
      for (const id of ['T1', 'T2', 'T3', 'T4']) await journal.begin(rowOf(id));
      await journal.begin(rowOf('T5', { terminal: 'B' }));
      await journal.put(closedRow('T4'));
      await journal.put(closedRow('T1'));
      await journal.close();
      const again = await open();
      const { unfinished, undelivered } = await again.open('A', AT_START);
      assert.deepEqual(ids(unfinished), ['T2', 'T3']);
      assert.deepEqual(ids(undelivered), ['T4', 'T1']);
      assert.deepEqual(undelivered[0], closedRow('T4'));
      assert.deepEqual(ids((await again.open('B', AT_START)).unfinished), ['T5']);
      await again.close();
    });

    test('delivered: not told again, until the outcome changes', async (t) => {
      const open = opener(t);
      const journal = await open();
      const undelivered = async () => ids((await journal.open('A', AT_START)).undelivered);
      await journal.begin(rowOf('T1'));
      await journal.put(rowOf('T1', { state: 'unresolved', outcome: 'unresolved' }));
      await journal.delivered('T1');
      await journal.put(closedRow('T1'));
      assert.deepEqual(await undelivered(), ['T1']);
      await journal.delivered('T1');
      await journal.put(closedRow('T1', { context: 'same outcome' }));
      assert.deepEqual(await undelivered(), []);
      await journal.put(closedRow('T1', { outcome: 'declined' }));
      assert.deepEqual(await undelivered(), ['T1']);
      await journal.delivered('unknown');
      journal.delivered('T1');
      await journal.close();
      const again = await open();
      assert.deepEqual(ids((await again.open('A', AT_START)).undelivered), []);
      await again.close();
    });

    test('ServiceIDs: reserved once, never below the seed, across restarts', async (t) => {
      const open = opener(t);
      const journal = await open();
      const reserved = async (reserve: number, seed: number) => (await journal.open('A', { reserve, seed })).serviceIds;
      assert.deepEqual(await reserved(10, 500), { next: 500, end: 510 });
      assert.equal(await journal.reserve('A', 5), 515);
      assert.deepEqual(await Promise.all([journal.reserve('A', 5), journal.reserve('A', 5)]), [520, 525]);
      assert.deepEqual(await reserved(10, 1), { next: 525, end: 535 });
      await journal.close();
      const again = await open();
      assert.deepEqual((await again.open('A', { reserve: 1, seed: 600 })).serviceIds, { next: 600, end: 601 });
      assert.deepEqual((await again.open('B', { reserve: 1, seed: 3 })).serviceIds, { next: 3, end: 4 });
      await assert.rejects(again.reserve('C', 1), { name: 'JournalError', code: 'journal_failed', message: /C: open/ });
      await again.close();
    });

    test('place: the latest, of that terminal, also after a restart; the ServiceIDs go on beside it', async (t) => {
      const open = opener(t);
      const journal = await open();
      const found = async (terminal: string) => (await journal.open(terminal, AT_START)).place;
      assert.equal(await found('A'), undefined);
      await journal.place('A', { serial: '171"å', address: '10.0.0.7:11000', insteadOf: 'till.local:11000' });
      assert.deepEqual(await found('A'), {
        serial: '171"å',
        address: '10.0.0.7:11000',
        insteadOf: 'till.local:11000',
      });
      await journal.place('A', { serial: '172' });
      assert.deepEqual(await found('A'), { serial: '172' });
      assert.equal(await found('B'), undefined);
      const unknown = { name: 'JournalError', code: 'journal_failed', message: /C: open/ };
      await assert.rejects(journal.place('C', { serial: '1' }), unknown);
      const { serviceIds } = await journal.open('A', AT_START);
      await journal.close();
      const again = await open();
      const opened = await again.open('A', AT_START);
      assert.deepEqual(opened.place, { serial: '172' });
      assert.deepEqual(opened.serviceIds, { next: serviceIds.end, end: serviceIds.end + 100 });
      await again.close();
    });

    test('findByApmReference: a payment and its refunds, in the order in which they were made', async (t) => {
      const journal = await opener(t)();
      const made = (id: string, createdAt: number, apmReference?: string) =>
        journal.put(closedRow(id, { createdAt, ...(apmReference !== undefined && { apmReference }) }));
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
      const made = async (id: string, createdAt: number, changes: Partial<TestRow> = {}) =>
        journal.put(closedRow(id, { createdAt, ...changes }));
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

    test('totals: by local day, terminal, kind, currency, state and outcome', async (t) => {
      const journal = await opener(t)();
      const midnight = 20_000 * 86_400_000 - 120 * 60_000;
      const made = (id: string, after: number, changes: Partial<TestRow>) =>
        journal.put(closedRow(id, { createdAt: midnight + after, ...changes }));
      await made('T1', -1, { authorized: 8900 });
      await made('T2', 0, { authorized: 8900 });
      await made('T3', 1, { authorized: 9790, amount: 8900 });
      await made('T4', 2, { outcome: 'declined', amount: 500 });
      await made('T5', 3, { kind: 'refund', authorized: 100, amount: 100 });
      await made('T6', 4, { currency: 'NOK', authorized: 1, amount: 1 });
      await made('T7', 5, { terminal: 'B', authorized: 7, amount: 7 });
      await made('T8', 6, { outcome: 'reversed', authorized: 300, amount: 300 });
      await journal.put(rowOf('T9', { createdAt: midnight + 7, state: 'sent', amount: 50 }));
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
      const circular: Record<string, unknown> = {};
      circular.self = circular;
      const bad = { ...rowOf('T2'), circular };
      const results = await Promise.allSettled([
        journal.begin(rowOf('T1')),
        journal.begin(bad),
        journal.put(rowOf('T3', { amount: 0.5 })),
        journal.begin(rowOf('T4')),
      ]);
      assert.deepEqual(
        results.map((result) => (result.status === 'rejected' ? result.reason.code : 'kept')),
        ['kept', 'journal_failed', 'journal_failed', 'kept'],
      );
      assert.deepEqual(ids((await journal.open('A', AT_START)).unfinished), ['T1', 'T4']);
      await journal.close();
    });

    test('close finishes what was asked before; afterwards every call says journal_closed', async (t) => {
      const open = opener(t);
      const journal = await open();
      const before = [journal.begin(rowOf('T1')), journal.put(closedRow('T1')), journal.delivered('T1')];
      await Promise.all([journal.close(), journal.close()]);
      await Promise.all(before);
      const closed = { name: 'JournalError', code: 'journal_closed' };
      await assert.rejects(journal.open('A', AT_START), closed);
      await assert.rejects(journal.begin(rowOf('T2')), closed);
      await assert.rejects(journal.put(rowOf('T2')), closed);
      await assert.rejects(journal.reserve('A', 1), closed);
      await assert.rejects(journal.place('A', { serial: '1' }), closed);
      await assert.rejects(journal.delivered('T1'), closed);
      await assert.rejects(journal.find('T1'), closed);
      await assert.rejects(journal.findByServiceId('A', '1'), closed);
      await assert.rejects(journal.last('A'), closed);
      await assert.rejects(journal.query({ limit: 1 }), closed);
      await assert.rejects(journal.totals({ from: 0, to: 1, offsetMinutes: 0 }), closed);
      journal.delivered('T1'); // ignored: must not become an unhandled rejection
      const again = await open();
      assert.deepEqual(await again.find('T1'), closedRow('T1'));
      await again.close();
    });
  });
}
