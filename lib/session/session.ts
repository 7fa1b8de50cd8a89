import { NexoError } from '../protocol/errors.ts';
import type { SaleToPOIRequest } from '../protocol/types.ts';
import type { Effect } from './effects.ts';
import {
  abortError,
  BEHIND_CARD,
  BUSY,
  LINE_FULL,
  logoutError,
  mismatchError,
  SIGNATURE_ASKED,
  STOPPED,
  UNRESOLVED,
} from './errors.ts';
import type { SessionEvent } from './events.ts';
import { AddressFollower } from './inbound/address-follower.ts';
import { SignatureCheck } from './inbound/signature-check.ts';
import { notificationOf } from './inbound/terminal-notification.ts';
import { TerminalRequests } from './inbound/terminal-requests.ts';
import { type Job, JobQueue } from './job-queue.ts';
import type { Now } from './now.ts';
import { answerDuplicate } from './payment/duplicate-payment.ts';
import { Payment } from './payment/payment.ts';
import type { PaymentHost } from './payment/payment-host.ts';
import { sameOrder } from './payment/payment-order.ts';
import { PostApproval, type PostApprovalHost } from './payment/post-approval.ts';
import { type RecoveryState, recoveredBaseline, recoveredSuccess, urgency } from './payment/recovery-state.ts';
import { RulingMonitor } from './payment/ruling-monitor.ts';
import { PredecessorBlock } from './predecessor-block.ts';
import { newRecord, type Reason, type TransactionRecord } from './record.ts';
import { closeCardService } from './requests/card-service.ts';
import { CardServices, type CardServicesHost } from './requests/card-services.ts';
import { deviceJob } from './requests/device-request.ts';
import { genericJob } from './requests/generic-request.ts';
import { Login } from './requests/login.ts';
import { Maintenance, type MaintenanceHost } from './requests/maintenance.ts';
import type { DeviceBody } from './requests/requests.ts';
import { reportStatus } from './requests/status-report.ts';
import { type SessionConfig, SessionContext } from './session-context.ts';
import type { TransitionObserver } from './states.ts';

export type { RecoveryState } from './payment/recovery-state.ts';

type Event<T extends SessionEvent['type']> = Extract<SessionEvent, { type: T }>;

/**
 * A terminal's session as a state machine: events in, effects out. It has no clock, no I/O and no randomness: the same
 * events always give the same effects. One request at a time; Abort, Login and TransactionStatus overtake it.
 */
export class Session implements PaymentHost, MaintenanceHost, CardServicesHost, PostApprovalHost {
  readonly context: SessionContext;
  readonly login: Login;
  readonly jobQueue: JobQueue;
  readonly trace: TransitionObserver;
  readonly inbound: TerminalRequests;
  readonly signatureCheck: SignatureCheck;
  readonly #maintenance: Maintenance;
  readonly #cardServices = new CardServices(this);
  readonly #postApproval: PostApproval;
  readonly #addressFollower: AddressFollower;
  readonly #recoveryState: RecoveryState;
  readonly #payments = new Map<string, Payment>();
  #predecessorBlock: PredecessorBlock | undefined;

