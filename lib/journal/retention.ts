import type { JournalTime, StoredTime } from './journal-time.ts';

const DAY = 24 * 60 * 60 * 1000;
/** The smallest share of its rows that a journal deletes in one sweep. */
const SMALLEST_SHARE = 0.02;
/** Sweeps are at least this far apart, in journal time: a process that restarts all day deletes no more than another. */
const PAUSE = DAY - 60 * 60 * 1000;

/** Calls `work` every `ms` milliseconds until the function it returns is called. */
export type Interval = (work: () => void, ms: number) => () => void;

/** How long a journal keeps its rows. */
export interface Retention {
  /** Days that a closed and delivered transaction is kept after its last change; 0: for ever. */
  retentionDays: number;
  every?: Interval;
}

/** The rows of a journal, as retention needs them. */
export interface SweptRows {
  /** How many there are. */
  count(): Promise<number>;
  /**
   * Deletes closed and delivered rows that were last changed before that journal time, `limit` at most, and few enough that
   * payments fit in between. Resolves with how many there were.
   */
  sweep(before: number, limit: number): Promise<number>;
  /** Stores durably the journal's time, and that of its last sweep. */
  keepTime(time: StoredTime, swept: number): Promise<void>;
}

/**
 * Looks at the clock, and deletes the rows whose days are over: at once, then every day. One sweep takes a bounded share,
 * some times what a day adds: if a clock misleads it all the same, there are days to notice that. Ends with the function it
 * returns.
 *
 * @param swept when the journal was swept last, in journal time
 */
export function startRetention(rows: SweptRows, time: JournalTime, swept: number, options: Retention): () => void {
  const { retentionDays, every = everyUnref } = options;
  let stopped = false;
  let last = swept;
  const daily = async () => {
    const stored = time.look();
    const due = retentionDays > 0 && stored.time - last >= PAUSE;
    if (due) last = stored.time;
    try {
      await rows.keepTime(stored, last);
      if (!due) return;
      let left = Math.ceil((await rows.count()) * Math.max(SMALLEST_SHARE, Math.min(1, 3 / retentionDays)));
      for (let deleted = 1; deleted > 0 && left > 0 && !stopped; left -= deleted) {
        deleted = await rows.sweep(stored.time - retentionDays * DAY, left);
      }
    } catch {
      // What fails here fails the payments too, and is reported there; the next day tries again.
    }
  };
  void daily();
  const cancel = every(() => void daily(), DAY);
  return () => {
    stopped = true;
    cancel();
  };
}

/** Does not keep the process alive. */
function everyUnref(work: () => void, ms: number): () => void {
  const timer = setInterval(work, ms).unref();
  return () => clearInterval(timer);
}
