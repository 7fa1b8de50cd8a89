import type { Clock } from '../clock.ts';
import type { Reason, TransactionRecord } from '../session/record.ts';
import type { SessionConfig } from '../session/session-context.ts';
import type { Timeouts } from '../session/timeouts.ts';
import type { AddressNotice } from './address-proposal.ts';
import type { Predecessor } from './predecessors.ts';
import type { SessionRunnerOptions } from './session-runner.ts';

/** What a `Terminal` is made of. */
export interface TerminalOptions extends Pick<SessionRunnerOptions, 'transport' | 'journal' | 'follow'> {
  config: Omit<SessionConfig, 'timeouts' | 'address'>;
  /** Changes to the default timeouts, in ms. */
  timeouts?: Partial<Timeouts>;
  clock?: Clock;
  /** Receives errors that belong to no call: a journal that does not open, a watcher that throws. */
  onError?: (error: Error) => void;
  /** Receives evidence that contradicts a person's ruling: money has to be put right. */
  onAlarm?: (record: TransactionRecord, reason: Reason) => void;
  /**
   * Receives an outcome that no node takes; it is not marked as delivered in the journal. @param error its node failed with it
   */
  onUndelivered?: (record: TransactionRecord, error: Error | undefined) => void;
  /**
   * Earlier settings of this terminal, which no terminal has now, under which transactions are open or not delivered. Asked for
   * once the journal is open: the terminal starts after that, and takes nothing until they have ended. Must not reject.
   */
  predecessors?: () => Promise<readonly Predecessor[]>;
  /** Receives what became of an address that the terminal gave. */
  onAddress?: (notice: AddressNotice) => void;
}
