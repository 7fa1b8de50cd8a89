import type { SaleToPOIRequest } from '../protocol/types.ts';
import { Core, type SessionConfig } from './core.ts';
import { Dialog } from './dialog.ts';
import type { Effect, Now, SessionEvent } from './effects.ts';
import {
  mismatchError,
  notHeldError,
  notLastError,
  notUnresolvedError,
  repeatError,
  reversalError,
} from './failures.ts';
import { Inbound } from './inbound.ts';
import { Inquiry } from './inquiry.ts';
import { Login } from './login.ts';
import { type Keeper, Maintenance } from './maintenance.ts';
import { noticeOf } from './notice.ts';
import { sameOrder } from './order.ts';
import { type Host, Payment } from './payment.ts';
import { ABORTED, BUSY, LINE_FULL, STOPPED, UNRESOLVED, WAITED } from './reasons.ts';
import { newRecord, type Reason, type TransactionRecord } from './record.ts';
import { type Restored, restoredBaseline, urgency } from './restored.ts';
import { isLast } from './reversal.ts';
import { Signing } from './signing.ts';
import type { Trace } from './states.ts';
import { Watch } from './watch.ts';

export type { Restored } from './restored.ts';

type PayEvent = Extract<SessionEvent, { type: 'pay' }>;
type Job = Payment | { run(): void };

/**
 * A terminal's life as a state machine: events in, effects out. It has no clock, no I/O and no randomness: the same
 * events always give the same effects. One request at a time; Abort, Login and TransactionStatus overtake it.
 */
export class Session implements Host, Keeper {
  readonly core: Core;
  readonly login: Login;
  readonly trace: Trace;
  readonly #inquiry: Inquiry;
  readonly #inbound: Inbound;
  readonly #signing: Signing;
  readonly #maintenance: Maintenance;
  readonly #restored: Restored;
  readonly #active = new Map<string, Payment>();
  #line: Job[] = [];
  #job: Job | undefined;
  #last: TransactionRecord | undefined;

  constructor(config: SessionConfig, restored: Restored, trace: Trace = () => undefined) {
    this.core = new Core(config, restored.serviceIds);
    this.login = new Login(this.core);
    this.#inquiry = new Inquiry(this.core, this.login);
    this.#inbound = new Inbound(this.core);
    this.#signing = new Signing(this.core, this.#inbound);
    this.#maintenance = new Maintenance(this);
    this.trace = trace;
    this.#restored = restored;
    this.#last = restored.last && isLast(restored.last) ? restored.last : undefined;
    this.core.baseline = restoredBaseline(restored);
  }

