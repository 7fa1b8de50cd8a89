import type { AnswerRules } from '../protocol/profile.ts';
import type { TerminalLocation } from '../protocol/terminal-location.ts';
import type { Message } from '../protocol/types.ts';
import type { Effect, SessionState } from './effects.ts';
import type { ExchangeResult, SessionEvent, StoreFailure } from './events.ts';
import type { Now } from './now.ts';
import { afterRefusal, afterSuccess } from './payment/baseline.ts';
import type { Baseline, TransactionRecord } from './record.ts';
import type { Identity } from './requests/requests.ts';
import type { Timeouts } from './timeouts.ts';

export interface SessionConfig extends Identity {
  /** The journal's name for this terminal. */
  terminal: string;
  autoLogin: boolean;
  whenBusy: 'wait' | 'refuse';
  /** An approval that won the race against an abort: kept, or reversed. */
  approvedAfterAbort: 'keep' | 'reverse';
  /**
   * A signature that is due: reported with the approval (`report`), or the approval is held until a listener has checked it
   * (`listener`); where there is none, reported.
   */
  signature: 'report' | 'listener';
  /**
   * A relay (the cloud) carries the messages: it may deliver a request at any time, and twice. So time alone never proves
   * that nothing was started.
   */
  relayed?: boolean;
  /** The hour of the day (0 to 23, local) in which an idle terminal is logged out, so that it can update itself. */
  maintenanceHour?: number;
  /** The terminal's address in the settings, `host:port`: set where its address is followed. */
  address?: string;
  timeouts: Timeouts;
}

/** A service in which cards are read before the amount is known, as far as the session knows. */
export interface OpenService {
  /** The one transaction whose payment may follow; none: it has to be closed first. */
  owner?: string;
  /** This session has opened it; otherwise it may be open from before a restart. */
  known: boolean;
  /** The terminal has continued with the PIN dialog: it may hold the card after it has ended the service. */
  continued?: boolean;
}

/** How a write ended: `existing` is set where a `begin` found the transactionId in use. */
export type WriteResult = { ok: true; existing?: TransactionRecord } | ({ ok: false } & StoreFailure);

/** ServiceIDs are reserved in blocks, so that only payments, not polls, wait for the disk. */
const RESERVE = 1000;
const TEN_DIGITS = 10_000_000_000;
/** The terminal's last ServiceID is not followed beyond this: the counter needs room (ten digits). */
const SERVICE_IDS_END = 9_999_000_000;

/** The events by which the session's runner reports how an effect ended. */
type Completion = Extract<SessionEvent, { type: 'reply' | 'stored' | 'storeFailed' | 'reserved' | 'timer' }>;

/**
 * What all parts of a session share: the effects to be done, and the callbacks for their results. Nothing here acts by
 * itself: the runner carries the effects out and comes back with events.
 */
export class SessionContext {
  readonly config: SessionConfig;
  now: Now = { ms: 0, offset: 0 };
  effects: Effect[] = [];
  baseline: Baseline | undefined;
  /** ServiceID of the latest payment or reversal that was done, or ruled on, on whatever device. */
  lastSuccess: string | undefined;
  /** How often a login found another device than the one that was known. */
  deviceChanges = 0;
  /** Serial number of the device that took the latest login. */
  #device: string | undefined;
  /** Set while the terminal may be holding a card that was read: a PaymentRequest, any, would charge it. */
  service?: OpenService;
  #state: SessionState = 'loggedOut';
  #serial = 0;
  #serviceIds: { next: number; end: number; requested: boolean };
  readonly #exchanges = new Map<number, (reply: ExchangeResult) => void>();
  readonly #idsWanted: (() => void)[] = [];
  readonly #writes = new Map<number, (stored: WriteResult) => void>();
  readonly #owed = new Map<string, { record: TransactionRecord; wanted: () => boolean }>();
  readonly #timers = new Map<string, () => void>();

  constructor(config: SessionConfig, serviceIds: { next: number; end: number }) {
    this.config = config;
    this.#serviceIds = { ...serviceIds, requested: false };
  }

  push(effect: Effect): void {
    this.effects.push(effect);
  }

  get state(): SessionState {
    return this.#state;
  }

  enter(state: SessionState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.push({ type: 'state', state });
  }

  /** A ServiceID never used before, or undefined while the journal has not confirmed any more of them. */
  serviceId(): string | undefined {
    const ids = this.#serviceIds;
    if (ids.end - ids.next <= RESERVE / 2 && !ids.requested) {
      ids.requested = true;
      this.push({ type: 'reserve', count: RESERVE });
    }
    return ids.next < Math.min(ids.end, TEN_DIGITS) ? String(ids.next++) : undefined;
  }

  /** ServiceIDs continue after this one, which the terminal has seen. Calls back once there are some. */
  continueAfter(serviceId: string | undefined, then: () => void): void {
    const ids = this.#serviceIds;
    const seen = /^\d{1,10}$/.test(serviceId ?? '') ? Number(serviceId) : 0;
    if (seen >= ids.next && seen < SERVICE_IDS_END) ids.next = seen + 1;
    if (ids.next < ids.end) return then();
    this.#idsWanted.push(then);
    ids.requested = true;
    this.push({ type: 'reserve', count: ids.next + RESERVE - ids.end });
  }

  /** Continues what waited for the result of an effect. */
  resume(event: Completion): void {
    switch (event.type) {
      case 'reply':
        return this.#replied(event.exchange, event.reply);
      case 'stored': {
        const { existing } = event;
        return this.#stored(event.write, { ok: true, ...(existing && { existing }) });
      }
      case 'storeFailed':
        return this.#stored(event.write, { ...event, ok: false });
      case 'reserved':
        return this.#reserved(event.end);
      case 'timer':
        return this.#fired(event.timer);
    }
  }

