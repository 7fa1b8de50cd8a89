import type { Message, MessageHeader, SaleToPOIResponse } from '../../protocol/types.ts';
import type { Phase, Repeated } from '../effects.ts';
import type { ExchangeResult } from '../events.ts';
import type { Attempt, Outcome, Reason, TransactionRecord } from '../record.ts';
import { type Login, type LoginResult, NO_IDS } from '../requests/login.ts';
import { abortRequest, paymentRequest, reversalRequest } from '../requests/requests.ts';
import { retryDelay, type SessionContext, type WriteResult } from '../session-context.ts';
import type { PaymentState } from '../states.ts';
import type { Confidential } from './payment-secrets.ts';
import { answers, poiTransactionIn } from './response-matching.ts';
import { StatusResolver } from './status-resolver.ts';
import { judgePayment, judgeReversal, type Verdict } from './verdict.ts';

/** What a leg needs of the transaction it belongs to. */
export interface RequestOwner {
  readonly context: SessionContext;
  readonly login: Login;
  readonly record: TransactionRecord;
  /** What only the terminal may see. */
  readonly confidential?: Confidential;
  readonly state: PaymentState;
  move(to: PaymentState): void;
  tell(phase: Phase): void;
  /** A name for a timer that is this transaction's own: another one's end must not stop it. */
  timer(name: string): string;
  write(type: 'begin' | 'put', stored: (stored: WriteResult) => void): void;
  /** The journal takes no writes, and nothing was sent. */
  refused(reason: string): void;
  /** The outcome of this leg is certain. */
  ended(outcome: Exclude<Outcome, 'unresolved'>, error: Reason | undefined, response?: SaleToPOIResponse): void;
  /** The outcome is still unknown after the recovery time. */
  overdue(reason: Reason): void;
}

/** The two requests that move money, and how their answers are read. */
const KINDS = {
  payment: { category: 'Payment', request: paymentRequest, judge: judgePayment, intent: 'intent', sent: 'sent' },
  reversal: {
    category: 'Reversal',
    request: reversalRequest,
    judge: judgeReversal,
    intent: 'reverse',
    sent: 'reversing',
  },
} as const;

/**
 * One request that moves money, from its turn to its certain outcome: logged in for, written down, sent, answered; tried
 * again where it was certainly not started; asked about where its answer is missing. A payment has one; its reversal is
 * a second.
 */
export class FinancialRequest {
  readonly kind: keyof typeof KINDS;
  readonly #owner: RequestOwner;
  readonly #resolver: StatusResolver;
  #exchange: number | undefined;
  #busy = 0;
  #loginTried = false;
  #reason: Reason = { condition: 'Unresolved', message: 'The outcome is not known yet.' };

  constructor(owner: RequestOwner, kind: keyof typeof KINDS) {
    this.#owner = owner;
    this.kind = kind;
    this.#resolver = new StatusResolver(owner.context, owner.login, this);
  }

  // What the resolver asks about.

  get category(): MessageHeader['MessageCategory'] {
    return KINDS[this.kind].category;
  }

  get attempt(): Attempt {
    const { record } = this.#owner;
    return this.kind === 'reversal' ? (record.reversal ?? record) : record;
  }

  get name(): string {
    return this.#owner.record.transactionId;
  }

  found(repeated: Repeated): void {
    this.#settle(this.#judge(repeated.response), repeated.response, true);
  }

  proven(): void {
    this.#owner.ended('not_started', { condition: 'NotFound', message: 'The request never reached the terminal.' });
  }

  heard(reason: Reason): void {
    this.#reason = reason;
  }

  // The way of the request.

  /** Its turn has come: logs in if need be, then sends. */
  run(): void {
    const { context, login } = this.#owner;
    if (context.config.autoLogin && login.status !== 'in') this.#logIn();
    else this.arm('put');
  }

