import type { SessionContext } from '../session-context.ts';
import type { Login } from './login.ts';
import { refusalOf } from './reply-classification.ts';
import { RetryRule } from './retry-rule.ts';
import { foundIn, queryStatus } from './status-query.ts';

/**
 * Answers `ref` with what the terminal says of a payment, or of its last transaction.
 *
 * @param about the payment's ServiceID
 * @param idle whether the terminal has nothing to do: only then may a login, which resets it, come first
 */
export function reportStatus(
  context: SessionContext,
  login: Login,
  ref: string,
  about: string | undefined,
  idle: () => boolean,
  retry = new RetryRule(context),
): void {
  queryStatus(context, about ? { category: 'Payment', serviceId: about } : undefined, (answer) => {
    const { request, response, repeated, error } = answer;
    const messages = { ...(request && { request }), ...(response && { response }) };
    const done = () =>
      context.push({ type: 'done', ref, result: { type: 'status', ...messages, found: foundIn(answer) } });
    const noSession = response && !repeated && error && refusalOf(error) === 'notAllowed';
    if (!noSession || !idle() || !retry.after('notAllowed')) return done();
    login.need((result) => (result.ok ? reportStatus(context, login, ref, about, idle, retry) : done()));
  });
}
