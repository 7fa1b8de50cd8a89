import type { Clock } from '../clock.ts';
import type { Journal, TerminalJournal } from '../journal/journal.ts';
import type { NexoError } from '../protocol/errors.ts';
import type { SessionEvent } from '../session/events.ts';
import type { TransactionRecord } from '../session/record.ts';
import type { SessionConfig } from '../session/session-context.ts';
import type { Transport } from '../transport/transport.ts';
import { type FlowEffect, SessionRunner } from './session-runner.ts';

/** Earlier settings of a terminal, under which transactions are open or not delivered. */
export interface Predecessor {
  saleId: string;
  /** Opens the journal that they are in. */
  journal: () => Promise<Journal<TransactionRecord>>;
}

export interface PredecessorsOptions {
  /** Of the terminal as it is now. */
  config: SessionConfig;
  transport: Transport;
  clock: Clock;
  onEffect: (effect: FlowEffect) => void;
  onRejected: (event: SessionEvent, error: NexoError) => void;
  onError: (error: Error) => void;
  /** Nothing is open any more under earlier settings. */
  onEnded: () => void;
}

/** For a predecessor that has the terminal's own name, in another journal: enough for weeks of status requests. */
const RESERVE = 100_000;
/** Effects about the terminal itself, which its own session reports. */
const OWN: ReadonlySet<FlowEffect['type']> = new Set(['state', 'notification', 'respond', 'address']);

/**
 * The sessions of a terminal under earlier settings (SaleID, journal): each ends what is open there, with its own SaleID,
 * before the terminal takes anything else. They stay until the terminal is closed, as rulings are still watched.
 */
export class Predecessors {
  readonly #options: PredecessorsOptions;
  readonly #runners: SessionRunner[] = [];
  readonly #open = new Set<SessionRunner>();
  /** Whose outcome was reported. */
  readonly #origins = new Map<string, SessionRunner>();

  constructor(options: PredecessorsOptions) {
    this.#options = options;
  }

  /** @param handle the terminal's own @returns whether there is anything to wait for */
  async start(found: readonly Predecessor[], handle: TerminalJournal<TransactionRecord>): Promise<boolean> {
    for (const { saleId, journal } of found) {
      // The same name in two journals has one set of ServiceIDs at the terminal: they are taken from the journal in use.
      const reserved = saleId === this.#options.config.saleId ? await handle.reserve(RESERVE) : undefined;
      const serviceIds = reserved === undefined ? undefined : { next: reserved - RESERVE, end: reserved };
      this.#run(saleId, journal, serviceIds);
    }
    return found.length > 0;
  }

  /** The runner of the session in which that transaction is open. */
  with(transactionId: string): SessionRunner | undefined {
    return this.#runners.find(({ session }) => session?.active(transactionId) !== undefined);
  }

  /** The runner of the session that has the terminal's turn. */
  get current(): SessionRunner | undefined {
    return this.#runners.find(({ session }) => session?.current !== undefined);
  }

  /** The runner whose session reported an outcome of that transaction. */
  origin(transactionId: string): SessionRunner | undefined {
    return this.#origins.get(transactionId);
  }

  async close(): Promise<void> {
    await Promise.all(this.#runners.map((runner) => runner.close()));
  }

  #run(saleId: string, journal: Predecessor['journal'], serviceIds: { next: number; end: number } | undefined): void {
    const { config, transport, clock, onEffect, onRejected, onError } = this.#options;
    const { maintenanceHour: _, address: __, ...rest } = config;
    const runner = new SessionRunner({
      // A signature is for the flow to check: the listener's questions are those of the terminal's own session.
      config: { ...rest, saleId, terminal: `${saleId}/${config.poiId}`, signature: 'tell' },
      // The terminal closes it.
      transport: { send: (body, options) => transport.send(body, options), close: async () => undefined },
      journal,
      clock,
      ...(serviceIds && { serviceIds }),
      onEffect: (effect) => {
        if (OWN.has(effect.type)) return;
        if (effect.type === 'outcome') this.#origins.set(effect.record.transactionId, runner);
        onEffect(effect);
      },
      onRejected,
      onError,
      onDrained: () => this.#drained(runner),
    });
    this.#runners.push(runner);
    this.#open.add(runner);
  }

  #drained(runner: SessionRunner): void {
    if (runner.session?.open !== false || !this.#open.delete(runner)) return;
    if (this.#open.size === 0) this.#options.onEnded();
  }
}
