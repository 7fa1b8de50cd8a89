const DAY = 24 * 60 * 60 * 1000;

/** Calls `work` every `ms` milliseconds until the function it returns is called. */
export type Interval = (work: () => void, ms: number) => () => void;

/** How long a journal keeps its rows. */
export interface Retention {
  /** Days that a closed and delivered transaction is kept after its last change; 0: for ever. */
  retentionDays: number;
  /** Now, in ms since 1970. */
  now?: () => number;
  every?: Interval;
}

/**
 * Deletes a bounded number of closed and delivered rows that were last changed before that time (ms since 1970), so that
 * payments fit in between. Resolves with how many there were.
 */
export type Sweep = (before: number) => Promise<number>;

/** Deletes at once, then every day, the rows whose days are over. Ends with the function it returns. */
export function startRetention(sweep: Sweep, options: Retention): () => void {
  const { retentionDays, now = Date.now, every = everyUnref } = options;
  if (retentionDays <= 0) return () => {};
  let stopped = false;
  const sweepAll = async () => {
    const before = now() - retentionDays * DAY;
    try {
      let deleted = 1;
      while (deleted > 0 && !stopped) deleted = await sweep(before);
    } catch {
      // What fails here fails the payments too, and is reported there; the next day tries again.
    }
  };
  void sweepAll();
  const cancel = every(() => void sweepAll(), DAY);
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
