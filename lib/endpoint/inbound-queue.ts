import type { Decoded } from '../protocol/codec.ts';
import type { Message } from '../protocol/types.ts';
import type { Receiver, Sender } from './options.ts';

/** Answered DeviceIDs that a queue remembers. A repeat follows directly on the message it repeats. */
const MAX_REMEMBERED = 16;
/**
 * Milliseconds after an answer in which the same message is its repeat, sent because the answer was lost. Later it is a
 * question of its own, of a terminal that numbers its messages anew: an earlier answer must not accept a signature that no
 * person has looked at.
 */
const REPEAT_TIME = 10_000;

/** The result of a delivery: the receiver's response, its failure, or that the queue was closed first. */
export type DeliveryOutcome =
  | { type: 'answered'; response: Message | undefined }
  | { type: 'failed'; error: unknown }
  | { type: 'ended' };

export type OnOutcome = (outcome: DeliveryOutcome) => void;

/** Why a message is not accepted: the queue is full, or another open message has the same DeviceID. */
export type Rejection = 'full' | 'id_open';

export interface InboundMessage {
  decoded: Decoded;
  /** Hash of its bytes. Two messages with one DeviceID and equal digests are the same message. */
  digest: string | undefined;
  from: Sender;
}

interface Job {
  readonly inbound: InboundMessage;
  readonly callbacks: OnOutcome[];
  seen: SeenRequest | undefined;
}

/** A DeviceID that was received. Holds no content of the message: it may be card data. */
interface SeenRequest {
  readonly digest: string;
  job: Job | undefined;
  outcome: DeliveryOutcome | undefined;
  /** When it was settled, as `now` counts. */
  settledAt: number;
}

/**
 * The messages of one terminal, delivered to the receiver in order and once each. A repeat that comes while its message is
 * open, or within seconds of the answer, and within the same payment, shares its outcome. Displays and events block the queue until they are settled. Messages that may wait for a person
 * (input, print, transmit) start in order and do not block the messages after them.
 */
export class InboundQueue {
  readonly #receiver: Receiver;
  readonly #limit: number;
  readonly #queue: Job[] = [];
  readonly #open = new Set<Job>();
  readonly #seen = new Map<string, SeenRequest>();
  #blocked = false;
  #closed = false;
  readonly #now: () => number;

  /** @param now milliseconds of a clock that is never set */
  constructor(receiver: Receiver, limit: number, now: () => number = () => performance.now()) {
    this.#receiver = receiver;
    this.#limit = limit;
    this.#now = now;
  }

  /**
   * Adds a message. The receiver gets it in a microtask, so that the caller can send an HTTP answer first.
   *
   * @param onOutcome called once with the outcome
   * @returns undefined, or why the message is not accepted; then `onOutcome` is never called
   */
  add(inbound: InboundMessage, onOutcome: OnOutcome): Rejection | undefined {
    const key = keyOf(inbound, this.#receiver.payment?.() ?? '');
    const seen = key === undefined ? undefined : this.#remembered(key);
    if (seen !== undefined && seen.digest === inbound.digest) {
      if (seen.outcome) onOutcome(seen.outcome);
      else seen.job?.callbacks.push(onOutcome);
      return undefined;
    }
    // Two open requests with one id: an answer could not be assigned to either.
    if (seen?.job) return 'id_open';
    if (this.#open.size >= this.#limit) return 'full';
    const job: Job = { inbound, callbacks: [onOutcome], seen: undefined };
    if (key !== undefined && inbound.digest !== undefined) {
      job.seen = { digest: inbound.digest, job, outcome: undefined, settledAt: 0 };
      this.#seen.delete(key);
      this.#seen.set(key, job.seen);
    }
    this.#open.add(job);
    this.#queue.push(job);
    if (this.#queue.length === 1 && !this.#blocked) queueMicrotask(() => this.#advance());
    return undefined;
  }

  /** Call at a new login session: its DeviceIDs start over. */
  forgetDeviceIds(): void {
    this.#seen.clear();
  }

  /** Settles every open message as `ended`; delivers nothing more. */
  close(): void {
    this.#closed = true;
    this.#queue.length = 0;
    for (const job of [...this.#open]) this.#settle(job, { type: 'ended' });
  }

  #advance(): void {
    while (!this.#blocked) {
      const job = this.#queue.shift();
      if (job === undefined) return;
      if (!blocksQueue(job)) this.#run(job);
      else {
        this.#blocked = true;
        this.#run(job).then(() => {
          this.#blocked = false;
          this.#advance();
        });
      }
    }
  }

  /** Never rejects. */
  async #run(job: Job): Promise<void> {
    const { decoded, from } = job.inbound;
    try {
      const response = await this.#receiver.receive(decoded.message, decoded.header, from);
      this.#settle(job, { type: 'answered', response });
    } catch (error) {
      this.#settle(job, { type: 'failed', error });
    }
  }

  #settle(job: Job, outcome: DeliveryOutcome): void {
    if (!this.#open.delete(job)) return;
    if (job.seen) {
      job.seen.job = undefined;
      job.seen.outcome = outcome;
      job.seen.settledAt = this.#now();
    }
    if (!this.#closed) this.#forgetOldest();
    for (const settle of job.callbacks) settle(outcome);
  }

  #remembered(key: string): SeenRequest | undefined {
    const seen = this.#seen.get(key);
    const isOld = seen?.outcome !== undefined && this.#now() - seen.settledAt > REPEAT_TIME;
    if (isOld) this.#seen.delete(key);
    return isOld ? undefined : seen;
  }

  #forgetOldest(): void {
    if (this.#seen.size <= MAX_REMEMBERED) return;
    for (const [key, seen] of this.#seen) {
      if (seen.job === undefined) this.#seen.delete(key);
      if (this.#seen.size <= MAX_REMEMBERED) return;
    }
  }
}

/** Messages are identified by DeviceID only: an event's ServiceID may be that of the payment it belongs to. */
function keyOf({ decoded: { header } }: InboundMessage, payment: string): string | undefined {
  return header.DeviceID === undefined ? undefined : `${header.MessageCategory} ${header.DeviceID} ${payment}`;
}

function blocksQueue({ inbound }: Job): boolean {
  const { body } = inbound.decoded;
  return body === 'DisplayRequest' || body === 'EventNotification';
}
