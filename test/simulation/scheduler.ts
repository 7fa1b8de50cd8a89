import type { Timer } from '../../lib/clock.ts';

interface Entry extends Timer {
  at: number;
  order: number;
  fire: (() => void) | undefined;
}

/** Virtual time, in whole ms since the world began: things happen in order, one at a time, and waiting takes no time. */
export class Scheduler {
  now = 0;
  #order = 0;
  readonly #heap: Entry[] = [];

  /** Calls `fire` after that many ms of virtual time, never at once. */
  after(ms: number, fire: () => void): Timer {
    const entry: Entry = {
      at: this.now + Math.max(0, ms),
      order: this.#order++,
      fire,
      cancel() {
        this.fire = undefined;
      },
    };
    this.#push(entry);
    return entry;
  }

  /** Lets the next thing happen. @returns false where nothing is left, or nothing before `end` */
  step(end = Number.POSITIVE_INFINITY): boolean {
    for (;;) {
      const next = this.#heap[0];
      if (next === undefined || next.at > end) return false;
      this.#pop();
      if (next.fire === undefined) continue;
      this.now = next.at;
      const { fire } = next;
      next.fire = undefined;
      fire();
      return true;
    }
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !before(entry, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      let smaller = heap[child];
      if (smaller === undefined) break;
      const right = heap[child + 1];
      if (right !== undefined && before(right, smaller)) {
        smaller = right;
        child++;
      }
      if (!before(smaller, last)) break;
      heap[at] = smaller;
      at = child;
    }
    heap[at] = last;
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
