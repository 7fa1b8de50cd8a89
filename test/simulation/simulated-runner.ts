import type { Timer } from '../../lib/clock.ts';
import { NexoError } from '../../lib/protocol/errors.ts';
import type { Message } from '../../lib/protocol/types.ts';
import type { Effect } from '../../lib/session/effects.ts';
import type { ExchangeResult, SessionEvent } from '../../lib/session/events.ts';
import type { Now } from '../../lib/session/now.ts';
import type { TransactionRecord } from '../../lib/session/record.ts';
import { Session } from '../../lib/session/session.ts';
import type { SessionConfig } from '../../lib/session/session-context.ts';
import type { TransitionObserver } from '../../lib/session/states.ts';
import { serviceIdSeed } from '../../lib/terminal/ids.ts';
import type { FlowEffect } from '../../lib/terminal/session-runner.ts';
import { type Answer, type JournalModel, type ModelSnapshot, rowOf } from './journal.ts';
import type { Link } from './link.ts';
import type { Mutant } from './mutants.ts';
import type { Scheduler } from './scheduler.ts';

export interface ShellOptions {
  config: SessionConfig;
  /** How many ServiceIDs are reserved at a start. */
  reserve: number | undefined;
  scheduler: Scheduler;
  journal: JournalModel;
  link: Link;
  /** What the POS's clock shows. */
  now(): Now;
  step: TransitionObserver;
  /** About to carry an effect out: where the process may be killed. @returns whether it was */
  boundary(effect: Effect): boolean;
  tell(effect: FlowEffect): void;
  turnAway(event: SessionEvent, reason: string): void;
  mutant: Mutant | undefined;
}

const RESERVE = 1000;
const RETRY = [1_000, 5_000, 30_000];

interface Exchange {
  message: Message;
  giveUp: () => void;
}

/** What lib/terminal/session-runner.ts does, without promises: runs a session in virtual time, one effect after the other. */
export class SimulatedRunner {
  readonly options: ShellOptions;
  readonly exchanges = new Map<number, Exchange>();
  readonly timers = new Map<string, Timer>();
  #session: Session | undefined;
  /** Of this runner's opening of the journal. */
  #epoch = 0;
  #failure: string | undefined;
  #tries = 0;
  #closed = false;
  #draining = false;
  readonly #events: SessionEvent[] = [];
  /** Of a broken runner only. */
  readonly #unconfirmed = new Set<string>();
  #heldBack: Extract<FlowEffect, { type: 'outcome' }>[] = [];

  constructor(options: ShellOptions) {
    this.options = options;
    this.#open();
  }

  get session(): Session | undefined {
    return this.#session;
  }

  get closed(): boolean {
    return this.#closed;
  }

