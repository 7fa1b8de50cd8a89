import { NexoError } from '../../protocol/errors.ts';
import type { Message, SaleToPOIResponse } from '../../protocol/types.ts';
import type { SessionState } from '../effects.ts';
import { logoutError } from '../errors.ts';
import { serialIn } from '../inbound/terminal-address.ts';
import { isBaseline } from '../payment/baseline.ts';
import { poiTransactionIn } from '../payment/response-matching.ts';
import type { Reason } from '../record.ts';
import { retryDelay, type SessionContext } from '../session-context.ts';
import { checkJournalAge } from './journal-age.ts';
import { type Answer, refusalOf } from './reply-classification.ts';
import type { Operator } from './request-data.ts';
import { type OpenRequest, sendRequest } from './request-exchange.ts';
import { loginRequest, logoutRequest } from './requests.ts';
import { queryStatus, type StatusAnswer } from './status-query.ts';

export type LoginResult = { ok: true } | { ok: false; error: Reason };

/** States in which a login is what the terminal is doing; in the others something more important goes on. */
const IDLE: ReadonlySet<SessionState> = new Set(['loggedOut', 'unreachable', 'ready', 'maintenance']);

/**
 * The login session: opened when something needs it. `Busy` is tried again with growing pauses, as a terminal calls its
 * host right after power-up. All that need it at the same time share one Login.
 */
export class Login {
  status: 'out' | 'pending' | 'in' = 'out';
  readonly #context: SessionContext;
  readonly #learn: (response: SaleToPOIResponse) => void;
  #refs: string[] = [];
  #operator: Operator | undefined;
  /** The terminal was asked for its last transaction, since another device was found. */
  #baselineAsked = false;
  #callbacks: ((result: LoginResult) => void)[] = [];

  /** @param learn called with each successful response */
  constructor(context: SessionContext, learn: (response: SaleToPOIResponse) => void) {
    this.#context = context;
    this.#learn = learn;
  }

  /** Whether a login has to come before any other request. */
  get required(): boolean {
    return this.#context.config.autoLogin && this.status !== 'in';
  }

  /** Logs in, even where a session is open, and answers `ref`. */
  request(ref: string, operator?: Operator): void {
    if (operator) this.#operator = operator;
    this.#refs.push(ref);
    if (this.status !== 'pending') this.#start();
  }

  /** Calls back once logged in, or when that has failed. */
  need(callback: (result: LoginResult) => void): void {
    this.#callbacks.push(callback);
    if (this.status !== 'pending') this.#start();
  }

  /**
   * Ends the login session and answers `ref`.
   * @param ended called at the end, with whether the terminal took the logout
   */
  logout(ref: string, maintenanceAllowed: boolean, ended: (taken: boolean) => void): void {
    const context = this.#context;
    const options = { overtake: false, timeout: context.config.timeouts.logout };
    const build = (config: SessionContext['config'], id: string) => logoutRequest(config, id, maintenanceAllowed);
    sendRequest(context, 'Logout', build, options, (answer) => {
      this.#loggedOut(ref, answer);
      ended(answer.response?.LogoutResponse?.Response.Result === 'Success');
    });
  }

