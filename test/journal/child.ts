/**
 * A process to be killed, or to be in the way. `child.ts <file> hold` opens the journal and waits; `write` opens it and
 * writes rows for ever with eight writers, one line on stdout for each that the journal acknowledged: its id and state;
 * `leave` writes one row and forgets to close.
 */
import { writeSync } from 'node:fs';
import { openJournal } from '../../lib/journal/sqlite/sqlite-journal.ts';
import { closedRow, handleOf, rowOf, type TestRow } from './rows.ts';

const [file = '', task] = process.argv.slice(2);

/** Waits where the pipe is full, which a slow parent makes likely. */
function say(line: string): void {
  const bytes = Buffer.from(`${line}\n`);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
}

async function writeForEver(writer: number): Promise<void> {
  const handle = await handleOf(journal, `W${writer}`);
  for (let n = 0; ; n++) {
    const id = `${writer}-${n}`;
    await handle.begin(rowOf(id, { terminal: `W${writer}`, context: 'x'.repeat(n % 3000) }));
    say(`${id} intent`);
    await handle.put(closedRow(id, { terminal: `W${writer}`, context: 'y'.repeat(n % 3000) }));
    say(`${id} closed`);
    handle.delivered(id);
  }
}

const journal = await openJournal<TestRow>({ file, retentionDays: 30 });
if (task === 'hold') {
  say('open');
  process.stdin.resume();
}
if (task === 'write') for (let writer = 0; writer < 8; writer++) void writeForEver(writer);
if (task === 'leave') {
  const handle = await handleOf(journal);
  void handle.begin(rowOf('T1'));
  handle.delivered('T1');
}
