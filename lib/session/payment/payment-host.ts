import type { Login } from '../requests/login.ts';
import type { SessionContext } from '../session-context.ts';
import type { Trace } from '../states.ts';
import type { Payment } from './payment.ts';

/** What a payment needs of the session it belongs to. */
export interface PaymentHost {
  readonly context: SessionContext;
  readonly login: Login;
  readonly trace: Trace;
  /** Whether it is this payment's turn. */
  hasTurn(payment: Payment): boolean;
  /** It is written down, and waits for its turn. */
  waits(payment: Payment): void;
  finished(payment: Payment): void;
  isActive(transactionId: string): boolean;
  /** Its outcome stays unknown: nothing else may start on this terminal. */
  unresolved(): void;
  /** Whether somebody can be asked about a signature. */
  readonly asksForSignature: boolean;
  /** Has somebody check the signature, and calls `sign` with the answer. */
  askSignature(payment: Payment): void;
}
