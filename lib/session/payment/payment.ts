import type { SaleToPOIResponse } from '../../protocol/types.ts';
import type { Phase } from '../effects.ts';
import { abortError } from '../errors.ts';
import { signatureDue } from '../inbound/signature-check.ts';
import {
  type Outcome,
  type Reason,
  type ReversalRecord,
  type Ruling,
  settle,
  settleByRuling,
  type TransactionRecord,
} from '../record.ts';
import type { Login } from '../requests/login.ts';
import { retryDelay, type SessionContext, type WriteResult } from '../session-context.ts';
import type { PaymentState } from '../states.ts';
import { FinancialRequest, type RequestOwner } from './financial-request.ts';
import type { PaymentHost } from './payment-host.ts';
import type { Confidential } from './payment-secrets.ts';
import { endReversal, intendReversal, NOT_LAST, reversalIsLate } from './reversal.ts';

/** One payment, from its intent to its certain outcome, and to its reversal if need be (`states.ts` draws the way). */
export class Payment implements RequestOwner {
  record: TransactionRecord;
  /** Who waits for the payment's outcome. */
  readonly refs: string[];
  /** Who waits for what becomes of it afterwards: goods delivered, or the payment reversed. */
  readonly #later: string[] = [];
  readonly #host: PaymentHost;
  #request: FinancialRequest;
  #state: PaymentState = 'journalling';
  #owed = 0;

  readonly confidential?: Confidential;

