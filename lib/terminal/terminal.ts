import { type Clock, systemClock } from '../clock.ts';
import { type OrderDefaults, parseOrder } from '../contract/payment-input.ts';
import type { Sender } from '../endpoint/options.ts';
import type { Journal, TerminalJournal } from '../journal/journal.ts';
import type { NexoError } from '../protocol/errors.ts';
import type { Message, SaleToPOIRequest } from '../protocol/types.ts';
import { codecOf } from '../protocol/xml/xml-codec.ts';
import type { Result, SessionState } from '../session/effects.ts';
import { unreadableJournalError } from '../session/errors.ts';
import type { SessionEvent } from '../session/events.ts';
import type { ReplyValue } from '../session/inbound/input-reply.ts';
import { newRecord, type Reason, type ReversalRecord, type TransactionRecord } from '../session/record.ts';
import type { SessionConfig } from '../session/session-context.ts';
import { type AddressNotice, addressNotification, proposalIn, withoutRepeats } from './address-proposal.ts';
import { attempted } from './attempted.ts';
import { Callers, type OnPhase } from './callers.ts';
import { checkCommand, type ResultOf } from './command-check.ts';
import { type GeneratedId, newTransactionId } from './ids.ts';
import { JournalLosses } from './journal-losses.ts';
import type { AddressPolicy } from './movable-transport.ts';
import { NotificationHub } from './notification-hub.ts';
import { PaymentWatchers, type ResultKind, type Watcher } from './payment-watchers.ts';
import { Predecessors } from './predecessors.ts';
import { Refunds } from './refunds.ts';
import { type FlowEffect, nowOf, SessionRunner, terminalStopped } from './session-runner.ts';
import type { ReadyOrder, TerminalCall, TerminalCommand } from './terminal-command.ts';
import { sessionConfigOf, type TerminalOptions } from './terminal-config.ts';
import { releaseTerminal, takeTerminal } from './terminals-in-use.ts';
import { WireTrace } from './wire-trace.ts';

/** A terminal as flows see it: takes payments and commands, and reports each result to its caller. */
export class Terminal {
  readonly config: SessionConfig;
  /** The terminal's own requests. */
  readonly notifications: NotificationHub;
  /** What its journal may have lost. */
  readonly losses: JournalLosses;
  readonly #runner: SessionRunner;
  readonly #predecessors: Predecessors;
  readonly #clock: Clock;
  readonly #onError: (error: Error) => void;
  readonly #onAlarm: (record: TransactionRecord, reason: Reason) => void;
  readonly #onAddress: (notice: AddressNotice) => void;
  readonly #follow: AddressPolicy | undefined;
  readonly #refunds = new Refunds(() => this.#runner.journal());
  readonly #watchers: PaymentWatchers;
  readonly #callers = new Callers();
  /** Refunds that are being checked: they are in no journal yet. */
  readonly #checking = new Map<string, SessionEvent>();
  readonly #stateListeners = new Set<(state: SessionState) => void>();
  #refs = 0;