  /** The transaction this terminal is busy with, if any. */
  get current(): TransactionRecord | undefined {
    return this.#job instanceof Payment ? this.#job.record : undefined;
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
        return this.#logIn(event.ref);
      case 'logout':
        return this.#take({
          run: () => this.#inquiry.logout(event.ref, event.maintenanceAllowed, () => this.#ended()),
        });
      case 'abort':
        return this.#abort(event.ref);
      case 'fulfil':
      case 'sign':
        return this.#confirm(event);
      case 'inbound':
        return this.#receive(event.ref, event.request);
      case 'listeners':
        return this.#listen(event.count > 0);
      case 'answer':
        return this.#inbound.reply(event.ref, event.replyId, event.value);
      case 'device':
        return this.#take(new Dialog(this.core, this.login, event.ref, event.body, () => this.#ended()));
      case 'reverse':
        return this.#reverse(event);
      case 'rule':
        return this.#rule(event);
      case 'status':
        return this.#inquiry.status(event.ref, event.serviceId, () => this.#job === undefined);
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
    for (const record of undelivered) {
      this.core.push({ type: 'outcome', refs: [], record: { ...record, recovered: true }, final: true });
    }
    for (const record of [...unfinished].sort((a, b) => urgency(a) - urgency(b) || a.createdAt - b.createdAt)) {
      if (record.state === 'ruled') this.#watch(record);
      else this.#resume({ ...record, recovered: true });
    }
    this.#maintenance.start();
    this.#next();
  }

  #resume(record: TransactionRecord): void {
    const payment = new Payment(this, record, []);
    this.#active.set(record.transactionId, payment);
    if (record.state === 'intent') {
      payment.close('not_started', STOPPED);
    } else {
      this.#line.push(payment);
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
    const payment = new Payment(this, record, [ref]);
    this.#active.set(order.transactionId, payment);
    const refusal = this.#refusal();
    const repeated = (existing: TransactionRecord) => this.#repeat(payment, existing, refusal);
    if (refusal !== undefined) return payment.turnAway(refusal, repeated);
    const idle = this.#job === undefined;
    if (idle) this.#job = payment;
    else {
      this.#line.push(payment);
      payment.waitAtMost(this.core.config.limits.queueWait, WAITED);
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

  /** The transactionId was used before: its first result counts, unless it was certainly not started. */
  #repeat(payment: Payment, existing: TransactionRecord, refusal: Reason | undefined): void {
    const wrong = repeatError(existing, payment.record);
    if (wrong !== undefined) {
      for (const ref of payment.refs) this.core.push({ type: 'failed', ref, error: wrong });
      return payment.drop();
    }
    const told = existing.state === 'closed' || existing.state === 'ruled';
    // What a person ruled is not tried again: it may have been approved after all.
    if (told && (existing.outcome !== 'not_started' || existing.ruling)) return payment.repeat(existing);
    if (refusal !== undefined) return payment.repeat({ ...payment.record, serviceId: existing.serviceId });
    const { saleTimestamp: first, attempts, createdAt } = existing;
    const known = existing.state === 'closed' || existing.state === 'intent';
    payment.record = known
      ? { ...payment.record, state: 'intent', serviceId: '', saleTimestamp: first, attempts, createdAt }
      : { ...existing, recovered: true };
    if (!known) return payment.wait();
    this.core.write('put', payment.record, (stored) => {
      if (!stored.ok) return payment.refused(stored.reason);
      payment.wait();
    });
  }

  /** Why a payment is turned away now, if it is. */
  #refusal(): Reason | undefined {
    const { config, state } = this.core;
    if (state === 'unresolved') return UNRESOLVED;
    if (this.#job === undefined) return undefined;
    if (config.whenBusy === 'refuse') return BUSY;
    return this.#line.length >= config.limits.queueLength ? LINE_FULL : undefined;
  }

  #take(job: Job): void {
    this.#line.push(job);
    this.#next();
  }

  /** What had its turn, and is no payment, is over. */
  #ended(): void {
    this.#job = undefined;
    this.#next();
  }

  #next(): void {
    if (this.#job !== undefined) return;
    this.#job = this.#line.shift();
    if (this.#job !== undefined) return this.#job.run();
    if (['unreachable', 'loggingIn', 'maintenance'].includes(this.core.state)) return;
    this.core.enter(this.login.status === 'in' || !this.core.config.autoLogin ? 'ready' : 'loggedOut');
  }

  isActive(transactionId: string): boolean {
    return this.#active.has(transactionId);
  }

  hasTurn(payment: Payment): boolean {
    return this.#job === payment;
  }

  finished(payment: Payment): void {
    this.#active.delete(payment.record.transactionId);
    if (this.#job !== payment) {
      this.#line = this.#line.filter((job) => job !== payment);
      return;
    }
    this.#noteLast(payment.record);
    if (payment.record.error?.condition === 'Unreachable') this.core.enter('unreachable');
    this.#job = undefined;
    this.#next();
  }

  /** The one payment that can still be reversed. */
  #noteLast(record: TransactionRecord): void {
    if (record.state === 'ruled') new Watch(this.core, record);
    if (isLast(record)) this.#last = record;
  }

  #confirm(event: Extract<SessionEvent, { type: 'fulfil' | 'sign' }>): void {
    const { ref, transactionId } = event;
    const payment = this.#active.get(transactionId);
    const taken =
      event.type === 'fulfil' ? payment?.fulfil(ref, event.node, event.delivered) : payment?.sign(event.accepted);
    if (!taken) return this.core.push({ type: 'failed', ref, error: notHeldError(transactionId) });
    if (event.type === 'sign') this.core.push({ type: 'done', ref, result: { type: 'sign', transactionId } });
  }

  /** Takes the last payment back. Nothing else can be: the terminal reaches no further. */
  #reverse({ ref, transactionId, reason, node }: Extract<SessionEvent, { type: 'reverse' }>): void {
    const last = this.#last;
    const name = transactionId ?? last?.transactionId ?? '';
    const active = this.#active.get(name);
    const error = reversalError(last, name, active !== undefined);
    if (error !== undefined || last === undefined) {
      return this.core.push({ type: 'failed', ref, error: error ?? notLastError(name) });
    }
    const payment = new Payment(this, { ...last }, []);
    this.#active.set(name, payment);
    this.#line.push(payment);
    payment.reverseClosed(ref, node, reason);
    this.#next();
  }

  #rule({ ref, transactionId, outcome, by, note }: Extract<SessionEvent, { type: 'rule' }>): void {
    const payment = this.#active.get(transactionId);
    const ruling = { by, outcome, at: this.core.now.ms, ...(note !== undefined && { note }) };
    if (!payment?.rule(ruling))
      return this.core.push({ type: 'failed', ref, error: notUnresolvedError(transactionId) });
    this.core.push({ type: 'done', ref, result: { type: 'rule', transactionId } });
  }

  unresolved(): void {
    for (const job of [...this.#line]) {
      if (job instanceof Payment && job.state === 'waiting' && job.record.state === 'intent') {
        job.close('not_started', UNRESOLVED);
      }
    }
  }

  /** What the terminal says by itself moves the session along, but never decides how a payment ends. */
  #receive(ref: string, request: SaleToPOIRequest): void {
    this.#inbound.receive(ref, request);
    if (request.EventNotification) this.#maintenance.event(request.EventNotification);
    const notice = this.#job instanceof Payment ? noticeOf(request) : undefined;
    if (notice?.kind === 'display' && this.#job instanceof Payment) this.#job.show(notice.text);
  }

  #listen(listening: boolean): void {
    this.#inbound.listening = listening;
    if (listening) this.#signing.listening();
  }

  get asksForSignature(): boolean {
    const { signature } = this.core.config;
    return signature === 'ask' || (signature === 'listen' && this.#inbound.listening);
  }

  askSignature(payment: Payment): void {
    if (this.core.config.signature === 'listen')
      this.#signing.ask(payment.record, (accepted) => payment.sign(accepted));
  }

  get idle(): boolean {
    return this.#job === undefined && this.#line.length === 0;
  }

  release(): void {
    this.#take({ run: () => this.#inquiry.logout('', true, () => this.#ended()) });
  }

  /** A Login resets the terminal, so a payment that is out there is asked about first. */
  #logIn(ref: string): void {
    if (this.#job instanceof Payment && this.#job.isOut) this.#job.askFirst(() => this.login.request(ref));
    else this.login.request(ref);
  }

  #abort(ref: string): void {
    if (this.#job instanceof Payment) return this.#job.abort(ref);
    this.core.push({ type: 'done', ref, result: { type: 'abort', sent: false } });
  }
}
