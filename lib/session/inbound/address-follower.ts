import type { TerminalLocation } from '../../protocol/terminal-location.ts';
import type { SaleToPOIResponse } from '../../protocol/types.ts';
import type { SessionState } from '../effects.ts';
import type { ExchangeResult } from '../events.ts';
import { matched } from '../payment/response-matching.ts';
import { reasonOf } from '../payment/verdict.ts';
import { type Login, NO_IDS } from '../requests/login.ts';
import { loginRequest } from '../requests/requests.ts';
import { retryDelay, type SessionContext } from '../session-context.ts';
import { addressOf, serialIn } from './terminal-address.ts';

const TIMER = 'address';
const LATER =
  'it is followed when all that is going on has ended. A payment that cannot end because it moved needs this address in the terminal’s settings.';
const SAME = 'If it is the right terminal, enter this address in its settings.';

/** The line of all that is done at the terminal. */
export interface TurnQueue {
  /** Takes a job in: it runs when nothing else is going on. */
  take(job: { run(): void }): void;
  /** What had its turn is over. */
  ended(): void;
}

/**
 * Where the terminal is. A new address is a proposal: it is tried in its turn, never while a payment is open, held or
 * unresolved, for a login resets the terminal. It counts once a login there gave the serial number that is known, and
 * once that is on disk. Where no serial number was ever learnt, the POIID of the answer has to do.
 */
export class AddressFollower {
  readonly #context: SessionContext;
  readonly #login: Login;
  readonly #turnQueue: TurnQueue;
  #location: TerminalLocation;
  /** Whether the journal knows all of `#location`. */
  #kept: boolean;
  #proposed: string | undefined;
  #queued = false;
  #tries = 0;

  constructor(context: SessionContext, login: Login, line: TurnQueue, place: TerminalLocation = {}) {
    this.#context = context;
    this.#login = login;
    this.#turnQueue = line;
    // Settings that were changed since win, and are not to be undone when they are changed back.
    const { serial } = place;
    this.#kept = place.insteadOf === undefined || place.insteadOf === context.config.address;
    this.#location = this.#kept ? place : { ...(serial !== undefined && { serial }) };
  }

  /** Where it is now; undefined where it is not followed. */
  get address(): string | undefined {
    return addressOf(this.#context.config.address, this.#location);
  }

  /** After a restart: back to where it was followed to. */
  start(): void {
    const { address } = this;
    if (address !== undefined && address !== this.#context.config.address)
      this.#context.push({ type: 'move', address });
  }

  /** A login where the terminal is known to be: its serial number tells it from others. */
  learn(response: SaleToPOIResponse): void {
    const serial = serialIn(response);
    if (this.#context.config.address === undefined || serial === undefined) return;
    if (serial === this.#location.serial && this.#kept) return;
    this.#location = { ...this.#location, serial };
    this.#kept = true;
    this.#context.place(this.#location, (stored) => {
      if (!stored.ok) this.#kept = false;
    });
  }

  /** The terminal says that it is at another address. The latest proposal counts. */
  propose(address: string): void {
    this.#context.clear(TIMER);
    this.#tries = 0;
    this.#proposed = address === this.address ? undefined : address;
    if (this.#proposed === undefined) return;
    this.#queue();
    if (this.#queued) this.#tell(address, false, LATER);
  }

  #queue(): void {
    if (this.#queued) return;
    this.#queued = true;
    this.#turnQueue.take({ run: () => this.#run() });
  }

  #run(): void {
    this.#queued = false;
    // A login that is on its way goes first: two at a time would reset each other's session.
    if (this.#login.status === 'pending') this.#login.need(() => this.#try());
    else this.#try();
  }

  #try(): void {
    const { config, now, state } = this.#context;
    const address = this.#proposed;
    if (address === undefined) return this.#turnQueue.ended();
    const serviceId = this.#context.serviceId();
    if (serviceId === undefined) return this.#again(address, NO_IDS);
    this.#context.enter('loggingIn');
    const request = loginRequest(config, serviceId, now);
    this.#context.send(request, { overtake: true, timeout: config.timeouts.login, at: address }, (reply) => {
      this.#heard(address, serviceId, reply, state);
    });
  }

  #heard(address: string, serviceId: string, reply: ExchangeResult, before: SessionState): void {
    const match = matched(reply, this.#context.config, 'Login', serviceId);
    if (this.#context.state === 'loggingIn') this.#context.enter(before);
    if ('reason' in match) return this.#again(address, match.reason);
    const result = match.response.LoginResponse?.Response;
    const reason = result && result.Result !== 'Success' ? reasonOf(result) : undefined;
    if (reason?.condition === 'Busy') return this.#again(address, 'it is busy.');
    if (reason || result === undefined) return this.#drop(address, `a login there fails (${reason?.condition}).`);
    const serial = serialIn(match.response);
    if (serial === undefined) return this.#drop(address, `what answers there gives no serial number. ${SAME}`);
    const known = this.#location.serial ?? serial;
    if (serial !== known) return this.#drop(address, `what answers there has another serial number. ${SAME}`);
    this.#keep(address, serial);
  }

  #keep(address: string, serial: string): void {
    const { address: configured } = this.#context.config;
    const elsewhere = configured !== undefined && address !== configured;
    const place: TerminalLocation = { serial, ...(elsewhere && { address, insteadOf: configured }) };
    this.#context.place(place, (stored) => {
      if (!stored.ok) return this.#again(address, stored.reason);
      this.#location = place;
      this.#kept = true;
      if (this.#proposed === address) this.#proposed = undefined;
      this.#context.push({ type: 'move', address });
      this.#login.opened();
      this.#tell(address, true, 'its serial number is the known one, and it is followed.');
      this.#turnQueue.ended();
    });
  }
  /** Not now: others have their turn, then it is tried again, a few times. */
  #again(address: string, reason: string): void {
    const pauses = this.#context.config.timeouts.busyLogin;
    if (this.#proposed === address && !this.#queued) {
      if (this.#tries >= pauses.length) return this.#drop(address, `a login there fails: ${reason}`);
      this.#context.after(TIMER, retryDelay(pauses, this.#tries++), () => this.#queue());
    }
    this.#turnQueue.ended();
  }

  #drop(address: string, reason: string): void {
    if (this.#proposed === address) this.#proposed = undefined;
    this.#tell(address, false, `it is not followed, ${reason}`);
    this.#turnQueue.ended();
  }

  #tell(address: string, followed: boolean, rest: string): void {
    const message = `The terminal says that it is at ${address} now: ${rest}`;
    this.#context.push({ type: 'address', address, followed, message });
  }
}