  #reserved(end: number): void {
    this.#serviceIds.end = Math.max(this.#serviceIds.end, end);
    this.#serviceIds.requested = false;
    const ids = this.#serviceIds;
    if (ids.next < ids.end) for (const then of this.#idsWanted.splice(0)) then();
  }

  /**
   * Sends a message; exactly one call of `answered` follows, unless the returned exchange is cancelled.
   * @param overtake sent past a request that is open
   * @param timeout in ms; after it the exchange is cancelled and `answered` gets `lost`
   * @param at an address (`host:port`) to try, instead of the one where the terminal is known to be
   */
  send(
    message: Message,
    { overtake, timeout, at }: { overtake: boolean; timeout?: number; at?: string },
    answered: (reply: ExchangeResult) => void,
  ): number {
    const exchange = ++this.#serial;
    this.#exchanges.set(exchange, answered);
    this.push({ type: 'send', exchange, message, overtake, ...(at !== undefined && { at }) });
    if (timeout !== undefined) {
      this.after(`exchange ${exchange}`, timeout, () => {
        this.cancel(exchange);
        answered({ type: 'lost', reason: 'The terminal did not answer in time.' });
      });
    }
    return exchange;
  }

  cancel(exchange: number): void {
    if (!this.#exchanges.delete(exchange)) return;
    this.clear(`exchange ${exchange}`);
    this.push({ type: 'cancel', exchange });
  }

  #replied(exchange: number, reply: ExchangeResult): void {
    const answered = this.#exchanges.get(exchange);
    if (answered === undefined) return;
    this.#exchanges.delete(exchange);
    this.clear(`exchange ${exchange}`);
    answered(reply);
  }

  /** Writes a record; `stored` is called once it is durable, or has failed. */
  write(type: 'begin' | 'put', record: TransactionRecord, stored: (result: WriteResult) => void): void {
    for (const [transactionId, { record: owed, wanted }] of this.#owed) {
      this.#owed.delete(transactionId);
      this.#write('put', owed, ({ ok }) => {
        if (!ok && wanted()) this.owe(owed, wanted);
      });
    }
    this.#write(type, record, stored);
  }

  /** A record that was reported, though the disk did not take it, is written before any later one, while it is `wanted`. */
  owe(record: TransactionRecord, wanted: () => boolean): void {
    this.#owed.set(record.transactionId, { record, wanted });
  }

  #write(type: 'begin' | 'put', record: TransactionRecord, stored: (result: WriteResult) => void): void {
    record.updatedAt = this.now.ms;
    const write = ++this.#serial;
    this.#writes.set(write, stored);
    this.push({ type, write, record: { ...record } });
  }

  /** Writes where the terminal is; `stored` is called as for a record. */
  place(place: TerminalLocation, stored: (result: WriteResult) => void): void {
    const write = ++this.#serial;
    this.#writes.set(write, stored);
    this.push({ type: 'place', write, place });
  }

  /** Writes a record until the journal takes it: what is certain is not lost to a full disk. */
  keep(record: TransactionRecord, timer: string, then: () => void, tries = 0): void {
    this.write('put', record, ({ ok }) => {
      if (ok) return then();
      this.after(timer, retryDelay(this.config.timeouts.journal, tries), () =>
        this.keep(record, timer, then, tries + 1),
      );
    });
  }

  #stored(write: number, result: WriteResult): void {
    const stored = this.#writes.get(write);
    this.#writes.delete(write);
    stored?.(result);
  }

  after(timer: string, ms: number, fire: () => void): void {
    this.#timers.set(timer, fire);
    this.push({ type: 'timer', timer, ms });
  }

  clear(timer: string): void {
    if (this.#timers.delete(timer)) this.push({ type: 'clear', timer });
  }

  #fired(timer: string): void {
    const fire = this.#timers.get(timer);
    this.#timers.delete(timer);
    fire?.();
  }

  get answers(): AnswerRules {
    return this.config.profile.answers;
  }

  /** Notes a transaction that is the terminal's last one now: the baseline of the next payment. */
  succeeded(serviceId: string, poiTransaction: string | undefined): void {
    this.baseline = afterSuccess(serviceId, poiTransaction, this.#device);
  }

  /** Notes a request that comes before the next payment, whether the terminal keeps it as a transaction or not. */
  precedes(serviceId: string): void {
    this.baseline = afterRefusal(this.baseline, serviceId, this.#device);
  }

  /** Notes a request that a person has ruled on: it comes before the next payment, and may have been done. */
  ruledOn(serviceId: string): void {
    this.lastSuccess = serviceId;
    this.precedes(serviceId);
  }

  /** Notes which device took a login. Another one than before ends the baseline: it has to be learnt anew. */
  identify(serial: string | undefined): void {
    if (serial === undefined) return;
    const known = this.#device ?? this.baseline?.serial;
    if (known !== undefined && known !== serial) {
      this.deviceChanges++;
      this.baseline = undefined;
    }
    this.#device = serial;
  }

  /** A baseline of which no device is known, and that the one that is logged in does not show, may be another one's. */
  endUnknownBaseline(): void {
    if (this.#device !== undefined && this.baseline?.serial === undefined) this.baseline = undefined;
  }

  /** Notes that the device that is logged in shows the baseline as its last transaction. */
  confirmBaseline(): void {
    if (this.baseline && this.#device !== undefined) this.baseline = { ...this.baseline, serial: this.#device };
  }
}

/** The pause before try number `tries` (from 0); the last one of the list repeats. */
export function retryDelay(pauses: readonly number[], tries: number): number {
  return pauses[Math.min(tries, pauses.length - 1)] ?? 0;
}
