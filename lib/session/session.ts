import { NexoError } from '../protocol/errors.ts';
import type { SaleToPOIRequest } from '../protocol/types.ts';
import { Afterwards, type AfterwardsHost } from './afterwards.ts';
import { Asked } from './asked.ts';
import { CardService } from './card.ts';
import { type CardHost, Cards } from './cards.ts';
import { Core, type SessionConfig } from './core.ts';
import { Dialog } from './dialog.ts';
import type { Effect, Now, SessionEvent } from './effects.ts';
import { abortError, logoutError, mismatchError } from './failures.ts';
import type { Host } from './host.ts';
import { Inbound } from './inbound.ts';
import { Inquiry } from './inquiry.ts';
import { type Job, Line } from './line.ts';
import { Login } from './login.ts';
import { type Keeper, Maintenance } from './maintenance.ts';
import { noticeOf } from './notice.ts';
import { sameOrder } from './order.ts';
import { Payment } from './payment.ts';
import { ABORTED, BUSY, LINE_FULL, SIGNATURE_ASKED, STOPPED, UNRESOLVED, WAITED } from './reasons.ts';
import { newRecord, type Reason, type TransactionRecord } from './record.ts';
import { repeat } from './repeat.ts';
import type { DeviceBody, RequestBody } from './requests.ts';
import { type Restored, restoredBaseline, urgency } from './restored.ts';
import { Signing } from './signing.ts';
import type { Trace } from './states.ts';
import { Watch } from './watch.ts';
import { Whereabouts } from './whereabouts.ts';

export type { Restored } from './restored.ts';

type LoginEvent = Extract<SessionEvent, { type: 'login' }>;
type PayEvent = Extract<SessionEvent, { type: 'pay' }>;

/**
 * A terminal's life as a state machine: events in, effects out. It has no clock, no I/O and no randomness: the same
 * events always give the same effects. One request at a time; Abort, Login and TransactionStatus overtake it.
 */
export class Session implements Host, Keeper, CardHost, AfterwardsHost {
  readonly core: Core;
  readonly login: Login;
  readonly trace: Trace;
  readonly #inquiry: Inquiry;
  readonly inbound: Inbound;
  readonly #signing: Signing;
  readonly #maintenance: Maintenance;
  readonly #cards = new Cards(this);
  readonly #afterwards: Afterwards;
  readonly #whereabouts: Whereabouts;
  readonly #restored: Restored;
  readonly #active = new Map<string, Payment>();
  readonly #line: Line;

  constructor(config: SessionConfig, restored: Restored, trace: Trace = () => undefined) {
    this.core = new Core(config, restored.serviceIds);
    this.login = new Login(this.core, (response) => this.#whereabouts.learn(response));
    this.#line = new Line(this.core, this.login, () => this.#idle());
    this.#inquiry = new Inquiry(this.core, this.login);
    this.inbound = new Inbound(this.core);
    this.#signing = new Signing(this.core, this.inbound);
    this.#maintenance = new Maintenance(this);
    this.#whereabouts = new Whereabouts(this.core, this.login, this.#line, restored.place);
    this.trace = trace;
    this.#restored = restored;
    this.#afterwards = new Afterwards(this, restored.last);
    this.core.baseline = restoredBaseline(restored);
  }

  /** The transaction this terminal is busy with, if any. */
  get current(): TransactionRecord | undefined {
    return this.#line.job instanceof Payment ? this.#line.job.record : undefined;
  }

  /** The transaction for which a card is being read, or held, now. */
  get cardFor(): string | undefined {
    return this.#line.job instanceof CardService ? this.#line.job.transactionId : undefined;
  }

  /** Takes an event and returns what is to be done, in order. */
  handle(event: SessionEvent, now: Now): Effect[] {
    this.core.now = now;
    this.#dispatch(event);
    const { effects } = this.core;
    this.core.effects = [];
    return effects;
  }

  #dispatch(event: SessionEvent): void {
    const { core } = this;
    switch (event.type) {
      case 'start':
        return this.#start();
      case 'pay':
        return this.#pay(event);
      case 'login':
        return this.#logIn(event);
      case 'logout':
        return this.#line.queue(
          { run: () => this.#inquiry.logout(event.ref, event.maintenanceAllowed, () => this.#line.ended()) },
          ({ message }) => core.push({ type: 'failed', ref: event.ref, error: logoutError(message) }),
        );
      case 'abort':
        return this.#abort(event.ref);
      case 'fulfil':
      case 'sign':
        return this.#afterwards.confirm(event);
      case 'inbound':
        return this.#receive(event.ref, event.request);
      case 'propose':
        return this.#whereabouts.propose(event.address);
      case 'listeners':
        return this.#listen(event.count > 0);
      case 'answer':
        return this.inbound.reply(event.ref, event.replyId, event.value);
      case 'device':
        return this.#show(event.ref, event.body);
      case 'card':
        return this.#cards.ask(event);
      case 'request':
        return this.#ask(event.ref, event.body);
      case 'reverse':
        return this.#afterwards.reverse(event);
      case 'rule':
        return this.#afterwards.rule(event);
      case 'status':
        return this.#inquiry.status(event.ref, event.serviceId, () => this.#line.job === undefined);
      case 'reply':
        return core.replied(event.exchange, event.reply);
      case 'stored': {
        const { existing } = event;
        return core.stored(event.write, existing === undefined ? { ok: true } : { ok: true, existing });
      }
      case 'storeFailed':
        return core.stored(event.write, { ok: false, reason: event.reason });
      case 'reserved':
        return core.reserved(event.end);
      case 'timer':
        return core.fired(event.timer);
    }
  }

