import type { SaleToPOIResponse } from '../protocol/types.ts';
import { addressOf, type Place, serialIn } from './address.ts';
import { type Core, pause } from './core.ts';
import type { Reply, SessionState } from './effects.ts';
import { type Login, NO_IDS } from './login.ts';
import { matched } from './match.ts';
import { loginRequest } from './requests.ts';
import { reasonOf } from './verdict.ts';

const TIMER = 'address';
const LATER =
  'it is followed when all that is going on has ended. A payment that cannot end because it moved needs this address in the terminal’s settings.';
const SAME = 'If it is the right terminal, enter this address in its settings.';

/** The line of all that is done at the terminal. */
export interface Line {
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
export class Whereabouts {
  readonly #core: Core;
  readonly #login: Login;
  readonly #line: Line;
  #place: Place;
  /** Whether the journal knows all of `#place`. */
  #kept: boolean;
  #proposed: string | undefined;
  #queued = false;
  #tries = 0;

  constructor(core: Core, login: Login, line: Line, place: Place = {}) {
    this.#core = core;
    this.#login = login;
    this.#line = line;
    // Settings that were changed since win, and are not to be undone when they are changed back.
    const { serial } = place;
    this.#kept = place.insteadOf === undefined || place.insteadOf === core.config.address;
    this.#place = this.#kept ? place : { ...(serial !== undefined && { serial }) };
  }

  /** Where it is now; undefined where it is not followed. */
  get address(): string | undefined {
    return addressOf(this.#core.config.address, this.#place);
  }

  /** After a restart: back to where it was followed to. */
  start(): void {
    const { address } = this;
    if (address !== undefined && address !== this.#core.config.address) this.#core.push({ type: 'move', address });
  }

  /** A login where the terminal is known to be: its serial number tells it from others. */
  learn(response: SaleToPOIResponse): void {
    const serial = serialIn(response);
    if (this.#core.config.address === undefined || serial === undefined) return;
    if (serial === this.#place.serial && this.#kept) return;
    this.#place = { ...this.#place, serial };
    this.#kept = true;
    this.#core.place(this.#place, (stored) => {
      if (!stored.ok) this.#kept = false;
    });
  }

  /** The terminal says that it is at another address. The latest proposal counts. */
  propose(address: string): void {
    this.#core.clear(TIMER);
    this.#tries = 0;
    this.#proposed = address === this.address ? undefined : address;
    if (this.#proposed === undefined) return;
    this.#queue();
    if (this.#queued) this.#tell(address, false, LATER);
  }

  #queue(): void {
    if (this.#queued) return;
    this.#queued = true;
    this.#line.take({ run: () => this.#run() });
  }

  #run(): void {
    this.#queued = false;
    // A login that is on its way goes first: two at a time would reset each other's session.
    if (this.#login.status === 'pending') this.#login.need(() => this.#try());
    else this.#try();
  }

  #try(): void {
    const { config, now, state } = this.#core;
    const address = this.#proposed;
    if (address === undefined) return this.#line.ended();
    const serviceId = this.#core.serviceId();
    if (serviceId === undefined) return this.#again(address, NO_IDS);
    this.#core.enter('loggingIn');
    const request = loginRequest(config, serviceId, now);
    this.#core.send(request, { overtake: true, timeout: config.limits.login, at: address }, (reply) => {
      this.#heard(address, serviceId, reply, state);
    });
  }

  #heard(address: string, serviceId: string, reply: Reply, before: SessionState): void {
    const match = matched(reply, this.#core.config, 'Login', serviceId);
    if (this.#core.state === 'loggingIn') this.#core.enter(before);
    if ('reason' in match) return this.#again(address, match.reason);
    const result = match.response.LoginResponse?.Response;
    const reason = result && result.Result !== 'Success' ? reasonOf(result) : undefined;
    if (reason?.condition === 'Busy') return this.#again(address, 'it is busy.');
    if (reason || result === undefined) return this.#drop(address, `a login there fails (${reason?.condition}).`);
    const serial = serialIn(match.response);
    if (serial === undefined) return this.#drop(address, `what answers there gives no serial number. ${SAME}`);
    const known = this.#place.serial ?? serial;
    if (serial !== known) return this.#drop(address, `what answers there has another serial number. ${SAME}`);
    this.#keep(address, serial);
  }

  #keep(address: string, serial: string): void {
    const { address: configured } = this.#core.config;
    const elsewhere = configured !== undefined && address !== configured;
    const place: Place = { serial, ...(elsewhere && { address, insteadOf: configured }) };
    this.#core.place(place, (stored) => {
      if (!stored.ok) return this.#again(address, stored.reason);
      this.#place = place;
      this.#kept = true;
      if (this.#proposed === address) this.#proposed = undefined;
      this.#core.push({ type: 'move', address });
      this.#login.opened();
      this.#tell(address, true, 'its serial number is the known one, and it is followed.');
      this.#line.ended();
    });
  }
  /** Not now: others have their turn, then it is tried again, a few times. */
  #again(address: string, reason: string): void {
    const pauses = this.#core.config.limits.busyLogin;
    if (this.#proposed === address && !this.#queued) {
      if (this.#tries >= pauses.length) return this.#drop(address, `a login there fails: ${reason}`);
      this.#core.after(TIMER, pause(pauses, this.#tries++), () => this.#queue());
    }
    this.#line.ended();
  }

  #drop(address: string, reason: string): void {
    if (this.#proposed === address) this.#proposed = undefined;
    this.#tell(address, false, `it is not followed, ${reason}`);
    this.#line.ended();
  }

  #tell(address: string, followed: boolean, rest: string): void {
    const message = `The terminal says that it is at ${address} now: ${rest}`;
    this.#core.push({ type: 'address', address, followed, message });
  }
}
