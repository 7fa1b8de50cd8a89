import type { Clock } from '../../clock.ts';
import type { Pos } from '../pos/pos.ts';
import type { PosNotifierSettings } from '../pos/pos-notifier.ts';
import type { Parameters } from './payment-order.ts';
import type { StoredTransaction } from './transaction-records.ts';

/** How fast and how patient a virtual terminal is, all in milliseconds. */
export interface Timings {
  /** From a payment request to its answer. Default 1500; a fifth of it is the authorisation, which no abort stops. */
  delay?: number;
  /** Busy for this long after a login. Default 0. */
  busyAfterLogin?: number;
  /** Busy for this long after a payment. Default 0. */
  busyAfterPayment?: number;
  /** How late an answer is that is late. Default 30,000. */
  lateness?: number;
  /** How long it waits for a customer who has left, where the question does not say. Default 30,000. */
  inputTime?: number;
  /** An update is waiting all the time and takes so long to install, after a logout that allows it. Default: none is. */
  maintenance?: number;
}

export interface VirtualTerminalOptions extends Timings, Parameters, PosNotifierSettings {
  poiId: string;
  clock: Clock;
  /** POISerialNumber. Default: one that goes with the POIID. */
  serial?: string;
  /** Transactions from before, oldest first. */
  records?: readonly StoredTransaction[];
  /** Keeps a transaction for good, before the POS is told. */
  keep?: (record: StoredTransaction) => void;
  /** How many transactions it remembers, at least. Default 1000. */
  memory?: number;
  /** Where the POS listens: without it the terminal only answers, whatever the login says. */
  pos?: Pos;
}