  /** Tells what was not told before the last stop, then resolves what was open, before anything new. */
  #start(): void {
    const { unfinished, undelivered } = this.#restored;
    this.#whereabouts.start();
    // A card may have been read before the stop; a login, where it comes by itself, lets go of it.
    if (!this.core.config.autoLogin) this.core.service = { known: false };
    for (const record of undelivered) {
      this.core.push({ type: 'outcome', refs: [], record: { ...record, recovered: true }, final: true });
    }
    for (const record of [...unfinished].sort((a, b) => urgency(a) - urgency(b) || a.createdAt - b.createdAt)) {
      if (record.state === 'ruled') this.#watch(record);
      else this.#resume({ ...record, recovered: true });
    }
    this.#maintenance.start();
    this.proceed();
  }

  #resume(record: TransactionRecord): void {
    const payment = new Payment(this, record, []);
    this.#active.set(record.transactionId, payment);
    if (record.state === 'intent') {
      payment.close('not_started', STOPPED);
    } else {
      this.#line.add(payment);
      payment.wait();
    }
  }

  /** A person ruled on it and flows were told (again, after a restart); evidence is still listened for. */
  #watch(record: TransactionRecord): void {
    this.core.push({ type: 'outcome', refs: [], record: { ...record, recovered: true }, final: true });
    new Watch(this.core, record);
  }

  #pay(event: PayEvent): void {
    const { order, ref } = event;
    const running = this.#active.get(order.transactionId);
    if (running !== undefined) return this.#join(running, event);
    const record = newRecord(order, this.core.config.terminal, event.node, this.core.now);
    const payment = new Payment(this, record, [ref], order.confidential);
    this.#active.set(order.transactionId, payment);
    const service = this.#cards.of(order.transactionId);
    const follows = service !== undefined && service === this.#line.job;
    if (service !== undefined && !follows) this.#cards.forestall(order.transactionId);
    const refusal = this.refusal(follows);
    const repeated = (existing: TransactionRecord) => repeat(this.core, payment, existing, refusal);
    if (refusal !== undefined) return payment.turnAway(refusal, repeated);
    const idle = this.#line.free;
    if (idle) this.#line.enter(payment);
    else if (follows) this.#line.add(payment, true);
    else {
      this.#line.add(payment);
      payment.waitAtMost(this.core.config.limits.queueWait, WAITED);
      this.proceed();
    }
    const loggedIn = !this.core.config.autoLogin || this.login.status === 'in';
    if (idle && loggedIn) return payment.start(repeated);
    this.core.write('begin', payment.record, (stored) => {
      if (!stored.ok) return payment.refused(stored.reason);
      if (stored.existing !== undefined) return repeated(stored.existing);
      if (payment.record.abortRequested) return payment.close('aborted', ABORTED);
      payment.wait();
    });
  }

  #join(running: Payment, { order, ref }: PayEvent): void {
    if (sameOrder(running.record, order)) running.join(ref);
    else this.core.push({ type: 'failed', ref, error: mismatchError(running.record) });
  }

  /** Why a payment, or a card to be read, is turned away now, if it is. @param follows what has its turn is its own card */
  refusal(follows = false): Reason | undefined {
    const { config, state } = this.core;
    if (state === 'unresolved') return UNRESOLVED;
    if (this.#line.job === undefined || follows) return undefined;
    if (config.whenBusy === 'refuse') return BUSY;
    return this.#line.full ? LINE_FULL : undefined;
  }

  take(job: Job): void {
    this.#line.take(job);
  }

  left(job: Job): void {
    this.#line.left(job);
  }

  /** Lets whatever is next in line begin. */
  proceed(): void {
    this.#line.proceed();
  }

  #idle(): void {
    if (['unreachable', 'loggingIn', 'maintenance'].includes(this.core.state)) return;
    this.core.enter(this.login.status === 'in' || !this.core.config.autoLogin ? 'ready' : 'loggedOut');
  }

  isActive(transactionId: string): boolean {
    return this.#active.has(transactionId);
  }

  hasTurn(payment: Payment): boolean {
    return this.#line.job === payment;
  }

  finished(payment: Payment): void {
    this.#active.delete(payment.record.transactionId);
    // Given its first result, or turned away: then its card is kept for nothing.
    this.#cards.of(payment.record.transactionId)?.abort('');
    if (this.#line.job !== payment) return this.left(payment);
    this.#afterwards.note(payment.record);
    if (payment.record.error?.condition === 'Unreachable') this.core.enter('unreachable');
    this.#line.ended();
  }

  /** The payment that a card was read for takes over from its service. */
  waits(payment: Payment): void {
    this.#cards.of(payment.record.transactionId)?.handOver(payment.record);
  }

  active(transactionId: string): Payment | undefined {
    return this.#active.get(transactionId);
  }

  reopen(record: TransactionRecord): Payment {
    const payment = new Payment(this, record, []);
    this.#active.set(record.transactionId, payment);
    this.#line.add(payment);
    return payment;
  }

  unresolved(): void {
    for (const job of [...this.#line.waiting]) {
      if (job instanceof Payment && job.state === 'waiting' && job.record.state === 'intent') {
        job.close('not_started', UNRESOLVED);
      }
    }
  }

  /** What the terminal says by itself moves the session along, but never decides how a payment ends. */
  #receive(ref: string, request: SaleToPOIRequest): void {
    this.inbound.receive(ref, request);
    if (request.EventNotification) this.#maintenance.event(request.EventNotification);
    const notice = this.#line.job instanceof Payment ? noticeOf(request) : undefined;
    if (notice?.kind === 'display' && this.#line.job instanceof Payment) this.#line.job.show(notice.text);
  }

  #listen(listening: boolean): void {
    this.inbound.listening = listening;
    if (listening) this.#signing.listening();
  }

  get asksForSignature(): boolean {
    const { signature } = this.core.config;
    return signature === 'ask' || (signature === 'listen' && this.inbound.listening);
  }

  askSignature(payment: Payment): void {
    if (this.core.config.signature === 'listen')
      this.#signing.ask(payment.record, (accepted) => payment.sign(accepted));
  }

  get idle(): boolean {
    return this.#line.job === undefined && this.#line.waiting.length === 0;
  }

  release(then: (taken: boolean) => void): void {
    const over = (taken: boolean) => {
      this.#line.ended();
      then(taken);
    };
    const logout = () => this.#inquiry.logout('', true, over);
    // Only a terminal that is logged in takes a logout, and with it the leave to update itself.
    const loggedIn = !this.core.config.autoLogin || this.login.status === 'in';
    this.take({ run: () => (loggedIn ? logout() : this.login.need(({ ok }) => (ok ? logout() : over(false)))) });
  }

  /** A Login resets the terminal, so a payment that is out there is asked about first. */
  #logIn({ ref, operator }: LoginEvent): void {
    const request = () => this.login.request(ref, operator);
    if (this.#line.job instanceof Payment && this.#line.job.isOut) this.#line.job.askFirst(request);
    else request();
  }

  /** While a card is held, the customer can be shown and asked something; the rest has its turn afterwards. */
  #show(ref: string, body: DeviceBody): void {
    if (this.#line.job instanceof CardService && !('PrintRequest' in body)) return this.#line.job.show(ref, body);
    const dialog = new Dialog(this.core, this.login, ref, body, () => this.#line.ended());
    this.#line.queue(dialog, (reason) => dialog.refuse(reason));
  }

  #ask(ref: string, body: RequestBody): void {
    try {
      const asked = new Asked(this.core, this.login, ref, body, () => this.#line.ended());
      this.#line.queue(asked, (reason) => asked.refuse(reason));
    } catch (error) {
      if (!(error instanceof NexoError)) throw error;
      this.core.push({ type: 'failed', ref, error });
    }
  }

  #abort(ref: string): void {
    // "You must respond, and you must not call Abort."
    const asked = this.inbound.questions.some(({ payload }) => payload.kind === 'input');
    if (this.#line.job instanceof Payment && this.#line.job.isOut && asked) {
      return this.core.push({ type: 'failed', ref, error: abortError(SIGNATURE_ASKED) });
    }
    if (this.#line.job instanceof Payment) return this.#line.job.abort(ref);
    if (this.#line.job instanceof Dialog) return this.#line.job.abort(ref);
    if (this.#line.job instanceof CardService) {
      this.#active.get(this.#line.job.transactionId)?.abort('');
      return this.#line.job.abort(ref);
    }
    this.core.push({ type: 'done', ref, result: { type: 'abort', sent: false } });
  }
}
