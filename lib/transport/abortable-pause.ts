import type { Clock } from '../clock.ts';

/** Resolves after `ms` milliseconds, or when `signal` is aborted. Leaves no timer and no listener. Never rejects. */
export function abortablePause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
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
