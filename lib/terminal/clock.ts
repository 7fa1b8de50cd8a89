import type { Now } from '../session/effects.ts';

/** Time as a terminal needs it, passed in so that tests can turn it. */
export interface Clock {
  now(): Now;
  /** Calls back once after `ms`, unless cancelled. */
  after(ms: number, fire: () => void): { cancel(): void };
}

const MINUTE = 60_000;
let minute = 0;
let offset = 0;

/** Local time minus UTC, looked up once a minute: it changes twice a year, and looking it up is slow. */
function offsetAt(ms: number): number {
  const now = Math.floor(ms / MINUTE);
  if (now !== minute) offset = -new Date(ms).getTimezoneOffset();
  minute = now;
  return offset;
}

export const systemClock: Clock = {
  now: () => {
    const ms = Date.now();
    return { ms, offset: offsetAt(ms) };
  },
  after: (ms, fire) => {
    const timer = setTimeout(fire, ms);
    return { cancel: () => clearTimeout(timer) };
  },
};
