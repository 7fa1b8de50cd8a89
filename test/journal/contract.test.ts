import { join } from 'node:path';
import { Memory, MemoryJournal } from '../../lib/journal/memory.ts';
import { openJournal, SqliteJournal } from '../../lib/journal/sqlite/sqlite-journal.ts';
import { contract } from './contract.ts';
import { folderFor, type TestRow } from './rows.ts';

contract('MemoryJournal', () => {
  const memory = new Memory();
  return async () => new MemoryJournal<TestRow>(memory);
});

contract('SqliteJournal', (t) => {
  const file = join(folderFor(t), 'journal.sqlite');
  return () => SqliteJournal.open<TestRow>({ file, retentionDays: 0 });
});

contract('openJournal', (t) => {
  const file = join(folderFor(t), 'journal.sqlite');
  return () => openJournal<TestRow>({ file, retentionDays: 0 });
});
