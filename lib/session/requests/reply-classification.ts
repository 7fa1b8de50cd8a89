import { messages } from '../../protocol/schema.ts';
import type { Message, MessageHeader, Nexo, SaleToPOIResponse } from '../../protocol/types.ts';
import type { ExchangeResult } from '../events.ts';
import { answers } from '../payment/response-matching.ts';
import type { Reason } from '../record.ts';
import type { Identity } from './requests.ts';

export type Category = MessageHeader['MessageCategory'];

/** How a request ended. */
export interface Answer {
  /** The request as it was sent, and its ServiceID; absent where nothing was sent. */
  request?: Message;
  serviceId?: string;
  /** The response that belongs to the request; absent where none arrived. */
  response?: SaleToPOIResponse;
  /** Why it failed: with a `response` the terminal's own reason, else `Journal`, `Unreachable` or `NoAnswer`. */
  error?: Reason;
}

/** A refusal that proves that the terminal did not start the request: it was busy, or has no login session. */
export type Refusal = 'busy' | 'notAllowed';

/**
 * Classifies what an exchange brought: the one place where a reply becomes an answer. What a response to a payment or a
 * reversal proves is for `verdict.ts` to judge.
 */
export function classify(reply: ExchangeResult, identity: Identity, category: Category, serviceId: string): Answer {
  if (isAcknowledgement(reply, category)) return {};
  switch (reply.type) {
    case 'message': {
      const { header, response } = reply;
      if (!answers(header, identity, category, serviceId)) {
        return noAnswer(`The terminal answered a ${category} request with another message.`);
      }
      const error = failureOf(response, category);
      return { response, ...(error && { error }) };
    }
    case 'empty':
      return noAnswer('The terminal answered without a message.');
    case 'unreachable':
      return { error: { condition: 'Unreachable', message: reply.reason } };
    default:
      return noAnswer(reply.reason);
  }
}

/** The terminal's own reason for a response that is no success. */
export function failureOf(response: SaleToPOIResponse, category: Category): Reason | undefined {
  const result = resultIn(response, category);
  return result === undefined || spelling(result.Result) === 'Success' ? undefined : reasonOf(result);
}

/** Whether the terminal refused without starting anything, and for which reason. */
export function refusalOf({ condition }: Reason): Refusal | undefined {
  if (condition === 'Busy') return 'busy';
  return condition === 'NotAllowed' || condition === 'LoggedOut' ? 'notAllowed' : undefined;
}

/** Whether a repeated answer to a request that moves money says that it is still running. */
export function isStillRunning({ PaymentResponse, ReversalResponse }: SaleToPOIResponse): boolean {
  const condition = (PaymentResponse ?? ReversalResponse)?.Response?.ErrorCondition;
  return condition === 'Busy' || condition === 'InProgress';
}

const RESULTS = ['Success', 'Partial', 'Failure'] as const;

/** The value of the schema that a Result is, whatever the case of its letters; undefined where it is none. */
export function spelling(result: string | undefined): (typeof RESULTS)[number] | undefined {
  const text = result?.toLowerCase();
  return RESULTS.find((known) => known.toLowerCase() === text);
}

/** The terminal's ErrorCondition and AdditionalResponse. */
export function reasonOf(result: Nexo<'Response'>): Reason {
  return { condition: result.ErrorCondition ?? 'Unspecified', message: result.AdditionalResponse ?? '' };
}

/** The result that counts: of an input its own, of a display the first that is not a success. */
function resultIn(response: SaleToPOIResponse, category: Category): Nexo<'Response'> | undefined {
  if (category === 'Input') return response.InputResponse?.InputResult?.Response;
  if (category === 'Display') {
    const shown = response.DisplayResponse?.OutputResult ?? [];
    return (shown.find(({ Response }) => Response?.Result !== 'Success') ?? shown[0])?.Response;
  }
  const bodies = response as unknown as Record<string, { Response?: Nexo<'Response'> } | undefined>;
  return bodies[`${category}Response`]?.Response;
}

/** An empty reply (HTTP 204) acknowledges a display, and what has no response in nexo; a message acknowledges an abort too. */
function isAcknowledgement({ type }: ExchangeResult, category: Category): boolean {
  if (type === 'message') return category === 'Abort';
  return type === 'empty' && (category === 'Display' || !(`${category}Response` in messages));
}

function noAnswer(message: string): Answer {
  return { error: { condition: 'NoAnswer', message } };
}
