import type { SaleToPOIResponse } from '../protocol/types.ts';
import { type Core, pause } from './core.ts';
import type { Phase, Repeated, Reply } from './effects.ts';
import { abortError } from './failures.ts';
import { type Login, type LoginResult, NO_IDS } from './login.ts';
import { answers, poiTransactionIdIn } from './match.ts';
import type { Outcome, Reason, TransactionRecord } from './record.ts';
import { abortRequest, paymentRequest } from './requests.ts';
import { Resolver } from './resolver.ts';
import type { PaymentState, Trace } from './states.ts';
import { judgePayment, type Verdict } from './verdict.ts';

/** What a payment needs of the session it belongs to. */
export interface Host {
  readonly core: Core;
  readonly login: Login;
  readonly trace: Trace;
  /** Whether it is this payment's turn. */
  hasTurn(payment: Payment): boolean;
  finished(payment: Payment): void;
  /** Its outcome stays unknown: nothing else may start on this terminal. */
  unresolved(): void;
}

/** One payment, from its intent to its certain outcome (`states.ts` draws the way). */
export class Payment {
  record: TransactionRecord;
  readonly refs: string[];
  readonly #host: Host;
  readonly #resolver: Resolver;
  #state: PaymentState = 'journalling';
  #exchange: number | undefined;
  #busy = 0;
  #loginTried = false;
  #reason: Reason = { condition: 'Unresolved', message: 'The outcome is not known yet.' };

  constructor(host: Host, record: TransactionRecord, refs: string[]) {
    this.#host = host;
    this.record = record;
    this.refs = refs;
    this.#resolver = new Resolver(host.core, host.login, this);
  }

  get state(): PaymentState {
    return this.#state;
  }

  /** Whether a request for it may be at the terminal. */
  get isOut(): boolean {
    return this.#state === 'open' || this.#state === 'resolving';
  }

  /** Takes its place: in line, until `run`. */
  wait(): void {
    this.#move('waiting');
    this.tell('queued');
    if (this.#host.hasTurn(this)) this.run();
  }

  /** Turns it away when its turn has not come after `ms`. */
  waitAtMost(ms: number, error: Reason): void {
    this.#host.core.after(this.#timer('queue'), ms, () => {
      if (this.#state === 'waiting' && !this.#host.hasTurn(this)) this.close('not_started', error);
    });
  }

  /** Its turn has come. While its intent is still being written, that goes first. */
  run(): void {
    if (this.#state !== 'waiting') return;
    const { core, login } = this.#host;
    core.clear(this.#timer('queue'));
    if (this.record.state !== 'intent') return this.#recover();
    if (core.config.autoLogin && login.status !== 'in') return this.#logIn();
    this.arm('put');
  }

  /**
   * Writes down that a request is about to leave, then sends it. With `begin` that is also its intent: where nothing has
   * to be waited for, one write does for both.
   */
  arm(write: 'begin' | 'put', existing?: (record: TransactionRecord) => void): void {
    const { core } = this.#host;
    const serviceId = core.serviceId();
    if (serviceId === undefined) return this.refused(NO_IDS);
    this.record.serviceId = serviceId;
    this.record.answered = false;
    this.record.state = 'sent';
    this.record.attempts++;
    if (core.baseline) this.record.baseline = core.baseline;
    if (write === 'put') this.#move('arming');
    core.write(write, this.record, (stored) => {
      if (!stored.ok) return this.refused(stored.reason);
      if (stored.existing !== undefined) return existing?.(stored.existing);
      if (this.record.abortRequested) return this.#abortedUnsent();
      this.#transmit();
    });
  }

  /** The journal takes no writes, and nothing was sent: told at once, since it cannot be written down. */
  refused(reason: string): void {
    this.#certain('not_started', { condition: 'Journal', message: reason });
    this.#tellOutcome();
  }

  /** A certain outcome: written first, told then. A journal that fails is tried again until it takes it. */
  close(outcome: Outcome, error: Reason | undefined, response?: SaleToPOIResponse): void {
    this.#stopAsking();
    this.#certain(outcome, error, response);
    this.#move('closing');
    this.#writeOutcome(0);
  }

  /** Turned away without being tried. The write still finds a first result under the same transactionId. */
  turnAway(error: Reason, existing: (record: TransactionRecord) => void): void {
    this.#certain('not_started', error);
    this.#host.core.write('begin', this.record, (stored) => {
      if (!stored.ok) return this.refused(stored.reason);
      if (stored.existing !== undefined) return existing(stored.existing);
      this.#tellOutcome();
    });
  }

