import type { Clock } from '../clock.ts';
import type { Codec } from '../protocol/codec.ts';
import { NexoError } from '../protocol/errors.ts';
import { swedbankPay } from '../protocol/profiles/swedbank-pay.ts';
import type { Reason, TransactionRecord } from '../session/record.ts';
import type { SessionConfig } from '../session/session-context.ts';
import { defaultTimeouts, type Timeouts } from '../session/timeouts.ts';
import type { AddressNotice } from './address-proposal.ts';
import type { Predecessor } from './predecessors.ts';
import type { SessionRunnerOptions } from './session-runner.ts';
import { VERSION } from './version.ts';
import type { TraceHook } from './wire-trace.ts';

/** Settings of a terminal. Only its two ids have no default. */
export type TerminalConfig = Pick<SessionConfig, 'saleId' | 'poiId'> &
  Partial<Omit<SessionConfig, 'timeouts' | 'address'>>;

export interface TerminalOptions extends Pick<SessionRunnerOptions, 'transport' | 'journal' | 'follow'> {
  config: TerminalConfig;
  /** Changes to the default timeouts, in ms. */
  timeouts?: Partial<Timeouts>;
  clock?: Clock;
  /** The dialect of the wire. Default: XML, as the profile's terminals write it. */
  codec?: Codec;
  /** Sees each exchange, redacted; see docs/library.md. Without it nothing is redacted or built for it. */
  trace?: TraceHook;
  /** Receives errors that belong to no call: a journal that does not open, a watcher that throws. */
  onError?: (error: Error) => void;
  /** Receives what a person should know, in words: a journal that is older than the terminal. */
  onWarning?: (message: string) => void;
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
  /** Receives what became of an address that the terminal gave. Listeners get it as well, as an event. */
  onAddress?: (notice: AddressNotice) => void;
}

/** SaleSoftware of a login. */
const SOFTWARE = {
  ProviderIdentification: 'nexoflows',
  ApplicationName: 'node-red-nexo-retailer',
  SoftwareVersion: VERSION,
};

/**
 * A session's settings, complete. A signature is asked for where something listens for it, and reported otherwise.
 * @throws NexoError `invalid_config` where an id is missing
 */
export function sessionConfigOf({
  config,
  timeouts,
  transport,
  follow,
}: Pick<TerminalOptions, 'config' | 'timeouts' | 'transport' | 'follow'>): SessionConfig {
  for (const name of ['saleId', 'poiId'] as const) checkId(config?.[name], name);
  return {
    terminal: `${config.saleId}/${config.poiId}`,
    language: 'sv',
    profile: swedbankPay,
    software: SOFTWARE,
    autoLogin: true,
    whenBusy: 'wait',
    approvedAfterAbort: 'keep',
    signature: 'listener',
    ...config,
    timeouts: { ...defaultTimeouts, ...timeouts },
    // Whatever the caller says: a late delivery must not be taken for "not started".
    ...(transport.relayed && { relayed: true }),
    ...(follow && { address: follow.configured }),
  };
}

/** For programs without types. */
function checkId(id: unknown, name: 'saleId' | 'poiId'): void {
  if (typeof id === 'string' && id.trim() !== '') return;
  throw new NexoError('invalid_config', `The terminal's ${name} is missing: give it as a text.`, {
    path: `config.${name}`,
  });
}
