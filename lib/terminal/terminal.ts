import { type Clock, systemClock } from '../clock.ts';
import { type OrderDefaults, parseOrder } from '../contract/payment-input.ts';
import type { Sender } from '../endpoint/options.ts';
import type { Journal, TerminalJournal } from '../journal/journal.ts';
import type { NexoError } from '../protocol/errors.ts';
import type { Message, SaleToPOIRequest } from '../protocol/types.ts';
import { codecOf } from '../protocol/xml/xml-codec.ts';
import type { Phase, Result, SessionState } from '../session/effects.ts';
import { unreadableJournalError } from '../session/errors.ts';
import type { SessionEvent } from '../session/events.ts';
import type { ReplyValue } from '../session/inbound/input-reply.ts';
import { newRecord, type Reason, type ReversalRecord, type TransactionRecord } from '../session/record.ts';
import type { SessionConfig } from '../session/session-context.ts';
import { type AddressNotice, addressNotification, proposalIn, withoutRepeats } from './address-proposal.ts';
import { checkCommand, type ResultOf } from './command-check.ts';
import { type GeneratedId, newTransactionId } from './ids.ts';
import { JournalLosses } from './journal-losses.ts';
import type { AddressPolicy } from './movable-transport.ts';
import { NotificationHub } from './notification-hub.ts';
import { PaymentWatchers, type Watcher } from './payment-watchers.ts';
import { Refunds } from './refunds.ts';
import { type FlowEffect, nowOf, SessionRunner, terminalStopped } from './session-runner.ts';
import type { ReadyOrder, TerminalCall, TerminalCommand } from './terminal-command.ts';
import { sessionConfigOf, type TerminalOptions } from './terminal-config.ts';
import { releaseTerminal, takeTerminal } from './terminals-in-use.ts';
import { WireTrace } from './wire-trace.ts';

interface Caller {
  settle(result: Result): void;
  reject(error: NexoError): void;
  phase?: ((phase: Phase) => void) | undefined;
}

/** A terminal as flows see it: takes payments and commands, and reports each result to its caller. */
export class Terminal {
  readonly config: SessionConfig;
  /** The terminal's own requests. */
  readonly notifications: NotificationHub;
  /** What its journal may have lost. */
  readonly losses: JournalLosses;
  readonly #runner: SessionRunner;
  readonly #clock: Clock;
  readonly #onError: (error: Error) => void;
  readonly #onAlarm: (record: TransactionRecord, reason: Reason) => void;
  readonly #onAddress: (notice: AddressNotice) => void;
  readonly #follow: AddressPolicy | undefined;
  readonly #refunds = new Refunds(() => this.#runner.journal());
  readonly #watchers: PaymentWatchers;
  readonly #callers = new Map<string, Caller>();
  /** Refunds that are being checked: they are in no journal yet. */
  readonly #checking = new Map<string, SessionEvent>();
  readonly #stateListeners = new Set<(state: SessionState) => void>();
  #refs = 0;

  /** @throws NexoError `invalid_config`; `terminal_in_use` where the same POIID and SaleID are in use already */
  constructor(options: TerminalOptions) {
    const { transport, journal, follow } = options;
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
    this.#watchers = new PaymentWatchers({ guard, delivered: (id) => void this.#runner.delivered(id) });
    const trace =
      options.trace && new WireTrace(this.config.terminal, this.#clock, options.trace, (error) => this.#onError(error));
    this.notifications = new NotificationHub({
      guard,
      trace,
      dispatch: (event) => this.#runner.dispatch(event),
      questions: () => this.#runner.session?.inbound.questions ?? [],
      post: (message) => this.#runner.post(message),
    });
    this.#runner = new SessionRunner({
      config: this.config,
      transport,
      codec: options.codec ?? codecOf(this.config.profile),
      trace,
      ...(follow && { follow }),
      journal,
      clock: this.#clock,
      onEffect: (effect) => this.#handleEffect(effect),
      onRejected: (event, error) => this.#reject(event, error),
      onError: (error) => this.#journalFailed(error),
      onWarning: (message) => this.#guard(() => options.onWarning?.(message)),
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
    const ref = this.#newRef();
    this.#watchers.add(ref, watcher);
    this.#checking.set(ref, event(ref));
    this.#refunds.check(order, (checked) =>
      this.#guard(() => {
        if (!this.#checking.delete(ref)) return;
        if (checked.ok) this.#runner.dispatch(event(ref));
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
  async ask<Q extends TerminalCommand>(command: Q, phase?: Caller['phase']): Promise<ResultOf<Q>> {
    checkCommand(command);
    return this.#call(command, phase) as Promise<ResultOf<Q>>;
  }

  /**
   * Registers a node for the outcomes of its payments that no caller waits for, such as those found after a restart.
   * @returns the way to unsubscribe
   */
  subscribe(node: string, watcher: Watcher): () => void {
    return this.#watchers.subscribe(node, watcher);
  }

  /** Stops. The next start resolves what is open in the journal; all other callers get `terminal_stopped`. */
  async close(): Promise<void> {
    releaseTerminal(this.config);
    const closed = this.#runner.close();
    for (const event of this.#checking.values()) this.#reject(event, terminalStopped());
    this.#checking.clear();
    for (const caller of this.#callers.values()) caller.reject(terminalStopped());
    this.#callers.clear();
    this.#watchers.clear();
    this.notifications.close();
    await closed;
  }

  #call(event: TerminalCall, phase?: Caller['phase']): Promise<Result> {
    const ref = this.#newRef();
    return new Promise((settle, reject) => {
      this.#callers.set(ref, { settle, reject, phase });
      this.#runner.dispatch({ ...event, ref });
    });
  }

  #dispatchWatched(watcher: Watcher, event: (ref: string) => SessionEvent): () => void {
    const ref = this.#newRef();
    this.#watchers.add(ref, watcher);
    this.#runner.dispatch(event(ref));
    return () => void this.#watchers.remove(ref);
  }

  #newRef(): string {
    return String(++this.#refs);
  }

  #handleEffect(effect: FlowEffect): void {
    switch (effect.type) {
      case 'outcome':
        return this.#watchers.outcome(effect.refs, effect.record, effect.final, effect.repeats);
      case 'phase':
        for (const ref of effect.refs) this.#guard(() => this.#callers.get(ref)?.phase?.(effect.phase));
        return this.#watchers.notify(effect, (watcher) => watcher.phase?.(effect.phase));
      case 'display':
        return this.#watchers.notify(effect, (watcher) => watcher.display?.(effect.text));
      case 'done':
        return this.#removeCaller(effect.ref)?.settle(effect.result);
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
      case 'signatureDue':
        // The session asks for the signature with notices of its own.
        return;
      case 'state':
        return this.#notifyState(effect.state);
    }
  }

  #removeCaller(ref: string): Caller | undefined {
    const caller = this.#callers.get(ref);
    this.#callers.delete(ref);
    return caller;
  }

  #failed(ref: string, error: NexoError): void {
    const watcher = this.#watchers.remove(ref);
    if (watcher !== undefined) this.#guard(() => watcher.failed(error));
    else this.#removeCaller(ref)?.reject(error);
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
    try {
      call();
    } catch (error) {
      this.#onError(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
