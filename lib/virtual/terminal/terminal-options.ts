import type { Clock } from '../../clock.ts';
import type { Pos } from '../pos/pos.ts';
import type { PosNotifierSettings } from '../pos/pos-notifier.ts';
import type { PaymentParameters } from './payment-order.ts';
import type { StoredTransaction } from './transaction-records.ts';

/** Times of a virtual terminal, in milliseconds. */
export interface Timings {
  /** From a payment request to its answer. The last fifth is the authorisation, which cannot be aborted. Default 1500. */
  delay?: number;
  /** Answers Busy for this time after a login. Default 0. */
  busyAfterLogin?: number;
  /** Answers Busy for this time after a payment. Default 0. */
  busyAfterPayment?: number;
  /** Delay of the answer in the scenario `late`. Default 30,000. */
  lateness?: number;
  /** Waiting time for a customer who does not react, where the request has no MaxInputTime. Default 30,000. */
  inputTime?: number;
  /** Duration of an update; one is always pending and installed after a logout that allows it. Default: none pending. */
  maintenance?: number;
}

export interface VirtualTerminalOptions extends Timings, PaymentParameters, PosNotifierSettings {
  poiId: string;
  clock: Clock;
  /** POISerialNumber. Default: derived from the POIID. */
  serial?: string;
  /** Earlier transactions, oldest first. */
  records?: readonly StoredTransaction[];
  /** Stores a finished transaction. Called before the POS gets the response. */
  keep?: (record: StoredTransaction) => void;
  /** Number of transactions that are kept at least; at most twice as many. Default 1000. */
  maxTransactions?: number;
  /** Receives the terminal's own requests. Absent: the terminal sends none, whatever the login says. */
  pos?: Pos;
}
