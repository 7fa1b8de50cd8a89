import type { TerminalLocation } from '../../protocol/terminal-location.ts';
import type { SaleToPOIResponse } from '../../protocol/types.ts';
import type { SessionState } from '../effects.ts';
import type { JobQueue } from '../job-queue.ts';
import { type Login, sendLogin } from '../requests/login.ts';
import { type Answer, refusalOf } from '../requests/reply-classification.ts';
import { retryDelay, type SessionContext } from '../session-context.ts';
import { addressOf, serialIn } from './terminal-address.ts';

const TIMER = 'address';
const LATER =
  'it is followed when all that is going on has ended. A payment that cannot end because it moved needs this address in the terminal’s settings.';
const SAME = 'If it is the right terminal, enter this address in its settings.';

/**
 * Follows the terminal's address. A new address is a proposal: it is tried as a job of its own, never while a payment is
 * open, held or unresolved, for a login resets the terminal. It counts once a login there gave the serial number that is
 * known, and once that is on disk. Where no serial number is known, the POIID of the answer decides.
 */
export class AddressFollower {
  readonly #context: SessionContext;
  readonly #login: Login;
  readonly #jobQueue: JobQueue;
  #location: TerminalLocation;
  /** Whether the journal holds `#location`. */
  #stored: boolean;
  #proposed: string | undefined;
  #queued = false;
  #tries = 0;

  constructor(context: SessionContext, login: Login, jobQueue: JobQueue, location: TerminalLocation = {}) {
    this.#context = context;
    this.#login = login;
    this.#jobQueue = jobQueue;
    // Settings that were changed since win, and stay so when they are changed back.
    const { serial } = location;
    this.#stored = location.insteadOf === undefined || location.insteadOf === context.config.address;
    this.#location = this.#stored ? location : { ...(serial !== undefined && { serial }) };
  }

  /** The terminal's address; undefined where it is not followed. */
  get address(): string | undefined {
    return addressOf(this.#context.config.address, this.#location);
  }

  /** After a restart: back to the address that it was followed to. */
  start(): void {
    const { address } = this;
    if (address !== undefined && address !== this.#context.config.address)
      this.#context.push({ type: 'move', address });
  }

  /** Learns the serial number, which identifies the terminal, from a login at its known address. */
  learn(response: SaleToPOIResponse): void {
    const serial = serialIn(response);
    if (this.#context.config.address === undefined || serial === undefined) return;
    if (serial === this.#location.serial && this.#stored) return;
    this.#location = { ...this.#location, serial };
    this.#stored = true;
    this.#context.place(this.#location, (stored) => {
      if (!stored.ok) this.#stored = false;
    });
  }

  /** The terminal announces another address. The latest proposal counts. */
  propose(address: string): void {
    this.#context.clear(TIMER);
    this.#tries = 0;
    this.#proposed = address === this.address ? undefined : address;
    if (this.#proposed === undefined) return;
    this.#enqueue();
    if (this.#queued) this.#report({ address, followed: false, postponed: true }, LATER);
  }

  #enqueue(): void {
    if (this.#queued) return;
    this.#queued = true;
    this.#jobQueue.enqueue({ run: () => this.#run() });
  }

  #run(): void {
    this.#queued = false;
    // An open Login goes first: two at a time would reset each other's session.
    if (this.#login.status === 'pending') this.#login.need(() => this.#tryAddress());
    else this.#tryAddress();
  }

  #tryAddress(): void {
    const { state } = this.#context;
    const address = this.#proposed;
    if (address === undefined) return this.#jobQueue.release();
    const sent = sendLogin(this.#context, { at: address }, (answer) => this.#answered(address, answer, state));
    if (sent) this.#context.enter('loggingIn');
  }

  #answered(address: string, { response, error }: Answer, before: SessionState): void {
    if (this.#context.state === 'loggingIn') this.#context.enter(before);
    if (response === undefined) return this.#tryLater(address, error?.message ?? '');
    if (error && refusalOf(error) === 'busy') return this.#tryLater(address, 'it is busy.');
    if (error || response.LoginResponse?.Response === undefined)
      return this.#drop(address, `a login there fails (${error?.condition}).`);
    const serial = serialIn(response);
    if (serial === undefined) return this.#drop(address, `what answers there gives no serial number. ${SAME}`);
    const known = this.#location.serial ?? serial;
    if (serial !== known) return this.#drop(address, `what answers there has another serial number. ${SAME}`);
    this.#follow(address, serial);
  }

  #follow(address: string, serial: string): void {
    const { address: configured } = this.#context.config;
    const elsewhere = configured !== undefined && address !== configured;
    const location: TerminalLocation = { serial, ...(elsewhere && { address, insteadOf: configured }) };
    this.#context.place(location, (stored) => {
      if (!stored.ok) return this.#tryLater(address, stored.reason);
      this.#location = location;
      this.#stored = true;
      if (this.#proposed === address) this.#proposed = undefined;
      this.#context.push({ type: 'move', address });
      this.#login.opened();
      this.#report({ address, followed: true }, 'its serial number is the known one, and it is followed.');
      this.#jobQueue.release();
    });
  }

  /** Lets the other jobs run, then tries again, a limited number of times. */
  #tryLater(address: string, reason: string): void {
    const pauses = this.#context.config.timeouts.busyLogin;
    if (this.#proposed === address && !this.#queued) {
      if (this.#tries >= pauses.length) return this.#drop(address, `a login there fails: ${reason}`);
      this.#context.after(TIMER, retryDelay(pauses, this.#tries++), () => this.#enqueue());
    }
    this.#jobQueue.release();
  }

  #drop(address: string, reason: string): void {
    if (this.#proposed === address) this.#proposed = undefined;
    this.#report({ address, followed: false }, `it is not followed, ${reason}`);
    this.#jobQueue.release();
  }

  #report(notice: { address: string; followed: boolean; postponed?: true }, text: string): void {
    const message = `The terminal says that it is at ${notice.address} now: ${text}`;
    this.#context.push({ type: 'address', ...notice, message });
  }
}
