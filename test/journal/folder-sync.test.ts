/** Files that are made or renamed are durable only once their folder is synced. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { openJournalFile } from '../../lib/journal/sqlite/journal-file.ts';
import { folderFor } from './rows.ts';

/** Runs `work`, and returns what happened to folders and to files in them, in order. */
function watched(work: () => void): string[] {
  const { openSync, fsyncSync, renameSync } = fs;
  const paths = new Map<number, string>();
  const seen: string[] = [];
  fs.openSync = (path, ...more) => {
    const descriptor = openSync(path, ...more);
    paths.set(descriptor, String(path));
    return descriptor;
  };
  fs.fsyncSync = (descriptor) => {
    seen.push(`sync ${paths.get(descriptor)}`);
    fsyncSync(descriptor);
  };
  fs.renameSync = (from, to) => {
    renameSync(from, to);
    seen.push(`rename ${to}`);
  };
  syncBuiltinESMExports();
  try {
    work();
  } finally {
    Object.assign(fs, { openSync, fsyncSync, renameSync });
    syncBuiltinESMExports();
  }
  return seen;
}

const skip = process.platform === 'win32';

test('a new journal: its folder, those above that were made, and the list of its terminals', { skip }, (t) => {
  const top = folderFor(t);
  const file = join(top, 'a', 'b', 'journal.sqlite');
  const seen = watched(() => openJournalFile(file).database.close());
  for (const folder of [top, join(top, 'a'), join(top, 'a', 'b')]) assert.ok(seen.includes(`sync ${folder}`), folder);
  const renamed = seen.indexOf(`rename ${file}.terminals.json`);
  assert.ok(renamed >= 0 && seen.indexOf(`sync ${dirname(file)}`, renamed) > renamed);
});

test('a first payment: the terminal is on the disk, and in its folder, before the row', { skip }, (t) => {
  const file = join(folderFor(t), 'journal.sqlite');
  const { database, companion } = openJournalFile(file);
  t.after(() => database.close());
  const seen = watched(() => companion.add('1/A'));
  assert.deepEqual(seen, [`sync ${file}.terminals.json.new`, `rename ${file}.terminals.json`, `sync ${dirname(file)}`]);
  assert.match(fs.readFileSync(`${file}.terminals.json`, 'utf8'), /1\/A/);
});

test('a damaged journal: its new name', { skip }, (t) => {
  const file = join(folderFor(t), 'journal.sqlite');
  fs.writeFileSync(file, Buffer.alloc(4096));
  const seen = watched(() => assert.throws(() => openJournalFile(file), /is damaged/));
  const renamed = seen.findIndex((line) => line.startsWith(`rename ${file}.damaged-`));
  assert.ok(renamed >= 0 && seen.indexOf(`sync ${dirname(file)}`, renamed) > renamed);
});