  constructor(config: SessionConfig, restored: RecoveryState, trace: TransitionObserver = () => undefined) {
    const context = new SessionContext(config, restored.serviceIds);
    const login = new Login(context, (response) => this.#addressFollower.learn(response));
    const closeCard = (done: () => void, failed: (error: Reason) => void) =>
      closeCardService(context, login, done, failed);
    this.context = context;
    this.login = login;
    this.jobQueue = new JobQueue(context, closeCard, () => this.#enterIdle());
    this.inbound = new TerminalRequests(context);
    this.signatureCheck = new SignatureCheck(context, this.inbound);
    this.#maintenance = new Maintenance(this);
    this.#addressFollower = new AddressFollower(context, login, this.jobQueue, restored.place);
    this.trace = trace;
    this.#recoveryState = restored;
    this.#postApproval = new PostApproval(this, restored.last);
    context.baseline = recoveredBaseline(restored);
    context.lastSuccess = recoveredSuccess(restored);
  }

  /** The transaction that has the terminal's turn, if any. */
  get current(): TransactionRecord | undefined {
    return this.jobQueue.current?.record;
  }

  /** Whether a payment is in progress, queued, held or being reversed. */
  get open(): boolean {
    return this.#payments.size > 0;
  }

  /** The transaction for which a card is being read, or held, now. */
  get cardFor(): string | undefined {
    return this.jobQueue.current?.cardFor;
  }

  /** Takes an event. @returns what is to be done, in order */
  handle(event: SessionEvent, now: Now): Effect[] {
    this.context.now = now;
    this.#dispatch(event);
    const { effects } = this.context;
    this.context.effects = [];
    return effects;
  }

  #dispatch(event: SessionEvent): void {
    switch (event.type) {
      case 'start':
        return this.#start(event.blocked === true);
      case 'predecessorsEnded':
        return this.#unblock();
      case 'pay':
        return this.#pay(event);
      case 'login':
        return this.#logIn(event);
      case 'logout':
        return this.#logOut(event);
      case 'abort':
        return this.#abort(event.ref);
      case 'fulfil':
        return this.#postApproval.fulfil(event);
      case 'reverse':
        return this.#postApproval.reverse(event);
      case 'rule':
        return this.#postApproval.rule(event);
      case 'device':
        return this.#runDialog(event.ref, event.body);
      case 'card':
        return this.#cardServices.handle(event);
      case 'request':
        return this.#request(event);
      case 'status': {
        const idle = () => this.jobQueue.current === undefined;
        return reportStatus(this.context, this.login, event.ref, event.serviceId, idle);
      }
      case 'inbound':
        return this.#receive(event.ref, event.request);
      case 'proposeAddress':
        return this.#addressFollower.propose(event.address);
      case 'listeners':
        return this.#listen(event.count > 0);
      case 'answerQuestion':
        return this.inbound.reply(event.ref, event.replyId, event.value);
      default:
        return this.context.resume(event);
    }
  }

  // After a restart.

  /** Reports what was not delivered before the last stop, then resolves what was open, before anything new. */
  #start(blocked: boolean): void {
    const { unfinished, undelivered } = this.#recoveryState;
    if (blocked) this.#block();
    this.#addressFollower.start();
    // A card may have been read before the stop. A login, where it comes by itself, clears it.
    if (!this.context.config.autoLogin) this.context.service = { known: false };
    for (const record of undelivered) this.#report(record);
    for (const record of [...unfinished].sort((a, b) => urgency(a) - urgency(b) || a.createdAt - b.createdAt)) {
      if (record.state === 'ruled') this.#monitorRuling(record);
      else this.#recover({ ...record, recovered: true });
    }
    this.#maintenance.start();
    this.jobQueue.startNext();
  }

  #block(): void {
    this.#predecessorBlock = new PredecessorBlock(this.context);
    this.jobQueue.occupy(this.#predecessorBlock);
    this.#predecessorBlock.run();
  }

