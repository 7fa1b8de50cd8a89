import type { SaleToPOIResponse } from '../../protocol/types.ts';
import type { Baseline, Outcome, Reason, ReversalRecord, TransactionRecord } from '../record.ts';
import { retryDelay } from '../session-context.ts';
import { FinancialRequest } from './financial-request.ts';
import type { FinancialRequestEnd, FinancialRequestHost } from './financial-request-host.ts';
import { poiTransactionIn } from './response-matching.ts';
import { transactionKinds } from './transaction-kinds.ts';

const NOT_LAST: Reason = { condition: 'NotLast', message: 'Another transaction came after it.' };
const OWED: Reason = {
  condition: 'NotReversed',
  message: 'The reversal could not be started yet; it is tried again.',
};

/** What a reversal needs of its payment. */
export interface ReversalHost extends FinancialRequestHost {
  /** Writes the record, which says how the reversal ended, then reports the outcome. */
  persist(): void;
}

/** The reversal of an approved payment: a second request that moves money, tracked in the payment's record. */
export class Reversal implements FinancialRequestEnd {
  readonly request: FinancialRequest;
  readonly #host: ReversalHost;
  #tries = 0;

  constructor(host: ReversalHost) {
    this.#host = host;
    this.request = new FinancialRequest(host, transactionKinds.reversal, this);
  }

  /** Only the terminal's last transaction can be reversed: one that came in between makes it too late. */
  run(): void {
    const { record, context } = this.#host;
    const { baseline } = context;
    const { lastSuccess } = context;
    const late = record.reversal?.attempts === 0 && lastSuccess !== undefined && lastSuccess !== record.serviceId;
    if (!late && !isLate(record, baseline)) return this.request.run();
    // Not an attempt, but written last: it carries on what is known of the terminal.
    if (record.reversal && baseline) record.reversal.baseline = baseline;
    this.ended('declined', NOT_LAST);
  }

  /** Ends a reversal that a flow asked for and that cannot start. @returns false where it is owed, and waits */
  refuse(error: Reason): boolean {
    if (this.#isOwed) return false;
    this.ended('not_started', error);
    return true;
  }

  refused(): void {
    this.request.pauseFor(this.#owedPause());
  }

  ended(outcome: Outcome, error: Reason | undefined, response?: SaleToPOIResponse): void {
    this.request.stop();
    if (outcome === 'not_started' && this.#isOwed) return this.request.pauseFor(this.#owedPause());
    endReversal(this.#host.record, outcome, error, response);
    this.#host.persist();
  }

  /** Whether a rule wants it, so that it is tried until it can be started. */
  get #isOwed(): boolean {
    return this.#host.record.reversal?.cause !== 'flow';
  }

  /** The pause before the next try. After the recovery time the flow learns that the reversal is not started yet. */
  #owedPause(): number {
    const { context } = this.#host;
    const { owed, recovery } = context.config.timeouts;
    if (this.#tries === 0) context.after(this.#host.timer('owed'), recovery, () => this.#host.overdue(OWED));
    return retryDelay(owed, this.#tries++);
  }
}

/** Notes in an approved payment's record that it is to be reversed. */
export function intendReversal(
  record: TransactionRecord,
  cause: ReversalRecord['cause'],
  reason: ReversalRecord['reason'],
): void {
  const before = record.outcome === 'partial' ? 'partial' : 'approved';
  // The baseline of an earlier reversal that came too late is still known.
  const baseline = record.reversal?.baseline;
  record.reversal = { serviceId: '', attempts: 0, reason, cause, before, ...(baseline && { baseline }) };
  record.state = 'reverse';
  delete record.hold;
}

/** Whether a record that ended last is of the terminal's last transaction: not where a reversal of it came too late. */
export function isLast({ answered, reversal }: TransactionRecord): boolean {
  return answered === true && reversal?.error?.condition !== NOT_LAST.condition;
}

/** Whether another transaction came between the payment and the first attempt to reverse it. */
function isLate(record: TransactionRecord, baseline: Baseline | undefined): boolean {
  const last = baseline?.poiTransaction;
  const own = record.response && poiTransactionIn(record.response);
  return record.reversal?.attempts === 0 && last !== undefined && last !== own;
}

/** Notes how the reversal ended: the payment is reversed, or still what it was before. */
function endReversal(
  record: TransactionRecord,
  outcome: Outcome,
  error: Reason | undefined,
  response: SaleToPOIResponse | undefined,
): void {
  const { reversal } = record;
  if (reversal === undefined) return;
  reversal.outcome = outcome === 'reversed' || outcome === 'not_started' ? outcome : 'declined';
  if (error) reversal.error = error;
  if (response) reversal.response = response;
  record.state = 'closed';
  record.outcome = outcome === 'reversed' ? 'reversed' : reversal.before;
}
