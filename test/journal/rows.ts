import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Journal, JournalRow, TerminalJournal } from '../../lib/journal/journal.ts';

/** A row as the terminal writes it, with something beside the columns. */
export interface TestRow extends JournalRow {
  context?: string;
}

/** A row in its first state. */
export function rowOf(transactionId: string, changes: Partial<TestRow> = {}): TestRow {
  return {
    transactionId,
    terminal: 'A',
    kind: 'payment',
    state: 'intent',
    serviceId: '1',
    amount: 8900,
    currency: 'SEK',
    node: 'n1',
    createdAt: 1_700_000_000_000,
    updatedAt: 1_700_000_000_000,
    ...changes,
  };
}

/** A row whose outcome is certain. */
export function closedRow(transactionId: string, changes: Partial<TestRow> = {}): TestRow {
  return rowOf(transactionId, { state: 'closed', outcome: 'approved', answered: true, ...changes });
}

export const AT_START = { reserve: 100, seed: 1 };

/** A terminal's handle of the journal. */
export async function handleOf(journal: Journal<TestRow>, terminal = 'A'): Promise<TerminalJournal<TestRow>> {
  return (await journal.open(terminal, AT_START)).handle;
}

/** A folder that is gone after the test. */
export function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'journal-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
