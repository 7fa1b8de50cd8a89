import { existsSync } from 'node:fs';
import type { NodeAPI, NodeDef } from 'node-red';
import type { Journal } from '../../lib/journal/journal.ts';
import type { TransactionRecord } from '../../lib/session/record.ts';
import type { JournalNode } from '../journal.ts';
import { builtInJournalFile, journalKeyOf, openBuiltInJournal } from './built-in-journal.ts';
import { runningTerminals } from './running-terminals.ts';

/** A journal that terminals can have written to. */
export interface KnownJournal {
  /** As of `ReadyTerminal.journal`. */
  key: string;
  /** Whether a running terminal keeps it. */
  used: boolean;
  /** Opens it. The caller closes it. @throws what the journal throws, by rejection */
  open(): Promise<Journal<TransactionRecord>>;
  /**
   * Calls back with the journal, as its terminals have it open, else opened for that. A journal that its terminals could not
   * open is not opened again: where it was damaged, that would begin a new one.
   */
  read<T>(call: (journal: Journal<TransactionRecord>) => Promise<T>): Promise<T>;
}

/** The built-in journal, where it exists, and those of all journal nodes that are enabled. */
export function knownJournals(RED: NodeAPI): KnownJournal[] {
  const journals = new Map<string, () => Promise<Journal<TransactionRecord>>>();
  if (existsSync(builtInJournalFile(RED))) journals.set(journalKeyOf({}), () => openBuiltInJournal(RED));
  RED.nodes.eachNode(({ id, type }: NodeDef) => {
    const node = type === 'nexo-journal' ? (RED.nodes.getNode(id) as JournalNode | null) : null;
    if (node?.exists()) journals.set(journalKeyOf({ journal: id }), () => node.open());
  });
  return [...journals].map(([key, open]) => {
    const users = runningTerminals().filter(({ journal }) => journal === key);
    return {
      key,
      used: users.length > 0,
      open,
      read: (call) =>
        read(
          users.map(({ terminal }) => terminal),
          open,
          call,
        ),
    };
  });
}

async function read<T>(
  users: readonly { journal(): Promise<Journal<TransactionRecord>> }[],
  open: () => Promise<Journal<TransactionRecord>>,
  call: (journal: Journal<TransactionRecord>) => Promise<T>,
): Promise<T> {
  if (users.length > 0) return call(await Promise.any(users.map((terminal) => terminal.journal())));
  const journal = await open();
  try {
    return await call(journal);
  } finally {
    await journal.close();
  }
}
