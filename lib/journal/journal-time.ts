const DAY = 86_400_000;
/** No transaction is older: an earlier wall clock is not set. */
const EARLIEST = Date.UTC(2025, 0, 1);
/** A gap up to this long, between two looks at the wall clock, is taken for time in which the machine was off. */
const LONGEST_GAP = 45 * DAY;
/** How long a process has to run with a wall clock that jumped before later gaps are measured from there. */
const PROBATION = 3 * DAY;

/** What a journal stores of its time, in ms since 1970. */
export interface StoredTime {
  /** The journal's own time: it never goes back, and a wall clock that is wrong moves it by little. */
  time: number;
  /** The latest wall clock that was believed. */
  mark: number;
}

/** The clocks of a machine: the wall clock in ms since 1970, which may jump, and one that only grows, in ms. */
export interface MachineClocks {
  now: () => number;
  elapsed: () => number;
}

/**
 * The time by which a journal measures how old its rows are. It grows with the running time of the process, and with gaps
 * of the wall clock that a machine that was off explains. A clock in 1970, or years ahead, makes no row older.
 */
export class JournalTime {
  readonly #clocks: MachineClocks;
  readonly #onJump: (ms: number) => void;
  #stored: StoredTime;
  #lookedAt: number;
  /** How long this process has run since the wall clock jumped ahead of the mark. */
  #probation: number | undefined;

  /** @param onJump called once for a wall clock that is ahead of the mark by more than a gap: by how many ms */
  constructor(stored: StoredTime, clocks: MachineClocks, onJump: (ms: number) => void = () => undefined) {
    this.#stored = stored;
    this.#clocks = clocks;
    this.#onJump = onJump;
    this.#lookedAt = clocks.elapsed();
  }

  /** The first time of a journal. @param newest the newest change of a row in it, in ms since 1970, where there is one */
  static first(now: number, newest: number | undefined): StoredTime {
    const time = Math.max(EARLIEST, newest === undefined ? now : Math.min(newest, now));
    return { time, mark: time };
  }

  /** The time now. */
  get now(): number {
    return Math.floor(this.#stored.time + this.#clocks.elapsed() - this.#lookedAt);
  }

  /** Looks at the wall clock. @returns what to store */
  look(): StoredTime {
    const elapsed = this.#clocks.elapsed();
    const ran = elapsed - this.#lookedAt;
    const now = this.#clocks.now();
    const { time, mark } = this.#stored;
    const step = now - mark;
    this.#lookedAt = elapsed;
    if (step <= ran + LONGEST_GAP) {
      this.#probation = undefined;
      this.#stored = { time: Math.floor(time + Math.max(ran, step, 0)), mark: Math.max(mark, now) };
      return this.#stored;
    }
    if (this.#probation === undefined) this.#onJump(step);
    this.#probation = this.#probation === undefined ? 0 : this.#probation + ran;
    // The jump itself makes nothing older, believed or not.
    this.#stored = { time: Math.floor(time + ran), mark: this.#probation >= PROBATION ? now : mark };
    return this.#stored;
  }
}
