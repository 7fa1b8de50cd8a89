import type { Clock, Timer } from '../../clock.ts';
import type { Message } from '../../protocol/types.ts';
import type { Pos, PosReply } from './pos.ts';

/** One message to the POS. */
export interface OutboundMessage {
  message: Message;
  /** Milliseconds until it fails without an answer. */
  timeout: number;
  /** Called before it is sent; where it returns false, the message is dropped. */
  isWanted?: () => boolean;
  /** Called once with the answer or the failure; not called for a dropped message. */
  onReply?: (reply: PosReply) => void;
}

interface OpenMessage {
  outbound: OutboundMessage;
  timer: Timer | undefined;
}

/** Maximum number of waiting messages. Further ones fail. */
const MAX_WAITING = 500;

/**
 * The queue of a terminal's messages to its POS: one at a time, in order, each with a time-out. Callbacks that have to wait
 * for earlier messages are queued between them.
 */
export class PosQueue {
  readonly #pos: Pos;
  readonly #clock: Clock;
  #waiting: (OutboundMessage | (() => void))[] = [];
  #open: OpenMessage | undefined;
  #advancing = false;

  constructor(pos: Pos, clock: Clock) {
    this.#pos = pos;
    this.#clock = clock;
  }

  /** Queues a message. */
  send(outbound: OutboundMessage): void {
    if (this.#waiting.length < MAX_WAITING) this.#waiting.push(outbound);
    else outbound.onReply?.({ type: 'failed', reason: 'too many messages are waiting for the POS' });
    this.#advance();
  }

  /** Calls `callback` when every earlier message is answered or has failed; synchronously where there is none. */
  whenIdle(callback: () => void): void {
    this.#waiting.push(callback);
    this.#advance();
  }

  /** Fails every open and waiting message, and runs the waiting callbacks. */
  cancel(): void {
    const { open, waiting } = this.#takeAll();
    for (const one of [open, ...waiting]) {
      if (typeof one === 'function') one();
      else one?.onReply?.({ type: 'failed', reason: 'cancelled by the terminal' });
    }
  }

  /** Discards everything without a callback. */
  clear(): void {
    this.#takeAll();
  }

  #takeAll(): { open: OutboundMessage | undefined; waiting: (OutboundMessage | (() => void))[] } {
    const open = this.#open;
    const waiting = this.#waiting;
    open?.timer?.cancel();
    this.#open = undefined;
    this.#waiting = [];
    return { open: open?.outbound, waiting };
  }

  /** A loop instead of recursion: a POS in this process may answer synchronously. */
  #advance(): void {
    if (this.#advancing) return;
    this.#advancing = true;
    try {
      while (!this.#open) {
        const next = this.#waiting.shift();
        if (!next) break;
        if (typeof next === 'function') next();
        else if (next.isWanted?.() ?? true) this.#start(next);
      }
    } finally {
      this.#advancing = false;
    }
  }

  #start(outbound: OutboundMessage): void {
    const open: OpenMessage = { outbound, timer: undefined };
    this.#open = open;
    const settle = (reply: PosReply) => {
      // Ignore duplicate and late replies.
      if (this.#open !== open) return;
      open.timer?.cancel();
      this.#open = undefined;
      outbound.onReply?.(reply);
      this.#advance();
    };
    open.timer = this.#clock.after(outbound.timeout, () => settle({ type: 'failed', reason: 'no answer in time' }));
    try {
      this.#pos.send(outbound.message, settle);
    } catch (error) {
      settle({ type: 'failed', reason: (error as Error).message });
    }
  }
}
