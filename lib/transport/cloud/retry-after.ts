import type { Clock } from '../../clock.ts';
import { abortablePause } from '../abortable-pause.ts';
import { busyError } from './http-refusal.ts';

/** Maximum milliseconds a request waits. A request that would have to wait longer is rejected. */
const MAX_PAUSE = 10_000;

/** Delays or rejects requests while the service asks for a pause (`Retry-After`). */
export class RetryAfter {
  readonly #clock: Clock;
  #blockedUntil = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Starts a pause, or extends it. @param ms its length from now */
  block(ms: number): void {
    this.#blockedUntil = Math.max(this.#blockedUntil, this.#clock.elapsed() + ms);
  }

  /**
   * Resolves when a request may be sent. Never rejects.
   * @returns undefined, or why the request may not be sent: it was aborted, or the pause is too long
   */
  async wait(signal: AbortSignal): Promise<string | undefined> {
    const remaining = this.#blockedUntil - this.#clock.elapsed();
    if (remaining > MAX_PAUSE) return busyError('(it asked for a pause)', remaining).message;
    if (remaining > 0) await abortablePause(this.#clock, remaining, signal);
    return signal.aborted ? 'cancelled before it was sent' : undefined;
  }
}
