import type { MessageHeader } from '../../protocol/types.ts';
import type { Repeated } from '../effects.ts';
import type { ExchangeResult } from '../events.ts';
import type { Attempt, Reason } from '../record.ts';
import { type Login, NO_IDS } from '../requests/login.ts';
import { statusRequest } from '../requests/requests.ts';
import { retryDelay, type SessionContext } from '../session-context.ts';
import { isBaseline, matched, repeatedIn } from './response-matching.ts';
import { reasonOf } from './verdict.ts';

/** What a request hears while its outcome is asked for. */
export interface ResolvedRequest {
  readonly category: MessageHeader['MessageCategory'];
  readonly attempt: Attempt;
  /** Its transaction's name, for timers. */
  readonly name: string;
  /** The terminal repeats the answer to this very request. */
  found(repeated: Repeated): void;
  /** Two idle rounds after the hard limit showed the baseline as the last transaction: nothing was started. */
  proven(): void;
  /** What the terminal said this time, where it settled nothing. */
  heard(reason: Reason): void;
}

/**
 * Finds out what became of a request whose answer is missing, by TransactionStatus for its ServiceID. `Busy` means that
 * it is still running. Nothing but an answer about that ServiceID is evidence; that nothing was started needs proof.
 */
export class StatusResolver {
  readonly #context: SessionContext;
  readonly #login: Login;
  readonly #request: ResolvedRequest;
  #polls = 0;
  #idleRounds = 0;
  #hardLimitPassed = false;
  #exchange: number | undefined;
  #active = false;
  #afterAnswer: (() => void)[] = [];

  constructor(context: SessionContext, login: Login, asker: ResolvedRequest) {
    this.#context = context;
    this.#login = login;
    this.#request = asker;
  }

  /** Starts to ask, at once or after the first pause, and goes on until `stop`. */
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
    if (this.#exchange === undefined) this.#ask(this.#request.attempt.serviceId, (reply, id) => this.#byId(reply, id));
  }

  get #timer(): string {
    return `poll ${this.#request.name}`;
  }

  #schedule(delay: number): void {
    this.#context.after(this.#timer, delay, () => this.askNow());
  }

  #ask(about: string | undefined, answered: (reply: ExchangeResult, serviceId: string) => void): void {
    const { config } = this.#context;
    const serviceId = this.#context.serviceId();
    this.#context.clear(this.#timer);
    if (serviceId === undefined) return this.#next({ condition: 'Journal', message: NO_IDS });
    const options = { overtake: true, timeout: config.timeouts.status };
    this.#exchange = this.#context.send(
      statusRequest(config, serviceId, about && { category: this.#request.category, serviceId: about }),
      options,
      (reply) => {
        this.#exchange = undefined;
        answered(reply, serviceId);
      },
    );
  }

  #byId(reply: ExchangeResult, serviceId: string): void {
    const match = matched(reply, this.#context.config, 'TransactionStatus', serviceId);
    if ('reason' in match) return this.#unheard(match.reason);
    const status = match.response.TransactionStatusResponse;
    if (status === undefined) return this.#unheard('The terminal’s answer holds no status.');
    if (status.Response?.Result === 'Success') return this.#judge(repeatedIn(match.response));
    const error = reasonOf(status.Response ?? { Result: 'Failure' });
    if (error.condition === 'NotFound') return this.#ask(undefined, (r, id) => this.#last(r, id));
    if (error.condition === 'NotAllowed' || error.condition === 'LoggedOut') return this.#logIn(error);
    this.#idleRounds = 0;
    this.#next(error);
  }

  /** The terminal does not know that ServiceID: is its last transaction the one from before our request? */
  #last(reply: ExchangeResult, serviceId: string): void {
    const match = matched(reply, this.#context.config, 'TransactionStatus', serviceId);
    if ('reason' in match) return this.#unheard(match.reason);
    const result = match.response.TransactionStatusResponse?.Response;
    if (result?.Result === 'Success') return this.#judge(repeatedIn(match.response));
    const error = reasonOf(result ?? { Result: 'Failure' });
    if (error.condition === 'NotFound') return this.#idle(undefined);
    this.#idleRounds = 0;
    this.#next(error);
  }

  #judge(repeated: Repeated | undefined): void {
    if (repeated === undefined) return this.#unheard('The terminal repeated no message.');
    const { header, response } = repeated;
    const { config } = this.#context;
    const ours =
      header.MessageCategory === this.#request.category &&
      header.ServiceID === this.#request.attempt.serviceId &&
      (header.SaleID === undefined || header.SaleID === config.saleId) &&
      (header.POIID === undefined || header.POIID === config.poiId) &&
      (response.PaymentResponse !== undefined || response.ReversalResponse !== undefined);
    if (!ours) return this.#idle(repeated);
    this.#idleRounds = 0;
    this.#request.found(repeated);
    if (this.#active) this.#next();
  }

  #idle(last: Repeated | undefined): void {
    if (!isBaseline(this.#request.attempt.baseline, last)) {
      this.#idleRounds = 0;
      return this.#next({ condition: 'NotFound', message: 'The terminal does not know this request.' });
    }
    if (this.#hardLimitPassed && ++this.#idleRounds >= 2) return this.#request.proven();
    this.#next({ condition: 'NotFound', message: 'The terminal does not know this request.' }, this.#hardLimitPassed);
  }

  /** A terminal without a login session cannot tell. The status came first, so a Login may follow. */
  #logIn(error: Reason): void {
    this.#request.heard(error);
    this.#login.need((result) => {
      if (!this.#active) return;
      if (result.ok) this.askNow();
      else this.#next(result.error);
    });
  }

  #unheard(message: string): void {
    this.#idleRounds = 0;
    this.#next({ condition: 'NoAnswer', message });
  }

  #next(reason?: Reason, soon = false): void {
    for (const then of this.#afterAnswer.splice(0)) then();
    if (!this.#active) return;
    if (reason !== undefined) this.#request.heard(reason);
    this.#schedule(soon ? this.#context.config.timeouts.proofGap : this.#pause());
  }

  #pause(): number {
    const { polls, pollSlow, pollSlowAfter } = this.#context.config.timeouts;
    return this.#polls >= pollSlowAfter ? pollSlow : retryDelay(polls, this.#polls++);
  }
}
