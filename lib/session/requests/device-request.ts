import { dialogError } from '../errors.ts';
import type { Reason } from '../record.ts';
import type { SessionContext } from '../session-context.ts';
import type { Login } from './login.ts';
import { RequestJob } from './request-job.ts';
import { type DeviceBody, deviceRequest } from './requests.ts';

/**
 * Makes the job of a display, an input or a print, and answers `ref`. The terminal takes it only where no other request is
 * open, so it takes its turn like a payment.
 */
export function deviceJob(
  context: SessionContext,
  login: Login,
  ref: string,
  body: DeviceBody,
  ended: () => void,
): RequestJob {
  const category = 'DisplayRequest' in body ? 'Display' : 'InputRequest' in body ? 'Input' : 'Print';
  const { dialog, replyMargin } = context.config.timeouts;
  const seconds = 'InputRequest' in body ? (body.InputRequest.InputData.MaxInputTime ?? 0) : 0;
  const refuse = (reason: Reason) => context.push({ type: 'failed', ref, error: dialogError(reason) });
  return new RequestJob(context, login, {
    category,
    build: (config, id) => deviceRequest(config, id, category, body),
    timeout: Math.max(dialog, seconds * 1000 + replyMargin),
    refuse,
    ended: ({ request, response, error }) => {
      if (error) refuse(error);
      else if (request) {
        context.push({ type: 'done', ref, result: { type: 'device', request, ...(response && { response }) } });
      }
      ended();
    },
  });
}
