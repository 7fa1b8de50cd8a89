import type { Message } from '../../protocol/types.ts';
import type { StatusFound } from '../effects.ts';
import { logoutError } from '../errors.ts';
import type { ExchangeResult } from '../events.ts';
import { matched, repeatedIn } from '../payment/response-matching.ts';
import { reasonOf } from '../payment/verdict.ts';
import type { SessionContext } from '../session-context.ts';
import { type Login, NO_IDS } from './login.ts';
import { logoutRequest, statusRequest } from './requests.ts';

/** What flows ask of a terminal that moves no money. */
export class StatusQuery {
  readonly #context: SessionContext;
  readonly #login: Login;

  constructor(context: SessionContext, login: Login) {
    this.#context = context;
    this.#login = login;
  }

  /** Ends the login session. `ended` is called when the terminal is free for what comes next: whether it took the logout. */
  logout(ref: string, maintenanceAllowed: boolean, ended: (taken: boolean) => void): void {
    const context = this.#context;
    const serviceId = context.serviceId();
    if (serviceId === undefined) {
      context.push({ type: 'failed', ref, error: logoutError(NO_IDS) });
      return ended(false);
    }
    const options = { overtake: false, timeout: context.config.timeouts.logout };
    const request = logoutRequest(context.config, serviceId, maintenanceAllowed);
    context.send(request, options, (reply) => {
      this.#loggedOut(ref, serviceId, reply, request);
      const { response } = reply.type === 'message' ? reply : {};
      ended(response?.LogoutResponse?.Response.Result === 'Success');
    });
  }

  #loggedOut(ref: string, serviceId: string, reply: ExchangeResult, request: Message): void {
    const context = this.#context;
    const match = matched(reply, context.config, 'Logout', serviceId);
    if ('reason' in match) return context.push({ type: 'failed', ref, error: logoutError(match.reason) });
    const result = match.response.LogoutResponse?.Response;
    const error = result && result.Result !== 'Success' ? reasonOf(result) : undefined;
    const out = error === undefined || error.condition === 'NotAllowed' || error.condition === 'LoggedOut';
    if (!out) {
      const text = `${error.condition} ${error.message}`;
      return context.push({ type: 'failed', ref, error: logoutError(text) });
    }
    this.#login.status = 'out';
    context.enter('loggedOut');
    context.push({ type: 'done', ref, result: { type: 'logout', request, response: match.response } });
  }

  /** Asks the terminal how a payment, or without one its last transaction, ended; logs in for it where `idle`. */
  status(ref: string, about: string | undefined, idle: () => boolean, again = false): void {
    const context = this.#context;
    const serviceId = context.serviceId();
    if (serviceId === undefined) {
      const found: StatusFound = { type: 'none', condition: 'Journal', message: NO_IDS };
      return context.push({ type: 'done', ref, result: { type: 'status', found } });
    }
    const request = statusRequest(context.config, serviceId, about && { category: 'Payment', serviceId: about });
    const options = { overtake: true, timeout: context.config.timeouts.status };
    context.send(request, options, (reply) => {
      const match = matched(reply, context.config, 'TransactionStatus', serviceId);
      const found = foundIn(match);
      const response = 'response' in match ? { response: match.response } : {};
      const done = () => context.push({ type: 'done', ref, result: { type: 'status', request, ...response, found } });
      const loggedOut = found.type === 'none' && (found.condition === 'NotAllowed' || found.condition === 'LoggedOut');
      if (!loggedOut || again || !context.config.autoLogin || !idle()) return done();
      this.#login.need((result) => (result.ok ? this.status(ref, about, idle, true) : done()));
    });
  }
}

function foundIn(match: ReturnType<typeof matched>): StatusFound {
  if ('reason' in match) {
    return { type: 'none', condition: match.unreachable ? 'Unreachable' : 'NoAnswer', message: match.reason };
  }
  const repeated = repeatedIn(match.response);
  if (repeated !== undefined) return { type: 'message', ...repeated };
  return { type: 'none', ...reasonOf(match.response.TransactionStatusResponse?.Response ?? { Result: 'Failure' }) };
}
