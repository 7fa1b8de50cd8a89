import type { Journal } from '../journal/journal.ts';
import { fromMinor } from '../protocol/amounts.ts';
import { NexoError } from '../protocol/errors.ts';
import type { Order } from '../session/payment/payment-order.ts';
import type { TransactionRecord } from '../session/record.ts';
import { journalFailure } from './session-runner.ts';

/** Outcomes of which it is certain that no money went back. */
const NOTHING: ReadonlySet<string> = new Set(['declined', 'aborted', 'not_started']);

/** What became of a check: nothing stands in the way, the refund is wrong, or it cannot be told without the journal. */
export type Checked = { ok: true } | { ok: false; error: NexoError; journal: boolean };

/** The checks under way, by reference: of two refunds the second finds the first in the journal, whoever asked for it. */
const turns = new Map<string, Promise<void>>();

/**
 * Refunds by reference, checked against what the journal knows of the payment and of the refunds before it: partial and
 * repeated ones are fine up to the original amount. One whose outcome is not certain counts as made. A payment that the
 * journal does not know is left to the terminal, whose host keeps the same count.
 */
export class Refunds {
  readonly #journal: () => Promise<Journal<TransactionRecord>>;

  constructor(journal: () => Promise<Journal<TransactionRecord>>) {
    this.#journal = journal;
  }

  /** @param then called once; must not throw. What it begins is in the journal before the next check looks */
  check(order: Order, then: (checked: Checked) => void): void {
    const reference = order.apmReference ?? '';
    const before = turns.get(reference) ?? Promise.resolve();
    const turn = before.then(async () => then(await this.#checked(reference, order)));
    const settled = turn.finally(() => {
      if (turns.get(reference) === settled) turns.delete(reference);
    });
    turns.set(reference, settled);
  }

  async #checked(reference: string, order: Order): Promise<Checked> {
    try {
      const journal = await this.#journal();
      const error = refundError(await journal.findByApmReference(reference), order);
      return error === undefined ? { ok: true } : { ok: false, error, journal: false };
    } catch (error) {
      return { ok: false, error: journalFailure(error), journal: true };
    }
  }
}

/** `refund_exceeds_original`, `refund_too_early` or `invalid_currency`, with what is left, if it is wrong. */
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
      `The payment with reference ${order.apmReference} is not over: it waits for something, or is being reversed. Refund it once its node has told how it ended.`,
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

/** A repeat of what was tried gets its first result, whatever was refunded since; what was not started is tried anew. */
function isAnswered({ transactionId, outcome }: TransactionRecord, repeated: string | undefined): boolean {
  return transactionId === repeated && outcome !== 'not_started';
}

function refunded(rows: readonly TransactionRecord[]): number {
  const refunds = rows.filter(({ kind, outcome }) => kind === 'refund' && !NOTHING.has(outcome ?? ''));
  return refunds.reduce((sum, { authorized, amount }) => sum + (authorized ?? amount), 0);
}
