import type { SaleToPOIResponse } from '../../protocol/types.ts';
import type { Repeated } from '../effects.ts';
import type { Attempt, Reason, TransactionRecord } from '../record.ts';
import { type Answer, classify } from '../requests/reply-classification.ts';
import { NO_IDS, sendAbort } from '../requests/request-exchange.ts';
import { RetryRule } from '../requests/retry-rule.ts';
import { retryDelay } from '../session-context.ts';
import { AnswerConfirmation } from './answer-confirmation.ts';
import type { FinancialRequestEnd, FinancialRequestHost } from './financial-request-host.ts';
import { ProofWindow } from './proof-window.ts';
import { mayRetry, refusedOutcome } from './refusal-outcome.ts';
import { poiTransactionIn } from './response-matching.ts';
import { StatusResolver } from './status-resolver.ts';
import type { TransactionKind } from './transaction-kinds.ts';
import type { FinalVerdict, RefusedVerdict, Verdict } from './verdict.ts';

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
  readonly #proof: ProofWindow;
  readonly #confirmation: AnswerConfirmation;
  #exchange: number | undefined;
  /** What waits for the end of the connection. */
  #afterConnection: (() => void)[] = [];
  /** How often another device had been found, when the request was sent. */
  #deviceChanges: number;
  #reason: Reason = { condition: 'Unresolved', message: 'The outcome is not known yet.' };

  constructor(host: FinancialRequestHost, kind: TransactionKind, end: FinancialRequestEnd) {
    this.#host = host;
    this.#end = end;
    this.kind = kind;
    this.#retry = new RetryRule(host.context);
    this.#deviceChanges = host.context.deviceChanges;
    this.#confirmation = new AnswerConfirmation(host.context, kind, this.attempt.attempts > 0);
    this.#proof = new ProofWindow(host.context, host.timer('floor'), () => {
      if (kind.knownToStatus(host.context.answers)) this.#resolver.mayProve();
    });
    this.#resolver = new StatusResolver(host.context, host.login, this);
  }

  // What the status resolver needs.

  get attempt(): Attempt {
    return this.kind.attempt(this.#host.record);
  }

  get transactionId(): string {
    return this.#host.record.transactionId;
  }

  get connected(): boolean {
    return this.#exchange !== undefined;
  }

  found({ response }: Repeated): void {
    this.#settle(this.#judge(response), response, true);
  }

  isRefusal({ response }: Repeated): boolean {
    return this.#judge(response).type === 'refused';
  }

  confirmed(idle: boolean): 'yes' | 'again' | 'no' {
    const confirmed = this.#confirmation.agrees(idle, this.attempt.baseline !== undefined);
    if (confirmed === 'yes') this.#settleConfirmed();
    return confirmed;
  }

  #settleConfirmed(): boolean {
    const answer = this.#confirmation.take();
    if (answer !== undefined) this.#settle(answer.verdict, answer.response, true);
    return answer !== undefined;
  }

  sameDevice(): boolean {
    const { context, record } = this.#host;
    if (context.deviceChanges === this.#deviceChanges) return true;
    // It may have reached either device, even when the first one is back.
    if (this.attempt.baseline) {
      delete this.attempt.baseline;
      context.write('put', record, () => undefined);
    }
    return false;
  }

  notStarted(): void {
    this.#confirmation.proven();
    if (this.#settleConfirmed()) return;
    this.#end.ended('not_started', { condition: 'NotFound', message: 'The request never reached the terminal.' });
  }

  noOutcome(reason: Reason): void {
    this.#reason = reason;
    if (this.#confirmation.disagree()) this.#follow();
  }

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
    this.#deviceChanges = context.deviceChanges;
    if (context.baseline) attempt.baseline = context.baseline;
    else delete attempt.baseline;
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
    this.#proof.reset();
    this.#confirmation.reset();
    this.#exchange = context.send(build(config, record, confidential), { overtake: false }, (reply) => {
      this.#exchange = undefined;
      this.#answered(classify(reply, config, category, this.attempt.serviceId));
      if (this.#host.state === 'resolving') this.#proof.connectionEnded();
      this.#disconnected();
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
    this.#proof.connectionEnded();
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

  /**
   * Asks the terminal for the outcome, then calls back: nothing that resets the terminal may come before. A reset would let
   * the terminal take a copy that a relay sends: so through a relay the connection has to end first.
   */
  askStatusFirst(then: () => void): void {
    if (this.#host.context.config.relayed && this.connected) this.#afterConnection.push(then);
    else this.#resolver.askNow(then);
  }

  #disconnected(): void {
    for (const then of this.#afterConnection.splice(0)) this.#resolver.askNow(then);
  }

  /** Stops all that is open or scheduled for the request. */
  stop(): void {
    const { context } = this.#host;
    if (this.#exchange !== undefined) context.cancel(this.#exchange);
    this.#exchange = undefined;
    this.#resolver.stop();
    this.#proof.reset();
    for (const then of this.#afterConnection.splice(0)) then();
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
    if (response) return this.#settle(this.#judge(response), response, false);
    if (error?.condition === 'Unreachable') return this.#end.ended('not_started', error);
    this.#lost(error?.message ?? '');
  }

  #judge(response: SaleToPOIResponse): Verdict {
    return this.kind.judge(this.#host.record, response, this.#host.context.answers);
  }

  #settle(verdict: Verdict, response: SaleToPOIResponse, repeated: boolean): void {
    const { record, context } = this.#host;
    switch (verdict.type) {
      case 'outcome':
        // Through a relay every failure may be the answer to a second copy.
        if (!repeated && (verdict.toConfirm || (verdict.error && context.config.relayed))) {
          return this.#confirm(verdict, response);
        }
        if (verdict.authorized !== undefined) record.authorized = verdict.authorized;
        this.#noteAnswered(response, verdict.error === undefined);
        return this.#end.ended(verdict.outcome, verdict.error, response);
      case 'refused':
        // What was refused is no transaction of the terminal's: it never becomes its last one.
        return repeated ? this.#refused(verdict, response) : this.#confirm(verdict, response);
      case 'untrusted':
        this.#reason = verdict.error;
        if (verdict.word && this.#confirmation.cameTwice(this.attempt, verdict.word, response))
          return this.#settle(verdict.word, response, true);
        if (repeated && verdict.settled) {
          this.#noteAnswered(response, false);
          return this.#end.ended('declined', verdict.error, response);
        }
        if (this.#host.state === 'open') this.#lost(verdict.error.message);
    }
  }

  /** The terminal has dealt with the request: its last transaction may be this one. */
  #noteAnswered(response: SaleToPOIResponse, success: boolean): void {
    const { context } = this.#host;
    const { attempt } = this;
    attempt.answered = true;
    // An approval has ended the service in which its card was read. A failure may have come without it.
    if (success) delete context.service;
    if (success) context.lastSuccess = attempt.serviceId;
    if (!this.kind.knownToStatus(context.answers)) return;
    if (success) context.succeeded(attempt.serviceId, poiTransactionIn(response));
    else context.precedes(attempt.serviceId);
  }

  /**
   * The direct answer says that nothing was done. It may be the answer to a second copy of the request, which a relay made:
   * the status of the request is asked before it counts. Meanwhile the record says `sent`.
   */
  #confirm(verdict: FinalVerdict | RefusedVerdict, response: SaleToPOIResponse): void {
    const { login } = this.#host;
    if (verdict.type === 'refused' && verdict.refusal === 'notAllowed' && login.status === 'in') login.status = 'out';
    this.#confirmation.begin(verdict, response);
    if (verdict.error) this.#reason = verdict.error;
    if (this.#host.state === 'open') this.#host.move('resolving');
    this.#resolver.stop();
    this.#resolver.start('now');
    this.#resolver.askNow();
  }

  /** The terminal did not start it: sends it again, or ends it. Until it is sent, the record says `intent` again. */
  #refused({ refusal, error }: RefusedVerdict, response: SaleToPOIResponse): void {
    const { record } = this.#host;
    const retry = mayRetry(this.kind, record, refusal) ? this.#retry.after(refusal) : undefined;
    if (retry === undefined) return this.#end.ended(refusedOutcome(this.kind, record, refusal), error, response);
    if (retry.type === 'pause') return this.pauseFor(retry.ms);
    this.stop();
    record.state = this.kind.intent;
    this.run();
  }

  #lost(message: string): void {
    if (this.#host.state === 'resolving') return;
    this.#reason = { condition: 'NoAnswer', message };
    this.#resolve('later');
  }

  #resolve(when: 'now' | 'later'): void {
    this.#host.move('resolving');
    this.#follow();
    this.#resolver.start(when);
  }

  /** The outcome is not known: after the recovery time the flow learns that. */
  #follow(): void {
    const { context, record } = this.#host;
    const reported = record.state === 'unresolved' || record.reversal?.reported === true;
    context.enter(reported ? 'unresolved' : 'recovering');
    this.#host.reportPhase('recovering');
    if (!reported) {
      const { recovery } = context.config.timeouts;
      context.after(this.#host.timer('recover'), recovery, () => this.#host.overdue(this.#reason));
    }
  }

  #hardLimit(): void {
    if (this.#exchange !== undefined) this.#host.context.cancel(this.#exchange);
    this.#exchange = undefined;
    if (this.#host.state === 'open') this.#lost('The terminal did not answer within the response time-out.');
    this.#proof.connectionEnded();
    this.#proof.limitPassed();
    if (this.#host.state === 'resolving') this.#resolver.askNow();
    this.#disconnected();
  }
}
