import type { Clock } from '../../clock.ts';
import { abortablePause } from '../abortable-pause.ts';
import { busy } from './http-refusal.ts';

/** Milliseconds a request waits for the service to have time again; where it has to be longer, it is turned away. */
const PATIENCE = 10_000;

/** Keeps requests back while the service asks to be left alone (`Retry-After`). */
export class RetryAfterGate {
  readonly #clock: Clock;
  #opensAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Nothing passes for so many milliseconds. */
  shut(ms: number): void {
    this.#opensAt = Math.max(this.#opensAt, this.#clock.elapsed() + ms);
  }

  /**
   * Resolves when a request may go; a short wait is waited for. Never rejects.
   * @returns why it may not: it was given up, or the wait is too long
   */
  async pass(signal: AbortSignal): Promise<string | undefined> {
    const wait = this.#opensAt - this.#clock.elapsed();
    if (wait > PATIENCE) return busy('(it asked to be left alone)', wait).message;
    if (wait > 0) await abortablePause(this.#clock, wait, signal);
    return signal.aborted ? 'given up before it was sent' : undefined;
  }
}
