import type { Message } from '../protocol/types.ts';
import type { Decoded } from '../protocol/xml/decode.ts';
import type { Receiver, Sender } from './options.ts';

/** Answered DeviceIDs a terminal's line remembers. A repeat comes right after what it repeats, or never. */
const REMEMBERED = 16;

/** What became of a message: the receiver's response, or that it failed, or that the terminal was taken away. */
export type DeliveryOutcome =
  | { type: 'answered'; response: Message | undefined }
  | { type: 'failed'; error: unknown }
  | { type: 'ended' };

export type Settle = (outcome: DeliveryOutcome) => void;

/** Why a message is not taken. */
export type NotTaken = 'full' | 'id_open';

export interface Arrival {
  decoded: Decoded;
  /** Of its bytes: two messages with one DeviceID are the same if this is the same. */
  digest: string | undefined;
  from: Sender;
}

interface Job {
  readonly arrival: Arrival;
  readonly waiting: Settle[];
  known: Known | undefined;
}

/** A DeviceID that was seen. It keeps no more of the message than it must. */
interface Known {
  readonly digest: string;
  job: Job | undefined;
  outcome: DeliveryOutcome | undefined;
}

/**
 * The messages of one terminal, in order. Each is given to the receiver once: a repeat joins the one it repeats, or gets
 * the answer that was given. Displays and events hold the line until they are settled; whatever may wait for a person
 * is only begun in its turn, so that the texts behind it still come.
 */
export class InboundQueue {
  readonly #receiver: Receiver;
  readonly #limit: number;
  readonly #queue: Job[] = [];
  readonly #open = new Set<Job>();
  readonly #known = new Map<string, Known>();
  #held = false;
  #ended = false;

  constructor(receiver: Receiver, limit: number) {
    this.#receiver = receiver;
    this.#limit = limit;
  }

  /**
   * Takes a message. The receiver gets it in a microtask: whoever does not wait for its answer can answer before.
   *
   * @param settle called once, with what became of it
   * @returns why it is not taken (then `settle` is never called), or undefined
   */
  take(arrival: Arrival, settle: Settle): NotTaken | undefined {
    const key = keyOf(arrival);
    const known = key === undefined ? undefined : this.#known.get(key);
    if (known !== undefined && known.digest === arrival.digest) {
      if (known.outcome) settle(known.outcome);
      else known.job?.waiting.push(settle);
      return undefined;
    }
    // Two open requests with one id: an answer could not be told to belong to either.
    if (known?.job) return 'id_open';
    if (this.#open.size >= this.#limit) return 'full';
    const job: Job = { arrival, waiting: [settle], known: undefined };
    if (key !== undefined && arrival.digest !== undefined) {
      job.known = { digest: arrival.digest, job, outcome: undefined };
      this.#known.delete(key);
      this.#known.set(key, job.known);
    }
    this.#open.add(job);
    this.#queue.push(job);
    if (this.#queue.length === 1 && !this.#held) queueMicrotask(() => this.#advance());
    return undefined;
  }

  /** DeviceIDs start over: a new login session. */
  forget(): void {
    this.#known.clear();
  }

  /** Nothing more goes to the receiver, and nobody waits any longer. */
  end(): void {
    this.#ended = true;
    this.#queue.length = 0;
    for (const job of [...this.#open]) this.#settle(job, { type: 'ended' });
  }

  #advance(): void {
    while (!this.#held) {
      const job = this.#queue.shift();
      if (job === undefined) return;
      if (!holdsTheLine(job)) this.#run(job);
      else {
        this.#held = true;
        this.#run(job).then(() => {
          this.#held = false;
          this.#advance();
        });
      }
    }
  }

  /** Never rejects. */
  async #run(job: Job): Promise<void> {
    const { decoded, from } = job.arrival;
    try {
      const response = await this.#receiver.receive(decoded.message, decoded.header, from);
      this.#settle(job, { type: 'answered', response });
    } catch (error) {
      this.#settle(job, { type: 'failed', error });
    }
  }

  #settle(job: Job, outcome: DeliveryOutcome): void {
    if (!this.#open.delete(job)) return;
    if (job.known) {
      job.known.job = undefined;
      job.known.outcome = outcome;
    }
    if (!this.#ended) this.#forgetOldest();
    for (const settle of job.waiting) settle(outcome);
  }

  #forgetOldest(): void {
    if (this.#known.size <= REMEMBERED) return;
    for (const [key, known] of this.#known) {
      if (known.job === undefined) this.#known.delete(key);
      if (this.#known.size <= REMEMBERED) return;
    }
  }
}

/** Only DeviceIDs tell messages apart: an event's ServiceID may be that of the payment it belongs to. */
function keyOf({ decoded: { header } }: Arrival): string | undefined {
  return header.DeviceID === undefined ? undefined : `${header.MessageCategory} ${header.DeviceID}`;
}

function holdsTheLine({ arrival }: Job): boolean {
  const { body } = arrival.decoded;
  return body === 'DisplayRequest' || body === 'EventNotification';
}
