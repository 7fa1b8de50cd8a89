import { failure, inputAnswer, success } from '../../protocol/answers.ts';
import { NexoError } from '../../protocol/errors.ts';
import type { Message, SaleToPOIRequest } from '../../protocol/types.ts';

/** A flow's answer to the terminal: yes, no, or the digits or text that were typed. */
export type ReplyValue = boolean | string;

/** The response to a print or input request with the flow's answer; undefined where the value does not fit it. */
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
 * The response where no answer comes: a print failed, a confirmation is refused (a signature above all), a typed input is
 * cancelled.
 */
export function safeReply(request: SaleToPOIRequest): Message | undefined {
  const message = { SaleToPOIRequest: request };
  if (request.PrintRequest) return failure(message, 'DeviceOut', 'It was not printed');
  if (request.InputRequest?.InputData.InputCommand === 'GetConfirmation') return inputAnswer(message, false);
  return failure(message, 'Cancel', 'No answer in time', true);
}
