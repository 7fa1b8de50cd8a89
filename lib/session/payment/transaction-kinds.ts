import type { VendorProfile } from '../../protocol/profile.ts';
import type { Message, SaleToPOIResponse } from '../../protocol/types.ts';
import type { Phase } from '../effects.ts';
import { type Attempt, apmOf, type Outcome, type RecordState, type TransactionRecord } from '../record.ts';
import { type Identity, paymentRequest, reversalRequest } from '../requests/requests.ts';
import type { Confidential } from './payment-secrets.ts';
import { judgePayment, judgeReversal, type Verdict } from './verdict.ts';

/** A request that moves money, and how its answers are read. */
export interface TransactionKind {
  category: 'Payment' | 'Reversal';
  /** @param confidential what only the terminal may see */
  build(identity: Identity, record: TransactionRecord, confidential?: Confidential): Message;
  /** What a response proves. */
  judge(record: TransactionRecord, response: SaleToPOIResponse): Verdict;
  /** The part of the record that tracks the request. */
  attempt(record: TransactionRecord): Attempt;
  /** The record's state while nothing was sent, and once the request may have left. */
  intent: RecordState;
  sent: RecordState;
  /** What the flow sees while the request is open. */
  phase: Phase;
  /** Tried again whatever happens, after an abort or a restart too: money that moved has to come back. */
  persistent: boolean;
  /** The outcome where the terminal does not allow the request, a login notwithstanding. */
  notAllowed: 'not_started' | 'declined';
  /** Whether the money of the payment or refund has moved, after that outcome of the request. */
  moved(outcome: Outcome): boolean;
  /** Notes in the record what else the final response holds. */
  note?(record: TransactionRecord, response: SaleToPOIResponse, profile: VendorProfile): void;
}

const refund: TransactionKind = {
  category: 'Payment',
  build: paymentRequest,
  judge: judgePayment,
  attempt: (record) => record,
  intent: 'intent',
  sent: 'sent',
  phase: 'waitingForCard',
  persistent: false,
  notAllowed: 'not_started',
  moved: (outcome) => outcome === 'approved' || outcome === 'partial',
};

/** All requests that move money: a further one is an entry here, and a `kind` of `TransactionRecord`. */
export const transactionKinds: Readonly<Record<TransactionRecord['kind'] | 'reversal', TransactionKind>> = {
  refund,
  payment: {
    ...refund,
    note: (record, response, profile) => {
      const reference = apmOf(response.PaymentResponse, profile)?.reference;
      if (reference) record.apmReference = reference;
    },
  },
  reversal: {
    category: 'Reversal',
    build: reversalRequest,
    judge: judgeReversal,
    attempt: (record) => record.reversal ?? record,
    intent: 'reverse',
    sent: 'reversing',
    phase: 'reversing',
    persistent: true,
    notAllowed: 'declined',
    // A reversal that was refused leaves the money where the payment moved it.
    moved: (outcome) => outcome !== 'reversed',
  },
};

/** The kind of a record's latest request: of its reversal, once there is one. */
export function kindOf({ kind, reversal }: TransactionRecord): TransactionKind {
  return transactionKinds[reversal ? 'reversal' : kind];
}
