import type { Clock, Timer } from '../../clock.ts';
import type { Message } from '../../protocol/types.ts';
import type { Pos, PosReply } from './pos.ts';

/** One message on its way to the POS. */
export interface Call {
  message: Message;
  /** Milliseconds it waits for an answer. */
  limit: number;
  /** Asked when its turn comes: whether it is still worth sending. */
  wanted?: () => boolean;
  /** Called once with the answer, or the word that it was given up; not at all when it was no longer wanted. */
  answered?: (reply: PosReply) => void;
}

interface Open {
  call: Call;
  timer: Timer | undefined;
}

/** How many messages may wait. A terminal that has more to say than its POS listens to loses the newest. */
const MOST = 500;

/**
 * The terminal's way to its POS: one message at a time, in order, each with a time limit. What must happen only after
 * everything before it was answered stands in the same line.
 */
export class PosQueue {
  readonly #pos: Pos;
  readonly #clock: Clock;
  #waiting: (Call | (() => void))[] = [];
  #open: Open | undefined;
  #pumping = false;

  constructor(pos: Pos, clock: Clock) {
    this.#pos = pos;
    this.#clock = clock;
  }

  send(call: Call): void {
    if (this.#waiting.length < MOST) this.#waiting.push(call);
    else call.answered?.({ type: 'failed', reason: 'too many messages are waiting for the POS' });
    this.#pump();
  }

  /** Calls `fn` when all that was said so far is answered or given up: at once where nothing is. */
  afterwards(fn: () => void): void {
    this.#waiting.push(fn);
    this.#pump();
  }

  /** Gives up what is open and what waits; what stands in line for its turn has it now. */
  cut(): void {
    const { open, waiting } = this.#empty();
    for (const one of [open, ...waiting]) {
      if (typeof one === 'function') one();
      else one?.answered?.({ type: 'failed', reason: 'given up by the terminal' });
    }
  }

  /** Forgets everything: nobody is called any more. */
  off(): void {
    this.#empty();
  }

  #empty(): { open: Call | undefined; waiting: (Call | (() => void))[] } {
    const open = this.#open;
    const waiting = this.#waiting;
    open?.timer?.cancel();
    this.#open = undefined;
    this.#waiting = [];
    return { open: open?.call, waiting };
  }

  /** A loop, not a recursion: a POS within the process may answer at once. */
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      while (!this.#open) {
        const next = this.#waiting.shift();
        if (!next) break;
        if (typeof next === 'function') next();
        else if (next.wanted?.() ?? true) this.#start(next);
      }
    } finally {
      this.#pumping = false;
    }
  }

  #start(call: Call): void {
    const open: Open = { call, timer: undefined };
    this.#open = open;
    const settle = (reply: PosReply) => {
      // A second answer, or one after the time was up, is nobody's.
      if (this.#open !== open) return;
      open.timer?.cancel();
      this.#open = undefined;
      call.answered?.(reply);
      this.#pump();
    };
    open.timer = this.#clock.after(call.limit, () => settle({ type: 'failed', reason: 'no answer in time' }));
    try {
      this.#pos.send(call.message, settle);
    } catch (error) {
      settle({ type: 'failed', reason: (error as Error).message });
    }
  }
}
