import { NexoError } from '../../protocol/errors.ts';
import { isRequestable, messages, type RequestableName } from '../../protocol/schema.ts';
import type { BodyName, Message, SaleToPOIResponse } from '../../protocol/types.ts';
import { validate } from '../../protocol/validate.ts';
import { askError } from '../errors.ts';
import type { ExchangeResult } from '../events.ts';
import { matched } from '../payment/response-matching.ts';
import { reasonOf } from '../payment/verdict.ts';
import type { Reason } from '../record.ts';
import { retryDelay, type SessionContext } from '../session-context.ts';
import { type Login, NO_IDS } from './login.ts';
import { anyRequest, type RequestBody } from './requests.ts';

/** A caller without types must not send a payment this way: no journal would have it. */
function assertRequestable(name: string): void {
  if (isRequestable(name)) return;
  const { node, movesMoney } = Object.hasOwn(messages, name) ? messages[name as BodyName] : {};
  const message = `${name} is not sent as a request of any kind: it has rules of its own. Send it by its own command.`;
  throw new NexoError(node === undefined && movesMoney ? 'moves_money' : 'own_node', message, {
    path: `payload.${name}`,
  });
}

/** Any request of the schema table that has no part of its own here. It takes its turn like a payment. */
export class GenericRequest {
  readonly #context: SessionContext;
  readonly #login: Login;
  readonly #ref: string;
  readonly #body: RequestBody;
  readonly #name: RequestableName;
  readonly #ended: () => void;
  #busy = 0;
  #loginTried = false;

  /** @throws NexoError what `validate` throws, with the field's path; `own_node`, `moves_money`: nothing was sent */
  constructor(
    context: SessionContext,
    login: Login,
    ref: string,
    { name, body }: { name: RequestableName; body: RequestBody },
    ended: () => void,
  ) {
    assertRequestable(name);
    validate(anyRequest(context.config, '1', name, body));
    this.#name = name;
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

  #logIn(): void {
    this.#loginTried = true;
    this.#login.need((result) => (result.ok ? this.#send() : this.#fail(result.error)));
  }

  #send(): void {
    const context = this.#context;
    const serviceId = context.serviceId();
    if (serviceId === undefined) return this.#fail({ condition: 'Journal', message: NO_IDS });
    const request = anyRequest(context.config, serviceId, this.#name, this.#body);
    context.send(request, { overtake: false, timeout: context.config.timeouts.response }, (reply) => {
      this.#answered(reply, serviceId, request);
    });
  }

  #answered(reply: ExchangeResult, serviceId: string, request: Message): void {
    const { config } = this.#context;
    // InputUpdate has no answer but the word that it came.
    if (reply.type === 'empty' && !(answerOf(this.#name) in messages)) return this.#done({ request });
    const match = matched(reply, config, messages[this.#name].category, serviceId);
    if ('reason' in match) {
      return this.#fail({ condition: match.unreachable ? 'Unreachable' : 'NoAnswer', message: match.reason });
    }
    const error = failureIn(match.response, this.#name);
    const { busyPayment } = config.timeouts;
    if (error?.condition === 'Busy' && this.#busy < busyPayment.length) {
      this.#context.after('asked', retryDelay(busyPayment, this.#busy++), () => this.#send());
    } else if (error?.condition === 'NotAllowed' && config.autoLogin && !this.#loginTried) this.#logIn();
    else this.#done({ request, response: match.response });
  }

  #done(exchanged: { request: Message; response?: SaleToPOIResponse }): void {
    this.#context.push({ type: 'done', ref: this.#ref, result: { type: 'request', ...exchanged } });
    this.#ended();
  }

  /** It has not had its turn. */
  refuse(reason: Reason): void {
    this.#context.push({ type: 'failed', ref: this.#ref, error: askError(this.#name, reason) });
  }

  #fail(error: Reason): void {
    this.refuse(error);
    this.#ended();
  }
}

/** Why the terminal did not do it, if it did not. */
export function failureIn(response: SaleToPOIResponse, name: BodyName): Reason | undefined {
  const bodies = response as unknown as Record<string, { Response?: Parameters<typeof reasonOf>[0] } | undefined>;
  const body = bodies[answerOf(name)];
  const result = body?.Response;
  return result === undefined || result.Result === 'Success' ? undefined : reasonOf(result);
}

function answerOf(name: BodyName): string {
  return name.replace(/Request$|$/, 'Response');
}
