import type { Clock } from '../clock.ts';
import type { Journal, OpenResult, TerminalJournal } from '../journal/journal.ts';
import type { Acknowledgement, JournalCondition } from '../journal/losses.ts';
import { NexoError } from '../protocol/errors.ts';
import type { Message } from '../protocol/types.ts';
import type { Effect } from '../session/effects.ts';
import type { SessionEvent } from '../session/events.ts';
import type { Now } from '../session/now.ts';
import type { RecoveryState } from '../session/payment/recovery-state.ts';
import type { TransactionRecord } from '../session/record.ts';
import { Session } from '../session/session.ts';
import { locationAtStart } from './address-proposal.ts';
import { failureOf, messageOf, readBack } from './failed-write.ts';
import { serviceIdSeed } from './ids.ts';
import { checkJournalAge } from './journal-age.ts';
import { MessageExchange } from './message-exchange.ts';
import { MovableTransport } from './movable-transport.ts';
import type { SessionRunnerOptions } from './runner-options.ts';

export type { FlowEffect, SessionRunnerOptions } from './runner-options.ts';

/** The terminal's part of an open journal. */
interface Store {
  journal: Journal<TransactionRecord>;
  handle: TerminalJournal<TransactionRecord>;
}

/** A session, and where its records go. */
interface ActiveSession extends Store {
  session: Session;
}

const RESERVE = 1000;
/** Pauses before a journal that failed is tried again, in ms; the last one repeats. */
const RETRY = [1_000, 5_000, 30_000];
/** Not tried again: the next try would begin an empty journal, or meet the same settings. A person has to decide. */
const NOT_RETRIED = new Set(['journal_corrupt', 'journal_foreign', 'invalid_config']);

/**
 * Runs a session: carries out its effects, in order, and reports their results as events. It decides nothing about money.
 */
export class SessionRunner {
  readonly #options: SessionRunnerOptions;
  readonly #transport: MovableTransport;
  #journal: Journal<TransactionRecord> | undefined;
  #store: Store | undefined;
  #active: ActiveSession | undefined;
  #failure: NexoError | undefined;
  #opening: Promise<void>;
  #openAttempts = 0;
  #retry: { cancel(): void } | undefined;
  #closed = false;
  #draining = false;
  readonly #events: SessionEvent[] = [];
  readonly #exchanges = new Map<number, AbortController>();
  readonly #timers = new Map<string, { cancel(): void }>();

  constructor(options: SessionRunnerOptions) {
    this.#options = options;
    const exchange = new MessageExchange(options.codec, options.trace);
    this.#transport = new MovableTransport(options.transport, exchange, options.follow, options.onError);
    this.#opening = this.#openJournal();
  }

  get session(): Session | undefined {
    return this.#active?.session;
  }

