import type { Repeated } from '../effects.ts';
import type { Attempt, Reason } from '../record.ts';
import type { Login } from '../requests/login.ts';
import { type Category, isStillRunning, refusalOf } from '../requests/reply-classification.ts';
import { queryStatus, type StatusAnswer } from '../requests/status-query.ts';
import { retryDelay, type SessionContext } from '../session-context.ts';
import { isBaseline } from './baseline.ts';

/** A request whose outcome is asked for. */
export interface UnresolvedRequest {
  readonly kind: { category: Category };
  readonly attempt: Attempt;
  readonly transactionId: string;
  /** Its connection is open: a Login would reset the terminal under it. */
  readonly connected: boolean;
  /** The terminal repeats the answer to this very request. */
  found(repeated: Repeated): void;
  /** Whether a repeated answer says that the request was not allowed. */
  isRefusal(repeated: Repeated): boolean;
  /**
   * The terminal does not know the request.
   * @param idle its last transaction is the one from before the request, too
   * @returns `yes`: that agrees with the direct answer, and ends it; `again`: it may, and has to be asked once more
   */
  confirmed(idle: boolean): 'yes' | 'again' | 'no';
  /** What is known of the terminal before the request is still about the device that is there. */
  sameDevice(): boolean;
  /** Idle rounds prove that nothing was started. */
  notStarted(): void;
  /** This round settled nothing: why. */
  noOutcome(reason: Reason): void;
}

const UNKNOWN: Reason = { condition: 'NotFound', message: 'The terminal does not know this request.' };
const UNSPECIFIED: Reason = { condition: 'Unspecified', message: '' };
const RUNNING: Reason = { condition: 'Busy', message: 'The terminal is still working on it.' };

/**
 * Finds out what became of a request whose answer is missing, by TransactionStatus for its ServiceID. `Busy` and
 * `InProgress` mean that it is still running. Only an answer about that ServiceID is evidence of an outcome; that nothing
 * was started takes proof: a series of rounds in which the terminal does not know the request, and its last transaction
 * is the one from before.
 */
