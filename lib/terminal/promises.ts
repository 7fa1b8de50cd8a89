/** Payments as promises: for programs that have no nodes. */
import { type PaymentPayload, payloadOf } from '../contract/payment-output.ts';
import { type ReversalPayload, reversalPayloadOf } from '../contract/reversal-output.ts';
import { NexoError } from '../protocol/errors.ts';
import type { Phase } from '../session/effects.ts';
import type { PaymentType } from '../session/payment/payment-order.ts';
import type { ReversalRecord, TransactionRecord } from '../session/record.ts';
import type { Watcher } from './payment-watchers.ts';
import type { Terminal } from './terminal.ts';

/** A payment or refund to be made. Amounts are decimals, `"89.00"` or `89`, with at most the currency's digits. */
export interface PaymentInput {
  amount: string | number;
  /** ISO 4217, such as `SEK`. */
  currency: string;
  cashBack?: string | number;
  /** Default `Normal`. */
  paymentType?: PaymentType;
  /**
   * The payment's own name, up to 64 characters. Repeating it gives the first certain result, not a second charge: name
   * payments, so that a program that was interrupted can ask again. Default: a new one.
   */
  transactionId?: string;
  /** Holds an approval until `fulfil` says whether the goods came out. */
  awaitFulfilment?: boolean;
  saleItems?: unknown;
  splitPayment?: boolean;
  apmReference?: string;
  acquirerData?: unknown;
  paymentInstrument?: unknown;
  /** Any JSON up to 4 KB. It is kept with the transaction and comes back with its outcome. */
  context?: unknown;
}

/** What is of interest before an outcome is certain. */
export interface Progress {
  /** Called once if the outcome stays unknown for long. The certain outcome follows all the same. */
  onUnresolved?(payload: PaymentPayload): void;
  onPhase?(phase: Phase): void;
  /** Gets what the customer sees on the terminal. */
  onDisplay?(text: string): void;
}

/** Owner of the transactions that are started here: who gets outcomes that are found after a restart. */
const OWNER = 'library';

/**
 * Pays. Resolves with the certain outcome, whatever it is: `approved`, `partial`, `declined`, `aborted`, `not_started`.
 *
 * @throws NexoError by rejection: what is wrong with the payment (nothing was sent), or `outcome_pending` where the terminal
 *   was closed before the outcome was certain: the journal keeps the payment, and `onRecovered` gets its outcome
 */
export function pay(terminal: Terminal, payment: PaymentInput, progress: Progress = {}): Promise<PaymentPayload> {
  const { currency, paymentType = 'Normal' } = payment;
  return settled(payloadOf, progress, (watcher) => {
    terminal.pay(payment, { currency, paymentType }, OWNER, watcher);
  });
}

/**
 * Says whether the goods of a payment with `awaitFulfilment` came out. If not, it is reversed.
 * @throws NexoError by rejection, as `pay`
 */
export function fulfil(terminal: Terminal, transactionId: string, delivered: boolean): Promise<ReversalPayload> {
  return settled(reversalPayloadOf, {}, (watcher) => {
    terminal.fulfil(transactionId, delivered, OWNER, watcher);
  });
}

/**
 * Reverses an approved payment, which has to be the terminal's last one.
 *
 * @param transactionId undefined: the last one, whichever it is
 * @throws NexoError by rejection, as `pay`
 */
export function reverse(
  terminal: Terminal,
  transactionId: string | undefined,
  { reason = 'MerchantCancel', ...progress }: Progress & { reason?: ReversalRecord['reason'] } = {},
): Promise<ReversalPayload> {
  return settled(reversalPayloadOf, progress, (watcher) => {
    terminal.reverse(transactionId, reason, OWNER, watcher);
  });
}

/**
 * Gets the outcomes of transactions that no promise waits for any more: those that were open when a process ended, found
 * by the next one. Call it right after the terminal is made. An outcome is delivered at least once.
 *
 * @returns how to stop that
 */
export function onRecovered(terminal: Terminal, recovered: (payload: PaymentPayload) => void): () => void {
  return terminal.subscribe(OWNER, {
    outcome: (record, final) => {
      if (final) recovered(payloadOf({ ...record, recovered: true }));
    },
    failed: () => undefined,
  });
}

function settled<P extends PaymentPayload | ReversalPayload>(
  payloadFor: (record: TransactionRecord) => P,
  { onUnresolved, onPhase, onDisplay }: Progress,
  start: (watcher: Watcher) => void,
): Promise<P> {
  return new Promise((resolve, reject) => {
    start({
      ...(onPhase && { phase: onPhase }),
      ...(onDisplay && { display: onDisplay }),
      outcome: (record, final) => {
        if (final) resolve(payloadFor(record));
        else onUnresolved?.(payloadOf(record));
      },
      failed: reject,
      closed: () => reject(pending()),
    });
  });
}

function pending(): NexoError {
  return new NexoError(
    'outcome_pending',
    'The terminal was closed before the outcome was certain: the next start resolves the payment from the journal. Repeat its transactionId to get the outcome; without a transactionId, onRecovered gets it.',
  );
}
