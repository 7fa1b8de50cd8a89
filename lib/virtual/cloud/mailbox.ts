import type { Clock, Timer } from '../../clock.ts';

/** Messages that wait for a POS to come for them; older ones are dropped. */
const MOST = 1000;

interface Poll {
  timer: Timer;
  answer: (messages: string[]) => void;
}

/** What the terminal of a channel has said: for whoever polls, and for whoever has a stream open. */
export class Mailbox {
  readonly #clock: Clock;
  readonly #waiting: string[] = [];
  readonly #polls = new Set<Poll>();
  readonly #streams = new Set<(message: string) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many listen just now. */
  get listeners(): number {
    return this.#polls.size + this.#streams.size;
  }

  post(message: string): void {
    this.#waiting.push(message);
    if (this.#waiting.length > MOST) this.#waiting.shift();
    for (const poll of [...this.#polls].slice(0, 1)) this.#answer(poll);
    if (this.#streams.size === 0) return;
    for (const text of this.#waiting.splice(0)) for (const write of this.#streams) write(text);
  }

  /**
   * Answers with what waits, at once or as soon as there is something, and with nothing after `ms`.
   * @returns how to leave
   */
  poll(ms: number, answer: (messages: string[]) => void): () => void {
    const poll: Poll = { answer, timer: this.#clock.after(ms, () => this.#answer(poll)) };
    this.#polls.add(poll);
    if (this.#waiting.length > 0) this.#answer(poll);
    return () => this.#leave(poll);
  }

  /** Writes what waits and what comes. @returns how to leave */
  stream(write: (message: string) => void): () => void {
    for (const text of this.#waiting.splice(0)) write(text);
    this.#streams.add(write);
    return () => this.#streams.delete(write);
  }

  /** The channel is dead: polls are answered, for the next ones to be told so. */
  close(): void {
    this.#waiting.length = 0;
    for (const poll of [...this.#polls]) this.#answer(poll);
    this.#streams.clear();
  }

  #answer(poll: Poll): void {
    this.#leave(poll);
    poll.answer(this.#waiting.splice(0));
  }

  #leave(poll: Poll): void {
    poll.timer.cancel();
    this.#polls.delete(poll);
  }
}
