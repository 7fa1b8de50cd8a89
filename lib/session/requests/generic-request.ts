import { NexoError } from '../../protocol/errors.ts';
import { isRequestable, messages, type RequestableName } from '../../protocol/schema.ts';
import type { BodyName } from '../../protocol/types.ts';
import { validate } from '../../protocol/validate.ts';
import { askError } from '../errors.ts';
import type { Reason } from '../record.ts';
import type { SessionContext } from '../session-context.ts';
import type { Login } from './login.ts';
import { RequestJob } from './request-job.ts';
import { anyRequest, type RequestBody } from './requests.ts';

/** A caller without types must not send a payment this way: it would not be journalled. */
function assertRequestable(name: string): void {
  if (isRequestable(name)) return;
  const { node, movesMoney } = Object.hasOwn(messages, name) ? messages[name as BodyName] : {};
  const message = `${name} cannot be sent as a generic request. Use the command for this message.`;
  throw new NexoError(node === undefined && movesMoney ? 'moves_money' : 'own_node', message, {
    path: `payload.${name}`,
  });
}

/**
 * Makes the job of any request that has none of its own, and answers `ref`. It takes its turn like a payment.
 * @throws NexoError what `validate` throws, with the field's path; `own_node`, `moves_money`: nothing was sent
 */
export function genericJob(
  context: SessionContext,
  login: Login,
  ref: string,
  { name, body }: { name: RequestableName; body: RequestBody },
  ended: () => void,
): RequestJob {
  assertRequestable(name);
  validate(anyRequest(context.config, '1', name, body));
  const refuse = (reason: Reason) => context.push({ type: 'failed', ref, error: askError(name, reason) });
  return new RequestJob(context, login, {
    category: messages[name].category,
    build: (config, id) => anyRequest(config, id, name, body),
    timeout: context.config.timeouts.response,
    refuse,
    ended: ({ request, response, error }) => {
      // The caller judges a response, a failure too.
      if (error && response === undefined) refuse(error);
      else if (request) {
        context.push({ type: 'done', ref, result: { type: 'request', request, ...(response && { response }) } });
      }
      ended();
    },
  });
}
