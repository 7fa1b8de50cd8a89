import type { SignatureCheck } from '../inbound/signature-check.ts';
import type { Job, JobQueue } from '../job-queue.ts';
import type { TransactionRecord } from '../record.ts';
import type { Login } from '../requests/login.ts';
import type { SessionContext } from '../session-context.ts';
import type { TransitionObserver } from '../states.ts';

/** What a payment needs of its session. */
export interface PaymentHost {
  readonly context: SessionContext;
  readonly login: Login;
  readonly jobQueue: JobQueue;
  readonly signatureCheck: SignatureCheck;
  readonly trace: TransitionObserver;
  /** The payment of that transactionId that is in progress. */
  active(transactionId: string): Job | undefined;
  /** The payment is journalled and waits for its turn. */
  queued(record: TransactionRecord): void;
  finished(payment: Job & { record: TransactionRecord }): void;
  /** The outcome stays unknown: no other payment may start on this terminal. */
  unresolved(): void;
}
