import type { SaleToPOIResponse } from '../../protocol/types.ts';
import type { Phase } from '../effects.ts';
import { ABORTED, STILL_UNRESOLVED, stillUnresolved } from '../errors.ts';
import type { StoreFailure } from '../events.ts';
import type { Job } from '../job-queue.ts';
import {
  isReported,
  mayBeSent,
  type Outcome,
  type Reason,
  type ReversalRecord,
  type Ruling,
  settle,
  settleByRuling,
  type TransactionRecord,
} from '../record.ts';
import type { Login } from '../requests/login.ts';
import type { OpenService, SessionContext } from '../session-context.ts';
import { isCertain, type PaymentState } from '../states.ts';
import { FinancialRequest } from './financial-request.ts';
import type { FinancialRequestEnd } from './financial-request-host.ts';
import { Hold, type HoldHost } from './hold.ts';
import { writeOverdue } from './overdue-payment.ts';
import type { PaymentHost } from './payment-host.ts';
import type { Confidential } from './payment-secrets.ts';
import { settleRefused } from './refused-payment.ts';
import { intendReversal, Reversal, type ReversalHost } from './reversal.ts';
import { settlementTime } from './settlement-time.ts';
import { kindOf, transactionKinds } from './transaction-kinds.ts';

/** A payment or a refund, from its intent to its certain outcome, and to its reversal (`states.ts` draws the way). */
export class Payment implements Job, ReversalHost, HoldHost, FinancialRequestEnd {
  record: TransactionRecord;
  state: PaymentState = 'journalling';
  /** The callers that wait for the payment's outcome; `#repeats`: those that sent the same order again. */
  readonly refs: string[];
  readonly context: SessionContext;
  readonly login: Login;
  readonly confidential?: Confidential;
  made = false; // Whether no earlier payment has its transactionId.
  readonly #repeats = new Set<string>();
  /** The callers that wait for what follows it: goods delivered, or the payment reversed. */
  readonly #followUpRefs: string[] = [];
  readonly #host: PaymentHost;
  readonly #payment: FinancialRequest;
  readonly #hold: Hold;
  #reversal: Reversal | undefined;

  constructor(host: PaymentHost, record: TransactionRecord, refs: string[], confidential?: Confidential) {
    this.#host = host;
    this.context = host.context;
    this.login = host.login;
    if (confidential) this.confidential = confidential;
    this.record = record;
    this.refs = refs;
    this.#payment = new FinancialRequest(this, transactionKinds[record.kind], this);
    this.#hold = new Hold(this, host.signatureCheck);
    if (record.state === 'reverse' || record.state === 'reversing') this.#reversal = new Reversal(this);
  }

  get #allRefs(): string[] {
    return [...this.#followUpRefs, ...this.refs];
  }

