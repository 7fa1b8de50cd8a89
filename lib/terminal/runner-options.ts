import type { Clock } from '../clock.ts';
import type { Journal, TerminalJournal } from '../journal/journal.ts';
import type { Codec } from '../protocol/codec.ts';
import type { NexoError } from '../protocol/errors.ts';
import type { Effect } from '../session/effects.ts';
import type { SessionEvent } from '../session/events.ts';
import type { TransactionRecord } from '../session/record.ts';
import type { SessionConfig } from '../session/session-context.ts';
import type { Transport } from '../transport/transport.ts';
import type { AddressPolicy } from './movable-transport.ts';
import type { WireTrace } from './wire-trace.ts';

export interface SessionRunnerOptions {
  config: SessionConfig;
  transport: Transport;
  /** How messages become bytes. */
  codec: Codec;
  trace?: WireTrace | undefined;
  /** Which other addresses of the terminal are followed; absent: none. */
  follow?: AddressPolicy;
  /** Opens the journal; called again after it failed. The runner closes the journal. */
  journal: () => Promise<Journal<TransactionRecord>>;
  clock: Clock;
  /** Takes the effects for flows: outcomes, phases, answers, states. Must not throw. */
  onEffect: (effect: FlowEffect) => void;
  /** Takes an event that the session does not get: the journal cannot be used, or the runner was closed. Must not throw. */
  onRejected: (event: SessionEvent, error: NexoError) => void;
  onError: (error: Error) => void;
  /** Takes what a person should know, in words. */
  onWarning?: (message: string) => void;
  /**
   * Called once the journal is open, before the session starts. Must not reject.
   * @returns whether payments are open that the terminal took under other settings
   */
  beforeStart?: (handle: TerminalJournal<TransactionRecord>) => Promise<boolean>;
  /** ServiceIDs that another journal has reserved for this session, in place of its own journal's. */
  serviceIds?: { next: number; end: number };
  /** Called when all events so far were handled. */
  onDrained?: () => void;
}

/** Effects for flows and people: all that the runner does not carry out itself. */
export type FlowEffect = Exclude<
  Effect,
  { type: 'send' | 'cancel' | 'move' | 'reserve' | 'timer' | 'clear' | 'lastTransaction' } | { write: number }
>;