  /** Tells the outcome that is in the record, which is durable. */
  #tellOutcome(): void {
    const { core } = this.#host;
    core.push({ type: 'outcome', refs: this.refs, record: { ...this.record }, final: true });
    this.drop();
  }

  /** Gives a repeat its first result. */
  repeat(record: TransactionRecord): void {
    this.record = record;
    this.#tellOutcome();
  }

  /** Ends here: its callers have been told. */
  drop(): void {
    this.#host.core.clear(this.#timer('queue'));
    this.#move('closed');
    this.#host.finished(this);
  }

  abort(ref: string): void {
    const { core } = this.#host;
    const { transactionId } = this.record;
    if (this.#state === 'closing' || this.#state === 'closed') {
      return core.push({ type: 'done', ref, result: { type: 'abort', sent: false, transactionId } });
    }
    this.record.abortRequested = true;
    if (this.isOut) return this.#sendAbort(ref);
    core.push({ type: 'done', ref, result: { type: 'abort', sent: false, transactionId } });
    if (this.#state !== 'journalling' && this.#state !== 'arming') this.#abortedUnsent();
  }

  /** Asks the terminal about it first, then calls back: nothing that resets the terminal may come before. */
  askFirst(then: () => void): void {
    this.#resolver.askNow(then);
  }

  tell(phase: Phase): void {
    this.#host.core.push({ type: 'phase', refs: this.refs, node: this.record.node, phase });
  }

  // What the resolver finds.

  found(repeated: Repeated): void {
    this.#settle(judgePayment(this.record, repeated.response), repeated.response, true);
  }

  proven(): void {
    this.close('not_started', { condition: 'NotFound', message: 'The payment never reached the terminal.' });
  }

  heard(reason: Reason): void {
    this.#reason = reason;
  }

  #logIn(): void {
    this.#move('login');
    this.tell('loggingIn');
    this.#host.login.need((result) => {
      if (this.#state === 'login') this.#loggedIn(result);
    });
  }

  #loggedIn(result: LoginResult): void {
    if (result.ok) return this.arm('put');
    this.close('not_started', result.error);
  }

  #transmit(): void {
    const { core } = this.#host;
    const { limits } = core.config;
    this.#move('open');
    core.enter('paying');
    this.tell('waitingForCard');
    this.#exchange = core.send(paymentRequest(core.config, this.record), { overtake: false }, (reply) => {
      this.#exchange = undefined;
      this.#replied(reply);
    });
    core.after(this.#timer('hard'), limits.response, () => this.#hardLimit());
    if (limits.probe < limits.response)
      core.after(this.#timer('probe'), limits.probe, () => this.#resolver.start('now'));
  }

  #replied(reply: Reply): void {
    const { config } = this.#host.core;
    if (reply.type === 'unreachable') {
      return this.close('not_started', { condition: 'Unreachable', message: reply.reason });
    }
    if (reply.type !== 'message') {
      return this.#lost(reply.type === 'empty' ? 'The terminal answered without a message.' : reply.reason);
    }
    if (!answers(reply.header, config, 'Payment', this.record.serviceId)) {
      return this.#lost('The terminal answered with a message that is not about this payment.');
    }
    this.#settle(judgePayment(this.record, reply.response), reply.response, false);
  }

  #settle(verdict: Verdict, response: SaleToPOIResponse, repeated: boolean): void {
    const { core } = this.#host;
    if (verdict.type !== 'untrusted') {
      this.record.answered = true;
      core.answered(this.record.serviceId, poiTransactionIdIn(response));
    }
    switch (verdict.type) {
      case 'outcome':
        return this.close(verdict.outcome, verdict.error, response);
      case 'busy':
        return this.#tryAgain(verdict.error, response);
      case 'notAllowed':
        return this.#sessionLost(verdict.error, response);
      case 'untrusted':
        this.#reason = verdict.error;
        if (repeated && verdict.settled) return this.close('declined', verdict.error, response);
        if (this.#state === 'open') this.#lost(verdict.error.message);
    }
  }

  /** `Busy` on a payment: it was not started. The intent is kept as such, so that a restart knows. */
  #tryAgain(error: Reason, response: SaleToPOIResponse): void {
    const { core } = this.#host;
    const { busyPayment } = core.config.limits;
    if (this.record.recovered || this.record.abortRequested || this.#busy >= busyPayment.length) {
      return this.close(this.record.abortRequested ? 'aborted' : 'not_started', error, response);
    }
    this.#stopAsking();
    this.#move('pausing');
    this.record.state = 'intent';
    this.tell('busy');
    core.write('put', this.record, () => undefined);
    core.after(this.#timer('busy'), pause(busyPayment, this.#busy++), () => this.arm('put'));
  }

  /** `NotAllowed` on a payment: no login session, nothing was started. */
  #sessionLost(error: Reason, response: SaleToPOIResponse): void {
    const { core, login } = this.#host;
    if (login.status === 'in') login.status = 'out';
    if (!core.config.autoLogin || this.#loginTried || this.record.recovered) {
      return this.close('not_started', error, response);
    }
    this.#loginTried = true;
    this.#stopAsking();
    this.record.state = 'intent';
    this.#logIn();
  }

  #lost(reason: string): void {
    if (this.#state === 'resolving') return;
    this.#reason = { condition: 'NoAnswer', message: reason };
    this.#resolve('later');
  }

  /** A request from before a restart: its outcome is asked for before anything else. */
  #recover(): void {
    this.#host.core.after(this.#timer('hard'), this.#host.core.config.limits.response, () => this.#hardLimit());
    this.#resolve('now');
  }

  #resolve(when: 'now' | 'later'): void {
    const { core } = this.#host;
    this.#move('resolving');
    core.enter(this.record.state === 'unresolved' ? 'unresolved' : 'recovering');
    this.tell('recovering');
    if (this.record.state !== 'unresolved')
      core.after(this.#timer('recover'), core.config.limits.recovery, () => this.#report(0));
    this.#resolver.start(when);
  }

  #hardLimit(): void {
    if (this.#exchange !== undefined) this.#host.core.cancel(this.#exchange);
    this.#exchange = undefined;
    if (this.#state === 'open') this.#lost('The terminal did not answer within the response time-out.');
    this.#resolver.hardLimit();
  }

  /** The flow is told that the outcome is not known yet. Asking goes on. */
  #report(tries: number): void {
    const { core } = this.#host;
    this.record.state = 'unresolved';
    core.write('put', this.record, (stored) => {
      if (this.#state !== 'resolving') return;
      if (!stored.ok) {
        core.after(this.#timer('recover'), pause(core.config.limits.journal, tries), () => this.#report(tries + 1));
        return;
      }
      core.enter('unresolved');
      const record: TransactionRecord = { ...this.record, outcome: 'unresolved', error: this.#reason };
      core.push({ type: 'outcome', refs: [...this.refs], record, final: false });
      this.#host.unresolved();
    });
  }

  #sendAbort(ref: string): void {
    const { core } = this.#host;
    const { serviceId: payment, transactionId } = this.record;
    const serviceId = core.serviceId();
    if (serviceId === undefined) return core.push({ type: 'failed', ref, error: abortError(NO_IDS) });
    this.tell('aborting');
    const options = { overtake: true, timeout: core.config.limits.abort };
    const request = abortRequest(core.config, serviceId, payment);
    core.send(request, options, (reply) => {
      const taken = reply.type === 'empty' || reply.type === 'message';
      if (taken) core.push({ type: 'done', ref, result: { type: 'abort', request, sent: true, transactionId } });
      else core.push({ type: 'failed', ref, error: abortError(reply.reason) });
    });
  }

  #abortedUnsent(): void {
    this.close('aborted', { condition: 'Aborted', message: 'Aborted before the payment was sent.' });
  }

  #certain(outcome: Outcome, error: Reason | undefined, response?: SaleToPOIResponse): void {
    this.record.state = 'closed';
    this.record.outcome = outcome;
    if (error === undefined) delete this.record.error;
    else this.record.error = error;
    if (response !== undefined) this.record.response = response;
  }

  #writeOutcome(tries: number): void {
    const { core } = this.#host;
    core.write('put', this.record, (stored) => {
      if (stored.ok) return this.#tellOutcome();
      core.after(this.#timer('closing'), pause(core.config.limits.journal, tries), () => this.#writeOutcome(tries + 1));
    });
  }

  #stopAsking(): void {
    const { core } = this.#host;
    if (this.#exchange !== undefined) core.cancel(this.#exchange);
    this.#exchange = undefined;
    this.#resolver.stop();
    for (const timer of ['queue', 'hard', 'probe', 'recover', 'busy'] as const) core.clear(this.#timer(timer));
  }

  /** Timers are this payment's own: another one's end must not stop them. */
  #timer(name: 'queue' | 'hard' | 'probe' | 'recover' | 'busy' | 'closing'): string {
    return `${name} ${this.record.transactionId}`;
  }

  #move(to: PaymentState): void {
    this.#host.trace(this.#state, to);
    this.#state = to;
  }
}