  /** The latest request that moves money. */
  get #request(): FinancialRequest {
    return this.#reversal?.request ?? this.#payment;
  }

  get requestOpen(): boolean {
    return this.state === 'open' || this.state === 'resolving';
  }

  // From the intent to the turn.

  /** Journals the intent, then waits for the turn. @param existing called where the transactionId was used before */
  journal(existing: (record: TransactionRecord) => void): void {
    this.#begin(existing, () => {
      if (this.record.abortRequested) this.close('aborted', ABORTED);
      else this.wait();
    });
  }

  #begin(existing: (record: TransactionRecord) => void, then: () => void): void {
    this.context.write('begin', this.record, (stored) => {
      if (!stored.ok) this.refused(stored, 'begin');
      else if (stored.existing === undefined) then();
      else existing(stored.existing);
    });
  }

  wait(): void {
    this.move('waiting');
    this.reportPhase('queued');
    if (this.#host.jobQueue.current === this) this.run();
    else this.#host.queued(this.record);
  }

  /** Ends as not started where the turn has not come after `ms`. @param reason asked for then */
  waitAtMost(ms: number, reason: () => Reason): void {
    this.context.after(this.timer('queue'), ms, () => {
      if (this.state === 'waiting' && this.#host.jobQueue.current !== this) this.close('not_started', reason());
    });
  }

  /** The turn has come. Where the intent is still being written, `wait` follows. */
  run(): void {
    if (this.state !== 'waiting') return;
    this.context.clear(this.timer('queue'));
    switch (this.record.state) {
      case 'held':
        return this.#hold.enter();
      case 'intent':
        return this.#payment.run();
      case 'reverse':
        return this.#reversal?.run();
      default:
        return this.#request.recover();
    }
  }

  /** Starts at once: intent and mark in one write. @param existing as of `journal` */
  start(existing: (record: TransactionRecord) => void): void {
    this.#payment.arm('begin', existing);
  }

  refused(failure: StoreFailure, write: 'begin' | 'put'): void {
    const wanted = () => !this.#host.active(this.record.transactionId);
    return settleRefused(this, failure, write, wanted) ? this.#finish() : this.drop();
  }

  /** Continues with the journal's row of its transactionId. */
  adopt(record: TransactionRecord): void {
    this.record = record;
    if (record.state === 'reverse' || record.state === 'reversing') this.#reversal = new Reversal(this);
  }

  /** Ends as not started, untried. The write still finds a first result under the same transactionId. */
  turnAway(error: Reason, existing: (record: TransactionRecord) => void): void {
    settle(this.record, 'not_started', error);
    this.#begin(existing, () => this.#finish());
  }

  /** Ends with an outcome that is certain without a request. */
  close(outcome: Outcome, error: Reason): void {
    this.#request.stop();
    settle(this.record, outcome, error);
    this.persist();
  }

  refuseUnsent(error: Reason): void {
    if (this.state === 'waiting' && this.record.state === 'intent') this.close('not_started', error);
  }

  /** Only the payment that the card was read for may use it. A request that may be at the terminal is asked about first. */
  needsCardClosed({ owner }: OpenService): boolean {
    return this.record.transactionId !== owner && !mayBeSent(this.record);
  }

  cardNotClosed(error: Reason): 'run' | 'wait' | 'ended' {
    if (this.state === 'closing') return 'run';
    if (this.state !== 'waiting') return 'wait';
    if (this.#reversal) return this.#reversal.refuse(error) ? 'ended' : 'wait';
    this.close('not_started', error);
    return 'ended';
  }

  /** Ends with the first result of the same transactionId. */
  repeat(record: TransactionRecord): void {
    this.record = record;
    this.#finish();
  }

  /** Ends without an outcome: its callers are answered already. */
  drop(): void {
    this.context.clear(this.timer('queue'));
    this.move('closed');
    this.#host.finished(this);
  }

  // What flows and people ask for.

  /** Adds a caller. What was reported already, a held approval or `unresolved`, is reported again. */
  join(ref: string): void {
    this.#repeats.add(ref);
    if (this.state === 'held' && this.record.hold === 'fulfilment') return this.#pushOutcome([ref], this.record, true);
    this.refs.push(ref);
    if (isReported(this.record)) this.#pushOutcome([ref], stillUnresolved(this.record), false);
  }

  abort(ref: string): void {
    const { transactionId } = this.record;
    const notSent = () =>
      this.context.push({ type: 'done', ref, result: { type: 'abort', sent: false, transactionId } });
    if (this.#reversal || isCertain(this.state)) return notSent();
    this.record.abortRequested = true;
    if (this.requestOpen) return this.#payment.abort(ref);
    notSent();
    if (this.state !== 'journalling' && this.state !== 'arming') this.#payment.abortUnsent();
  }

  /** A Login resets the terminal: the outcome of an open request is asked for first. */
  askStatusFirst(then: () => void): void {
    if (this.requestOpen) this.#request.askStatusFirst(then);
    else then();
  }

  /** The flow reports whether the goods came out. @returns false where the payment does not wait for that */
  fulfil(ref: string, node: string, delivered: boolean): boolean {
    if (this.state !== 'held' || this.record.hold !== 'fulfilment') return false;
    this.#followUpRefs.push(ref);
    this.record.node = node;
    this.#hold.fulfil(delivered);
    return true;
  }

  /** Reverses an approval that is held, as if the goods or the signature had been refused. @returns false where it is not held */
  reverseHeld(ref: string, node: string, reason: ReversalRecord['reason']): boolean {
    if (this.state !== 'held') return false;
    this.#followUpRefs.push(ref);
    this.record.node = node;
    this.takeBack(this.record.hold ?? 'fulfilment', reason);
    return true;
  }

  /** Reverses an approved payment that was closed before, at its turn. */
  reverseClosed(ref: string, node: string, reason: ReversalRecord['reason']): void {
    const before = { ...this.record };
    this.#followUpRefs.push(ref);
    this.record.node = node;
    this.#intendReversal('flow', reason);
    this.context.write('put', this.record, (stored) => {
      if (stored.ok) return this.wait();
      const stands = { ...this.record, state: before.state };
      // The next start would send a reversal that the disk holds.
      this.record = before;
      if (stored.doubt === 'unsure') this.persist(() => this.#finish(stands));
      else this.#finish(stands);
    });
  }

  /** Ends an unresolved payment, or an approval that is held, as a named person rules. @returns false where it is neither */
  rule(ruling: Ruling): boolean {
    if (this.state === 'held') {
      this.#hold.rule(ruling);
      return true;
    }
    if (!isReported(this.record) || (this.state !== 'resolving' && this.state !== 'pausing')) return false;
    this.#request.stop();
    settleByRuling(this.record, ruling);
    this.context.ruledOn(kindOf(this.record).attempt(this.record).serviceId);
    this.persist();
    return true;
  }

  /** After a restart: the last process may have ended before a flow received that the outcome is not known. */
  repeatUnresolved(): void {
    const { state, reversal } = this.record;
    if (state !== 'unresolved' && !reversal?.reported) return;
    this.#pushOutcome([], { ...this.record, outcome: 'unresolved', error: STILL_UNRESOLVED }, false);
  }

  move(to: PaymentState): void {
    this.#host.trace(this.state, to);
    this.state = to;
  }

  reportPhase(phase: Phase): void {
    this.context.push({ type: 'phase', refs: this.refs, node: this.record.node, phase });
  }

  showDisplay(text: string): void {
    this.context.push({ type: 'display', refs: this.refs, node: this.record.node, text });
  }

  timer(name: string): string {
    return `${name} ${this.record.transactionId}`;
  }

  // From the outcome to the end.

  ended(outcome: Exclude<Outcome, 'unresolved'>, error: Reason | undefined, response?: SaleToPOIResponse): void {
    const { record } = this;
    this.#payment.stop();
    if (record.state === 'unresolved') record.recovered = true;
    settle(record, outcome, error, response);
    record.settledAt = settlementTime(response, record.createdAt, this.context.now.ms);
    if (response) this.#payment.kind.note?.(record, response, this.context.config.profile);
    if (!this.#payment.kind.moved(outcome)) return this.persist();
    if (record.abortRequested && this.context.config.approvedAfterAbort === 'reverse') {
      return this.takeBack('abort', 'MerchantCancel');
    }
    if (this.#host.signatureCheck.isDue(record)) return this.#hold.begin('signature');
    this.approved();
  }

  approved(): void {
    if (this.record.awaitFulfilment && !this.record.fulfilled) return this.#hold.begin('fulfilment');
    this.record.state = 'closed';
    this.persist();
  }

  reportHeld(): void {
    this.#pushOutcome(this.refs.splice(0), this.record, true);
  }

  takeBack(cause: ReversalRecord['cause'], reason: ReversalRecord['reason']): void {
    const { request } = this.#intendReversal(cause, reason);
    this.persist(() => request.run());
  }

  #intendReversal(cause: ReversalRecord['cause'], reason: ReversalRecord['reason']): Reversal {
    intendReversal(this.record, cause, reason);
    this.#reversal = new Reversal(this);
    return this.#reversal;
  }

  /** Writes what is certain, until the journal takes it; then reports the outcome and ends, or continues. */
  persist(then = () => this.#finish()): void {
    this.move('closing');
    this.context.keep(this.record, this.timer('closing'), then);
  }

  /** Reports the outcome, which is durable, and ends. */
  #finish(record = this.record): void {
    this.context.clear(this.timer('owed'));
    this.#pushOutcome(this.#allRefs, record, true);
    this.drop();
  }

  /** Reports that the outcome is not known yet. Asking continues. */
  overdue(reason: Reason): void {
    writeOverdue(
      this,
      () => isCertain(this.state),
      () => {
        this.context.enter('unresolved');
        this.#pushOutcome(this.#allRefs, { ...this.record, outcome: 'unresolved', error: reason }, false);
        this.#host.unresolved();
      },
    );
  }

  #pushOutcome(refs: string[], record: TransactionRecord, final: boolean): void {
    const repeats = refs.filter((ref) => this.#repeats.has(ref));
    this.context.push({ type: 'outcome', refs, record: { ...record }, final, ...(repeats[0] && { repeats }) });
  }
}
