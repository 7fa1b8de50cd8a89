/** ServiceIDs: ten digits at most, whatever the clock shows, none twice, none before its block is durable. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { LAST_SERVICE_ID, nextBlock } from '../../lib/journal/service-ids.ts';
import { SqliteJournal } from '../../lib/journal/sqlite/sqlite-journal.ts';
import { serviceIdSeed } from '../../lib/terminal/ids.ts';
import { folderFor, type TestRow } from './rows.ts';

const YEARS = [1970, 2024, 2026, 2055, 2056, 2057, 2090, 2200, 9999];

test('in any year a seed and the blocks after it have ten digits', () => {
  for (const year of YEARS) {
    const seed = serviceIdSeed(Date.UTC(year, 6, 1));
    assert.ok(seed >= 1 && seed + 10_000_000 < LAST_SERVICE_ID, String(year));
  }
});

test('a seed grows with time, within 31 years', () => {
  assert.ok(serviceIdSeed(Date.UTC(2026, 0, 2)) > serviceIdSeed(Date.UTC(2026, 0, 1)));
  assert.ok(serviceIdSeed(Date.UTC(2055, 0, 1)) > serviceIdSeed(Date.UTC(2054, 0, 1)));
});

test('a block begins after what was reserved, and not below the seed', () => {
  assert.equal(nextBlock(undefined, 500, 1000), 500);
  assert.equal(nextBlock(700, 500, 1000), 700);
  assert.equal(nextBlock(300, 500, 1000), 500);
});

test('a journal that a wrong clock moved past ten digits goes on from the seed', async (t) => {
  const file = join(folderFor(t), 'journal.sqlite');
  const open = async (seed: number) => {
    const journal = await SqliteJournal.open<TestRow>({ file, retentionDays: 0 });
    const { serviceIds, handle } = await journal.open('A', { reserve: 1000, seed });
    return { journal, serviceIds, handle };
  };
  const far = await open(LAST_SERVICE_ID - 1500);
  assert.equal(await far.handle.reserve(5000), LAST_SERVICE_ID + 4500);
  await far.journal.close();
  const again = await open(600_000_000);
  assert.deepEqual(again.serviceIds, { next: 600_000_000, end: 600_001_000 });
  await again.journal.close();
});
