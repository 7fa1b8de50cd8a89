import type { Clock } from '../clock.ts';
import type { Journal, TerminalJournal } from '../journal/journal.ts';
import type { Codec } from '../protocol/codec.ts';
import type { NexoError } from '../protocol/errors.ts';
import type { SessionEvent } from '../session/events.ts';
import type { TransactionRecord } from '../session/record.ts';
import type { SessionConfig } from '../session/session-context.ts';
import type { Transport } from '../transport/transport.ts';
import { type FlowEffect, SessionRunner } from './session-runner.ts';
import type { WireTrace } from './wire-trace.ts';

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
  codec: Codec;
  trace: WireTrace | undefined;
  clock: Clock;
  onEffect: (effect: FlowEffect) => void;
  onRejected: (event: SessionEvent, error: NexoError) => void;
  onError: (error: Error) => void;
  onWarning: (message: string) => void;
  /** Nothing is open any more under earlier settings. */
  onEnded: () => void;
}

/** Marks outcomes as delivered. */
type Marker = Pick<SessionRunner, 'delivered'>;

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
  /** Where the outcomes come from that the terminal's own session did not report. */
  readonly #origins = new Map<string, Marker>();

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

  /** The runner of the session that an event is about; undefined for the terminal's own. */
  runnerFor(event: SessionEvent): SessionRunner | undefined {
    // The terminal's own session has nothing to abort meanwhile.
    if (event.type === 'abort') return this.#runners.find(({ session }) => session?.current !== undefined);
    const { transactionId } = event.type === 'pay' ? event.order : { transactionId: undefined, ...event };
    return transactionId === undefined ? undefined : this.with(transactionId);
  }

  /** The runner of the session in which that transaction is open. */
  with(transactionId: string): SessionRunner | undefined {
    return this.#runners.find(({ session }) => session?.active(transactionId) !== undefined);
  }

  /** Notes the journal of a transaction that another terminal left open. */
  adopt(transactionId: string, handle: Marker): void {
    this.#origins.set(transactionId, handle);
  }

  /** Where an outcome of that transaction is marked as delivered; undefined for the terminal's own journal. */
  origin(transactionId: string): Marker | undefined {
    return this.#origins.get(transactionId);
  }

  async close(): Promise<void> {
    await Promise.all(this.#runners.map((runner) => runner.close()));
  }

  #run(saleId: string, journal: Predecessor['journal'], serviceIds: { next: number; end: number } | undefined): void {
    const { config, transport, onEffect, onEnded: _ended, ...common } = this.#options;
    const { maintenanceHour: _, address: __, ...rest } = config;
    const runner = new SessionRunner({
      // A signature is for the flow to check: the listener's questions are those of the terminal's own session.
      config: { ...rest, saleId, terminal: `${saleId}/${config.poiId}`, signature: 'report' },
      // The terminal closes it.
      transport: { send: (body, options) => transport.send(body, options), close: async () => undefined },
      ...common,
      journal,
      ...(serviceIds && { serviceIds }),
      onEffect: (effect) => {
        if (OWN.has(effect.type)) return;
        if (effect.type === 'outcome') this.#origins.set(effect.record.transactionId, runner);
        onEffect(effect);
      },
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