  constructor(host: PaymentHost, record: TransactionRecord, refs: string[], confidential?: Confidential) {
    this.#host = host;
    if (confidential) this.confidential = confidential;
    this.record = record;
    this.refs = refs;
    this.#request = new FinancialRequest(
      this,
      record.state === 'reverse' || record.state === 'reversing' ? 'reversal' : 'payment',
    );
  }

  /** All who have not heard how it ends. */
  get #waiting(): string[] {
    return [...this.#later, ...this.refs];
  }

  get context(): SessionContext {
    return this.#host.context;
  }

  get login(): Login {
    return this.#host.login;
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
    this.move('waiting');
    this.tell('queued');
    if (this.#host.hasTurn(this)) this.run();
    else this.#host.waits(this);
  }

  /** Turns it away when its turn has not come after `ms`. */
  waitAtMost(ms: number, error: Reason): void {
    this.context.after(this.timer('queue'), ms, () => {
      if (this.#state === 'waiting' && !this.#host.hasTurn(this)) this.close('not_started', error);
    });
  }

  /** Its turn has come. While its intent is still being written, that goes first. */
  run(): void {
    if (this.#state !== 'waiting') return;
    this.context.clear(this.timer('queue'));
    switch (this.record.state) {
      case 'held':
        return this.#heldAgain();
      case 'intent':
        return this.#request.run();
      case 'reverse':
        return this.#runReversal();
      default:
        return this.#request.recover();
    }
  }

  /** Intent and mark in one write: nothing has to be waited for. */
  start(existing: (record: TransactionRecord) => void): void {
    this.#request.arm('begin', existing);
  }

  /** The journal takes no writes, and nothing was sent. A payment is told so; a reversal that is owed is tried again. */
  refused(reason: string): void {
    if (this.#request.kind === 'reversal') return this.#request.pauseFor(this.#owedPause());
    settle(this.record, 'not_started', { condition: 'Journal', message: reason });
    // The disk still holds an earlier attempt as sent: a restart would ask about it for ever, once others came after it.
    const { context, record } = this;
    if (record.attempts > 1) context.owe(record, () => !this.#host.isActive(record.transactionId));
    this.#end(this.refs);
  }

  /** Turned away without being tried. The write still finds a first result under the same transactionId. */
  turnAway(error: Reason, existing: (record: TransactionRecord) => void): void {
    settle(this.record, 'not_started', error);
    this.write('begin', (stored) => {
      if (!stored.ok) return this.refused(stored.reason);
      if (stored.existing !== undefined) return existing(stored.existing);
      this.#end(this.refs);
    });
  }

  /** Certain without having been sent. */
  close(outcome: Outcome, error: Reason): void {
    this.#request.stop();
    settle(this.record, outcome, error);
    this.#keep(() => this.#end(this.refs));
  }

  /** It cannot be started now: so it ends here, but for a reversal that is owed, and while its intent is being written. */
  giveUp(error: Reason): boolean {
    if (this.#state !== 'waiting') return false;
    if (this.#request.kind === 'payment') this.close('not_started', error);
    else if (this.record.reversal?.cause === 'flow') this.#reversalEnded('not_started', error);
    else return false;
    return true;
  }

  /** Gives a repeat its first result. */
  repeat(record: TransactionRecord): void {
    this.record = record;
    this.#end(this.refs);
  }

  /** Ends here: its callers have been told. */
  drop(): void {
    this.context.clear(this.timer('queue'));
    this.move('closed');
    this.#host.finished(this);
  }

  /** One more caller for the same payment; an approval that is held was told already, and is told again. */
  join(ref: string): void {
    if (this.#state === 'held' && this.record.hold === 'fulfilment') this.#told([ref], this.record, true);
    else this.refs.push(ref);
  }

  abort(ref: string): void {
    const { transactionId } = this.record;
    const notSent = () =>
      this.context.push({ type: 'done', ref, result: { type: 'abort', sent: false, transactionId } });
    if (this.#request.kind === 'reversal' || ['closing', 'held', 'closed'].includes(this.#state)) return notSent();
    this.record.abortRequested = true;
    if (this.isOut) {
      return this.#request.abort(ref, (reason) =>
        this.context.push({ type: 'failed', ref, error: abortError(reason) }),
      );
    }
    notSent();
    if (this.#state !== 'journalling' && this.#state !== 'arming') this.#request.abortUnsent();
  }

  askFirst(then: () => void): void {
    this.#request.askFirst(then);
  }

  /** The flow says whether the goods came out. Only of a payment that waits for it. */
  fulfil(ref: string, node: string, delivered: boolean): boolean {
    if (this.#state !== 'held' || this.record.hold !== 'fulfilment') return false;
    this.#later.push(ref);
    this.record.node = node;
    if (!delivered) {
      this.#reverse('fulfilment', 'Malfunction');
      return true;
    }
    this.record.fulfilled = true;
    delete this.record.hold;
    this.record.state = 'closed';
    this.#keep(() => this.#end(this.#waiting));
    return true;
  }

  /** Somebody says whether the signature is the cardholder's. Only of a payment that waits for it. */
  sign(accepted: boolean): boolean {
    if (this.#state !== 'held' || this.record.hold !== 'signature') return false;
    delete this.record.hold;
    if (!accepted) this.#reverse('signature', 'MerchantCancel');
    else this.#approved();
    return true;
  }

  /** Takes an approved payment back that was closed before. Its turn comes in line. */
  reverseClosed(ref: string, node: string, reason: ReversalRecord['reason']): void {
    this.#later.push(ref);
    this.record.node = node;
    this.#intendReversal('flow', reason);
    this.write('put', (stored) => {
      if (stored.ok) return this.wait();
      const { outcome } = this.record;
      this.#told(this.#waiting, { ...this.record, state: 'closed', ...(outcome && { outcome }) }, true);
      this.drop();
    });
  }

  /** A named person decides about it while it is unresolved. Evidence is still listened for. */
  rule(ruling: Ruling): boolean {
    const reported = this.record.state === 'unresolved' || this.record.reversal?.reported === true;
    if (!reported || (this.#state !== 'resolving' && this.#state !== 'pausing')) return false;
    this.#request.stop();
    settleByRuling(this.record, ruling);
    this.context.precedes((this.record.reversal ?? this.record).serviceId);
    this.#keep(() => this.#end(this.#waiting));
    return true;
  }

  // What a leg asks of its owner.

  move(to: PaymentState): void {
    this.#host.trace(this.#state, to);
    this.#state = to;
  }

  tell(phase: Phase): void {
    this.context.push({ type: 'phase', refs: this.refs, node: this.record.node, phase });
  }

  /** What the customer sees on the terminal. */
  show(text: string): void {
    this.context.push({ type: 'display', refs: this.refs, node: this.record.node, text });
  }

  timer(name: string): string {
    return `${name} ${this.record.transactionId}`;
  }

  write(type: 'begin' | 'put', stored: (stored: WriteResult) => void): void {
    this.context.write(type, this.record, stored);
  }

  ended(outcome: Exclude<Outcome, 'unresolved'>, error: Reason | undefined, response?: SaleToPOIResponse): void {
    this.#request.stop();
    if (this.#request.kind === 'reversal') return this.#reversalEnded(outcome, error, response);
    if (this.record.state === 'unresolved') this.record.recovered = true;
    settle(this.record, outcome, error, response);
    if (outcome === 'approved' || outcome === 'partial') return this.#approvedBySource();
    this.#keep(() => this.#end(this.refs));
  }

  overdue(reason: Reason): void {
    this.#report(reason, 0);
  }

  // After an approval.

  #approvedBySource(): void {
    const { config } = this.context;
    if (this.record.abortRequested && config.approvedAfterAbort === 'reverse') {
      return this.#reverse('abort', 'MerchantCancel');
    }
    if (this.#host.asksForSignature && signatureDue(this.record)) return this.#hold('signature');
    this.#approved();
  }

  #approved(): void {
    if (this.record.awaitFulfilment) return this.#hold('fulfilment');
    this.record.state = 'closed';
    this.#keep(() => this.#end(this.refs));
  }

  #hold(hold: 'signature' | 'fulfilment'): void {
    this.record.state = 'held';
    this.record.hold = hold;
    this.#keep(() => this.#heldAgain());
  }

  /** Held, from now or since before a restart: whoever has to confirm it is told (again). */
  #heldAgain(): void {
    this.move('held');
    this.context.enter('held');
    if (this.record.hold === 'signature') {
      this.context.push({ type: 'sign', refs: [...this.refs], record: { ...this.record } });
      this.#host.askSignature(this);
    } else {
      this.#told(this.refs.splice(0), this.record, true);
    }
  }

  // The reversal.

  #intendReversal(cause: ReversalRecord['cause'], reason: ReversalRecord['reason']): void {
    intendReversal(this.record, cause, reason);
    this.#request = new FinancialRequest(this, 'reversal');
  }

  #reverse(cause: ReversalRecord['cause'], reason: ReversalRecord['reason']): void {
    this.#intendReversal(cause, reason);
    this.#keep(() => this.#request.run());
  }

  /** Only the last transaction can be taken back: one that came in between makes it too late. */
  #runReversal(): void {
    const { reversal } = this.record;
    const { baseline } = this.context;
    if (!reversalIsLate(this.record, baseline)) return this.#request.run();
    // Not an attempt, but written last: it carries on what is known of the terminal.
    if (reversal && baseline) reversal.baseline = baseline;
    this.#reversalEnded('declined', NOT_LAST);
  }

  #reversalEnded(outcome: Outcome, error: Reason | undefined, response?: SaleToPOIResponse): void {
    const owed = this.record.reversal?.cause !== 'flow';
    if (outcome === 'not_started' && owed) return this.#request.pauseFor(this.#owedPause());
    endReversal(this.record, outcome, error, response);
    this.#keep(() => this.#end(this.#waiting));
  }

  /** The pause before a reversal that is owed is tried again; after the recovery time the flow hears that it hangs. */
  #owedPause(): number {
    const { timeouts } = this.context.config;
    if (this.#owed === 0) {
      this.context.after(this.timer('owed'), timeouts.recovery, () => {
        this.overdue({
          condition: 'NotReversed',
          message: 'The reversal could not be started yet; it is tried again.',
        });
      });
    }
    return retryDelay(timeouts.owed, this.#owed++);
  }

  // Writing and telling.

  /** Writes what is certain, until the journal takes it. */
  #keep(then: () => void): void {
    this.move('closing');
    this.context.keep(this.record, this.timer('closing'), then);
  }

  /** Tells the outcome that is in the record, which is durable, and ends. */
  #end(refs: string[]): void {
    this.context.clear(this.timer('owed'));
    this.#told(refs, this.record, true);
    this.drop();
  }

  /** The flow is told that the outcome is not known yet. Asking goes on. */
  #report(reason: Reason, tries: number): void {
    if (this.record.reversal) this.record.reversal.reported = true;
    else this.record.state = 'unresolved';
    this.write('put', (stored) => {
      // Meanwhile it may be certain; or, a reversal that is owed, on its way to the next try.
      if (['closing', 'held', 'closed'].includes(this.#state)) return;
      if (!stored.ok) {
        const { journal } = this.context.config.timeouts;
        this.context.after(this.timer('recover'), retryDelay(journal, tries), () => this.#report(reason, tries + 1));
        return;
      }
      this.context.enter('unresolved');
      this.#told(this.#waiting, { ...this.record, outcome: 'unresolved', error: reason }, false);
      this.#host.unresolved();
    });
  }

  #told(refs: string[], record: TransactionRecord, final: boolean): void {
    this.context.push({ type: 'outcome', refs, record: { ...record }, final });
  }
}