  #loggedOut(ref: string, { request, response, error }: Answer): void {
    const context = this.#context;
    if (request === undefined || response === undefined) {
      return context.push({ type: 'failed', ref, error: logoutError(error?.message ?? '') });
    }
    // A terminal without a login session is logged out already.
    if (error && refusalOf(error) !== 'notAllowed') {
      return context.push({ type: 'failed', ref, error: logoutError(`${error.condition} ${error.message}`) });
    }
    this.status = 'out';
    context.enter('loggedOut');
    context.push({ type: 'done', ref, result: { type: 'logout', request, response } });
  }

  #start(): void {
    this.status = 'pending';
    if (IDLE.has(this.#context.state)) this.#context.enter('loggingIn');
    this.#send(0);
  }

  #send(tries: number): void {
    sendLogin(this.#context, { operator: this.#operator }, (answer) => this.#answered(answer, tries));
  }

  #answered({ request, response, error }: Answer, tries: number): void {
    const { busyLogin } = this.#context.config.timeouts;
    if (request === undefined || response === undefined || error) {
      const busy = response && error && refusalOf(error) === 'busy';
      if (!busy || tries >= busyLogin.length) return this.#fail(error ?? NO_RESPONSE, response);
      return this.#context.after('login', retryDelay(busyLogin, tries), () => this.#send(tries + 1));
    }
    if (response.LoginResponse?.Response === undefined) return this.#fail(NO_RESPONSE, response);
    this.#identify(response);
    this.#learn(response);
    this.#learnBaseline(() => this.#succeed(request, response), 0);
  }

  /** Another device has another last transaction. */
  #identify(response: SaleToPOIResponse): void {
    const context = this.#context;
    const { deviceChanges } = context;
    context.identify(serialIn(response));
    if (context.deviceChanges !== deviceChanges) this.#baselineAsked = false;
  }

  /**
   * Asks once, for each device, for the terminal's last transaction: where none is known, nothing could ever prove that a
   * lost request was not started. A card that was read is in no journal either, and may be the last transaction after a
   * start. After `Busy` it is asked again, a few times; a terminal that does not answer is used all the same.
   */
  #learnBaseline(then: () => void, tries: number): void {
    const context = this.#context;
    if (this.#baselineAsked) return then();
    const sent = queryStatus(context, undefined, (answer) => {
      const { baseline } = context;
      const { busyPayment } = context.config.timeouts;
      const busy = answer.error && refusalOf(answer.error) === 'busy';
      if (busy && baseline === undefined && tries < busyPayment.length) {
        this.#baselineAsked = false;
        return context.after('baseline', retryDelay(busyPayment, tries), () => this.#learnBaseline(then, tries + 1));
      }
      this.#noteLast(answer);
      checkJournalAge(context, answer.repeated, baseline, then);
    });
    if (sent) this.#baselineAsked = true;
  }

  #noteLast({ repeated }: StatusAnswer): void {
    const context = this.#context;
    if (repeated === undefined) return context.endUnknownBaseline();
    const isCard = repeated.response.CardAcquisitionResponse !== undefined;
    if (isCard || context.baseline === undefined) {
      context.succeeded(repeated.header.ServiceID ?? '', poiTransactionIn(repeated.response));
    } else if (isBaseline(context.baseline, repeated)) context.confirmBaseline();
    else context.endUnknownBaseline();
  }

  /** A login at another address opened the session. What a first login has to learn is left to the next one. */
  opened(): void {
    if (this.status === 'pending') return;
    this.status = this.#context.baseline === undefined && !this.#baselineAsked ? 'out' : 'in';
    this.#context.enter(this.status === 'in' ? 'ready' : 'loggedOut');
  }

  #succeed(request: Message, response: SaleToPOIResponse): void {
    this.status = 'in';
    // A login resets the terminal: it forgets a card that it has read.
    delete this.#context.service;
    if (this.#context.state === 'loggingIn') this.#context.enter('ready');
    const refs = this.#refs.splice(0);
    for (const ref of refs) this.#context.push({ type: 'done', ref, result: { type: 'login', request, response } });
    for (const callback of this.#callbacks.splice(0)) callback({ ok: true });
  }

  #fail(error: Reason, response: SaleToPOIResponse | undefined): void {
    this.status = 'out';
    // Without a nexo response no terminal is reached, whatever answers there.
    const unreachable = response === undefined && error.condition !== 'Journal';
    if (this.#context.state === 'loggingIn') this.#context.enter(unreachable ? 'unreachable' : 'loggedOut');
    for (const ref of this.#refs.splice(0)) {
      this.#context.push({ type: 'failed', ref, error: loginError(error) });
    }
    for (const callback of this.#callbacks.splice(0)) callback({ ok: false, error });
  }
}

/** Sends one Login, past a request that is open. @param at an address to try instead of the terminal's own */
export function sendLogin(
  context: SessionContext,
  { operator, at }: { operator?: Operator | undefined; at?: string },
  answered: (answer: Answer) => void,
): OpenRequest | undefined {
  const options = { overtake: true, timeout: context.config.timeouts.login, ...(at !== undefined && { at }) };
  const build = (config: SessionContext['config'], id: string) => loginRequest(config, id, context.now, operator);
  return sendRequest(context, 'Login', build, options, answered);
}

const NO_RESPONSE: Reason = { condition: 'MessageFormat', message: 'No login response.' };

function loginError(error: Reason): NexoError {
  const advice: Record<string, string> = {
    Unreachable: 'Check that the terminal is on, and its connection settings.',
    NoAnswer: 'Check its connection settings: what answers there may be no nexo terminal.',
    Busy: 'The terminal is busy with its own affairs: try again in a minute.',
  };
  const hint = advice[error.condition] ?? 'Check POIID and the terminal’s own set-up.';
  return new NexoError(
    'login_failed',
    `Login failed (${error.condition}): ${error.message} ${hint}`.replace(/ {2,}/g, ' '),
  );
}
