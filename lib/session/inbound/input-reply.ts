import { failure, inputAnswer, success } from '../../protocol/answers.ts';
import { NexoError } from '../../protocol/errors.ts';
import type { Message, SaleToPOIRequest } from '../../protocol/types.ts';

/** What a flow answers the terminal with: yes, no, or what was typed. */
export type ReplyValue = boolean | string;

/** The response to a print or input request with what the flow said; undefined where the value does not fit it. */
export function replyTo(request: SaleToPOIRequest, value: ReplyValue): Message | undefined {
  const message = { SaleToPOIRequest: request };
  if (request.PrintRequest) {
    if (typeof value !== 'boolean') return undefined;
    return value ? success(message) : safeReply(request);
  }
  try {
    return inputAnswer(message, value);
  } catch (error) {
    if (error instanceof NexoError) return undefined;
    throw error;
  }
}

/**
 * The response where nobody answers: what was to be printed was not, what was to be confirmed is refused (a signature
 * above all), what was to be typed was not.
 */
export function safeReply(request: SaleToPOIRequest): Message | undefined {
  const message = { SaleToPOIRequest: request };
  if (request.PrintRequest) return failure(message, 'DeviceOut', 'It was not printed');
  if (request.InputRequest?.InputData.InputCommand === 'GetConfirmation') return inputAnswer(message, false);
  return failure(message, 'Cancel', 'Nobody answered', true);
}
