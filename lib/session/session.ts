import { NexoError } from '../protocol/errors.ts';
import type { SaleToPOIRequest } from '../protocol/types.ts';
import type { Effect } from './effects.ts';
import {
  ABORTED,
  abortError,
  BUSY,
  LINE_FULL,
  logoutError,
  mismatchError,
  SIGNATURE_ASKED,
  STOPPED,
  UNRESOLVED,
  WAITED,
} from './errors.ts';
import type { Now, SessionEvent } from './events.ts';
import { AddressFollower } from './inbound/address-follower.ts';
import { SignatureCheck } from './inbound/signature-check.ts';
import { notificationOf } from './inbound/terminal-notification.ts';
import { TerminalRequests } from './inbound/terminal-requests.ts';
import { type Job, JobQueue } from './job-queue.ts';
import { answerDuplicate } from './payment/duplicate-payment.ts';
import { Payment } from './payment/payment.ts';
import type { PaymentHost } from './payment/payment-host.ts';
import { sameOrder } from './payment/payment-order.ts';
import { PostApproval, type PostApprovalHost } from './payment/post-approval.ts';
import { type RecoveryState, recoveredBaseline, urgency } from './payment/recovery-state.ts';
import { RulingMonitor } from './payment/ruling-monitor.ts';
import { newRecord, type Reason, type TransactionRecord } from './record.ts';
import { CardService } from './requests/card-service.ts';
import { CardServices, type CardServicesHost } from './requests/card-services.ts';
import { DeviceRequest } from './requests/device-request.ts';
import { GenericRequest } from './requests/generic-request.ts';
import { Login } from './requests/login.ts';
import { Maintenance, type MaintenanceHost } from './requests/maintenance.ts';
import type { DeviceBody } from './requests/requests.ts';
import { StatusQuery } from './requests/status-query.ts';
import { type SessionConfig, SessionContext } from './session-context.ts';
import type { Trace } from './states.ts';

export type { RecoveryState } from './payment/recovery-state.ts';

type LoginEvent = Extract<SessionEvent, { type: 'login' }>;
type PayEvent = Extract<SessionEvent, { type: 'pay' }>;

/**
 * A terminal's life as a state machine: events in, effects out. It has no clock, no I/O and no randomness: the same
 * events always give the same effects. One request at a time; Abort, Login and TransactionStatus overtake it.
 */
export class Session implements PaymentHost, MaintenanceHost, CardServicesHost, PostApprovalHost {
  readonly context: SessionContext;
  readonly login: Login;
  readonly trace: Trace;
  readonly #statusQuery: StatusQuery;
  readonly inbound: TerminalRequests;
  readonly #signatureCheck: SignatureCheck;
  readonly #maintenance: Maintenance;
  readonly #cardServices = new CardServices(this);
  readonly #postApproval: PostApproval;
  readonly #addressFollower: AddressFollower;
  readonly #recoveryState: RecoveryState;
  readonly #active = new Map<string, Payment>();
  readonly #jobQueue: JobQueue;

  constructor(config: SessionConfig, restored: RecoveryState, trace: Trace = () => undefined) {
    this.context = new SessionContext(config, restored.serviceIds);
    this.login = new Login(this.context, (response) => this.#addressFollower.learn(response));
    this.#jobQueue = new JobQueue(this.context, this.login, () => this.#idle());
    this.#statusQuery = new StatusQuery(this.context, this.login);
    this.inbound = new TerminalRequests(this.context);
    this.#signatureCheck = new SignatureCheck(this.context, this.inbound);
    this.#maintenance = new Maintenance(this);
    this.#addressFollower = new AddressFollower(this.context, this.login, this.#jobQueue, restored.place);
    this.trace = trace;
    this.#recoveryState = restored;
    this.#postApproval = new PostApproval(this, restored.last);
    this.context.baseline = recoveredBaseline(restored);
  }

  /** The transaction this terminal is busy with, if any. */
  get current(): TransactionRecord | undefined {
    return this.#jobQueue.job instanceof Payment ? this.#jobQueue.job.record : undefined;
  }

  /** The transaction for which a card is being read, or held, now. */
  get cardFor(): string | undefined {
    return this.#jobQueue.job instanceof CardService ? this.#jobQueue.job.transactionId : undefined;
  }

  /** Takes an event and returns what is to be done, in order. */
  handle(event: SessionEvent, now: Now): Effect[] {
    this.context.now = now;
    this.#dispatch(event);
    const { effects } = this.context;
    this.context.effects = [];
    return effects;
  }

  #dispatch(event: SessionEvent): void {
    const { context } = this;
    switch (event.type) {
      case 'start':
        return this.#start();
      case 'pay':
        return this.#pay(event);
      case 'login':
        return this.#logIn(event);
      case 'logout':
        return this.#jobQueue.queue(
          { run: () => this.#statusQuery.logout(event.ref, event.maintenanceAllowed, () => this.#jobQueue.ended()) },
          ({ message }) => context.push({ type: 'failed', ref: event.ref, error: logoutError(message) }),
        );
      case 'abort':
        return this.#abort(event.ref);
      case 'fulfil':
      case 'sign':
        return this.#postApproval.confirm(event);
      case 'inbound':
        return this.#receive(event.ref, event.request);
      case 'propose':
        return this.#addressFollower.propose(event.address);
      case 'listeners':
        return this.#listen(event.count > 0);
      case 'answer':
        return this.inbound.reply(event.ref, event.replyId, event.value);
      case 'device':
        return this.#show(event.ref, event.body);
      case 'card':
        return this.#cardServices.ask(event);
      case 'request':
        return this.#ask(event);
      case 'reverse':
        return this.#postApproval.reverse(event);
      case 'rule':
        return this.#postApproval.rule(event);
      case 'status':
        return this.#statusQuery.status(event.ref, event.serviceId, () => this.#jobQueue.job === undefined);
      case 'reply':
        return context.replied(event.exchange, event.reply);
      case 'stored': {
        const { existing } = event;
        return context.stored(event.write, existing === undefined ? { ok: true } : { ok: true, existing });
      }
      case 'storeFailed':
        return context.stored(event.write, { ok: false, reason: event.reason });
      case 'reserved':
        return context.reserved(event.end);
      case 'timer':
        return context.fired(event.timer);
    }
  }

