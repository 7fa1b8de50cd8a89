import type { Message } from '../../protocol/types.ts';
import { abortError } from '../errors.ts';
import type { SessionConfig, SessionContext } from '../session-context.ts';
import { type Answer, type Category, classify } from './reply-classification.ts';
import { abortRequest } from './requests.ts';

export const NO_IDS = 'The journal does not confirm its writes: see its error, then try again.';

export type BuildRequest = (config: SessionConfig, serviceId: string) => Message;

/** A request that is open. */
export interface OpenRequest {
  serviceId: string;
  /** For `SessionContext.cancel`. */
  exchange: number;
}

/**
 * Sends a request: takes a ServiceID, builds the message, sends it, and classifies the reply.
 *
 * @param options as of `SessionContext.send`
 * @param answered called once, unless the exchange is cancelled; before this returns where no ServiceID is left
 * @returns undefined where no ServiceID is left and nothing was sent
 */
export function sendRequest(
  context: SessionContext,
  category: Category,
  build: BuildRequest,
  options: { overtake: boolean; timeout: number; at?: string },
  answered: (answer: Answer) => void,
): OpenRequest | undefined {
  const serviceId = context.serviceId();
  if (serviceId === undefined) {
    answered({ error: { condition: 'Journal', message: NO_IDS } });
    return undefined;
  }
  const request = build(context.config, serviceId);
  const exchange = context.send(request, options, (reply) => {
    answered({ request, serviceId, ...classify(reply, context.config, category, serviceId) });
  });
  return { serviceId, exchange };
}

/**
 * Sends an Abort of an open request, and answers `ref`.
 * @param taken called when the terminal has taken it
 * @returns as of `sendRequest`
 */
export function sendAbort(
  context: SessionContext,
  ref: string,
  about: { category: Category; serviceId: string; transactionId?: string },
  taken: () => void = () => undefined,
): OpenRequest | undefined {
  const { category, serviceId, transactionId } = about;
  const build: BuildRequest = (config, id) => abortRequest(config, id, category, serviceId);
  const options = { overtake: true, timeout: context.config.timeouts.abort };
  return sendRequest(context, 'Abort', build, options, ({ error, request }) => {
    if (error) return context.push({ type: 'failed', ref, error: abortError(error.message) });
    const named = { ...(request && { request }), ...(transactionId !== undefined && { transactionId }) };
    context.push({ type: 'done', ref, result: { type: 'abort', sent: true, ...named } });
    taken();
  });
}
