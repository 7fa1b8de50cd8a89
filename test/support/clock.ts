import type { Clock, Timer } from '../../lib/clock.ts';

/** A clock that moves only when a test advances it. Its wall clock can jump as well. */
export class ManualClock implements Clock {
  #now: number;
  /** The wall clock minus `elapsed`, in ms. */
  #jumped = 0;
  #scheduled = 0;
  #due: { at: number; order: number; callback: () => void }[] = [];

  constructor(now = Date.UTC(2023, 7, 24, 15, 4, 0, 498)) {
    this.#now = now;
  }

  now(): number {
    return this.#now + this.#jumped;
  }

  elapsed(): number {
    return this.#now;
  }

  offset(): number {
    return 0;
  }

  after(ms: number, callback: () => void): Timer {
    const entry = { at: this.#now + ms, order: this.#scheduled++, callback };
    this.#due.push(entry);
    return {
      cancel: () => {
        this.#due = this.#due.filter((other) => other !== entry);
      },
    };
  }

  /** Sets the wall clock forward, or back. No time passes. */
  jump(ms: number): void {
    this.#jumped += ms;
  }

  /** Number of pending timers. */
  get pending(): number {
    return this.#due.length;
  }

  /** Advances by `ms`: due timers fire in order, each at its own time. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const next = this.#due.filter((other) => other.at <= end).sort((a, b) => a.at - b.at || a.order - b.order)[0];
      if (!next) break;
      this.#due = this.#due.filter((other) => other !== next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
    }
    this.#now = end;
  }
}
