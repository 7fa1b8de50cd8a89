import type { SaleToPOIResponse } from '../../protocol/types.ts';
import type { Phase, Repeated } from '../effects.ts';
import type { StoreFailure } from '../events.ts';
import type { Attempt, Outcome, Reason, TransactionRecord } from '../record.ts';
import type { Login } from '../requests/login.ts';
import { type Answer, classify, type Refusal } from '../requests/reply-classification.ts';
import { NO_IDS, sendAbort } from '../requests/request-exchange.ts';
import { RetryRule } from '../requests/retry-rule.ts';
import { retryDelay, type SessionContext } from '../session-context.ts';
import type { PaymentState } from '../states.ts';
import type { Confidential } from './payment-secrets.ts';
import { poiTransactionIn } from './response-matching.ts';
import { StatusResolver } from './status-resolver.ts';
import type { TransactionKind } from './transaction-kinds.ts';
import type { Verdict } from './verdict.ts';

/** What a financial request needs of the transaction that it belongs to. */
export interface FinancialRequestHost {
  readonly context: SessionContext;
  readonly login: Login;
  readonly record: TransactionRecord;
  /** What only the terminal may see. */
  readonly confidential?: Confidential;
  readonly state: PaymentState;
  move(to: PaymentState): void;
  reportPhase(phase: Phase): void;
  /** A name for a timer that is this transaction's own: another one's end must not stop it. */
  timer(name: string): string;
  /** The outcome is still unknown after the recovery time. */
  overdue(reason: Reason): void;
}

/** How a financial request ends. */
export interface FinancialRequestEnd {
  /** The journal takes no writes, and nothing was sent. */
  refused(failure: StoreFailure, write: 'begin' | 'put'): void;
  /** The outcome is certain. */
  ended(outcome: Exclude<Outcome, 'unresolved'>, error: Reason | undefined, response?: SaleToPOIResponse): void;
}

const TIMERS = ['hard', 'probe', 'recover', 'again'] as const;

/**
 * One request that moves money, from its turn to its certain outcome: login, journal, send, answer. It is sent again where
 * it was certainly not started; its outcome is asked for where its answer is missing. A payment has one; its reversal is
 * a second.
 */
export class FinancialRequest {
  readonly kind: TransactionKind;
  readonly #host: FinancialRequestHost;
  readonly #end: FinancialRequestEnd;
  readonly #resolver: StatusResolver;
  readonly #retry: RetryRule;
  #exchange: number | undefined;
  #reason: Reason = { condition: 'Unresolved', message: 'The outcome is not known yet.' };

  constructor(host: FinancialRequestHost, kind: TransactionKind, end: FinancialRequestEnd) {
    this.#host = host;
    this.#end = end;
    this.kind = kind;
    this.#retry = new RetryRule(host.context);
    this.#resolver = new StatusResolver(host.context, host.login, this);
  }

  // What the status resolver needs.

