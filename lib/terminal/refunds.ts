import type { Journal } from '../journal/journal.ts';
import { fromMinor } from '../protocol/amounts.ts';
import { NexoError } from '../protocol/errors.ts';
import type { Order } from '../session/payment/payment-order.ts';
import type { TransactionRecord } from '../session/record.ts';
import { journalFailure } from './session-runner.ts';

/** Outcomes of a refund that certainly moved no money. */
const NOT_REFUNDED: ReadonlySet<string> = new Set(['declined', 'aborted', 'not_started']);

/** The result of a check: the refund may be sent, or it is wrong, or (`journal`) the journal cannot be read. */
export type RefundCheck = { ok: true } | { ok: false; error: NexoError; journal: boolean };

/** The latest check of each reference: of two refunds, from any terminal, the second one finds the first in the journal. */
const checks = new Map<string, Promise<void>>();

/**
 * Checks refunds by reference against the payment and its earlier refunds in the journal: partial and repeated ones are
 * allowed up to the original amount. A refund without a certain outcome counts. A payment that the journal does not have is
 * left to the terminal, whose host keeps the same count.
 */
export class Refunds {
  readonly #journal: () => Promise<Journal<TransactionRecord>>;

  constructor(journal: () => Promise<Journal<TransactionRecord>>) {
    this.#journal = journal;
  }

  /** @param done called once; must not throw. A refund that it begins is in the journal before the next check reads that */
  check(order: Order, done: (check: RefundCheck) => void): void {
    const reference = order.apmReference ?? '';
    const before = checks.get(reference) ?? Promise.resolve();
    const check = before.then(async () => done(await this.#check(reference, order)));
    const settled = check.finally(() => {
      if (checks.get(reference) === settled) checks.delete(reference);
    });
    checks.set(reference, settled);
  }

  async #check(reference: string, order: Order): Promise<RefundCheck> {
    try {
      const journal = await this.#journal();
      const error = refundError(await journal.findByApmReference(reference), order);
      return error === undefined ? { ok: true } : { ok: false, error, journal: false };
    } catch (error) {
      return { ok: false, error: journalFailure(error), journal: true };
    }
  }
}

/** The error of a wrong refund: `refund_exceeds_original` with the amount left, `refund_too_early` or `invalid_currency`. */
function refundError(rows: readonly TransactionRecord[], order: Order): NexoError | undefined {
  const original = rows.find(({ kind, authorized }) => kind === 'payment' && authorized !== undefined);
  if (original === undefined || rows.some((row) => isAnswered(row, order.transactionId))) return undefined;
  if (original.currency !== order.currency) {
    return new NexoError(
      'invalid_currency',
      `The payment with reference ${order.apmReference} was in ${original.currency}: refund it in that currency.`,
      { path: 'payload.currency' },
    );
  }
  if (original.state !== 'closed' && original.state !== 'ruled') {
    return new NexoError(
      'refund_too_early',
      `The payment with reference ${order.apmReference} is still in progress: it waits for a confirmation, or is being reversed. Refund it once its node has reported how it ended.`,
      { path: 'payload.apmReference' },
    );
  }
  const paid = original.outcome === 'reversed' ? 0 : (original.authorized ?? 0);
  const left = Math.max(0, paid - refunded(rows));
  if (order.amount <= left) return undefined;
  return new NexoError(
    'refund_exceeds_original',
    `Of the payment with reference ${order.apmReference}, ${fromMinor(left, order.currency)} ${order.currency} is left: nothing was sent. Refund at most that.`,
    { path: 'payload.amount' },
  );
}

/** A repeated refund gets its first result, whatever was refunded since; one that was not started is tried again. */
function isAnswered({ transactionId, outcome }: TransactionRecord, repeated: string | undefined): boolean {
  return transactionId === repeated && outcome !== 'not_started';
}

function refunded(rows: readonly TransactionRecord[]): number {
  const refunds = rows.filter(({ kind, outcome }) => kind === 'refund' && !NOT_REFUNDED.has(outcome ?? ''));
  return refunds.reduce((sum, { authorized, amount }) => sum + (authorized ?? amount), 0);
}
