import { LINE_FULL, WAITED } from './errors.ts';
import { Payment } from './payment/payment.ts';
import type { Reason, RecordState } from './record.ts';
import { CardService, closeService } from './requests/card-service.ts';
import type { Login } from './requests/login.ts';
import { retryDelay, type SessionContext } from './session-context.ts';

export type Job = Payment | CardService | { run(): void };

/** States in which a request may be at the terminal, or its approval is being held. */
const OUT: ReadonlySet<RecordState> = new Set(['sent', 'unresolved', 'reversing', 'held']);

/**
 * Who has the terminal, and who waits for it: one at a time, in order. A card that was read is let go of before anybody
 * else's turn.
 */
export class JobQueue {
  readonly #context: SessionContext;
  readonly #login: Login;
  readonly #idle: () => void;
  #jobs: Job[] = [];
  #job: Job | undefined;
  #places = 0;

  /** @param idle nobody has the terminal, and nobody waits */
  constructor(context: SessionContext, login: Login, idle: () => void) {
    this.#context = context;
    this.#login = login;
    this.#idle = idle;
  }

  /** Whose turn it is. */
  get job(): Job | undefined {
    return this.#job;
  }

  get waiting(): readonly Job[] {
    return this.#jobs;
  }

  get full(): boolean {
    return this.#jobs.length >= this.#context.config.timeouts.queueLength;
  }

  /** Nobody has the terminal, and nothing has to be cleared away first. */
  get free(): boolean {
    return this.#job === undefined && this.#context.service === undefined;
  }

  /** Has the terminal at once, where it is free. */
  enter(job: Job): void {
    this.#job = job;
  }

  /** Takes a place in line; its turn comes with `proceed`. @param first before all others */
  add(job: Job, first = false): void {
    if (first) this.#jobs.unshift(job);
    else this.#jobs.push(job);
  }

  take(job: Job): void {
    this.add(job);
    this.proceed();
  }

  /** A place for what moves no money: not without bound, and not for ever. */
  queue(job: Job, refuse: (reason: Reason) => void): void {
    if (this.full) return refuse(LINE_FULL);
    const timer = `line ${++this.#places}`;
    this.#context.after(timer, this.#context.config.timeouts.queueWait, () => {
      if (!this.#jobs.includes(job)) return;
      this.left(job);
      refuse(WAITED);
    });
    this.take(job);
    if (!this.#jobs.includes(job)) this.#context.clear(timer);
  }

  /** It has left its turn, or its place in line. */
  left(job: Job): void {
    if (this.#job === job) return this.ended();
    this.#jobs = this.#jobs.filter((other) => other !== job);
  }

  /** What had its turn is over. */
  ended(): void {
    this.#job = undefined;
    this.proceed();
  }

  /** Lets whatever is next begin. */
  proceed(): void {
    if (this.#job !== undefined) return;
    const next = this.#closing() ?? this.#jobs[0];
    if (next === undefined) this.#idle();
    else this.#begin(next);
  }

  #begin(job: Job): void {
    this.#jobs = this.#jobs.filter((other) => other !== job);
    this.#job = job;
    job.run();
  }

  /** Before anything else than the payment that a card was read for: the service is closed. */
  #closing(): Job | undefined {
    const context = this.#context;
    const [first] = this.#jobs;
    if (context.service === undefined) return undefined;
    const { owner, known } = context.service;
    if (first instanceof Payment) {
      // What may be out there is asked about first, whatever else is open.
      if (first.record.transactionId === owner || OUT.has(first.record.state)) return undefined;
    } else if (!known && !(first instanceof CardService)) return undefined;
    const done = () => this.ended();
    return { run: () => closeService(context, this.#login, done, (error) => this.#notClosed(first, error)) };
  }

  /** What would charge the card is not started; what needs no card goes on. Otherwise it is tried again later. */
  #notClosed(first: Job | undefined, error: Reason): void {
    const { owed } = this.#context.config.timeouts;
    const later = () => this.#context.after('service', retryDelay(owed, owed.length), () => this.proceed());
    this.#job = undefined;
    if (first === undefined) return later();
    // It may have left the line meanwhile.
    if (!this.#jobs.includes(first)) return this.proceed();
    if (first instanceof CardService) first.leave(error);
    else if (!(first instanceof Payment) || first.state === 'closing') return this.#begin(first);
    else if (!first.giveUp(error)) return later();
    this.#jobs = this.#jobs.filter((other) => other !== first);
    this.proceed();
  }
}
