import { isAbsolute, join } from 'node:path';
import type { NodeAPI } from 'node-red';
import type { Journal } from '../../lib/journal/journal.ts';
import { openJournal } from '../../lib/journal/sqlite/sqlite-journal.ts';
import type { TransactionRecord } from '../../lib/session/record.ts';

/** A year and a half: card payments are disputed for up to that long. */
export const BUILT_IN_RETENTION_DAYS = 550;

/** A file of ours: relative names are in Node-RED's user directory. */
export function inUserDirectory(RED: NodeAPI, name: string): string {
  return isAbsolute(name) ? name : join(RED.settings.userDir ?? process.cwd(), name);
}

/** The journal of terminals that name none. */
export function openBuiltInJournal(RED: NodeAPI): Promise<Journal<TransactionRecord>> {
  const file = inUserDirectory(RED, 'nexo-journal.sqlite');
  return openJournal<TransactionRecord>({ file, retentionDays: BUILT_IN_RETENTION_DAYS });
}

/** Which journal a terminal's settings choose: the same for terminals that share one. */
export function journalKeyOf({ journal }: { journal?: string }): string {
  return journal ? `node ${journal}` : 'built-in';
}
