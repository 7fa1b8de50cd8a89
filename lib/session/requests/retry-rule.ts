import { retryDelay, type SessionContext } from '../session-context.ts';
import type { Refusal } from './reply-classification.ts';

/** Send again after a pause in ms, or after a login. */
export type Retry = { type: 'pause'; ms: number } | { type: 'login' };

/**
 * Decides whether a request that the terminal refused is sent again: the one place for that. After `busy` it is, with
 * growing pauses; after `notAllowed` once, where the session logs in by itself.
 */
export class RetryRule {
  readonly #context: SessionContext;
  #pauses = 0;
  #loginTried = false;

  constructor(context: SessionContext) {
    this.#context = context;
  }

  /** @returns undefined where the refusal stands */
  after(refusal: Refusal): Retry | undefined {
    const { autoLogin, timeouts } = this.#context.config;
    if (refusal === 'busy') {
      if (this.#pauses >= timeouts.busyPayment.length) return undefined;
      return { type: 'pause', ms: retryDelay(timeouts.busyPayment, this.#pauses++) };
    }
    if (!autoLogin || this.#loginTried) return undefined;
    this.#loginTried = true;
    return { type: 'login' };
  }

  /** The session has just logged in for this request: another login would not help. */
  loggedIn(): void {
    this.#loginTried = true;
  }
}
