import { type Clock, systemClock } from '../clock.ts';
import { type OrderDefaults, parseOrder } from '../contract/payment-input.ts';
import type { Sender } from '../endpoint/options.ts';
import type { Journal } from '../journal/journal.ts';
import { NexoError } from '../protocol/errors.ts';
import type { Message, SaleToPOIRequest } from '../protocol/types.ts';
import type { Phase, Result, SessionState } from '../session/effects.ts';
import type { SessionEvent } from '../session/events.ts';
import type { ReplyValue } from '../session/inbound/input-reply.ts';
import { newRecord, type Reason, type ReversalRecord, type TransactionRecord } from '../session/record.ts';
import type { SessionConfig } from '../session/session-context.ts';
import { defaultTimeouts, type Timeouts } from '../session/timeouts.ts';
import { type AddressNotice, proposalIn, seldom } from './address-proposal.ts';
import { newTransactionId } from './ids.ts';
import type { AddressPolicy } from './movable-transport.ts';
import { NotificationHub } from './notification-hub.ts';
import { Refunds } from './refunds.ts';
import { type FlowEffect, nowOf, SessionRunner, type SessionRunnerOptions, terminalStopped } from './session-runner.ts';

export interface TerminalOptions extends Pick<SessionRunnerOptions, 'transport' | 'journal' | 'follow'> {
  config: Omit<SessionConfig, 'timeouts' | 'address'>;
  /** Changes to the default timeouts, in ms. */
  timeouts?: Partial<Timeouts>;
  clock?: Clock;
  /** Hears of what no caller can be told: a journal that does not open, a watcher that throws. */
  onError?: (error: Error) => void;
  /** Hears of evidence that contradicts what a person ruled: money has to be put right. */
  onAlarm?: (record: TransactionRecord, reason: Reason) => void;
  /** Hears what became of an address that the terminal gave. */
  onAddress?: (notice: AddressNotice) => void;
}

/** Whoever waits for a payment. `outcome` comes once with `final`, and may come once before without (`unresolved`). */
export interface Watcher {
  phase?(phase: Phase): void;
  /** What the customer sees on the terminal. */
  display?(text: string): void;
  outcome(record: TransactionRecord, final: boolean): void;
  /** The message was wrong: nothing was sent, nothing written. */
  failed(error: NexoError): void;
}

interface Caller {
  settle(result: Result): void;
  reject(error: NexoError): void;
}

type WithoutRef<E> = E extends { ref: string } ? Omit<E, 'ref'> : never;
/** What a terminal can be asked for that moves no money. */
export type TerminalCommand = WithoutRef<
  Extract<SessionEvent, { type: 'login' | 'logout' | 'abort' | 'status' | 'rule' | 'device' | 'card' | 'request' }>
>;

/** Terminals in use: two sessions for one terminal would each think they are alone. */
const inUse = new Set<string>();

/** A terminal as flows see it: payments and questions go in, and whoever asked hears what became of them. */
export class Terminal {
  readonly config: SessionConfig;
  readonly #runner: SessionRunner;
  readonly #clock: Clock;
  readonly #onError: (error: Error) => void;
  readonly #onAlarm: (record: TransactionRecord, reason: Reason) => void;
  readonly #onAddress: (notice: AddressNotice) => void;
  readonly #follow: AddressPolicy | undefined;
  #refs = 0;
  readonly #refunds = new Refunds(() => this.#runner.opened());
  readonly #watchers = new Map<string, Watcher>();
  readonly #callers = new Map<string, Caller>();
  /** Refunds that are being checked: no journal knows of them. */
  readonly #checking = new Map<string, SessionEvent>();
  readonly #nodes = new Map<string, Watcher>();
  readonly #untold = new Map<string, TransactionRecord[]>();
  readonly #listeners = new Set<(state: SessionState) => void>();
  /** What the terminal says by itself. */
  readonly notifications: NotificationHub;

