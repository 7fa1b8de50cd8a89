/** Something that will happen, unless it is cancelled in time. */
export interface Timer {
  cancel(): void;
}

/** All the time the virtual terminal knows, so that tests and simulators can turn it by hand. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `fn` once, `ms` milliseconds from now, never at once. */
  after(ms: number, fn: () => void): Timer;
}

/** The time of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, fn) {
    const timer = setTimeout(fn, ms);
    return { cancel: () => clearTimeout(timer) };
  },
};
