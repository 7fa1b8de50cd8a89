import type { SignatureCheck } from '../inbound/signature-check.ts';
import { type ReversalRecord, type Ruling, settleByRuling, type TransactionRecord } from '../record.ts';
import type { SessionContext } from '../session-context.ts';
import type { PaymentState } from '../states.ts';

/** What a hold needs of its payment. */
export interface HoldHost {
  readonly record: TransactionRecord;
  readonly state: PaymentState;
  readonly context: SessionContext;
  move(to: PaymentState): void;
  /** Reports an approval that waits for its goods. */
  reportHeld(): void;
  /** The approval stands: it is held for what it still waits for, or closed. */
  approved(): void;
  takeBack(cause: ReversalRecord['cause'], reason: ReversalRecord['reason']): void;
  /** Writes the record, then reports the outcome and ends, or calls `then`. */
  persist(then?: () => void): void;
  /** Ends without an outcome. */
  drop(): void;
}

/** An approval that is held until its signature was checked, or the flow has reported whether the goods came out. */
export class Hold {
  readonly #host: HoldHost;
  readonly #signatureCheck: SignatureCheck;

  constructor(host: HoldHost, signatureCheck: SignatureCheck) {
    this.#host = host;
    this.#signatureCheck = signatureCheck;
  }

  begin(hold: 'signature' | 'fulfilment'): void {
    const { record } = this.#host;
    record.state = 'held';
    record.hold = hold;
    this.#host.persist(() => this.enter());
  }

  /** Held, from now or since before a restart: asks (again) for what the approval waits for. */
  enter(): void {
    const host = this.#host;
    host.move('held');
    host.context.enter('held');
    if (host.record.hold === 'fulfilment') return host.reportHeld();
    // Held under other settings: the flow is to check the signature, as of any other payment now.
    if (!this.#signatureCheck.asks) return this.#sign(true);
    this.#signatureCheck.ask(host.record, (accepted) => this.#sign(accepted));
  }

  /** Whether the goods came out. */
  fulfil(delivered: boolean): void {
    if (!delivered) return this.#host.takeBack('fulfilment', 'Malfunction');
    const { record } = this.#host;
    record.fulfilled = true;
    delete record.hold;
    this.#host.approved();
  }

  /** Whether the signature is the cardholder's. Ignored where the payment does not wait for that, or no longer. */
  #sign(accepted: boolean): void {
    const { record, state } = this.#host;
    if (state !== 'held' || record.hold !== 'signature') return;
    delete record.hold;
    if (!accepted) this.#host.takeBack('signature', 'MerchantCancel');
    else this.#host.approved();
  }

  /** The terminal has answered all it can, so nothing is left to be asked. An approval that a flow acts on is not repeated. */
  rule(ruling: Ruling): void {
    const { record } = this.#host;
    const known = record.hold === 'fulfilment' && ruling.outcome === record.outcome;
    delete record.hold;
    settleByRuling(record, ruling);
    record.state = 'closed';
    if (known) this.#host.persist(() => this.#host.drop());
    else this.#host.persist();
  }
}
