import type { Clock, Timer } from '../../clock.ts';

/** Maximum number of waiting messages. The oldest are dropped. */
const MAX_MESSAGES = 1000;

interface Poll {
  timer: Timer;
  answer: (messages: string[]) => void;
}

/** The messages of a channel's terminal, for polls and streams of the POS. */
export class Mailbox {
  readonly #clock: Clock;
  readonly #waiting: string[] = [];
  readonly #polls = new Set<Poll>();
  readonly #streams = new Set<(message: string) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Number of open polls and streams. */
  get listeners(): number {
    return this.#polls.size + this.#streams.size;
  }

  /** Adds a message. */
  post(message: string): void {
    this.#waiting.push(message);
    if (this.#waiting.length > MAX_MESSAGES) this.#waiting.shift();
    for (const poll of [...this.#polls].slice(0, 1)) this.#answer(poll);
    if (this.#streams.size === 0) return;
    for (const text of this.#waiting.splice(0)) for (const write of this.#streams) write(text);
  }

  /**
   * Answers with the waiting messages, immediately or when the first one arrives, and with none after `ms` milliseconds.
   * @returns a function that cancels the poll
   */
  poll(ms: number, answer: (messages: string[]) => void): () => void {
    const poll: Poll = { answer, timer: this.#clock.after(ms, () => this.#answer(poll)) };
    this.#polls.add(poll);
    if (this.#waiting.length > 0) this.#answer(poll);
    return () => this.#endPoll(poll);
  }

  /** Writes the waiting messages and each later one. @returns a function that ends the stream */
  stream(write: (message: string) => void): () => void {
    for (const text of this.#waiting.splice(0)) write(text);
    this.#streams.add(write);
    return () => this.#streams.delete(write);
  }

  /** Closes the mailbox: open polls are answered without messages. */
  close(): void {
    this.#waiting.length = 0;
    for (const poll of [...this.#polls]) this.#answer(poll);
    this.#streams.clear();
  }

  #answer(poll: Poll): void {
    this.#endPoll(poll);
    poll.answer(this.#waiting.splice(0));
  }

  #endPoll(poll: Poll): void {
    poll.timer.cancel();
    this.#polls.delete(poll);
  }
}
