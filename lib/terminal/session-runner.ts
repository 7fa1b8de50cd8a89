import type { Clock } from '../clock.ts';
import type { Journal, Opened } from '../journal/journal.ts';
import { NexoError } from '../protocol/errors.ts';
import type { Message } from '../protocol/types.ts';
import type { Effect } from '../session/effects.ts';
import type { Now, SessionEvent } from '../session/events.ts';
import type { TransactionRecord } from '../session/record.ts';
import { Session } from '../session/session.ts';
import type { SessionConfig } from '../session/session-context.ts';
import type { Transport } from '../transport/transport.ts';
import { placeToStart } from './address-proposal.ts';
import { serviceIdSeed } from './ids.ts';
import { type AddressPolicy, MovableTransport } from './movable-transport.ts';

export interface SessionRunnerOptions {
  config: SessionConfig;
  transport: Transport;
  /** How it is followed to other addresses, if it is. */
  follow?: AddressPolicy;
  /** Opens the journal; called again after it failed. What it opened is closed with the engine. */
  journal: () => Promise<Journal<TransactionRecord>>;
  clock: Clock;
  /** Takes what is not for the outside world: outcomes, phases, answers, states. Must not throw. */
  tell: (effect: FlowEffect) => void;
  /** An event that came while the journal cannot be used, or that no session saw before this was stopped. Must not throw. */
  turnAway: (event: SessionEvent, error: NexoError) => void;
  onError: (error: Error) => void;
}

/** Effects that people or flows hear of: all that is not for the outside world. */
export type FlowEffect = Exclude<
  Effect,
  { type: 'send' | 'cancel' | 'move' | 'reserve' | 'timer' | 'clear' } | { write: number }
>;

const RESERVE = 1000;
/** Pauses before a journal that failed is tried again, in ms; the last one repeats. */
const RETRY = [1_000, 5_000, 30_000];
/** Of these a new try would begin an empty journal, or find the same settings: somebody has to decide that. */
const NOT_RETRIED = new Set(['journal_corrupt', 'journal_foreign', 'invalid_config']);

/**
 * Runs a session: carries its effects out, in order, and brings back what happened. It decides nothing about money.
 */
export class SessionRunner {
  readonly #options: SessionRunnerOptions;
  readonly #transport: MovableTransport;
  #session: Session | undefined;
  #journal: Journal<TransactionRecord> | undefined;
  #failure: NexoError | undefined;
  #opening: Promise<void>;
  #tries = 0;
  #retry: { cancel(): void } | undefined;
  #closed = false;
  #draining = false;
  readonly #events: SessionEvent[] = [];
  readonly #exchanges = new Map<number, AbortController>();
  readonly #timers = new Map<string, { cancel(): void }>();

  constructor(options: SessionRunnerOptions) {
    this.#options = options;
    this.#transport = new MovableTransport(options.transport, options.follow, options.onError);
    this.#opening = this.#open();
  }

  get session(): Session | undefined {
    return this.#session;
  }

