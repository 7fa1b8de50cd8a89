import type { SaleToPOIResponse } from '../../protocol/types.ts';
import type { Phase } from '../effects.ts';
import type { StoreFailure } from '../events.ts';
import type { Outcome, Reason, TransactionRecord } from '../record.ts';
import type { Login } from '../requests/login.ts';
import type { SessionContext } from '../session-context.ts';
import type { PaymentState } from '../states.ts';
import type { Confidential } from './payment-secrets.ts';

/** What a financial request needs of the transaction that it belongs to. */
export interface FinancialRequestHost {
  readonly context: SessionContext;
  readonly login: Login;
  readonly record: TransactionRecord;
  /** What only the terminal may see. */
  readonly confidential?: Confidential;
  readonly state: PaymentState;
  move(to: PaymentState): void;
  reportPhase(phase: Phase): void;
  /** A name for a timer that is this transaction's own: another one's end must not stop it. */
  timer(name: string): string;
  /** The outcome is still unknown after the recovery time. */
  overdue(reason: Reason): void;
}

/** How a financial request ends. */
export interface FinancialRequestEnd {
  /** The journal takes no writes, and nothing was sent. */
  refused(failure: StoreFailure, write: 'begin' | 'put'): void;
  /** The outcome is certain. */
  ended(outcome: Exclude<Outcome, 'unresolved'>, error: Reason | undefined, response?: SaleToPOIResponse): void;
}
