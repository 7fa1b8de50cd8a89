import type { Now } from '../session/effects.ts';

/** Time as a terminal needs it, passed in so that tests can turn it. */
export interface Clock {
  now(): Now;
  /** Calls back once after `ms`, unless cancelled. */
  after(ms: number, fire: () => void): { cancel(): void };
}

export const systemClock: Clock = {
  now: () => {
    const date = new Date();
    return { ms: date.getTime(), offset: -date.getTimezoneOffset() };
  },
  after: (ms, fire) => {
    const timer = setTimeout(fire, ms);
    return { cancel: () => clearTimeout(timer) };
  },
};
