import type { Connection } from './connection.ts';

const DAY = 24 * 60 * 60 * 1000;

/** Calls `work` every `ms` milliseconds until the function it returns is called. */
export type Every = (work: () => void, ms: number) => () => void;

export interface Retention {
  /** Days that a closed and delivered transaction is kept after its last change; 0: for ever. */
  retentionDays: number;
  /** Now, in ms since 1970. */
  now?: () => number;
  every?: Every;
}

/** Deletes now and every day what is past its days. Ends with the connection, or by the function it returns. */
export function startRetention(connection: Connection, options: Retention): () => void {
  const { retentionDays, now = Date.now, every = everyUnref } = options;
  if (retentionDays <= 0) return () => {};
  const work = () => void sweep(connection, now() - retentionDays * DAY);
  work();
  return every(work, DAY);
}

/** Deletes in small steps, so that payments fit in between. */
async function sweep(connection: Connection, before: number): Promise<void> {
  try {
    let deleted: unknown = 1;
    while (deleted !== 0 && connection.usable) deleted = await connection.call(['sweep', before]);
  } catch {
    // Whatever hinders it hinders the payments too, and is told there; tomorrow it tries again.
  }
}

function everyUnref(work: () => void, ms: number): () => void {
  const timer = setInterval(work, ms).unref();
  return () => clearInterval(timer);
}