  /** The journal, once it is open. @throws NexoError by rejection: why it cannot be used */
  async opened(): Promise<Journal<TransactionRecord>> {
    await this.#opening;
    if (this.#closed) throw terminalStopped();
    if (this.#journal === undefined || this.#failure !== undefined) throw this.#failure ?? terminalStopped();
    return this.#journal;
  }

  dispatch(event: SessionEvent): void {
    if (this.#closed) return this.#options.turnAway(event, terminalStopped());
    if (this.#failure !== undefined) return this.#options.turnAway(event, this.#failure);
    this.#events.push(event);
    if (this.#session === undefined || this.#draining) return;
    this.#drain(this.#session);
  }

  /** Sends the terminal a message that nobody waits for an answer to. */
  post(message: Message): void {
    const signal = AbortSignal.timeout(this.#options.config.timeouts.status);
    if (!this.#closed) void this.#transport.send(message, { overtake: true, signal });
  }

  /** Stops where it stands. Open transactions stay in the journal, for the next start to resolve. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const event of this.#events.splice(0)) this.#options.turnAway(event, terminalStopped());
    this.#retry?.cancel();
    for (const timer of this.#timers.values()) timer.cancel();
    for (const controller of this.#exchanges.values()) controller.abort();
    this.#timers.clear();
    this.#exchanges.clear();
    await Promise.all([this.#transport.close(), this.#journal?.close()]);
  }

  async #open(): Promise<void> {
    const { clock, config, follow, tell } = this.#options;
    let opened: Opened<TransactionRecord>;
    try {
      this.#journal ??= await this.#options.journal();
      if (this.#closed) return await this.#journal.close();
      opened = await this.#journal.open(config.terminal, { reserve: RESERVE, seed: serviceIdSeed(clock.now()) });
    } catch (error) {
      return this.#openFailed(error);
    }
    if (this.#closed) return;
    this.#failure = undefined;
    const place = placeToStart(opened.place, follow, (notice) => tell({ type: 'address', ...notice }));
    this.#session = new Session(config, { ...opened, ...(place && { place }) });
    this.#events.unshift({ type: 'start' });
    this.#drain(this.#session);
  }

  #openFailed(error: unknown): void {
    if (this.#closed) return;
    const failure = journalFailure(error);
    this.#failure = failure;
    this.#options.onError(failure);
    for (const event of this.#events.splice(0)) this.#options.turnAway(event, failure);
    if (NOT_RETRIED.has(failure.code)) return;
    this.#retry = this.#options.clock.after(RETRY[Math.min(this.#tries++, RETRY.length - 1)] ?? 0, () => {
      this.#opening = this.#open();
    });
  }

  #drain(session: Session): void {
    this.#draining = true;
    for (let event = this.#events.shift(); event !== undefined; event = this.#events.shift()) {
      for (const effect of session.handle(event, nowOf(this.#options.clock))) {
        if (this.#closed) return;
        this.#run(effect);
      }
    }
    this.#draining = false;
  }

  #run(effect: Effect): void {
    switch (effect.type) {
      case 'send':
        return void this.#send(effect);
      case 'cancel':
        this.#exchanges.get(effect.exchange)?.abort();
        this.#exchanges.delete(effect.exchange);
        return;
      case 'begin':
      case 'put':
        return void this.#write(effect);
      case 'place':
        return void this.#place(effect);
      case 'move':
        return this.#transport.move(effect.address);
      case 'reserve':
        return void this.#reserve(effect.count);
      case 'timer':
        return this.#startTimer(effect.timer, effect.ms);
      case 'clear':
        this.#timers.get(effect.timer)?.cancel();
        this.#timers.delete(effect.timer);
        return;
      default:
        return this.#options.tell(effect);
    }
  }

  async #send({ exchange: id, message, overtake, at }: Extract<Effect, { type: 'send' }>): Promise<void> {
    const controller = new AbortController();
    this.#exchanges.set(id, controller);
    const reply = await this.#transport.send(message, { overtake, at, signal: controller.signal });
    if (this.#exchanges.delete(id)) this.dispatch({ type: 'reply', exchange: id, reply });
  }

  async #write(effect: Extract<Effect, { type: 'begin' | 'put' }>): Promise<void> {
    const { write, record } = effect;
    let existing: TransactionRecord | undefined;
    try {
      if (effect.type === 'begin') existing = await this.#journal?.begin(record);
      else await this.#journal?.put(record);
    } catch (error) {
      // A disk that takes no writes can still be read: a repeat gets its first result, and not "nothing was started".
      if (effect.type === 'begin') existing = await this.#known(record.transactionId);
      if (existing === undefined) return this.dispatch({ type: 'storeFailed', write, reason: messageOf(error) });
    }
    this.dispatch(existing === undefined ? { type: 'stored', write } : { type: 'stored', write, existing });
  }

  async #place({ write, place }: Extract<Effect, { type: 'place' }>): Promise<void> {
    try {
      await this.#journal?.place(this.#options.config.terminal, place);
      this.dispatch({ type: 'stored', write });
    } catch (error) {
      this.dispatch({ type: 'storeFailed', write, reason: messageOf(error) });
    }
  }

  async #known(transactionId: string): Promise<TransactionRecord | undefined> {
    try {
      return await this.#journal?.find(transactionId);
    } catch {
      return undefined;
    }
  }

  async #reserve(count: number): Promise<void> {
    const journal = this.#journal;
    if (journal === undefined || this.#closed) return;
    try {
      this.dispatch({ type: 'reserved', end: await journal.reserve(this.#options.config.terminal, count) });
    } catch {
      // The block in hand lasts for a while; once it is used up, requests are refused until the journal confirms more.
      this.#startTimer('reserve', RETRY[1] ?? 0, () => void this.#reserve(count));
    }
  }

  #startTimer(timer: string, ms: number, fire = () => this.dispatch({ type: 'timer', timer })): void {
    this.#timers.get(timer)?.cancel();
    const running = this.#options.clock.after(ms, () => {
      if (this.#timers.get(timer) !== running) return;
      this.#timers.delete(timer);
      fire();
    });
    this.#timers.set(timer, running);
  }
}

/** The time as a session gets it with each event. */
export function nowOf(clock: Clock): Now {
  return { ms: clock.now(), offset: clock.offset() };
}

/** What a caller hears whose terminal was stopped meanwhile. */
export function terminalStopped(): NexoError {
  return new NexoError('terminal_stopped', 'The terminal was stopped: deploy again, then repeat the message.');
}

/** An error of the journal, as callers get it. */
export function journalFailure(error: unknown): NexoError {
  if (error instanceof NexoError) return error;
  return new NexoError('journal_failed', messageOf(error));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
