import { NexoError } from '../../protocol/errors.ts';
import type { Message, SaleToPOIResponse } from '../../protocol/types.ts';
import type { SessionState } from '../effects.ts';
import type { ExchangeResult, Operator } from '../events.ts';
import { matched, poiTransactionIn, repeatedIn } from '../payment/response-matching.ts';
import { reasonOf } from '../payment/verdict.ts';
import type { Reason } from '../record.ts';
import { retryDelay, type SessionContext } from '../session-context.ts';
import { loginRequest, statusRequest } from './requests.ts';

export type LoginResult = { ok: true } | { ok: false; error: Reason; unreachable: boolean };

/**
 * The login session: opened when something needs it, `Busy` tried again with growing pauses (a terminal calls its host
 * right after power-up). Several who need it share one Login.
 */
export class Login {
  status: 'out' | 'pending' | 'in' = 'out';
  readonly #context: SessionContext;
  readonly #learn: (response: SaleToPOIResponse) => void;
  #refs: string[] = [];
  #operator: Operator | undefined;
  /** What the terminal's last transaction is. */
  #asked = false;
  #waiting: ((result: LoginResult) => void)[] = [];

  /** @param learn hears what the terminal says of itself at each login */
  constructor(context: SessionContext, learn: (response: SaleToPOIResponse) => void) {
    this.#context = context;
    this.#learn = learn;
  }

  /** Logs in, even where a session is open, and answers `ref`. */
  request(ref: string, operator?: Operator): void {
    if (operator) this.#operator = operator;
    this.#refs.push(ref);
    if (this.status !== 'pending') this.#start();
  }

  /** Calls back once logged in, or when that has failed. */
  need(then: (result: LoginResult) => void): void {
    this.#waiting.push(then);
    if (this.status !== 'pending') this.#start();
  }

  #start(): void {
    this.status = 'pending';
    if (IDLE.has(this.#context.state)) this.#context.enter('loggingIn');
    this.#attempt(0);
  }

  #attempt(tries: number): void {
    const { config, now } = this.#context;
    const serviceId = this.#context.serviceId();
    if (serviceId === undefined) return this.#fail({ condition: 'Journal', message: NO_IDS }, false);
    const request = loginRequest(config, serviceId, now, this.#operator);
    this.#context.send(request, { overtake: true, timeout: config.timeouts.login }, (reply) => {
      this.#answered(reply, serviceId, tries, request);
    });
  }

  #answered(reply: ExchangeResult, serviceId: string, tries: number, request: Message): void {
    const { config } = this.#context;
    const match = matched(reply, config, 'Login', serviceId);
    if ('reason' in match) {
      const condition = match.unreachable ? 'Unreachable' : 'NoAnswer';
      return this.#fail({ condition, message: match.reason }, match.unreachable);
    }
    const result = match.response.LoginResponse?.Response;
    if (result?.Result === 'Success') {
      this.#learn(match.response);
      return this.#learnBaseline(request, match.response);
    }
    const error: Reason = result ? reasonOf(result) : { condition: 'MessageFormat', message: 'No login response.' };
    if (error.condition === 'Busy' && tries < config.timeouts.busyLogin.length) {
      this.#context.after('login', retryDelay(config.timeouts.busyLogin, tries), () => this.#attempt(tries + 1));
      return;
    }
    this.#fail(error, false);
  }

  /**
   * A journal that knows no transaction of this terminal could never prove that a lost request was not started: so the
   * terminal is asked once what its last transaction is. A card that was read is in no journal either: after a start it
   * may be the terminal's last. A terminal that does not say is used all the same.
   */
  #learnBaseline(request: Message, login: SaleToPOIResponse): void {
    const context = this.#context;
    const serviceId = this.#asked ? undefined : context.serviceId();
    if (serviceId === undefined) return this.#succeed(request, login);
    this.#asked = true;
    context.send(
      statusRequest(context.config, serviceId),
      { overtake: true, timeout: context.config.timeouts.status },
      (reply) => {
        const match = matched(reply, context.config, 'TransactionStatus', serviceId);
        if ('response' in match) this.#noteLast(match.response);
        this.#succeed(request, login);
      },
    );
  }

  #noteLast(response: SaleToPOIResponse): void {
    const context = this.#context;
    const last = repeatedIn(response);
    const card = last?.response.CardAcquisitionResponse !== undefined;
    const condition = response.TransactionStatusResponse?.Response.ErrorCondition;
    if (last !== undefined && (card || context.baseline === undefined)) {
      context.answered(last.header.ServiceID ?? '', poiTransactionIn(last.response));
    } else if (condition === 'NotFound') context.baseline ??= { serviceIds: [], none: true };
  }

  /** The session was opened by a login that tried another address. What a first login has to learn is left to the next. */
  opened(): void {
    if (this.status === 'pending') return;
    this.status = this.#context.baseline === undefined ? 'out' : 'in';
    this.#context.enter(this.status === 'in' ? 'ready' : 'loggedOut');
  }

  #succeed(request: Message, response: SaleToPOIResponse): void {
    this.status = 'in';
    // A login resets the terminal: it lets go of a card it has read.
    delete this.#context.service;
    if (this.#context.state === 'loggingIn') this.#context.enter('ready');
    const refs = this.#refs.splice(0);
    for (const ref of refs) this.#context.push({ type: 'done', ref, result: { type: 'login', request, response } });
    for (const then of this.#waiting.splice(0)) then({ ok: true });
  }

  #fail(error: Reason, unreachable: boolean): void {
    this.status = 'out';
    // Where something answers that is no terminal, none is reached either.
    const nobody = unreachable || error.condition === 'NoAnswer';
    if (this.#context.state === 'loggingIn') this.#context.enter(nobody ? 'unreachable' : 'loggedOut');
    for (const ref of this.#refs.splice(0)) {
      this.#context.push({ type: 'failed', ref, error: loginError(error) });
    }
    for (const then of this.#waiting.splice(0)) then({ ok: false, error, unreachable });
  }
}

/** States in which a login is what the terminal is doing; in the others something more important goes on. */
const IDLE: ReadonlySet<SessionState> = new Set(['loggedOut', 'unreachable', 'ready', 'maintenance']);

export const NO_IDS = 'The journal does not confirm its writes: see its error, then try again.';

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
