import type { Clock, Timer } from '../../lib/clock.ts';

/** A clock that stands still until it is turned. */
export class HandClock implements Clock {
  #now: number;
  #turns = 0;
  #due: { at: number; order: number; fn: () => void }[] = [];

  constructor(now = Date.UTC(2023, 7, 24, 15, 4, 0, 498)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  elapsed(): number {
    return this.#now;
  }

  offset(): number {
    return 0;
  }

  after(ms: number, fn: () => void): Timer {
    const entry = { at: this.#now + ms, order: this.#turns++, fn };
    this.#due.push(entry);
    return {
      cancel: () => {
        this.#due = this.#due.filter((one) => one !== entry);
      },
    };
  }

  /** How many things are still to happen. */
  get pending(): number {
    return this.#due.length;
  }

  /** Lets `ms` pass: what is due happens in order, each at its own time. */
  turn(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const next = this.#due.filter((one) => one.at <= end).sort((a, b) => a.at - b.at || a.order - b.order)[0];
      if (!next) break;
      this.#due = this.#due.filter((one) => one !== next);
      this.#now = Math.max(this.#now, next.at);
      next.fn();
    }
    this.#now = end;
  }
}