  get attempt(): Attempt {
    return this.kind.attempt(this.#host.record);
  }

  get transactionId(): string {
    return this.#host.record.transactionId;
  }

  found({ response }: Repeated): void {
    this.#settle(this.kind.judge(this.#host.record, response), response, true);
  }

  notStarted(): void {
    this.#end.ended('not_started', { condition: 'NotFound', message: 'The request never reached the terminal.' });
  }

  noOutcome(reason: Reason): void {
    this.#reason = reason;
  }

  // From the turn to the send.

  /** The turn has come: logs in if need be, then sends. */
  run(): void {
    if (this.#host.login.required) this.#logIn();
    else this.arm('put');
  }

  /**
   * Journals that a request is about to leave, then sends it. With `begin` that is also its intent: where nothing has to
   * be waited for, one write does for both.
   */
  arm(write: 'begin' | 'put', existing?: (record: TransactionRecord) => void): void {
    const { context, record } = this.#host;
    const { attempt } = this;
    const serviceId = context.serviceId();
    if (serviceId === undefined) return this.#end.refused({ reason: NO_IDS, doubt: 'unread' }, write);
    attempt.serviceId = serviceId;
    attempt.answered = false;
    attempt.attempts++;
    if (context.baseline) attempt.baseline = context.baseline;
    record.state = this.kind.sent;
    // After a login since then the terminal holds the card no more.
    if (context.service?.owner !== record.transactionId) delete record.acquisition;
    if (write === 'put') this.#host.move('arming');
    context.write(write, record, (stored) => {
      if (!stored.ok) return this.#end.refused(stored, write);
      if (stored.existing !== undefined) return existing?.(stored.existing);
      this.#armed();
    });
  }

  /** The request may leave. An open Login goes first: arriving later, it would reset the terminal under the request. */
  #armed(): void {
    const { context, login, record } = this.#host;
    const { persistent } = this.kind;
    if (!persistent && record.abortRequested) return this.abortUnsent();
    if (login.status !== 'pending') return this.#transmit();
    login.need((result) => {
      if (result.ok || !context.config.autoLogin) this.#armed();
      else if (persistent) this.pauseFor(retryDelay(context.config.timeouts.owed, 0));
      else this.#end.ended('not_started', result.error);
    });
  }

  #logIn(): void {
    this.#host.move('login');
    this.#host.reportPhase('loggingIn');
    this.#host.login.need((result) => {
      if (this.#host.state !== 'login') return;
      if (result.ok) this.arm('put');
      else this.#end.ended('not_started', result.error);
    });
  }

  #transmit(): void {
    const { context, record, confidential } = this.#host;
    const { config } = context;
    const { category, phase, build } = this.kind;
    this.#host.move('open');
    context.enter('paying');
    this.#host.reportPhase(phase);
    this.#exchange = context.send(build(config, record, confidential), { overtake: false }, (reply) => {
      this.#exchange = undefined;
      this.#answered(classify(reply, config, category, this.attempt.serviceId));
    });
    const { response, probe } = config.timeouts;
    context.after(this.#host.timer('hard'), response, () => this.#hardLimit());
    if (probe < response) context.after(this.#host.timer('probe'), probe, () => this.#resolver.start('now'));
  }

  /** A request from before a restart: its outcome is asked for before anything else. */
  recover(): void {
    const { context } = this.#host;
    context.after(this.#host.timer('hard'), context.config.timeouts.response, () => this.#hardLimit());
    this.#resolve('now');
  }

  /** Aborts the request that is open, and answers `ref`. */
  abort(ref: string): void {
    const { context } = this.#host;
    const { serviceId } = this.attempt;
    const { transactionId } = this;
    const sent = sendAbort(context, ref, { category: this.kind.category, serviceId, transactionId });
    if (sent) this.#host.reportPhase('aborting');
  }

  abortUnsent(): void {
    this.attempt.serviceId = '';
    this.#end.ended('aborted', { condition: 'Aborted', message: 'Aborted before the payment was sent.' });
  }

  /** Asks the terminal for the outcome, then calls back: nothing that resets the terminal may come before. */
  askStatusFirst(then: () => void): void {
    this.#resolver.askNow(then);
  }

  /** Stops all that is open or scheduled for the request. */
  stop(): void {
    const { context } = this.#host;
    if (this.#exchange !== undefined) context.cancel(this.#exchange);
    this.#exchange = undefined;
    this.#resolver.stop();
    for (const timer of TIMERS) context.clear(this.#host.timer(timer));
  }

  /** Waits, then starts again: what came before was certainly not started, and the journal says so. */
  pauseFor(ms: number): void {
    const { context, record } = this.#host;
    this.stop();
    this.#host.move('pausing');
    record.state = this.kind.intent;
    this.#host.reportPhase('busy');
    context.write('put', record, () => undefined);
    context.after(this.#host.timer('again'), ms, () => this.run());
  }

  // From the answer to the outcome.

  #answered({ response, error }: Answer): void {
    if (response) return this.#settle(this.kind.judge(this.#host.record, response), response, false);
    if (error?.condition === 'Unreachable') return this.#end.ended('not_started', error);
    this.#lost(error?.message ?? '');
  }

  #settle(verdict: Verdict, response: SaleToPOIResponse, repeated: boolean): void {
    const { context, record } = this.#host;
    // What was refused is no transaction of the terminal's: it never becomes its last one.
    if (verdict.type === 'outcome' || (verdict.type === 'untrusted' && verdict.settled && repeated)) {
      this.attempt.answered = true;
      // An approval has ended the service in which its card was read. A failure may have come without it.
      if (verdict.type === 'outcome' && verdict.error === undefined) delete context.service;
      context.answered(this.attempt.serviceId, poiTransactionIn(response));
    }
    switch (verdict.type) {
      case 'outcome':
        if (verdict.authorized !== undefined) record.authorized = verdict.authorized;
        return this.#end.ended(verdict.outcome, verdict.error, response);
      case 'refused':
        return this.#refused(verdict.refusal, verdict.error, response);
      case 'untrusted':
        this.#reason = verdict.error;
        if (repeated && verdict.settled) return this.#end.ended('declined', verdict.error, response);
        if (this.#host.state === 'open') this.#lost(verdict.error.message);
    }
  }

  /** The terminal did not start it: sends it again, or ends it. Until it is sent, the record says `intent` again. */
  #refused(refusal: Refusal, error: Reason, response: SaleToPOIResponse): void {
    const { login, record } = this.#host;
    if (refusal === 'notAllowed' && login.status === 'in') login.status = 'out';
    const retry = this.#mayRetry(refusal) ? this.#retry.after(refusal) : undefined;
    if (retry === undefined) return this.#end.ended(this.#refusedOutcome(refusal), error, response);
    if (retry.type === 'pause') return this.pauseFor(retry.ms);
    this.stop();
    record.state = this.kind.intent;
    this.#logIn();
  }

  /** After a restart the flow decides; after an abort there is nothing to send again. */
  #mayRetry(refusal: Refusal): boolean {
    const { recovered, abortRequested } = this.#host.record;
    return this.kind.persistent || !(recovered || (refusal === 'busy' && abortRequested));
  }

  #refusedOutcome(refusal: Refusal): 'aborted' | 'not_started' | 'declined' {
    if (refusal === 'notAllowed') return this.kind.notAllowed;
    return !this.kind.persistent && this.#host.record.abortRequested ? 'aborted' : 'not_started';
  }

  #lost(message: string): void {
    if (this.#host.state === 'resolving') return;
    this.#reason = { condition: 'NoAnswer', message };
    this.#resolve('later');
  }

  #resolve(when: 'now' | 'later'): void {
    const { context, record } = this.#host;
    const reported = record.state === 'unresolved' || record.reversal?.reported === true;
    this.#host.move('resolving');
    context.enter(reported ? 'unresolved' : 'recovering');
    this.#host.reportPhase('recovering');
    if (!reported) {
      const { recovery } = context.config.timeouts;
      context.after(this.#host.timer('recover'), recovery, () => this.#host.overdue(this.#reason));
    }
    this.#resolver.start(when);
  }

  #hardLimit(): void {
    if (this.#exchange !== undefined) this.#host.context.cancel(this.#exchange);
    this.#exchange = undefined;
    if (this.#host.state === 'open') this.#lost('The terminal did not answer within the response time-out.');
    this.#resolver.hardLimit();
  }
}