  /** @throws NexoError `invalid_config`; `terminal_in_use` where the same POIID and SaleID are in use already */
  constructor(options: TerminalOptions) {
    const { transport, journal, follow, predecessors } = options;
    this.config = sessionConfigOf(options);
    takeTerminal(this.config);
    this.#clock = options.clock ?? systemClock;
    this.#onError = options.onError ?? (() => undefined);
    this.#onAlarm = options.onAlarm ?? (() => undefined);
    const announce = (notice: AddressNotice) => {
      this.notifications.announce(addressNotification(notice));
      options.onAddress?.(notice);
    };
    this.#onAddress = withoutRepeats(announce, () => this.#clock.elapsed());
    this.#follow = follow;
    const guard = (call: () => void) => this.#guard(call);
    const { onUndelivered = () => undefined } = options;
    this.#watchers = new PaymentWatchers({
      attempt: attempted,
      delivered: ({ transactionId }) =>
        (this.#predecessors.origin(transactionId) ?? this.#runner).delivered(transactionId),
      undelivered: (record, error) => guard(() => onUndelivered(record, error)),
    });
    const trace =
      options.trace && new WireTrace(this.config.terminal, this.#clock, options.trace, (error) => this.#onError(error));
    this.notifications = new NotificationHub({
      guard,
      trace,
      dispatch: (event) => this.#runner.dispatch(event),
      questions: () => this.#runner.session?.inbound.questions ?? [],
      post: (message) => this.#runner.post(message),
    });
    const common = {
      ...{ config: this.config, transport, trace, clock: this.#clock },
      codec: options.codec ?? codecOf(this.config.profile),
      onEffect: (effect: FlowEffect) => this.#handleEffect(effect),
      onRejected: (event: SessionEvent, error: NexoError) => this.#reject(event, error),
      onWarning: (message: string) => guard(() => options.onWarning?.(message)),
    };
    const onEnded = () => this.#runner.dispatch({ type: 'predecessorsEnded' });
    this.#predecessors = new Predecessors({ ...common, onError: this.#onError, onEnded });
    this.#runner = new SessionRunner({
      ...common,
      ...(follow && { follow }),
      journal,
      onError: (error) => this.#journalFailed(error),
      ...(predecessors && { beforeStart: async (handle) => this.#predecessors.start(await predecessors(), handle) }),
    });
    this.losses = new JournalLosses(this.#runner, this.#clock);
  }

  get state(): SessionState {
    return this.#runner.session?.context.state ?? 'loggedOut';
  }

  /** How many callers wait for an answer, queued ones included. */
  get load(): number {
    return this.#watchers.size + this.#callers.size;
  }

  /** The transaction in progress at the terminal, if any. */
  get current(): TransactionRecord | undefined {
    return this.#runner.session?.current;
  }

  /** The transaction for which a card is being read, or held, now. */
  get cardFor(): string | undefined {
    return this.#runner.session?.cardFor;
  }

  /** The journal, once it is open. @throws NexoError by rejection: why it cannot be used */
  journal(): Promise<Journal<TransactionRecord>> {
    return this.#runner.journal();
  }

  /** The terminal's own transactions, once the journal is open. @throws NexoError by rejection: why it cannot be used */
  history(): Promise<Pick<TerminalJournal<TransactionRecord>, 'findByServiceId' | 'last'>> {
    return this.#runner.handle();
  }

  /**
   * Takes a request of the terminal's own. An address in it is followed, where the settings allow it.
   *
   * @param request as it came in, card secrets included
   * @returns the answer, if the terminal expects one. Never rejects
   */
  receive(request: SaleToPOIRequest, from: Sender): Promise<Message | undefined> {
    const refused = (notice: AddressNotice) => this.#guard(() => this.#onAddress(notice));
    const address = this.#follow && proposalIn(request, this.config.profile, from.address, this.#follow, refused);
    if (address !== undefined) this.#runner.dispatch({ type: 'proposeAddress', address });
    return this.notifications.receive(request, from);
  }

  /** @returns the way to unsubscribe */
  onState(listener: (state: SessionState) => void): () => void {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  }

  /**
   * Starts a payment, or gives a repeated transactionId its first result.
   *
   * @param payload as `parseOrder` reads it
   * @param generated the id of a payload without one
   * @param node receives the outcome where the watcher has left, or this process ends before it is known
   * @returns removes the watcher: the outcome then goes to the node, as after a restart
   * @throws NexoError what `parseOrder` throws: nothing was sent, nothing written
   */
  pay(
    payload: unknown,
    defaults: OrderDefaults,
    node: string,
    watcher: Watcher,
    generated: GeneratedId = { transactionId: newTransactionId(), made: true },
  ): () => void {
    const order = parseOrder(payload, defaults);
    const { transactionId = generated.transactionId } = order;
    const made = order.transactionId === undefined && generated.made === true;
    return this.payOrder({ ...order, transactionId }, node, watcher, made);
  }

  /** As `pay`, for an order that was read already. @param isMade no earlier payment has its transactionId */
  payOrder(order: ReadyOrder, node: string, watcher: Watcher, isMade = false): () => void {
    const made = isMade && ({ made: true } as const);
    const event = (ref: string) => ({ type: 'pay', ref, order, node, ...made }) as const;
    if (order.apmReference === undefined) return this.#dispatchWatched(watcher, event);
    const ref = String(++this.#refs);
    this.#watchers.add(ref, watcher);
    this.#checking.set(ref, event(ref));
    this.#refunds.check(order, (checked) =>
      this.#guard(() => {
        if (!this.#checking.delete(ref)) return;
        if (checked.ok) this.#dispatch(event(ref));
        else if (checked.journal) this.#reject(event(ref), checked.error);
        else this.#failed(ref, checked.error);
      }),
    );
    return () => void this.#watchers.remove(ref);
  }

  /**
   * Confirms whether the goods of an approved payment came out (`awaitFulfilment`); if not, it is reversed.
   * The watcher receives the payment as it then is; an error of the request goes to its `failed`.
   */
  fulfil(transactionId: string, delivered: boolean, node: string, watcher: Watcher): () => void {
    return this.#dispatchWatched(watcher, (ref) => ({ type: 'fulfil', ref, transactionId, delivered, node }));
  }

  /** Reverses the last approved payment, of any transactionId where none is given. The watcher as for `fulfil`. */
  reverse(
    transactionId: string | undefined,
    reason: ReversalRecord['reason'],
    node: string,
    watcher: Watcher,
  ): () => void {
    const named = transactionId === undefined ? {} : { transactionId };
    return this.#dispatchWatched(watcher, (ref) => ({ type: 'reverse', ref, ...named, reason, node }));
  }

  /** Answers a question of the terminal. @throws NexoError by rejection: too late, or not an answer to it */
  async reply(replyId: string, value: ReplyValue): Promise<void> {
    await this.#call({ type: 'answerQuestion', replyId, value });
  }

  /** Asks for something that moves no money; `phase` gets what a card waits for. @throws NexoError by rejection */
  async ask<Q extends TerminalCommand>(command: Q, phase?: OnPhase): Promise<ResultOf<Q>> {
    checkCommand(command);
    return this.#call(command, phase) as Promise<ResultOf<Q>>;
  }

  /**
   * Registers a node for the outcomes of its payments that no caller waits for, such as those found after a restart.
   * @param adopts results of that kind are delivered here too, where their own node does not subscribe
   * @returns the way to unsubscribe
   */
  subscribe(node: string, watcher: Watcher, adopts?: ResultKind): () => void {
    return this.#watchers.subscribe(node, watcher, adopts);
  }

  /** Whether a session of this terminal, under earlier settings, has that transaction open. */
  hasOpen(transactionId: string): boolean {
    return this.#predecessors.with(transactionId) !== undefined;
  }

  /** Delivers the outcome of a transaction that another terminal left open. @param handle marks it as delivered */
  deliver(record: TransactionRecord, handle: TerminalJournal<TransactionRecord>): void {
    this.#predecessors.adopt(record.transactionId, handle);
    this.#watchers.outcome([], record, true);
  }

  /**
   * Whether nodes are being started, as at first: outcomes wait for theirs. Once all have subscribed, an outcome whose node
   * has not goes to one that adopts it, else to `onUndelivered`.
   */
  pauseDelivery(paused: boolean): void {
    this.#watchers.pause(paused);
  }

  /** Stops. The next start resolves what is open in the journal; all other callers get `terminal_stopped`. */
  async close(): Promise<void> {
    releaseTerminal(this.config);
    const closed = this.#runner.close();
    for (const event of this.#checking.values()) this.#reject(event, terminalStopped());
    this.#checking.clear();
    this.#callers.rejectAll(terminalStopped());
    this.#watchers.clear();
    this.notifications.close();
    await Promise.all([closed, this.#predecessors.close()]);
  }

  #call(event: TerminalCall, phase?: OnPhase): Promise<Result> {
    const ref = String(++this.#refs);
    const result = this.#callers.add(ref, phase);
    this.#dispatch({ ...event, ref });
    return result;
  }

  #dispatchWatched(watcher: Watcher, event: (ref: string) => SessionEvent): () => void {
    const ref = String(++this.#refs);
    this.#watchers.add(ref, watcher);
    this.#dispatch(event(ref));
    return () => void this.#watchers.remove(ref);
  }

  /** To the session that has the transaction open: this one, or one under earlier settings. */
  #dispatch(event: SessionEvent): void {
    (this.#predecessors.runnerFor(event) ?? this.#runner).dispatch(event);
  }

  #handleEffect(effect: FlowEffect): void {
    switch (effect.type) {
      case 'outcome':
        return this.#watchers.outcome(effect.refs, effect.record, effect.final, effect.repeats);
      case 'phase':
        this.#guard(() => this.#callers.reportPhase(effect.refs, effect.phase));
        return this.#watchers.notify(effect, (watcher) => watcher.phase?.(effect.phase));
      case 'display':
        return this.#watchers.notify(effect, (watcher) => watcher.display?.(effect.text));
      case 'done':
        return this.#callers.settle(effect.ref, effect.result);
      case 'failed':
        return this.#failed(effect.ref, effect.error);
      case 'alarm':
        return this.#guard(() => this.#onAlarm(effect.record, effect.reason));
      case 'address':
        return this.#guard(() => this.#onAddress(effect));
      case 'respond':
        return this.notifications.respond(effect.ref, effect.message);
      case 'notification':
        return this.notifications.notify(effect);
      case 'state':
        return this.#notifyState(effect.state);
    }
  }

  #failed(ref: string, error: NexoError): void {
    const watcher = this.#watchers.remove(ref);
    if (watcher !== undefined) this.#guard(() => watcher.failed(error));
    else this.#callers.reject(ref, error);
  }

  /**
   * Without its journal a terminal starts no payment. Whether an earlier one had the same transactionId cannot be seen, so
   * only one with a new transactionId is certainly not started. A stopped terminal ends none: its next start resolves them.
   */
  #reject(event: SessionEvent, error: NexoError): void {
    if (event.type !== 'pay' || error.code === 'terminal_stopped') {
      if (event.type === 'inbound') this.notifications.respond(event.ref, undefined);
      else if ('ref' in event) this.#failed(event.ref, error);
      return;
    }
    if (!event.made) return this.#failed(event.ref, unreadableJournalError(event.order.transactionId, error.message));
    const watcher = this.#watchers.remove(event.ref);
    const record = newRecord(event.order, this.config.terminal, event.node, nowOf(this.#clock));
    const reason = { condition: 'Journal', message: error.message };
    this.#guard(() => watcher?.outcome({ ...record, state: 'closed', outcome: 'not_started', error: reason }, true));
  }

  #journalFailed(error: Error): void {
    this.#onError(error);
    this.#notifyState(this.state);
  }

  #notifyState(state: SessionState): void {
    for (const listener of this.#stateListeners) this.#guard(() => listener(state));
  }

  /** Calls code of the terminal's users. An exception in it does not stop the session. */
  #guard(call: () => void): void {
    const error = attempted(call);
    if (error !== undefined) this.#onError(error);
  }
}