  dispatch(event: SessionEvent): void {
    if (this.#closed) return;
    if (this.#failure !== undefined) return this.options.turnAway(event, this.#failure);
    this.#events.push(event);
    if (this.#session === undefined || this.#draining) return;
    this.#drain(this.#session);
  }

  /** Nothing happens here any more, be it for a kill or for a deployment. */
  stop(): void {
    this.#closed = true;
    for (const timer of this.timers.values()) timer.cancel();
    for (const { giveUp } of this.exchanges.values()) giveUp();
    this.timers.clear();
    this.exchanges.clear();
  }

  /** Brings an answer, if it is still wanted. */
  reply(exchange: number, reply: ExchangeResult): void {
    if (this.exchanges.delete(exchange)) this.dispatch({ type: 'reply', exchange, reply });
  }

  /** A final outcome has reached the flow. */
  delivered(transactionId: string): void {
    const { journal, config } = this.options;
    if (this.#closed || this.#session === undefined) return;
    const { terminal } = config;
    journal.submit({ type: 'delivered', epoch: this.#epoch, terminal, transactionId }, () => undefined);
  }

  #open(): void {
    const { config, journal, now, step, mutant, reserve = RESERVE } = this.options;
    const seed = serviceIdSeed(now().ms);
    journal.submit({ type: 'open', terminal: config.terminal, reserve, seed }, (answer) => {
      if (this.#closed) return;
      if (!answer.ok) return this.#openFailed(answer.reason);
      this.#failure = undefined;
      const { epoch, ...found } = answer.value as ModelSnapshot;
      this.#epoch = epoch;
      this.#session = new Session(mutant?.config?.(config) ?? config, mutant?.opened?.(found) ?? found, step);
      this.#events.unshift({ type: 'start' });
      this.#drain(this.#session);
    });
  }

  #openFailed(reason: string): void {
    this.#failure = reason;
    for (const event of this.#events.splice(0)) this.options.turnAway(event, reason);
    const pause = RETRY[Math.min(this.#tries++, RETRY.length - 1)] ?? 0;
    this.timers.set(
      'open',
      this.options.scheduler.after(pause, () => {
        this.timers.delete('open');
        this.#open();
      }),
    );
  }

  #drain(session: Session): void {
    this.#draining = true;
    for (let event = this.#events.shift(); event !== undefined; event = this.#events.shift()) {
      for (const effect of session.handle(event, this.options.now())) {
        if (this.#closed || this.options.boundary(effect)) return;
        this.#run(effect);
      }
    }
    this.#draining = false;
  }

  #run(effect: Effect): void {
    switch (effect.type) {
      case 'send':
        return this.#send(effect.exchange, effect.message);
      case 'cancel':
        this.exchanges.get(effect.exchange)?.giveUp();
        if (this.options.mutant?.keepsExchanges !== true) this.exchanges.delete(effect.exchange);
        return;
      case 'begin':
      case 'put':
        return this.#write(effect);
      case 'reserve':
        return this.#reserve(effect.count);
      // Nobody gives a terminal another address here.
      case 'place':
      case 'move':
      case 'lastTransaction':
        return;
      case 'timer':
        return this.#startTimer(effect.timer, effect.ms, () => this.dispatch({ type: 'timer', timer: effect.timer }));
      case 'clear':
        this.timers.get(effect.timer)?.cancel();
        this.timers.delete(effect.timer);
        return;
      case 'outcome':
        if (this.#unconfirmed.has(effect.record.transactionId)) return void this.#heldBack.push(effect);
        return this.options.tell(effect);
      default:
        return this.options.tell(effect);
    }
  }

  #send(id: number, message: Message): void {
    const { link, mutant } = this.options;
    for (const extra of mutant?.before?.(message, this.options.config) ?? []) link.send(extra, () => undefined);
    const sent = mutant?.send?.(message) ?? message;
    const giveUp = link.send(sent, (reply) => this.reply(id, mutant?.reply?.(message, reply, this) ?? reply));
    this.exchanges.set(id, { message, giveUp });
  }

  #write({ type, write, record }: Extract<Effect, { type: 'begin' | 'put' }>): void {
    const { mutant, journal, scheduler } = this.options;
    const early = mutant?.acknowledges?.(record) === true;
    // Read by a broken runner only: what the journal would say by the time the write is done.
    const known = early && type === 'begin' ? journal.rows.get(record.transactionId) : undefined;
    if (early && known === undefined) scheduler.after(0, () => this.dispatch({ type: 'stored', write }));
    if (early && mutant?.tellsWhenDurable) this.#unconfirmed.add(record.transactionId);
    journal.submit({ type, epoch: this.#epoch, row: rowOf(record) }, (answer) => {
      if (early) this.#confirmed(record.transactionId);
      if (early && known === undefined) return;
      if (answer.ok || type === 'put') return this.dispatch(this.#stored(write, answer));
      journal.submit({ type: 'find', transactionId: record.transactionId }, (found) => {
        this.dispatch(this.#stored(write, found.ok && found.value !== undefined ? found : answer));
      });
    });
  }

  /** A record that a broken runner acknowledged early is durable now: its outcomes are released. */
  #confirmed(transactionId: string): void {
    this.#unconfirmed.delete(transactionId);
    for (const effect of this.#heldBack.splice(0)) {
      if (effect.record.transactionId === transactionId) this.options.tell(effect);
      else this.#heldBack.push(effect);
    }
  }

  #stored(write: number, answer: Answer): SessionEvent {
    if (!answer.ok) return { type: 'storeFailed', write, reason: answer.reason };
    if (answer.value === undefined || this.options.mutant?.forgetsRepeats === true) return { type: 'stored', write };
    return { type: 'stored', write, existing: answer.value as TransactionRecord };
  }

  #reserve(count: number): void {
    const { journal, config } = this.options;
    if (this.#closed) return;
    const { terminal } = config;
    journal.submit({ type: 'reserve', epoch: this.#epoch, terminal, count }, (answer) => {
      if (answer.ok) return this.dispatch({ type: 'reserved', end: Number(answer.value) });
      if (!this.#closed) this.#startTimer('reserve', RETRY[1] ?? 0, () => this.#reserve(count));
    });
  }

  #startTimer(name: string, ms: number, fire: () => void): void {
    this.timers.get(name)?.cancel();
    const timer = this.options.scheduler.after(this.options.mutant?.timer?.(name, ms) ?? ms, () => {
      this.timers.delete(name);
      fire();
    });
    this.timers.set(name, timer);
  }
}

/** An error as the engine's callers get it. */
export function journalError(reason: string): NexoError {
  return new NexoError('journal_failed', reason);
}
