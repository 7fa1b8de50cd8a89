import type { Clock, Timer } from '../../clock.ts';

/** Things that happen one after the other, each at its time. */
export class Timeline<T extends { at: number }> implements Timer {
  readonly #act: (cue: T) => void;
  #rest: { cue: T; timer: Timer }[];

  /** @param cues in order; what is due at 0 happens at once */
  constructor(clock: Clock, cues: readonly T[], act: (cue: T) => void) {
    this.#act = act;
    for (const cue of cues) if (cue.at <= 0) act(cue);
    const later = cues.filter(({ at }) => at > 0);
    this.#rest = later.map((cue) => ({ cue, timer: clock.after(cue.at, () => this.#next()) }));
  }

  /** Lets everything happen that has not yet. */
  finish(): void {
    while (this.#rest.length > 0) this.#next();
  }

  cancel(): void {
    for (const { timer } of this.#rest) timer.cancel();
    this.#rest = [];
  }

  #next(): void {
    const next = this.#rest.shift();
    next?.timer.cancel();
    if (next) this.#act(next.cue);
  }
}
