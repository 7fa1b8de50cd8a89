/** Something that is going to happen, unless it is cancelled in time. */
export interface Timer {
  cancel(): void;
}

/** The time, passed in so that tests and the simulation can turn it by hand. */
export interface Clock {
  /** Wall clock: ms since 1970 (UTC). It can jump, in both directions. */
  now(): number;
  /** ms since some moment in the past. It only grows, whatever happens to the wall clock. */
  elapsed(): number;
  /** Local time minus UTC, in minutes, at `now()`. */
  offset(): number;
  /** Calls `fire` once, `ms` from now, never at once. */
  after(ms: number, fire: () => void): Timer;
}

const MINUTE = 60_000;
let minute = 0;
let offset = 0;

/** The time of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  /** Looked up once a minute: it changes twice a year, and the look-up is slow. */
  offset() {
    const ms = Date.now();
    const current = Math.floor(ms / MINUTE);
    if (current !== minute) offset = -new Date(ms).getTimezoneOffset();
    minute = current;
    return offset;
  },
  after(ms, fire) {
    const timer = setTimeout(fire, ms);
    return { cancel: () => clearTimeout(timer) };
  },
};
