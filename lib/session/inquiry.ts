import type { Message } from '../protocol/types.ts';
import type { Core } from './core.ts';
import type { Reply, StatusFound } from './effects.ts';
import { logoutError } from './failures.ts';
import { type Login, NO_IDS } from './login.ts';
import { matched, repeatedIn } from './match.ts';
import { logoutRequest, statusRequest } from './requests.ts';
import { reasonOf } from './verdict.ts';

/** What flows ask of a terminal that moves no money. */
export class Inquiry {
  readonly #core: Core;
  readonly #login: Login;

  constructor(core: Core, login: Login) {
    this.#core = core;
    this.#login = login;
  }

  /** Ends the login session. `ended` is called when the terminal is free for what comes next: whether it took the logout. */
  logout(ref: string, maintenanceAllowed: boolean, ended: (taken: boolean) => void): void {
    const core = this.#core;
    const serviceId = core.serviceId();
    if (serviceId === undefined) {
      core.push({ type: 'failed', ref, error: logoutError(NO_IDS) });
      return ended(false);
    }
    const options = { overtake: false, timeout: core.config.limits.logout };
    const request = logoutRequest(core.config, serviceId, maintenanceAllowed);
    core.send(request, options, (reply) => {
      this.#loggedOut(ref, serviceId, reply, request);
      const { response } = reply.type === 'message' ? reply : {};
      ended(response?.LogoutResponse?.Response.Result === 'Success');
    });
  }

  #loggedOut(ref: string, serviceId: string, reply: Reply, request: Message): void {
    const core = this.#core;
    const match = matched(reply, core.config, 'Logout', serviceId);
    if ('reason' in match) return core.push({ type: 'failed', ref, error: logoutError(match.reason) });
    const result = match.response.LogoutResponse?.Response;
    const error = result && result.Result !== 'Success' ? reasonOf(result) : undefined;
    const out = error === undefined || error.condition === 'NotAllowed' || error.condition === 'LoggedOut';
    if (!out) {
      const text = `${error.condition} ${error.message}`;
      return core.push({ type: 'failed', ref, error: logoutError(text) });
    }
    this.#login.status = 'out';
    core.enter('loggedOut');
    core.push({ type: 'done', ref, result: { type: 'logout', request, response: match.response } });
  }

  /** Asks the terminal how a payment, or without one its last transaction, ended; logs in for it where `idle`. */
  status(ref: string, about: string | undefined, idle: () => boolean, again = false): void {
    const core = this.#core;
    const serviceId = core.serviceId();
    if (serviceId === undefined) {
      const found: StatusFound = { type: 'none', condition: 'Journal', message: NO_IDS };
      return core.push({ type: 'done', ref, result: { type: 'status', found } });
    }
    const request = statusRequest(core.config, serviceId, about && { category: 'Payment', serviceId: about });
    const options = { overtake: true, timeout: core.config.limits.status };
    core.send(request, options, (reply) => {
      const match = matched(reply, core.config, 'TransactionStatus', serviceId);
      const found = foundIn(match);
      const response = 'response' in match ? { response: match.response } : {};
      const done = () => core.push({ type: 'done', ref, result: { type: 'status', request, ...response, found } });
      const loggedOut = found.type === 'none' && (found.condition === 'NotAllowed' || found.condition === 'LoggedOut');
      if (!loggedOut || again || !core.config.autoLogin || !idle()) return done();
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
