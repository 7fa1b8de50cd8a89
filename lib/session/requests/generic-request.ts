import { NexoError } from '../../protocol/errors.ts';
import { messages } from '../../protocol/schema.ts';
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

/** What moves money, or what is worth money: here it would do so without a record, and its outcome might stay unknown. */
const MOVES_MONEY = new Set(['BatchRequest', 'StoredValueRequest', 'LoyaltyRequest']);
/** What has a node of its own, which knows its rules. */
const OWN_WAY: Record<string, string> = {
  LoginRequest: 'nexo-login',
  LogoutRequest: 'nexo-logout',
  PaymentRequest: 'nexo-payment',
  ReversalRequest: 'nexo-reversal',
  AbortRequest: 'nexo-abort',
  TransactionStatusRequest: 'nexo-status',
  EnableServiceRequest: 'nexo-card',
  CardAcquisitionRequest: 'nexo-card',
  DisplayRequest: 'nexo-display',
  InputRequest: 'nexo-input',
  PrintRequest: 'nexo-print',
};

/** The requests that have no node of their own, as the schema table names them. */
export const REQUESTABLE: readonly BodyName[] = (Object.keys(messages) as BodyName[]).filter(
  (name) =>
    messages[name].root === 'SaleToPOIRequest' &&
    messages[name].type === 'Request' &&
    !Object.hasOwn(OWN_WAY, name) &&
    !MOVES_MONEY.has(name),
);

/**
 * The name of the one body that is asked for.
 * @throws NexoError `no_body`, `several_bodies`, `unknown_field`, `own_node` with the node that does it, `moves_money`
 */
export function bodyNameOf(body: RequestBody): BodyName {
  const [name, ...more] = Object.keys(body).filter((key) => body[key as keyof RequestBody] !== undefined);
  if (name === undefined) {
    throw new NexoError('no_body', 'There is no request in the message: send { AdminRequest: {} } or another one.', {
      path: 'payload',
    });
  }
  if (more.length > 0) {
    throw new NexoError('several_bodies', `A message carries one request, not ${[name, ...more].join(' and ')}.`, {
      path: `payload.${more[0]}`,
    });
  }
  const own = Object.hasOwn(OWN_WAY, name) ? OWN_WAY[name] : undefined;
  if (own !== undefined) {
    throw new NexoError('own_node', `${name} has a node of its own, which keeps its rules: use ${own}.`, {
      path: `payload.${name}`,
    });
  }
  if (MOVES_MONEY.has(name)) {
    throw new NexoError(
      'moves_money',
      `${name} moves money, or what is worth money, and no record of it would be kept here: it is not sent.`,
      { path: `payload.${name}` },
    );
  }
  if (REQUESTABLE.includes(name as BodyName)) return name as BodyName;
  throw new NexoError(
    'unknown_field',
    `${name} is no request that can be sent: use one of ${REQUESTABLE.join(', ')}.`,
    {
      path: `payload.${name}`,
    },
  );
}

/** Any request of the schema table that has no part of its own here. It takes its turn like a payment. */
export class GenericRequest {
  readonly #context: SessionContext;
  readonly #login: Login;
  readonly #ref: string;
  readonly #body: RequestBody;
  readonly #name: BodyName;
  readonly #ended: () => void;
  #busy = 0;
  #loginTried = false;

  /** @throws NexoError what is wrong with the body, with the field's path: nothing was sent */
  constructor(context: SessionContext, login: Login, ref: string, body: RequestBody, ended: () => void) {
    this.#name = bodyNameOf(body);
    validate(anyRequest(context.config, '1', this.#name, body));
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