export class StatusResolver {
  readonly #context: SessionContext;
  readonly #login: Login;
  readonly #request: UnresolvedRequest;
  #polls = 0;
  /** Idle rounds that count. */
  #idleRounds = 0;
  /** The series of idle rounds, those before they counted included: since when it is long enough. */
  #series: 'none' | 'short' | 'long' = 'none';
  #provable = false;
  /** A login has been tried for this attempt since the last pause. */
  #loginTried = false;
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
    this.#loginTried = false;
    this.#provable = false;
    this.#interrupt();
    this.#schedule(when === 'now' ? 0 : this.#pause());
  }

  stop(): void {
    this.#active = false;
    this.#context.clear(this.#timer);
    this.#interrupt();
    if (this.#exchange !== undefined) this.#context.cancel(this.#exchange);
    this.#exchange = undefined;
    for (const then of this.#afterAnswer.splice(0)) then();
  }

  /** From now on an idle terminal counts: no request sent earlier can still arrive. */
  mayProve(): void {
    this.#provable = true;
    if (this.#active) this.askNow();
  }

  /** Asks at once; `then` is called when that has been answered, or is no longer needed. */
  askNow(then?: () => void): void {
    if (then !== undefined) this.#afterAnswer.push(then);
    if (this.#exchange !== undefined) return;
    const { attempt, kind } = this.#request;
    const about = attempt.serviceId ? { category: kind.category, serviceId: attempt.serviceId } : undefined;
    this.#ask(about, (answer, error) => {
      if (error?.condition === 'NotFound') return this.#unknown();
      if (error && refusalOf(error) === 'notAllowed') return this.#noSession(error);
      this.#judge(answer, error);
    });
  }

  /** The terminal does not know that ServiceID: is its last transaction the one from before the request? */
  #unknown(): void {
    if (this.#confirmed(false)) return;
    this.#ask(undefined, (answer, error) => {
      if (error?.condition === 'NotFound') this.#idle(undefined);
      else this.#judge(answer, error);
    });
  }

  /** Whether the direct answer is confirmed, or may be in the next round. */
  #confirmed(idle: boolean): boolean {
    const confirmed = this.#request.confirmed(idle);
    const { proofGap } = this.#context.config.timeouts;
    if (confirmed === 'again') this.#next(undefined, Math.max(proofGap, this.#context.answers.statusLag));
    return confirmed !== 'no';
  }

  get #timer(): string {
    return `poll ${this.#request.transactionId}`;
  }

  get #seriesTimer(): string {
    return `idle ${this.#request.transactionId}`;
  }

  #schedule(delay: number): void {
    this.#context.after(this.#timer, delay, () => {
      this.#loginTried = false;
      this.askNow();
    });
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
      if (request === undefined) return this.#doubt(error);
      if (response === undefined) return this.#noAnswer(error?.message ?? '');
      const missing = response.TransactionStatusResponse?.Response === undefined ? UNSPECIFIED : undefined;
      answered(answer, error ?? missing);
    });
    this.#exchange = sent?.exchange;
  }

  #judge({ repeated }: StatusAnswer, error: Reason | undefined): void {
    if (error) return this.#doubt(error);
    if (repeated === undefined) return this.#noAnswer('The terminal repeated no message.');
    if (!this.#isOurs(repeated)) return this.#idle(repeated);
    if (isStillRunning(repeated.response)) return this.#doubt(RUNNING);
    // Through a relay it may be the refusal of a second copy: then it says no more than that the request is not known.
    if (this.#context.config.relayed && this.#request.isRefusal(repeated)) {
      return this.#confirmed(true) ? undefined : this.#doubt(UNKNOWN);
    }
    this.#interrupt();
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
    const { attempt } = this.#request;
    if (!this.#request.sameDevice() || !isBaseline(attempt.baseline, last)) return this.#doubt(UNKNOWN);
    if (this.#confirmed(true)) return;
    if (this.#series === 'none') {
      this.#series = 'short';
      this.#context.after(this.#seriesTimer, this.#context.config.timeouts.proofSpan, () => {
        this.#series = 'long';
      });
    }
    if (this.#provable && ++this.#idleRounds >= 2 && this.#series === 'long') return this.#request.notStarted();
    this.#next(UNKNOWN, this.#provable ? this.#context.config.timeouts.proofGap : undefined);
  }

  /** A round that is not idle, or that the terminal did not answer: the series begins anew. */
  #interrupt(): void {
    this.#idleRounds = 0;
    if (this.#series === 'short') this.#context.clear(this.#seriesTimer);
    this.#series = 'none';
  }

  #doubt(reason: Reason | undefined): void {
    this.#interrupt();
    this.#next(reason);
  }

  /**
   * A terminal without a login session answers no status. The status came first, so one Login may follow. Where it does not
   * help, another dialogue is open on the terminal: the next try comes after a pause.
   */
  #noSession(error: Reason): void {
    const { autoLogin, relayed } = this.#context.config;
    // The terminal says twice that it takes nothing, by a connection on which nothing arrives twice.
    if (!autoLogin && !relayed && this.#confirmed(false)) return;
    if (this.#request.connected || this.#loginTried) return this.#doubt(error);
    this.#loginTried = true;
    this.#login.need((result) => {
      if (!this.#active) return;
      if (result.ok) this.askNow();
      else this.#doubt(result.error);
    });
  }

  #noAnswer(message: string): void {
    this.#doubt({ condition: 'NoAnswer', message });
  }

  /** @param pause until the next round, where it completes a proof */
  #next(reason?: Reason, pause?: number): void {
    for (const then of this.#afterAnswer.splice(0)) then();
    if (!this.#active) return;
    if (reason !== undefined) this.#request.noOutcome(reason);
    this.#schedule(pause ?? this.#pause());
  }

  #pause(): number {
    const { polls, pollSlow, pollSlowAfter } = this.#context.config.timeouts;
    return this.#polls >= pollSlowAfter ? pollSlow : retryDelay(polls, this.#polls++);
  }
}
