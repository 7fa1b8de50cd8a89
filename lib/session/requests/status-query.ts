import type { Repeated, StatusFound } from '../effects.ts';
import { repeatedIn } from '../payment/response-matching.ts';
import type { SessionContext } from '../session-context.ts';
import type { Answer, Category } from './reply-classification.ts';
import { type OpenRequest, sendRequest } from './request-exchange.ts';
import { statusRequest } from './requests.ts';

/** The answer to a TransactionStatus, and the message that the terminal repeats in it. */
export interface StatusAnswer extends Answer {
  repeated?: Repeated;
}

/**
 * Sends a TransactionStatus, past a request that is open.
 *
 * @param about the request whose outcome is wanted; without it, the terminal's last transaction
 * @param answered as of `sendRequest`
 */
export function queryStatus(
  context: SessionContext,
  about: { category: Category; serviceId: string } | undefined,
  answered: (answer: StatusAnswer) => void,
): OpenRequest | undefined {
  const options = { overtake: true, timeout: context.config.timeouts.status };
  const build = (config: SessionContext['config'], id: string) => statusRequest(config, id, about);
  return sendRequest(context, 'TransactionStatus', build, options, (answer) => {
    const repeated = answer.response && repeatedIn(answer.response);
    answered({ ...answer, ...(repeated && { repeated }) });
  });
}

/** What the terminal says of a transaction: the message that it repeats, or why there is none. */
export function foundIn({ repeated, error }: StatusAnswer): StatusFound {
  if (repeated) return { type: 'message', ...repeated };
  return { type: 'none', ...(error ?? { condition: 'Unspecified', message: '' }) };
}