  /** Tells what was not told before the last stop, then resolves what was open, before anything new. */
  #start(): void {
    const { unfinished, undelivered } = this.#recoveryState;
    this.#addressFollower.start();
    // A card may have been read before the stop; a login, where it comes by itself, lets go of it.
    if (!this.context.config.autoLogin) this.context.service = { known: false };
    for (const record of undelivered) {
      this.context.push({ type: 'outcome', refs: [], record: { ...record, recovered: true }, final: true });
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
      this.#jobQueue.add(payment);
      payment.wait();
    }
  }

  /** A person ruled on it and flows were told (again, after a restart); evidence is still listened for. */
  #watch(record: TransactionRecord): void {
    this.context.push({ type: 'outcome', refs: [], record: { ...record, recovered: true }, final: true });
    new RulingMonitor(this.context, record);
  }

  #pay(event: PayEvent): void {
    const { order, ref } = event;
    const running = this.#active.get(order.transactionId);
    if (running !== undefined) return this.#join(running, event);
    const record = newRecord(order, this.context.config.terminal, event.node, this.context.now);
    const payment = new Payment(this, record, [ref], order.confidential);
    this.#active.set(order.transactionId, payment);
    const service = this.#cardServices.of(order.transactionId);
    const follows = service !== undefined && service === this.#jobQueue.job;
    if (service !== undefined && !follows) this.#cardServices.forestall(order.transactionId);
    const refusal = this.refusal(follows);
    const repeated = (existing: TransactionRecord) => answerDuplicate(this.context, payment, existing, refusal);
    if (refusal !== undefined) return payment.turnAway(refusal, repeated);
    const idle = this.#jobQueue.free;
    if (idle) this.#jobQueue.enter(payment);
    else if (follows) this.#jobQueue.add(payment, true);
    else {
      this.#jobQueue.add(payment);
      payment.waitAtMost(this.context.config.timeouts.queueWait, WAITED);
      this.proceed();
    }
    const loggedIn = !this.context.config.autoLogin || this.login.status === 'in';
    if (idle && loggedIn) return payment.start(repeated);
    this.context.write('begin', payment.record, (stored) => {
      if (!stored.ok) return payment.refused(stored.reason);
      if (stored.existing !== undefined) return repeated(stored.existing);
      if (payment.record.abortRequested) return payment.close('aborted', ABORTED);
      payment.wait();
    });
  }

  #join(running: Payment, { order, ref }: PayEvent): void {
    if (sameOrder(running.record, order)) running.join(ref);
    else this.context.push({ type: 'failed', ref, error: mismatchError(running.record) });
  }

  /** Why a payment, or a card to be read, is turned away now, if it is. @param follows what has its turn is its own card */
  refusal(follows = false): Reason | undefined {
    const { config, state } = this.context;
    if (state === 'unresolved') return UNRESOLVED;
    if (this.#jobQueue.job === undefined || follows) return undefined;
    if (config.whenBusy === 'refuse') return BUSY;
    return this.#jobQueue.full ? LINE_FULL : undefined;
  }

  take(job: Job): void {
    this.#jobQueue.take(job);
  }

  left(job: Job): void {
    this.#jobQueue.left(job);
  }

  /** Lets whatever is next in line begin. */
  proceed(): void {
    this.#jobQueue.proceed();
  }

  #idle(): void {
    if (['unreachable', 'loggingIn', 'maintenance'].includes(this.context.state)) return;
    this.context.enter(this.login.status === 'in' || !this.context.config.autoLogin ? 'ready' : 'loggedOut');
  }

  isActive(transactionId: string): boolean {
    return this.#active.has(transactionId);
  }

  hasTurn(payment: Payment): boolean {
    return this.#jobQueue.job === payment;
  }

  finished(payment: Payment): void {
    this.#active.delete(payment.record.transactionId);
    // Given its first result, or turned away: then its card is kept for nothing.
    this.#cardServices.of(payment.record.transactionId)?.abort('');
    if (this.#jobQueue.job !== payment) return this.left(payment);
    this.#postApproval.note(payment.record);
    if (payment.record.error?.condition === 'Unreachable') this.context.enter('unreachable');
    this.#jobQueue.ended();
  }

  /** The payment that a card was read for takes over from its service. */
  waits(payment: Payment): void {
    this.#cardServices.of(payment.record.transactionId)?.handOver(payment.record);
  }

  active(transactionId: string): Payment | undefined {
    return this.#active.get(transactionId);
  }

  reopen(record: TransactionRecord): Payment {
    const payment = new Payment(this, record, []);
    this.#active.set(record.transactionId, payment);
    this.#jobQueue.add(payment);
    return payment;
  }

  unresolved(): void {
    for (const job of [...this.#jobQueue.waiting]) {
      if (job instanceof Payment && job.state === 'waiting' && job.record.state === 'intent') {
        job.close('not_started', UNRESOLVED);
      }
    }
  }

  /** What the terminal says by itself moves the session along, but never decides how a payment ends. */
  #receive(ref: string, request: SaleToPOIRequest): void {
    this.inbound.receive(ref, request);
    if (request.EventNotification) this.#maintenance.event(request.EventNotification);
    const notice = this.#jobQueue.job instanceof Payment ? notificationOf(request) : undefined;
    if (notice?.kind === 'display' && this.#jobQueue.job instanceof Payment) this.#jobQueue.job.show(notice.text);
  }

  #listen(listening: boolean): void {
    this.inbound.listening = listening;
    if (listening) this.#signatureCheck.listening();
  }

  get asksForSignature(): boolean {
    const { signature } = this.context.config;
    return signature === 'ask' || (signature === 'listen' && this.inbound.listening);
  }

  askSignature(payment: Payment): void {
    if (this.context.config.signature === 'listen')
      this.#signatureCheck.ask(payment.record, (accepted) => payment.sign(accepted));
  }

  get idle(): boolean {
    return this.#jobQueue.job === undefined && this.#jobQueue.waiting.length === 0;
  }

  release(then: (taken: boolean) => void): void {
    const over = (taken: boolean) => {
      this.#jobQueue.ended();
      then(taken);
    };
    const logout = () => this.#statusQuery.logout('', true, over);
    // Only a terminal that is logged in takes a logout, and with it the leave to update itself.
    const loggedIn = !this.context.config.autoLogin || this.login.status === 'in';
    this.take({ run: () => (loggedIn ? logout() : this.login.need(({ ok }) => (ok ? logout() : over(false)))) });
  }

  /** A Login resets the terminal, so a payment that is out there is asked about first. */
  #logIn({ ref, operator }: LoginEvent): void {
    const request = () => this.login.request(ref, operator);
    if (this.#jobQueue.job instanceof Payment && this.#jobQueue.job.isOut) this.#jobQueue.job.askFirst(request);
    else request();
  }

  /** While a card is held, the customer can be shown and asked something; the rest has its turn afterwards. */
  #show(ref: string, body: DeviceBody): void {
    if (this.#jobQueue.job instanceof CardService && !('PrintRequest' in body))
      return this.#jobQueue.job.show(ref, body);
    const dialog = new DeviceRequest(this.context, this.login, ref, body, () => this.#jobQueue.ended());
    this.#jobQueue.queue(dialog, (reason) => dialog.refuse(reason));
  }

  #ask({ ref, ...request }: Extract<SessionEvent, { type: 'request' }>): void {
    try {
      const asked = new GenericRequest(this.context, this.login, ref, request, () => this.#jobQueue.ended());
      this.#jobQueue.queue(asked, (reason) => asked.refuse(reason));
    } catch (error) {
      if (!(error instanceof NexoError)) throw error;
      this.context.push({ type: 'failed', ref, error });
    }
  }

  #abort(ref: string): void {
    // "You must respond, and you must not call Abort."
    const asked = this.inbound.questions.some(({ payload }) => payload.kind === 'input');
    if (this.#jobQueue.job instanceof Payment && this.#jobQueue.job.isOut && asked) {
      return this.context.push({ type: 'failed', ref, error: abortError(SIGNATURE_ASKED) });
    }
    if (this.#jobQueue.job instanceof Payment) return this.#jobQueue.job.abort(ref);
    if (this.#jobQueue.job instanceof DeviceRequest) return this.#jobQueue.job.abort(ref);
    if (this.#jobQueue.job instanceof CardService) {
      this.#active.get(this.#jobQueue.job.transactionId)?.abort('');
      return this.#jobQueue.job.abort(ref);
    }
    this.context.push({ type: 'done', ref, result: { type: 'abort', sent: false } });
  }
}