  /** The journal, once it is open. @throws NexoError by rejection: why it cannot be used */
  async journal(): Promise<Journal<TransactionRecord>> {
    return (await this.#opened()).journal;
  }

  /** The terminal's handle of the journal, once it is open. @throws NexoError by rejection: why it cannot be used */
  async handle(): Promise<TerminalJournal<TransactionRecord>> {
    return (await this.#opened()).handle;
  }

  /** The journal, also where it does not open for this terminal. @throws NexoError by rejection: why it cannot be used */
  async #file(): Promise<Journal<TransactionRecord>> {
    await this.#opening;
    if (this.#closed) throw terminalStopped();
    if (this.#journal === undefined) throw this.#failure ?? terminalStopped();
    return this.#journal;
  }

  /** What the journal may have lost. @throws NexoError by rejection: why it cannot be used */
  async condition(): Promise<JournalCondition> {
    return (await this.#file()).condition();
  }

  /** A person knows what the journal may have lost: it opens. @throws NexoError by rejection: why it cannot be used */
  async acknowledge(acknowledgement: Acknowledgement): Promise<JournalCondition> {
    const condition = await (await this.#file()).acknowledge(acknowledgement);
    await this.reopen();
    return condition;
  }

  /** Opens a journal that waits for an acknowledgement, now instead of later. */
  async reopen(): Promise<void> {
    await this.#opening;
    if (this.#failure?.code !== 'journal_lost' || this.#closed) return;
    this.#retry?.cancel();
    this.#opening = this.#openJournal();
    await this.#opening;
  }

  dispatch(event: SessionEvent): void {
    if (this.#closed) return this.#options.onRejected(event, terminalStopped());
    if (this.#failure !== undefined) return this.#options.onRejected(event, this.#failure);
    this.#events.push(event);
    if (this.#active === undefined || this.#draining) return;
    this.#drain(this.#active);
  }

  /**
   * Marks an outcome as delivered: a restart does not deliver it again. A mark that is lost means a second delivery, never
   * none. It goes to the journal at once, so that it is kept where the terminal is closed next.
   */
  async delivered(transactionId: string): Promise<void> {
    try {
      await this.#store?.handle.delivered(transactionId);
    } catch (error) {
      if (!(error instanceof NexoError)) throw error;
    }
  }

  /** Sends the terminal a message whose answer is ignored. */
  post(message: Message): void {
    const signal = AbortSignal.timeout(this.#options.config.timeouts.status);
    if (!this.#closed) void this.#transport.send(message, { overtake: true, signal });
  }

  /** Stops at once. Open transactions stay in the journal, for the next start to resolve. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#rejectEvents(terminalStopped());
    this.#retry?.cancel();
    for (const timer of this.#timers.values()) timer.cancel();
    for (const controller of this.#exchanges.values()) controller.abort();
    this.#timers.clear();
    this.#exchanges.clear();
    await Promise.all([this.#transport.close(), this.#journal?.close()]);
  }

  async #opened(): Promise<Store> {
    await this.#opening;
    if (this.#closed) throw terminalStopped();
    if (this.#store === undefined || this.#failure !== undefined) throw this.#failure ?? terminalStopped();
    return this.#store;
  }

  async #openJournal(): Promise<void> {
    const { clock, config } = this.#options;
    let found: OpenResult<TransactionRecord>;
    try {
      this.#journal ??= await this.#options.journal();
      if (this.#closed) return await this.#journal.close();
      const seed = this.#options.serviceIds?.end ?? serviceIdSeed(clock.now());
      found = await this.#journal.open(config.terminal, { reserve: RESERVE, seed });
    } catch (error) {
      return this.#openFailed(error);
    }
    if (this.#closed) return;
    this.#failure = undefined;
    const store = { journal: this.#journal, handle: found.handle };
    this.#store = store;
    const { beforeStart } = this.#options;
    if (beforeStart === undefined) this.#startSession(store, found, false);
    // The journal can be used meanwhile.
    else void beforeStart(found.handle).then((blocked) => this.#startSession(store, found, blocked));
  }

  #startSession(store: Store, found: OpenResult<TransactionRecord>, blocked: boolean): void {
    if (this.#closed) return;
    const session = new Session(this.#options.config, this.#recoveryState(found));
    this.#active = { session, ...store };
    this.#events.unshift({ type: 'start', blocked });
    this.#drain(this.#active);
  }

  #recoveryState({ handle: _, location, ...rows }: OpenResult<TransactionRecord>): RecoveryState {
    const { follow, onEffect, serviceIds } = this.#options;
    const start = locationAtStart(location, follow, (notice) => onEffect({ type: 'address', ...notice }));
    const state: RecoveryState = { ...rows, ...(serviceIds && { serviceIds }) };
    if (start !== undefined) state.place = start;
    return state;
  }

  #openFailed(error: unknown): void {
    if (this.#closed) return;
    const failure = journalFailure(error);
    // It waits for a person, who was asked once.
    const repeated = failure.code === 'journal_lost' && this.#failure?.code === failure.code;
    this.#failure = failure;
    if (!repeated) this.#options.onError(failure);
    this.#rejectEvents(failure);
    if (NOT_RETRIED.has(failure.code)) return;
    this.#retry = this.#options.clock.after(RETRY[Math.min(this.#openAttempts++, RETRY.length - 1)] ?? 0, () => {
      this.#opening = this.#openJournal();
    });
  }

  #rejectEvents(error: NexoError): void {
    for (const event of this.#events.splice(0)) this.#options.onRejected(event, error);
  }

  #drain(active: ActiveSession): void {
    this.#draining = true;
    for (let event = this.#events.shift(); event !== undefined; event = this.#events.shift()) {
      for (const effect of active.session.handle(event, nowOf(this.#options.clock))) {
        if (this.#closed) return;
        this.#run(effect, active);
      }
    }
    this.#draining = false;
    this.#options.onDrained?.();
  }

  #run(effect: Effect, active: ActiveSession): void {
    switch (effect.type) {
      case 'send':
        return void this.#send(effect);
      case 'cancel':
        this.#exchanges.get(effect.exchange)?.abort();
        this.#exchanges.delete(effect.exchange);
        return;
      case 'begin':
        return void this.#begin(effect.write, effect.record, active);
      case 'put':
        return void this.#put(effect.write, effect.record, active);
      case 'place':
        return void this.#confirm(effect.write, active.handle.putLocation(effect.place));
      case 'move':
        return this.#transport.move(effect.address);
      case 'reserve':
        return void this.#reserve(effect.count, active);
      case 'lastTransaction':
        return void checkJournalAge(effect, active, this.#options);
      case 'timer':
        return this.#startTimer(effect.timer, effect.ms);
      case 'clear':
        this.#timers.get(effect.timer)?.cancel();
        this.#timers.delete(effect.timer);
        return;
      default:
        return this.#options.onEffect(effect);
    }
  }

  async #send({ exchange: id, message, overtake, at }: Extract<Effect, { type: 'send' }>): Promise<void> {
    const controller = new AbortController();
    this.#exchanges.set(id, controller);
    const reply = await this.#transport.send(message, { overtake, at, signal: controller.signal });
    if (this.#exchanges.delete(id)) this.dispatch({ type: 'reply', exchange: id, reply });
  }

  async #begin(write: number, record: TransactionRecord, { journal, handle }: ActiveSession): Promise<void> {
    let existing: TransactionRecord | undefined;
    try {
      existing = await handle.begin(record);
    } catch (error) {
      const found = await readBack(journal, record);
      if (found.row === undefined) return this.dispatch({ type: 'storeFailed', write, ...failureOf(error, found) });
      // A disk that takes no writes can still be read: a repeat gets its first result, and not "nothing was started".
      if (!found.own) existing = found.row;
    }
    this.dispatch(existing === undefined ? { type: 'stored', write } : { type: 'stored', write, existing });
  }

  async #put(write: number, record: TransactionRecord, { journal, handle }: ActiveSession): Promise<void> {
    try {
      await handle.put(record);
    } catch (error) {
      const found = await readBack(journal, record);
      if (!found.own) return this.dispatch({ type: 'storeFailed', write, ...failureOf(error, found) });
    }
    this.dispatch({ type: 'stored', write });
  }

  /** Reports what became of a write. */
  async #confirm(write: number, written: Promise<void>): Promise<void> {
    const event = await written.then(
      (): SessionEvent => ({ type: 'stored', write }),
      (error): SessionEvent => ({ type: 'storeFailed', write, reason: messageOf(error) }),
    );
    this.dispatch(event);
  }

  async #reserve(count: number, active: ActiveSession): Promise<void> {
    // Its own journal knows nothing of ServiceIDs that another one has reserved.
    if (this.#closed || this.#options.serviceIds !== undefined) return;
    let end: number;
    try {
      end = await active.handle.reserve(count);
    } catch {
      // The current block lasts for a while; once it is used up, requests are refused until the journal confirms more.
      return this.#startTimer('reserve', RETRY[1] ?? 0, () => void this.#reserve(count, active));
    }
    this.dispatch({ type: 'reserved', end });
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

/** The error of every call to a terminal that was stopped. */
export function terminalStopped(): NexoError {
  return new NexoError(
    'terminal_stopped',
    'The terminal was closed: deploy again, or make it anew, then repeat the request with the same transactionId.',
  );
}

/** An error of the journal, as callers get it. */
export function journalFailure(error: unknown): NexoError {
  if (error instanceof NexoError) return error;
  return new NexoError('journal_failed', messageOf(error));
}
