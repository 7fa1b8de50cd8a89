import type { Repeated } from '../effects.ts';
import type { Attempt, Reason } from '../record.ts';
import type { Login } from '../requests/login.ts';
import { type Category, refusalOf } from '../requests/reply-classification.ts';
import { queryStatus, type StatusAnswer } from '../requests/status-query.ts';
import { retryDelay, type SessionContext } from '../session-context.ts';
import { isBaseline } from './response-matching.ts';

/** A request whose outcome is asked for. */
export interface UnresolvedRequest {
  readonly kind: { category: Category };
  readonly attempt: Attempt;
  readonly transactionId: string;
  /** The terminal repeats the answer to this very request. */
  found(repeated: Repeated): void;
  /** Two idle rounds after the hard limit showed the baseline as the last transaction: nothing was started. */
  notStarted(): void;
  /** This round settled nothing: why. */
  noOutcome(reason: Reason): void;
}

const UNKNOWN: Reason = { condition: 'NotFound', message: 'The terminal does not know this request.' };
const UNSPECIFIED: Reason = { condition: 'Unspecified', message: '' };

/**
 * Finds out what became of a request whose answer is missing, by TransactionStatus for its ServiceID. `Busy` means that
 * it is still running. Only an answer about that ServiceID is evidence of an outcome; that nothing was started takes proof.
 */
export class StatusResolver {
  readonly #context: SessionContext;
  readonly #login: Login;
  readonly #request: UnresolvedRequest;
  #polls = 0;
  #idleRounds = 0;
  #hardLimitPassed = false;
  #exchange: number | undefined;
  #active = false;
  #afterAnswer: (() => void)[] = [];

  constructor(context: SessionContext, login: Login, request: UnresolvedRequest) {
    this.#context = context;
    this.#login = login;
    this.#request = request;
  }

  /** Starts to ask, at once or after the first pause, and continues until `stop`. */
  start(when: 'now' | 'later'): void {
    if (this.#active) return;
    this.#active = true;
    this.#polls = 0;
    this.#idleRounds = 0;
    this.#hardLimitPassed = false;
    this.#schedule(when === 'now' ? 0 : this.#pause());
  }

  stop(): void {
    this.#active = false;
    this.#context.clear(this.#timer);
    if (this.#exchange !== undefined) this.#context.cancel(this.#exchange);
    this.#exchange = undefined;
    for (const then of this.#afterAnswer.splice(0)) then();
  }

  /** From now on an idle terminal counts: no request sent earlier can still arrive. */
  hardLimit(): void {
    this.#hardLimitPassed = true;
    this.#idleRounds = 0;
    if (this.#active) this.askNow();
  }

  /** Asks at once; `then` is called when that has been answered, or is no longer needed. */
  askNow(then?: () => void): void {
    if (then !== undefined) this.#afterAnswer.push(then);
    if (this.#exchange !== undefined) return;
    const { attempt, kind } = this.#request;
    const about = attempt.serviceId ? { category: kind.category, serviceId: attempt.serviceId } : undefined;
    this.#ask(about, (answer, error) => {
      if (error?.condition === 'NotFound') return this.#askForLast();
      if (error && refusalOf(error) === 'notAllowed') return this.#logIn(error);
      this.#judge(answer, error);
    });
  }

  /** The terminal does not know that ServiceID: is its last transaction the one from before the request? */
  #askForLast(): void {
    this.#ask(undefined, (answer, error) => {
      if (error?.condition === 'NotFound') this.#idle(undefined);
      else this.#judge(answer, error);
    });
  }

  get #timer(): string {
    return `poll ${this.#request.transactionId}`;
  }

  #schedule(delay: number): void {
    this.#context.after(this.#timer, delay, () => this.askNow());
  }

  /** @param answered called where the terminal answers; `error`: its reason for not repeating a message */
  #ask(
    about: { category: Category; serviceId: string } | undefined,
    answered: (answer: StatusAnswer, error: Reason | undefined) => void,
  ): void {
    this.#context.clear(this.#timer);
    const sent = queryStatus(this.#context, about, (answer) => {
      this.#exchange = undefined;
      const { request, response, error } = answer;
      if (request === undefined) return this.#next(error);
      if (response === undefined) return this.#noAnswer(error?.message ?? '');
      const missing = response.TransactionStatusResponse?.Response === undefined ? UNSPECIFIED : undefined;
      answered(answer, error ?? missing);
    });
    this.#exchange = sent?.exchange;
  }

  #judge({ repeated }: StatusAnswer, error: Reason | undefined): void {
    if (error) {
      this.#idleRounds = 0;
      return this.#next(error);
    }
    if (repeated === undefined) return this.#noAnswer('The terminal repeated no message.');
    if (!this.#isOurs(repeated)) return this.#idle(repeated);
    this.#idleRounds = 0;
    this.#request.found(repeated);
    if (this.#active) this.#next();
  }

  #isOurs({ header, response }: Repeated): boolean {
    const { saleId, poiId } = this.#context.config;
    return (
      header.MessageCategory === this.#request.kind.category &&
      header.ServiceID === this.#request.attempt.serviceId &&
      (header.SaleID === undefined || header.SaleID === saleId) &&
      (header.POIID === undefined || header.POIID === poiId) &&
      (response.PaymentResponse !== undefined || response.ReversalResponse !== undefined)
    );
  }

  /** The terminal is not busy with the request, and its last transaction is another one, or none. */
  #idle(last: Repeated | undefined): void {
    if (!isBaseline(this.#request.attempt.baseline, last)) {
      this.#idleRounds = 0;
      return this.#next(UNKNOWN);
    }
    if (this.#hardLimitPassed && ++this.#idleRounds >= 2) return this.#request.notStarted();
    this.#next(UNKNOWN, this.#hardLimitPassed);
  }

  /** A terminal without a login session answers no status. The status came first, so a Login may follow. */
  #logIn(error: Reason): void {
    this.#request.noOutcome(error);
    this.#login.need((result) => {
      if (!this.#active) return;
      if (result.ok) this.askNow();
      else this.#next(result.error);
    });
  }

  #noAnswer(message: string): void {
    this.#idleRounds = 0;
    this.#next({ condition: 'NoAnswer', message });
  }

  /** @param soon the next round completes a proof */
  #next(reason?: Reason, soon = false): void {
    for (const then of this.#afterAnswer.splice(0)) then();
    if (!this.#active) return;
    if (reason !== undefined) this.#request.noOutcome(reason);
    this.#schedule(soon ? this.#context.config.timeouts.proofGap : this.#pause());
  }

  #pause(): number {
    const { polls, pollSlow, pollSlowAfter } = this.#context.config.timeouts;
    return this.#polls >= pollSlowAfter ? pollSlow : retryDelay(polls, this.#polls++);
  }
}
