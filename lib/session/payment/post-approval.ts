import { notHeldError, notLastError, notUnresolvedError, reversalError } from '../errors.ts';
import type { SessionEvent } from '../events.ts';
import type { JobQueue } from '../job-queue.ts';
import type { TransactionRecord } from '../record.ts';
import type { SessionContext } from '../session-context.ts';
import type { Payment } from './payment.ts';
import { isLast } from './reversal.ts';
import { RulingMonitor } from './ruling-monitor.ts';

/** What this needs of its session. */
export interface PostApprovalHost {
  readonly context: SessionContext;
  readonly jobQueue: JobQueue;
  active(transactionId: string): Payment | undefined;
  /** Brings a closed payment back, so that it can be reversed. */
  reopen(record: TransactionRecord): Payment;
}

type Event<T extends SessionEvent['type']> = Extract<SessionEvent, { type: T }>;

/** What flows and people decide about a payment after the terminal's answer: goods, signature, reversal, ruling. */
export class PostApproval {
  readonly #host: PostApprovalHost;
  /** The one payment that can still be reversed. */
  #last: TransactionRecord | undefined;

  constructor(host: PostApprovalHost, last: TransactionRecord | undefined) {
    this.#host = host;
    this.#last = last && isLast(last) ? last : undefined;
  }

  /** Notes a payment that has ended. */
  note(record: TransactionRecord): void {
    if (record.state === 'ruled') new RulingMonitor(this.#host.context, record);
    if (isLast(record)) this.#last = record;
  }

  fulfil({ ref, transactionId, node, delivered }: Event<'fulfil'>): void {
    if (this.#host.active(transactionId)?.fulfil(ref, node, delivered)) return;
    this.#host.context.push({ type: 'failed', ref, error: notHeldError(transactionId) });
  }

  /** Reverses the last payment, also while its approval is held: a terminal reverses no other. */
  reverse({ ref, transactionId, reason, node }: Event<'reverse'>): void {
    const last = this.#last;
    const current = this.#host.jobQueue.current?.record;
    const held = current?.state === 'held' ? current.transactionId : undefined;
    const name = transactionId ?? held ?? last?.transactionId ?? '';
    if (this.#host.active(name)?.reverseHeld(ref, node, reason)) return;
    const error = reversalError(last, name, this.#host.active(name) !== undefined);
    if (error !== undefined || last === undefined) {
      return this.#host.context.push({ type: 'failed', ref, error: error ?? notLastError(name) });
    }
    this.#host.reopen({ ...last }).reverseClosed(ref, node, reason);
    this.#host.jobQueue.startNext();
  }

  /** A named person decides about an unresolved payment. */
  rule({ ref, transactionId, outcome, by, note }: Event<'rule'>): void {
    const { context } = this.#host;
    const ruling = { by, outcome, at: context.now.ms, ...(note !== undefined && { note }) };
    if (!this.#host.active(transactionId)?.rule(ruling)) {
      return context.push({ type: 'failed', ref, error: notUnresolvedError(transactionId) });
    }
    context.push({ type: 'done', ref, result: { type: 'rule', transactionId } });
  }
}
