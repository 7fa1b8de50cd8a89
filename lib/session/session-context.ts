import type { TerminalLocation } from '../protocol/terminal-location.ts';
import type { Message } from '../protocol/types.ts';
import type { Effect, SessionState } from './effects.ts';
import type { ExchangeResult, Now } from './events.ts';
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
   * A signature that is due: told with the approval, or the approval is held until somebody has checked it; `listen`:
   * held where somebody listens, else told.
   */
  signature: 'tell' | 'ask' | 'listen';
  /**
   * The terminal sends what it shows, prints and asks to an endpoint: it is told so at login. `tells`: it asks nothing, and
   * leaves a signature to us.
   */
  talksBack?: boolean | 'tells';
  /** The hour of the day (0 to 23, local) in which an idle terminal is let go to update itself. */
  maintenanceHour?: number;
  /** Where the settings say that the terminal is, `host:port`: set where it is followed to other addresses. */
  address?: string;
  timeouts: Timeouts;
}

/** A service in which cards are read before the amount is known, as far as we know of it. */
export interface OpenService {
  /** The one transaction whose payment may follow; none: it has to be closed first. */
  owner?: string;
  /** We have opened it; otherwise it may be open from before a restart. */
  known: boolean;
  /** The terminal went on to the PIN: it may hold the card without knowing of a service any more. */
  continued?: boolean;
}

/** What became of a write: `existing` is set where a `begin` found the transactionId in use. */
export type WriteResult = { ok: true; existing?: TransactionRecord } | { ok: false; reason: string };

/** How many answered ServiceIDs count as "the last transaction was one of these". */
const REMEMBERED = 8;
/** ServiceIDs are reserved in blocks, so that only payments, not polls, wait for the disk. */
const RESERVE = 1000;

/**
 * What all parts of a session share: effects to be done, and who waits for their answers. Nothing here acts by itself:
 * the shell carries the effects out and comes back with events.
 */
export class SessionContext {
  readonly config: SessionConfig;
  now: Now = { ms: 0, offset: 0 };
  effects: Effect[] = [];
  baseline: Baseline | undefined;
  /** Set while the terminal may be holding a card that was read: a PaymentRequest, any, would charge it. */
  service?: OpenService;
  #state: SessionState = 'loggedOut';
  #serial = 0;
  #serviceIds: { next: number; end: number; asked: boolean };
  readonly #exchanges = new Map<number, (reply: ExchangeResult) => void>();
  readonly #writes = new Map<number, (stored: WriteResult) => void>();
  readonly #owed = new Map<string, { owed: TransactionRecord; wanted: () => boolean }>();
  readonly #timers = new Map<string, () => void>();

  constructor(config: SessionConfig, serviceIds: { next: number; end: number }) {
    this.config = config;
    this.#serviceIds = { ...serviceIds, asked: false };
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
    if (ids.end - ids.next <= RESERVE / 2 && !ids.asked) {
      ids.asked = true;
      this.push({ type: 'reserve', count: RESERVE });
    }
    return ids.next < ids.end ? String(ids.next++) : undefined;
  }

  reserved(end: number): void {
    this.#serviceIds.end = Math.max(this.#serviceIds.end, end);
    this.#serviceIds.asked = false;
  }

  /**
   * Sends a message; exactly one call of `answered` follows, unless the returned exchange is given up.
   * @param at an address (`host:port`) to try, instead of where the terminal is known to be
   * @param timeout in ms; after it the exchange is given up and `answered` hears `lost`
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

  replied(exchange: number, reply: ExchangeResult): void {
    const answered = this.#exchanges.get(exchange);
    if (answered === undefined) return;
    this.#exchanges.delete(exchange);
    this.clear(`exchange ${exchange}`);
    answered(reply);
  }

  /** Writes a record; `stored` hears of it once it is durable, or of the failure. */
  write(type: 'begin' | 'put', record: TransactionRecord, stored: (stored: WriteResult) => void): void {
    for (const [transactionId, { owed, wanted }] of this.#owed) {
      this.#owed.delete(transactionId);
      this.#write('put', owed, ({ ok }) => {
        if (!ok && wanted()) this.owe(owed, wanted);
      });
    }
    this.#write(type, record, stored);
  }

  /** What was told though the disk did not take it goes before anything that is written later; `wanted`: still true then. */
  owe(owed: TransactionRecord, wanted: () => boolean): void {
    this.#owed.set(owed.transactionId, { owed, wanted });
  }

  #write(type: 'begin' | 'put', record: TransactionRecord, stored: (stored: WriteResult) => void): void {
    record.updatedAt = this.now.ms;
    const write = ++this.#serial;
    this.#writes.set(write, stored);
    this.push({ type, write, record: { ...record } });
  }

  /** Remembers where the terminal is; `stored` hears of it as of a record. */
  place(place: TerminalLocation, stored: (stored: WriteResult) => void): void {
    const write = ++this.#serial;
    this.#writes.set(write, stored);
    this.push({ type: 'place', write, place });
  }

  /** Writes a record until the journal takes it: what is certain is not lost to a full disk. */
  keep(record: TransactionRecord, timer: string, then: () => void, tries = 0): void {
    this.write('put', record, (stored) => {
      if (stored.ok) return then();
      this.after(timer, retryDelay(this.config.timeouts.journal, tries), () =>
        this.keep(record, timer, then, tries + 1),
      );
    });
  }

  stored(write: number, stored: WriteResult): void {
    const waiting = this.#writes.get(write);
    this.#writes.delete(write);
    waiting?.(stored);
  }

  after(timer: string, ms: number, fire: () => void): void {
    this.#timers.set(timer, fire);
    this.push({ type: 'timer', timer, ms });
  }

  clear(timer: string): void {
    if (this.#timers.delete(timer)) this.push({ type: 'clear', timer });
  }

  fired(timer: string): void {
    const fire = this.#timers.get(timer);
    this.#timers.delete(timer);
    fire?.();
  }

  /** Notes what the terminal has answered last: the baseline of the next payment. */
  answered(serviceId: string, poiTransaction: string | undefined): void {
    const serviceIds = [...(this.baseline?.serviceIds ?? []), serviceId].slice(-REMEMBERED);
    const known = poiTransaction ?? this.baseline?.poiTransaction;
    this.baseline = known === undefined ? { serviceIds } : { serviceIds, poiTransaction: known };
  }

  /** A request was made before what comes now, whether the terminal knows it or not. */
  precedes(serviceId: string): void {
    const { baseline } = this;
    this.baseline = { ...baseline, serviceIds: [...(baseline?.serviceIds ?? []), serviceId].slice(-REMEMBERED) };
  }
}

/** The pause before try number `tries` (from 0); the last one of the list repeats. */
export function retryDelay(pauses: readonly number[], tries: number): number {
  return pauses[Math.min(tries, pauses.length - 1)] ?? 0;
}
