import type { SaleToPOIRequest } from '../../lib/protocol/types.ts';
import type { ExchangeResult } from '../../lib/session/events.ts';
import type { Device } from './device.ts';
import { answerStatus, failure, type NetFault } from './faults.ts';
import type { Scheduler } from './scheduler.ts';

export interface StatusLiesOptions {
  scheduler: Scheduler;
  device: Device;
  /** The terminal repeats requests that it refused, too. */
  remembers: boolean;
  /** A fault that was used. */
  used(fault: string): void;
}

/** How far apart lies of the terminal are: two rounds in a row would be proof. */
const BETWEEN_LIES = 61_000;

/** What some terminals say in a status, though it is not, or not any more, what they hold. */
export class StatusLies {
  readonly #options: StatusLiesOptions;
  #lastLie = Number.NEGATIVE_INFINITY;
  #lie: { until: number; card: boolean } | undefined;
  readonly #refused = new Map<string, Extract<ExchangeResult, { type: 'message' }>>();

  constructor(options: StatusLiesOptions) {
    this.#options = options;
  }

  /** Some terminals answer a status about a request that they refused with that refusal, others know nothing of it. */
  remembered(
    { MessageHeader: header, TransactionStatusRequest: asked }: SaleToPOIRequest,
    reply: ExchangeResult,
  ): ExchangeResult {
    if (!this.#options.remembers || reply.type !== 'message') return reply;
    const { PaymentResponse, ReversalResponse, TransactionStatusResponse: status } = reply.response;
    const result = (PaymentResponse ?? ReversalResponse)?.Response;
    if (result?.ErrorCondition === 'Busy' || result?.ErrorCondition === 'NotAllowed') {
      // A reversal of what is reversed already is refused with the same words, but was dealt with.
      if (PaymentResponse) this.#refused.set(header.ServiceID ?? '', reply);
      return reply;
    }
    const refused = this.#refused.get(asked?.MessageReference?.ServiceID ?? '');
    if (refused === undefined || status?.Response.ErrorCondition !== 'NotFound') return reply;
    this.#options.used('statusRefusal');
    const { MessageHeader, PaymentResponse: repeated } = refused.response;
    const RepeatedMessageResponse = { MessageHeader, ...(repeated && { PaymentResponse: repeated }) };
    return answerStatus(reply, { Response: { Result: 'Success' }, RepeatedMessageResponse }) ?? reply;
  }

  /** One round in which the terminal's answers lag behind: it does not know the request, and names an older one as its last. */
  status(request: SaleToPOIRequest, fault: NetFault | undefined, reply: ExchangeResult): ExchangeResult {
    const asked = request.TransactionStatusRequest;
    const { now } = this.#options.scheduler;
    if (asked === undefined || reply.type !== 'message') return reply;
    if (asked.MessageReference !== undefined) {
      const lies = fault === 'statusStale' || fault === 'statusCardAcquisition';
      if (!lies || now < this.#lastLie + BETWEEN_LIES) return reply;
      this.#lastLie = now;
      this.#lie = { until: now + 200, card: fault === 'statusCardAcquisition' };
      return answerStatus(reply, failure('NotFound')) ?? reply;
    }
    const lie = this.#lie;
    this.#lie = undefined;
    if (lie === undefined || now > lie.until) return reply;
    this.#options.used(lie.card ? 'statusCardAcquisition' : 'statusStale');
    return this.#older(reply, lie.card);
  }

  #older(reply: Extract<ExchangeResult, { type: 'message' }>, card: boolean): ExchangeResult {
    const before = this.#options.device.records.at(-2);
    const found =
      before === undefined
        ? failure('NotFound')
        : {
            Response: { Result: 'Success' as const },
            RepeatedMessageResponse: {
              ...before.body,
              MessageHeader: card ? { ...before.header, MessageCategory: 'CardAcquisition' as const } : before.header,
            },
          };
    return answerStatus(reply, found) ?? reply;
  }
}
