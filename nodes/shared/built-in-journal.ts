import { isAbsolute, join } from 'node:path';
import type { NodeAPI } from 'node-red';
import type { Journal } from '../../lib/journal/journal.ts';
import type { TransactionRecord } from '../../lib/session/record.ts';
import { openTransactionJournal, RETENTION_DAYS } from '../../lib/terminal/transaction-journal.ts';

export { RETENTION_DAYS as BUILT_IN_RETENTION_DAYS };

/** The path of a file; a relative name is in Node-RED's user directory. */
export function inUserDirectory(RED: NodeAPI, name: string): string {
  return isAbsolute(name) ? name : join(RED.settings.userDir ?? process.cwd(), name);
}

export function builtInJournalFile(RED: NodeAPI): string {
  return inUserDirectory(RED, 'nexo-journal.sqlite');
}

/** The journal of terminals that do not choose one. */
export function openBuiltInJournal(RED: NodeAPI): Promise<Journal<TransactionRecord>> {
  const file = builtInJournalFile(RED);
  const onWarning = (message: string) => RED.log.warn(`[nexo-terminal] ${message}`);
  return openTransactionJournal({ file, onWarning });
}

/** Identifies the journal that a terminal's settings choose: the same for terminals that share one. */
export function journalKeyOf({ journal }: { journal?: string }): string {
  return journal ? `node ${journal}` : 'built-in';
}
