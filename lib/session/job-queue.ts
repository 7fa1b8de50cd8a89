import type { Phase } from './effects.ts';
import { BEHIND_CARD, LINE_FULL, WAITED } from './errors.ts';
import type { Reason, TransactionRecord } from './record.ts';
import type { DeviceBody } from './requests/requests.ts';
import { type OpenService, retryDelay, type SessionContext } from './session-context.ts';

/** Work for which the terminal has to be free. One job has the turn; the others wait. */
export interface Job {
  /** The job's turn has come: it has the terminal until `JobQueue.release`. */
  run(): void;
  /** The job does not get its turn: the queue is full, or it has waited too long. */
  refuse?(reason: Reason): void;
  /** The payment or refund that the job makes. */
  readonly record?: TransactionRecord;
  /** The transaction that the job reads, or keeps, a card for. */
  readonly cardFor?: string;
  /** Whether a request that moves money may be at the terminal, its outcome unknown. */
  readonly requestOpen?: boolean;
  /** `waiting`: it is recorded, and waits for its turn. */
  readonly state?: string;
  /** Shows callers what the job waits for. */
  reportPhase?(phase: Phase): void;
  /** Aborts what the job does, and answers `ref`. Without it there is nothing to abort. */
  abort?(ref: string): void;
  /** Shows the text that the customer sees. */
  showDisplay?(text: string): void;
  /** Runs a dialog within the turn. @returns whether the job takes it */
  runDialog?(ref: string, body: DeviceBody): boolean;
  /** Asks for the outcome of the open request, then calls `then`: for what resets the terminal. */
  askStatusFirst?(then: () => void): void;
  /** Another payment has become unresolved: a job that would move money ends where it has not begun. */
  refuseUnsent?(reason: Reason): void;
  /** Whether an open card service has to be closed before the job's turn; without it, where it is known to be open. */
  needsCardClosed?(service: OpenService): boolean;
  /** The card service could not be closed: the job runs all the same, waits, or has ended. Without it, it runs. */
  cardNotClosed?(error: Reason): 'run' | 'wait' | 'ended';
}

/** The jobs of a terminal: one at a time, in order. An open card service is closed before a job that it would disturb. */
export class JobQueue {
  readonly #context: SessionContext;
  readonly #closeCard: CloseCard;
  readonly #idle: () => void;
  #waiting: Job[] = [];
  /** The waiting jobs that were shown to wait for a card. */
  readonly #behindCard = new Set<Job>();
  #current: Job | undefined;
  #timers = 0;

  /** @param idle called when the last job has ended */
  constructor(context: SessionContext, closeCard: CloseCard, idle: () => void) {
    this.#context = context;
    this.#closeCard = closeCard;
    this.#idle = idle;
  }

  /** The job that has the turn. */
  get current(): Job | undefined {
    return this.#current;
  }

  get waiting(): readonly Job[] {
    return this.#waiting;
  }

  get idle(): boolean {
    return this.#current === undefined && this.#waiting.length === 0;
  }

  get full(): boolean {
    return this.#waiting.length >= this.#context.config.timeouts.queueLength;
  }

  /** Why a job has waited in vain: what has the turn now. */
  get waitReason(): Reason {
    return this.#current?.cardFor === undefined ? WAITED : BEHIND_CARD;
  }

  /** Whether no job has the turn, and no card service has to be closed first. */
  get free(): boolean {
    return this.#current === undefined && this.#context.service === undefined;
  }

  /** Gives the turn to a job that starts by itself. The queue must be free. */
  occupy(job: Job): void {
    this.#current = job;
  }

  /** Adds a job; its turn comes with `startNext`. @param first before all others */
  add(job: Job, first = false): void {
    if (first) this.#waiting.unshift(job);
    else this.#waiting.push(job);
  }

  enqueue(job: Job): void {
    this.add(job);
    this.startNext();
  }

  /** As `enqueue`, for a caller who waits: the queue's length and the waiting time are limited. */
  enqueueLimited(job: Job): void {
    if (this.full) return job.refuse?.(LINE_FULL);
    const timer = `queued ${++this.#timers}`;
    this.#context.after(timer, this.#context.config.timeouts.queueWait, () => {
      if (!this.#waiting.includes(job)) return;
      this.#drop(job);
      job.refuse?.(this.waitReason);
    });
    this.enqueue(job);
    if (!this.#waiting.includes(job)) this.#context.clear(timer);
  }

  /** Removes a job, before or after its turn. */
  remove(job: Job): void {
    if (this.#current === job) this.release();
    else this.#drop(job);
  }

  /** Ends the current turn. */
  release(): void {
    this.#current = undefined;
    this.startNext();
  }

  startNext(): void {
    if (this.#current !== undefined) return;
    const next = this.#cardClosing() ?? this.#waiting[0];
    if (next === undefined) this.#idle();
    else this.#start(next);
  }

  #start(job: Job): void {
    this.#drop(job);
    this.#current = job;
    this.showCardWait();
    job.run();
  }

  /** Shows waiting jobs when they begin to wait for a card of another transaction, and when that is over. */
  showCardWait(): void {
    const card = this.#current?.cardFor;
    for (const job of this.#waiting) {
      const behind = card !== undefined && job.record?.transactionId !== card;
      if (job.state !== 'waiting' || behind === this.#behindCard.has(job)) continue;
      if (behind) this.#behindCard.add(job);
      else this.#behindCard.delete(job);
      job.reportPhase?.(behind ? 'behindCard' : 'queued');
    }
  }

  #drop(job: Job): void {
    this.#behindCard.delete(job);
    this.#waiting = this.#waiting.filter((other) => other !== job);
  }

  /** The job that closes the card service, where that has to come before the next one. */
  #cardClosing(): Job | undefined {
    const { service } = this.#context;
    const [next] = this.#waiting;
    if (service === undefined || !(next?.needsCardClosed?.(service) ?? service.known)) return undefined;
    const done = () => this.release();
    return { run: () => this.#closeCard(done, (error) => this.#cardNotClosed(next, error)) };
  }

  /** A job that would charge the card does not start; one that needs no card does. Closing is tried again later. */
  #cardNotClosed(next: Job | undefined, error: Reason): void {
    this.#current = undefined;
    // The job may have left the queue meanwhile.
    if (next !== undefined && !this.#waiting.includes(next)) return this.startNext();
    const then = next?.cardNotClosed ? next.cardNotClosed(error) : 'run';
    if (next === undefined || then === 'wait') {
      const { owed } = this.#context.config.timeouts;
      return this.#context.after('service', retryDelay(owed, owed.length), () => this.startNext());
    }
    if (then === 'run') return this.#start(next);
    this.#drop(next);
    this.startNext();
  }
}

/** Closes the card service that is open, then calls `done`; `failed` where it may still be open. */
type CloseCard = (done: () => void, failed: (error: Reason) => void) => void;