  /**
   * Writes down that a request is about to leave, then sends it. With `begin` that is also its intent: where nothing has
   * to be waited for, one write does for both.
   */
  arm(write: 'begin' | 'put', existing?: (record: TransactionRecord) => void): void {
    const { context, record } = this.#owner;
    const { attempt } = this;
    const serviceId = context.serviceId();
    if (serviceId === undefined) return this.#owner.refused(NO_IDS);
    attempt.serviceId = serviceId;
    attempt.answered = false;
    attempt.attempts++;
    if (context.baseline) attempt.baseline = context.baseline;
    record.state = KINDS[this.kind].sent;
    // A login since then has let go of the card.
    if (context.service?.owner !== record.transactionId) delete record.acquisition;
    if (write === 'put') this.#owner.move('arming');
    this.#owner.write(write, (stored) => {
      if (!stored.ok) return this.#owner.refused(stored.reason);
      if (stored.existing !== undefined) return existing?.(stored.existing);
      this.#armed();
    });
  }

  /** May leave. A login that is out goes first: arriving later, it would reset the terminal under it. */
  #armed(): void {
    const { context, login, record } = this.#owner;
    if (this.kind === 'payment' && record.abortRequested) return this.abortUnsent();
    if (login.status !== 'pending') return this.#transmit();
    login.need((result) => {
      if (result.ok || !context.config.autoLogin) this.#armed();
      else if (this.kind === 'payment') this.#owner.ended('not_started', result.error);
      else this.pauseFor(retryDelay(context.config.timeouts.owed, 0));
    });
  }

  /** A request from before a restart: its outcome is asked for before anything else. */
  recover(): void {
    const { context } = this.#owner;
    context.after(this.#owner.timer('hard'), context.config.timeouts.response, () => this.#hardLimit());
    this.#resolve('now');
  }

  /** Asks the terminal to abort what is out there. */
  abort(ref: string, failed: (reason: string) => void): void {
    const { context, record } = this.#owner;
    const { transactionId } = record;
    const serviceId = context.serviceId();
    if (serviceId === undefined) return failed(NO_IDS);
    this.#owner.tell('aborting');
    const request = abortRequest(context.config, serviceId, this.category, this.attempt.serviceId);
    context.send(request, { overtake: true, timeout: context.config.timeouts.abort }, (reply) => {
      const taken = reply.type === 'empty' || reply.type === 'message';
      if (taken) context.push({ type: 'done', ref, result: { type: 'abort', request, sent: true, transactionId } });
      else failed(reply.reason);
    });
  }

  abortUnsent(): void {
    this.attempt.serviceId = '';
    this.#owner.ended('aborted', { condition: 'Aborted', message: 'Aborted before the payment was sent.' });
  }

  /** Asks the terminal about it, then calls back: nothing that resets the terminal may come before. */
  askFirst(then: () => void): void {
    this.#resolver.askNow(then);
  }

  /** Its outcome is certain: nothing more is asked or waited for. */
  stop(): void {
    const { context } = this.#owner;
    if (this.#exchange !== undefined) context.cancel(this.#exchange);
    this.#exchange = undefined;
    this.#resolver.stop();
    for (const timer of ['hard', 'probe', 'recover', 'again']) context.clear(this.#owner.timer(timer));
  }

  #logIn(): void {
    this.#owner.move('login');
    this.#owner.tell('loggingIn');
    this.#owner.login.need((result) => {
      if (this.#owner.state === 'login') this.#loggedIn(result);
    });
  }

  #loggedIn(result: LoginResult): void {
    if (result.ok) this.arm('put');
    else this.#owner.ended('not_started', result.error);
  }

  #transmit(): void {
    const { context, record } = this.#owner;
    const { timeouts } = context.config;
    this.#owner.move('open');
    context.enter('paying');
    this.#owner.tell(this.kind === 'payment' ? 'waitingForCard' : 'reversing');
    const message: Message = KINDS[this.kind].request(context.config, record, this.#owner.confidential);
    this.#exchange = context.send(message, { overtake: false }, (reply) => {
      this.#exchange = undefined;
      this.#replied(reply);
    });
    context.after(this.#owner.timer('hard'), timeouts.response, () => this.#hardLimit());
    if (timeouts.probe < timeouts.response) {
      context.after(this.#owner.timer('probe'), timeouts.probe, () => this.#resolver.start('now'));
    }
  }

  #replied(reply: ExchangeResult): void {
    const { config } = this.#owner.context;
    if (reply.type === 'unreachable') {
      return this.#owner.ended('not_started', { condition: 'Unreachable', message: reply.reason });
    }
    if (reply.type !== 'message') {
      return this.#lost(reply.type === 'empty' ? 'The terminal answered without a message.' : reply.reason);
    }
    if (!answers(reply.header, config, this.category, this.attempt.serviceId)) {
      return this.#lost('The terminal answered with a message that is not about this request.');
    }
    this.#settle(this.#judge(reply.response), reply.response, false);
  }

  #judge(response: SaleToPOIResponse): Verdict {
    return KINDS[this.kind].judge(this.#owner.record, response);
  }

  #settle(verdict: Verdict, response: SaleToPOIResponse, repeated: boolean): void {
    const { context } = this.#owner;
    // What was refused is no transaction of the terminal's: it never becomes its last one.
    if (verdict.type === 'outcome' || (verdict.type === 'untrusted' && verdict.settled && repeated)) {
      this.attempt.answered = true;
      // An approval has ended the service in which its card was read. A failure may have come without it.
      if (verdict.type === 'outcome' && verdict.error === undefined) delete context.service;
      context.answered(this.attempt.serviceId, poiTransactionIn(response));
    }
    switch (verdict.type) {
      case 'outcome':
        if (verdict.authorized !== undefined) this.#owner.record.authorized = verdict.authorized;
        return this.#owner.ended(verdict.outcome, verdict.error, response);
      case 'busy':
        return this.#tryAgain(verdict.error, response);
      case 'notAllowed':
        return this.#sessionLost(verdict.error, response);
      case 'untrusted':
        this.#reason = verdict.error;
        if (repeated && verdict.settled) return this.#owner.ended('declined', verdict.error, response);
        if (this.#owner.state === 'open') this.#lost(verdict.error.message);
    }
  }

  /** `Busy`: it was not started. The intent is kept as such, so that a restart knows. */
  #tryAgain(error: Reason, response: SaleToPOIResponse): void {
    const { context, record } = this.#owner;
    const { busyPayment } = context.config.timeouts;
    const wanted = this.kind === 'reversal' || !(record.recovered || record.abortRequested);
    if (!wanted || this.#busy >= busyPayment.length) {
      const outcome = this.kind === 'payment' && record.abortRequested ? 'aborted' : 'not_started';
      return this.#owner.ended(outcome, error, response);
    }
    this.pauseFor(retryDelay(busyPayment, this.#busy++));
  }

  /** Waits, then starts anew: what came before was certainly not started, which the journal is told. */
  pauseFor(ms: number): void {
    const { context, record } = this.#owner;
    this.stop();
    this.#owner.move('pausing');
    record.state = KINDS[this.kind].intent;
    this.#owner.tell('busy');
    this.#owner.write('put', () => undefined);
    context.after(this.#owner.timer('again'), ms, () => this.run());
  }

  /** `NotAllowed`: no login session, nothing was started. */
  #sessionLost(error: Reason, response: SaleToPOIResponse): void {
    const { context, login, record } = this.#owner;
    const wanted = this.kind === 'reversal' || !record.recovered;
    if (login.status === 'in') login.status = 'out';
    if (!context.config.autoLogin || this.#loginTried || !wanted) {
      return this.#owner.ended(this.kind === 'reversal' ? 'declined' : 'not_started', error, response);
    }
    this.#loginTried = true;
    this.stop();
    record.state = KINDS[this.kind].intent;
    this.#logIn();
  }

  #lost(reason: string): void {
    if (this.#owner.state === 'resolving') return;
    this.#reason = { condition: 'NoAnswer', message: reason };
    this.#resolve('later');
  }

  #resolve(when: 'now' | 'later'): void {
    const { context, record } = this.#owner;
    const reported = record.state === 'unresolved' || record.reversal?.reported === true;
    this.#owner.move('resolving');
    context.enter(reported ? 'unresolved' : 'recovering');
    this.#owner.tell('recovering');
    if (!reported) {
      context.after(this.#owner.timer('recover'), context.config.timeouts.recovery, () =>
        this.#owner.overdue(this.#reason),
      );
    }
    this.#resolver.start(when);
  }

  #hardLimit(): void {
    if (this.#exchange !== undefined) this.#owner.context.cancel(this.#exchange);
    this.#exchange = undefined;
    if (this.#owner.state === 'open') this.#lost('The terminal did not answer within the response time-out.');
    this.#resolver.hardLimit();
  }
}