  /** @throws NexoError `terminal_in_use` where the same POIID and SaleID are in use already */
  constructor(options: TerminalOptions) {
    const { transport, journal, follow } = options;
    const timeouts = { ...defaultTimeouts, ...options.timeouts };
    this.config = { ...options.config, timeouts, ...(follow && { address: follow.configured }) };
    if (inUse.has(this.config.terminal)) {
      throw new NexoError(
        'terminal_in_use',
        `Another terminal configuration uses POIID ${this.config.poiId} with SaleID ${this.config.saleId}: use that one, or give this one a POIID of its own.`,
      );
    }
    inUse.add(this.config.terminal);
    this.#clock = options.clock ?? systemClock;
    this.#onError = options.onError ?? (() => undefined);
    this.#onAlarm = options.onAlarm ?? (() => undefined);
    this.#onAddress = seldom(options.onAddress ?? (() => undefined), () => this.#clock.now());
    this.#follow = follow;
    this.notifications = new NotificationHub({
      dispatch: (event) => this.#runner.dispatch(event),
      guard: (call) => this.#guard(call),
      questions: () => this.#runner.session?.inbound.questions ?? [],
      post: (message) => this.#runner.post(message),
    });
    this.#runner = new SessionRunner({
      config: this.config,
      transport,
      ...(follow && { follow }),
      journal,
      clock: this.#clock,
      tell: (effect) => this.#handleEffect(effect),
      turnAway: (event, error) => this.#turnAway(event, error),
      onError: (error) => this.#journalFailed(error),
    });
  }

  get state(): SessionState {
    return this.#runner.session?.context.state ?? 'loggedOut';
  }

  /** How many wait for an answer, the line included. */
  get load(): number {
    return this.#watchers.size + this.#callers.size;
  }

  /** The transaction this terminal is busy with, if any. */
  get current(): TransactionRecord | undefined {
    return this.#runner.session?.current;
  }

  /** The transaction for which a card is being read, or held, now. */
  get cardFor(): string | undefined {
    return this.#runner.session?.cardFor;
  }

  /** The journal, once it is open. @throws NexoError by rejection: why it cannot be used */
  opened(): Promise<Journal<TransactionRecord>> {
    return this.#runner.opened();
  }

  /**
   * A request of the terminal's own. An address in it is followed, where that is wanted.
   *
   * @param request as it came in, card secrets included
   * @returns the answer, if one is wanted. Never rejects
   */
  receive(request: SaleToPOIRequest, from: Sender): Promise<Message | undefined> {
    const refused = (notice: AddressNotice) => this.#guard(() => this.#onAddress(notice));
    const address = this.#follow && proposalIn(request, from.address, this.#follow, refused);
    if (address !== undefined) this.#runner.dispatch({ type: 'propose', address });
    return this.notifications.receive(request, from.waiting);
  }

  onState(listener: (state: SessionState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Starts a payment, or gives a repeated transactionId its first result.
   *
   * @param payload as `parseOrder` reads it
   * @param node to whom the outcome goes if this process ends before it is known
   * @returns how the watcher leaves: the outcome then goes to the node, as after a restart
   * @throws NexoError what `parseOrder` throws: nothing was sent, nothing written
   */
  pay(payload: unknown, defaults: OrderDefaults, node: string, watcher: Watcher): () => void {
    const order = parseOrder(payload, defaults);
    const transactionId = order.transactionId ?? newTransactionId();
    const event = (ref: string) => ({ type: 'pay', ref, order: { ...order, transactionId }, node }) as const;
    if (order.apmReference === undefined) return this.#watch(watcher, event);
    const ref = this.#newRef();
    this.#watchers.set(ref, watcher);
    this.#checking.set(ref, event(ref));
    this.#refunds.check(order, (checked) =>
      this.#guard(() => {
        if (!this.#checking.delete(ref)) return;
        if (checked.ok) this.#runner.dispatch(event(ref));
        else if (checked.journal) this.#turnAway(event(ref), checked.error);
        else this.#failed(ref, checked.error);
      }),
    );
    return () => this.#watchers.delete(ref);
  }

  /**
   * Says whether the goods of an approved payment came out (`awaitFulfilment`); if not, it is reversed.
   * The watcher hears of the payment as it then is. What is wrong with the request comes to its `failed`.
   */
  fulfil(transactionId: string, delivered: boolean, node: string, watcher: Watcher): () => void {
    return this.#watch(watcher, (ref) => ({ type: 'fulfil', ref, transactionId, delivered, node }));
  }

  /** Takes the last approved payment back; without a transactionId, whichever it is. As `fulfil`. */
  reverse(
    transactionId: string | undefined,
    reason: ReversalRecord['reason'],
    node: string,
    watcher: Watcher,
  ): () => void {
    const named = transactionId === undefined ? {} : { transactionId };
    return this.#watch(watcher, (ref) => ({ type: 'reverse', ref, ...named, reason, node }));
  }

  /** A flow's answer to what the terminal asked. @throws NexoError by rejection: too late, or unfit */
  async reply(replyId: string, value: ReplyValue): Promise<void> {
    await this.#call({ type: 'answer', replyId, value });
  }

  /** Asks for something that moves no money. @throws NexoError by rejection */
  ask<Q extends TerminalCommand>(question: Q): Promise<Extract<Result, { type: Q['type'] }>> {
    return this.#call(question) as Promise<Extract<Result, { type: Q['type'] }>>;
  }

  #call(event: TerminalCommand | WithoutRef<Extract<SessionEvent, { type: 'answer' }>>): Promise<Result> {
    const ref = this.#newRef();
    return new Promise((settle, reject) => {
      this.#callers.set(ref, { settle, reject });
      this.#runner.dispatch({ ...event, ref });
    });
  }

  /** Registers a node for outcomes that have no caller left: those found after a restart. Returns how to leave. */
  adopt(node: string, watcher: Watcher): () => void {
    this.#nodes.set(node, watcher);
    const untold = this.#untold.get(node) ?? [];
    this.#untold.delete(node);
    for (const record of untold) this.#tell(watcher, record, true);
    return () => {
      if (this.#nodes.get(node) === watcher) this.#nodes.delete(node);
    };
  }

  /** Stops. The next start resolves what is open in the journal; whoever waits for anything else hears `terminal_stopped`. */
  async close(): Promise<void> {
    inUse.delete(this.config.terminal);
    const closed = this.#runner.close();
    for (const event of this.#checking.values()) this.#turnAway(event, terminalStopped());
    this.#checking.clear();
    for (const caller of this.#callers.values()) caller.reject(terminalStopped());
    this.#callers.clear();
    this.#watchers.clear();
    this.notifications.close();
    await closed;
  }

  #watch(watcher: Watcher, event: (ref: string) => SessionEvent): () => void {
    const ref = this.#newRef();
    this.#watchers.set(ref, watcher);
    this.#runner.dispatch(event(ref));
    return () => this.#watchers.delete(ref);
  }

  #newRef(): string {
    return String(++this.#refs);
  }

  #handleEffect(effect: FlowEffect): void {
    switch (effect.type) {
      case 'outcome':
        return this.#outcome(effect.refs, effect.record, effect.final);
      case 'phase':
        return this.#show(effect, (watcher) => watcher.phase?.(effect.phase));
      case 'done':
        this.#caller(effect.ref)?.settle(effect.result);
        return;
      case 'failed':
        return this.#failed(effect.ref, effect.error);
      case 'alarm':
        return this.#guard(() => this.#onAlarm(effect.record, effect.reason));
      case 'address':
        return this.#guard(() => this.#onAddress(effect));
      case 'respond':
        return this.notifications.respond(effect.ref, effect.message);
      case 'notice':
        return this.notifications.tell(effect);
      case 'display':
        return this.#show(effect, (watcher) => watcher.display?.(effect.text));
      case 'sign':
        // The session asks for it by notices of its own.
        return;
      case 'state':
        for (const listener of this.#listeners) this.#guard(() => listener(effect.state));
    }
  }

  #show({ refs, node }: { refs: string[]; node: string }, show: (watcher: Watcher) => void): void {
    for (const watcher of this.#watching(refs, node)) this.#guard(() => show(watcher));
  }

  #outcome(refs: string[], record: TransactionRecord, final: boolean): void {
    const watchers = this.#watching(refs, record.node);
    if (final) for (const ref of refs) this.#watchers.delete(ref);
    for (const watcher of watchers) this.#tell(watcher, record, final);
    if (watchers.length > 0 || !final) return;
    this.#untold.set(record.node, [...(this.#untold.get(record.node) ?? []), record]);
  }

  #tell(watcher: Watcher, record: TransactionRecord, final: boolean): void {
    this.#guard(() => watcher.outcome(record, final));
    if (final) void this.#noteTold(record.transactionId);
  }

  /** Told: a restart need not tell it again. Should this note be lost, it is told twice, never not at all. */
  async #noteTold(transactionId: string): Promise<void> {
    try {
      const journal = await this.#runner.opened();
      await journal.delivered(transactionId);
    } catch (error) {
      if (!(error instanceof NexoError)) throw error;
    }
  }

  /** Who hears of a payment: its callers, or, where none is left, its node. */
  #watching(refs: string[], node: string): Watcher[] {
    const watchers = refs.flatMap((ref) => this.#watchers.get(ref) ?? []);
    return watchers.length > 0 ? watchers : [this.#nodes.get(node) ?? []].flat();
  }

  #caller(ref: string): Caller | undefined {
    const caller = this.#callers.get(ref);
    this.#callers.delete(ref);
    return caller;
  }

  #failed(ref: string, error: NexoError): void {
    const watcher = this.#watchers.get(ref);
    this.#watchers.delete(ref);
    if (watcher !== undefined) this.#guard(() => watcher.failed(error));
    else this.#caller(ref)?.reject(error);
  }

  /** Without its journal a terminal starts nothing. A stopped one ends nothing: its next start may resolve that payment. */
  #turnAway(event: SessionEvent, error: NexoError): void {
    if (event.type !== 'pay' || error.code === 'terminal_stopped') {
      if (event.type === 'inbound') this.notifications.respond(event.ref, undefined);
      else if ('ref' in event) this.#failed(event.ref, error);
      return;
    }
    const watcher = this.#watchers.get(event.ref);
    this.#watchers.delete(event.ref);
    const record = newRecord(event.order, this.config.terminal, event.node, nowOf(this.#clock));
    const reason = { condition: 'Journal', message: error.message };
    this.#guard(() => watcher?.outcome({ ...record, state: 'closed', outcome: 'not_started', error: reason }, true));
  }

  #journalFailed(error: Error): void {
    this.#onError(error);
    for (const listener of this.#listeners) this.#guard(() => listener(this.state));
  }

  /** Somebody else's code: should it throw, the session still takes its next step. */
  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#onError(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
