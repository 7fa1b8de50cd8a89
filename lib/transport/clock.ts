/** Time as transports need it, passed in so that tests can turn it. */
export interface Clock {
  /** Milliseconds that only ever grow: nobody sets them back or ahead. */
  now(): number;
  /** Calls back once after `ms`, unless cancelled. */
  after(ms: number, fire: () => void): { cancel(): void };
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, fire) {
    const timer = setTimeout(fire, ms);
    return { cancel: () => clearTimeout(timer) };
  },
};

/** Waits `ms`, or until given up. Leaves no timer and no listener behind. Never rejects. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      timer.cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = clock.after(ms, end);
    signal.addEventListener('abort', end, { once: true });
  });
}
