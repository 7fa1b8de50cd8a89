import type { Clock, Timer } from '../../clock.ts';

/** Runs steps in order, each at its time. */
export class Timeline<T extends { at: number }> implements Timer {
  readonly #act: (step: T) => void;
  #pending: { step: T; timer: Timer }[];

  /** @param steps in order; steps at 0 run synchronously */
  constructor(clock: Clock, steps: readonly T[], act: (step: T) => void) {
    this.#act = act;
    for (const step of steps) if (step.at <= 0) act(step);
    const pending = steps.filter(({ at }) => at > 0);
    this.#pending = pending.map((step) => ({ step, timer: clock.after(step.at, () => this.#next()) }));
  }

  /** Runs all remaining steps now. */
  finish(): void {
    while (this.#pending.length > 0) this.#next();
  }

  /** Discards all remaining steps. */
  cancel(): void {
    for (const { timer } of this.#pending) timer.cancel();
    this.#pending = [];
  }

  #next(): void {
    const next = this.#pending.shift();
    next?.timer.cancel();
    if (next) this.#act(next.step);
  }
}
