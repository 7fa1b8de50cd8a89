/** A pending call that can be cancelled. */
export interface Timer {
  cancel(): void;
}

/** The source of time. It is passed in, so that tests and the simulation control it. */
export interface Clock {
  /** Wall clock: ms since 1970 (UTC). It can jump, in both directions. */
  now(): number;
  /** Monotonic clock: ms since an arbitrary start. Changes of the wall clock do not affect it. */
  elapsed(): number;
  /** Local time minus UTC, in minutes, at `now()`. */
  offset(): number;
  /** Calls `fire` once, `ms` from now. Never calls it synchronously, not even for 0 ms. */
  after(ms: number, fire: () => void): Timer;
}

const MINUTE = 60_000;
let cachedMinute = 0;
let cachedOffset = 0;

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  /** Cached for a minute: the offset changes twice a year, and the look-up is slow. */
  offset() {
    const ms = Date.now();
    const minute = Math.floor(ms / MINUTE);
    if (minute !== cachedMinute) cachedOffset = -new Date(ms).getTimezoneOffset();
    cachedMinute = minute;
    return cachedOffset;
  },
  after(ms, fire) {
    const timer = setTimeout(fire, ms);
    return { cancel: () => clearTimeout(timer) };
  },
};
