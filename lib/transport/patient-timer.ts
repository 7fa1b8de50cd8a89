import type { Clock, Timer } from '../clock.ts';

/** Parts in which the time is counted. */
const PARTS = 10;

/**
 * Calls `fire` after `ms` milliseconds in which this process was able to run. While it is blocked or starved, an answer may
 * have arrived that it has not read yet: such a pause counts as a tenth of the time at most.
 */
export function patientTimer(clock: Clock, ms: number, fire: () => void): Timer {
  let left = PARTS;
  const next = (): Timer => clock.after(ms / PARTS, count);
  const count = () => {
    if (--left === 0) return fire();
    timer = next();
  };
  let timer = next();
  return { cancel: () => timer.cancel() };
}
