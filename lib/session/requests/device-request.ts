import type { Message, Nexo, SaleToPOIResponse } from '../../protocol/types.ts';
import { abortError, dialogError } from '../errors.ts';
import type { ExchangeResult } from '../events.ts';
import { matched } from '../payment/response-matching.ts';
import { reasonOf } from '../payment/verdict.ts';
import type { Reason } from '../record.ts';
import { retryDelay, type SessionContext } from '../session-context.ts';
import { type Login, NO_IDS } from './login.ts';
import { abortRequest, type DeviceBody, deviceRequest } from './requests.ts';

const CATEGORIES = { DisplayRequest: 'Display', InputRequest: 'Input', PrintRequest: 'Print' } as const;

/**
 * Something shown, asked or printed on the terminal. It fits only where no other request is open, so it takes its turn
 * like a payment; right after one the terminal may be busy, and is asked again.
 */
export class DeviceRequest {
  readonly #context: SessionContext;
  readonly #login: Login;
  readonly #ref: string;
  readonly #body: DeviceBody;
  readonly #ended: () => void;
  #busy = 0;
  #loginTried = false;
  /** The question that is out there. */
  #asking: string | undefined;

  constructor(context: SessionContext, login: Login, ref: string, body: DeviceBody, ended: () => void) {
    this.#context = context;
    this.#login = login;
    this.#ref = ref;
    this.#body = body;
    this.#ended = ended;
  }

  /** Its turn has come. */
  run(): void {
    if (this.#context.config.autoLogin && this.#login.status !== 'in') this.#logIn();
    else this.#send();
  }

  /** Takes a question back that nobody answers. A display cannot be aborted: it is there at once. */
  abort(ref: string): void {
    const context = this.#context;
    const serviceId = this.#asking === undefined ? undefined : context.serviceId();
    if (this.#asking === undefined || serviceId === undefined) {
      return context.push({ type: 'done', ref, result: { type: 'abort', sent: false } });
    }
    const request = abortRequest(context.config, serviceId, 'Input', this.#asking);
    context.send(request, { overtake: true, timeout: context.config.timeouts.abort }, (reply) => {
      const taken = reply.type === 'empty' || reply.type === 'message';
      if (taken) context.push({ type: 'done', ref, result: { type: 'abort', request, sent: true } });
      else context.push({ type: 'failed', ref, error: abortError(reply.reason) });
    });
  }

  #logIn(): void {
    this.#loginTried = true;
    this.#login.need((result) => (result.ok ? this.#send() : this.#fail(result.error)));
  }

  #send(): void {
    const { config } = this.#context;
    const serviceId = this.#context.serviceId();
    if (serviceId === undefined) return this.#fail({ condition: 'Journal', message: NO_IDS });
    const seconds = 'InputRequest' in this.#body ? (this.#body.InputRequest.InputData.MaxInputTime ?? 0) : 0;
    const timeout = Math.max(config.timeouts.dialog, seconds * 1000 + config.timeouts.replyMargin);
    const request = deviceRequest(config, serviceId, this.#category, this.#body);
    if (this.#category === 'Input') this.#asking = serviceId;
    this.#context.send(request, { overtake: false, timeout }, (reply) => {
      this.#asking = undefined;
      this.#answered(reply, serviceId, request);
    });
  }

  get #category(): 'Display' | 'Input' | 'Print' {
    if ('DisplayRequest' in this.#body) return CATEGORIES.DisplayRequest;
    return 'InputRequest' in this.#body ? CATEGORIES.InputRequest : CATEGORIES.PrintRequest;
  }

  #answered(reply: ExchangeResult, serviceId: string, request: Message): void {
    if (reply.type === 'empty' && this.#category === 'Display') return this.#done(request, undefined);
    const match = matched(reply, this.#context.config, this.#category, serviceId);
    if ('reason' in match) {
      return this.#fail({ condition: match.unreachable ? 'Unreachable' : 'NoAnswer', message: match.reason });
    }
    const result = resultIn(match.response);
    const error = result && result.Result !== 'Success' ? reasonOf(result) : undefined;
    if (error === undefined) return this.#done(request, match.response);
    const { busyPayment } = this.#context.config.timeouts;
    if (error.condition === 'Busy' && this.#busy < busyPayment.length) {
      this.#context.after('dialog', retryDelay(busyPayment, this.#busy++), () => this.run());
    } else if (error.condition === 'NotAllowed' && this.#context.config.autoLogin && !this.#loginTried) this.#logIn();
    else this.#fail(error);
  }

  #done(request: Message, response: SaleToPOIResponse | undefined): void {
    this.#context.push({
      type: 'done',
      ref: this.#ref,
      result: { type: 'device', request, ...(response && { response }) },
    });
    this.#ended();
  }

  /** It has not had its turn. */
  refuse(reason: Reason): void {
    this.#context.push({ type: 'failed', ref: this.#ref, error: dialogError(reason) });
  }

  #fail(error: Reason): void {
    this.refuse(error);
    this.#ended();
  }
}

/** The result that counts: of an input its own, of a display its first that is not a success. */
function resultIn(response: SaleToPOIResponse): Nexo<'Response'> | undefined {
  const { InputResponse, PrintResponse, DisplayResponse } = response;
  if (InputResponse) return InputResponse.InputResult?.Response;
  if (PrintResponse) return PrintResponse.Response;
  const shown = DisplayResponse?.OutputResult ?? [];
  return (shown.find(({ Response }) => Response?.Result !== 'Success') ?? shown[0])?.Response;
}