  #unblock(): void {
    const block = this.#predecessorBlock;
    this.#predecessorBlock = undefined;
    if (block === undefined) return;
    this.#enterIdle();
    block.end();
    this.jobQueue.release();
  }

  #report(record: TransactionRecord): void {
    this.context.push({ type: 'outcome', refs: [], record: { ...record, recovered: true }, final: true });
  }

  #recover(record: TransactionRecord): void {
    const payment = this.#open(record, []);
    if (record.state === 'intent') return payment.close('not_started', STOPPED);
    this.jobQueue.add(payment);
    payment.wait();
    payment.repeatUnresolved();
  }

  /** A person ruled on it; the outcome is reported again. Evidence still counts. */
  #monitorRuling(record: TransactionRecord): void {
    this.#report(record);
    new RulingMonitor(this.context, record);
  }

  // Payments.

  #pay({ order, ref, node, made }: Event<'pay'>): void {
    const { context } = this;
    const { transactionId, confidential } = order;
    const running = this.#payments.get(transactionId);
    if (running !== undefined) {
      if (sameOrder(running.record, order)) return running.join(ref);
      return context.push({ type: 'failed', ref, error: mismatchError(running.record) });
    }
    const payment = this.#open(newRecord(order, context.config.terminal, node, context.now), [ref], confidential);
    payment.made = made === true;
    const service = this.#cardServices.of(transactionId);
    const ownsTurn = service !== undefined && service === this.jobQueue.current;
    // A payment that comes before its card was read needs no service.
    if (!ownsTurn) this.#cardServices.end(transactionId);
    const refusal = this.refusal(ownsTurn);
    const answer = (existing: TransactionRecord) => answerDuplicate(context, payment, existing, refusal);
    if (refusal !== undefined) return payment.turnAway(refusal, answer);
    const free = this.jobQueue.free;
    this.#enqueue(payment, ownsTurn);
    if (free && !this.login.required) payment.start(answer);
    else payment.journal(answer);
  }

  /** @param ownsTurn its card has the turn, which it takes over */
  #enqueue(payment: Payment, ownsTurn: boolean): void {
    if (this.jobQueue.free) return this.jobQueue.occupy(payment);
    this.jobQueue.add(payment, ownsTurn);
    if (ownsTurn) return;
    payment.waitAtMost(this.context.config.timeouts.queueWait, () => this.jobQueue.waitReason);
    this.jobQueue.startNext();
  }

  #open(record: TransactionRecord, refs: string[], confidential?: Payment['confidential']): Payment {
    const payment = new Payment(this, record, refs, confidential);
    this.#payments.set(record.transactionId, payment);
    return payment;
  }

  /** Why no payment or card is taken now, if so. @param ownsTurn the job that has the turn is the payment's own card */
  refusal(ownsTurn = false): Reason | undefined {
    const { config, state } = this.context;
    if (state === 'unresolved') return UNRESOLVED;
    if (this.jobQueue.current === undefined || ownsTurn) return undefined;
    if (config.whenBusy === 'refuse') return this.cardFor === undefined ? BUSY : BEHIND_CARD;
    return this.jobQueue.full ? LINE_FULL : undefined;
  }

  active(transactionId: string): Payment | undefined {
    return this.#payments.get(transactionId);
  }

  reopen(record: TransactionRecord): Payment {
    const payment = this.#open(record, []);
    this.jobQueue.add(payment);
    return payment;
  }

  /** The payment takes over from the service in which its card was read, or waits for another one. */
  queued(record: TransactionRecord): void {
    this.#cardServices.of(record.transactionId)?.handOver(record);
    this.jobQueue.showCardWait();
  }

  finished(payment: Job & { record: TransactionRecord }): void {
    const { record } = payment;
    this.#payments.delete(record.transactionId);
    // A duplicate or rejected payment does not use the card that was read for it.
    this.#cardServices.end(record.transactionId);
    if (this.jobQueue.current !== payment) return this.jobQueue.remove(payment);
    // A first result given back is not the terminal's last transaction.
    if (!record.repeated) this.#postApproval.note(record);
    if (record.error?.condition === 'Unreachable') this.context.enter('unreachable');
    this.jobQueue.release();
  }

  unresolved(): void {
    for (const job of [...this.jobQueue.waiting]) job.refuseUnsent?.(UNRESOLVED);
  }

  #enterIdle(): void {
    const { context, login } = this;
    const stays = ['unreachable', 'loggingIn', 'maintenance'].includes(context.state);
    if (!stays) context.enter(login.required ? 'loggedOut' : 'ready');
    this.#maintenance.idle();
  }

  // Other requests.

  #logIn({ ref, operator }: Event<'login'>): void {
    const request = () => this.login.request(ref, operator);
    const job = this.jobQueue.current;
    if (job?.askStatusFirst) job.askStatusFirst(request);
    else request();
  }

  #logOut({ ref, maintenanceAllowed }: Event<'logout'>): void {
    this.jobQueue.enqueueLimited({
      run: () => this.login.logout(ref, maintenanceAllowed, () => this.jobQueue.release()),
      refuse: ({ message }) => this.context.push({ type: 'failed', ref, error: logoutError(message) }),
    });
  }

  /** While a card is held, a display or an input runs within its turn. All else waits for a turn of its own. */
  #runDialog(ref: string, body: DeviceBody): void {
    if (this.jobQueue.current?.runDialog?.(ref, body)) return;
    const ended = () => this.jobQueue.release();
    this.jobQueue.enqueueLimited(deviceJob(this.context, this.login, ref, body, ended));
  }

  #request({ ref, ...request }: Event<'request'>): void {
    try {
      const ended = () => this.jobQueue.release();
      this.jobQueue.enqueueLimited(genericJob(this.context, this.login, ref, request, ended));
    } catch (error) {
      if (!(error instanceof NexoError)) throw error;
      this.context.push({ type: 'failed', ref, error });
    }
  }

  #abort(ref: string): void {
    const job = this.jobQueue.current;
    // "You must respond, and you must not call Abort."
    const asked = this.inbound.questions.some(({ payload }) => payload.kind === 'input');
    if (job?.requestOpen && asked) {
      return this.context.push({ type: 'failed', ref, error: abortError(SIGNATURE_ASKED) });
    }
    if (job?.cardFor !== undefined) this.#payments.get(job.cardFor)?.abort('');
    if (job?.abort) return job.abort(ref);
    this.context.push({ type: 'done', ref, result: { type: 'abort', sent: false } });
  }

  // What the terminal sends by itself: it never decides how a payment ends.

  #receive(ref: string, request: SaleToPOIRequest): void {
    this.inbound.receive(ref, request);
    if (request.EventNotification) this.#maintenance.event(request.EventNotification);
    const notification = notificationOf(request, this.context.config.profile.receipts);
    if (notification?.kind === 'display') this.jobQueue.current?.showDisplay?.(notification.text);
  }

  #listen(listening: boolean): void {
    this.inbound.listening = listening;
    if (listening) this.signatureCheck.listenerAdded();
  }
}
