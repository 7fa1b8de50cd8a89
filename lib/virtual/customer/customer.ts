import type { Nexo } from '../../protocol/types.ts';
import { failedResponse } from '../terminal/responses.ts';

/**
 * The customer's reaction to a question: `true` (green key), `false` (red key), digits, `'cancel'` (stop key), or
 * `'nobody'` (no reaction). Where digits are asked for, `true` types some and `false` presses stop.
 */
export type CustomerAnswer = boolean | (string & {}) | 'cancel' | 'nobody';

/** A question can end with the answer to give: `Would you like membership? (no)`. */
const ANSWER_HINT = /\((yes|no|cancel|nobody|\d+)\)\s*$/;
const SUCCESS: Nexo<'Response'> = { Result: 'Success' };

/** The customer at the terminal. Answers yes unless a script or the question says otherwise. */
export class Customer {
  readonly #script: CustomerAnswer[] = [];

  /** Scripts the answers to the next questions, one each. */
  answer(...answers: readonly CustomerAnswer[]): void {
    this.#script.push(...answers);
  }

  /** The answer to this question: the next scripted one, the one in the question's text, or yes. */
  next(request: Nexo<'InputRequest'>): CustomerAnswer {
    const scripted = this.#script.shift();
    if (scripted !== undefined) return scripted;
    const hint = ANSWER_HINT.exec(questionLines(request).at(-1) ?? '')?.[1];
    return hint === undefined || hint === 'yes' ? true : hint === 'no' ? false : hint;
  }
}

/** The question's lines on the customer's display. */
export function questionLines(request: Nexo<'InputRequest'>): string[] {
  return (request.DisplayOutput?.OutputContent.OutputText ?? []).map(({ Text }) => Text);
}

/** The answer to an InputRequest: two results, of the display and of the input ("this differs from other responses"). */
export function inputResponse(request: Nexo<'InputRequest'>, answer: CustomerAnswer): Nexo<'InputResponse'> {
  const { Device, InfoQualify, InputCommand } = request.InputData;
  const display = request.DisplayOutput;
  return {
    ...(display
      ? { OutputResult: { Device: display.Device, InfoQualify: display.InfoQualify, Response: SUCCESS } }
      : {}),
    InputResult: { Device, InfoQualify, ...result(request.InputData, InputCommand, answer) },
  };
}

function result(
  data: Nexo<'InputData'>,
  InputCommand: Nexo<'InputCommand'>,
  answer: CustomerAnswer,
): { Response: Nexo<'Response'>; Input?: Nexo<'Input'> } {
  if (answer === 'cancel') return { Response: failedResponse('Cancel', 'Cancelled by the customer') };
  if (answer === 'nobody') return { Response: failedResponse('Cancel', 'No answer in time') };
  switch (InputCommand) {
    case 'GetConfirmation':
      return { Response: SUCCESS, Input: { InputCommand, ConfirmedFlag: answer !== false } };
    case 'GetAnyKey':
      return { Response: SUCCESS, Input: { InputCommand } };
    case 'DigitString':
      if (answer === false) return result(data, InputCommand, 'cancel');
      return { Response: SUCCESS, Input: { InputCommand, DigitInput: digits(data, answer) } };
    case 'TextString':
      if (answer === false) return result(data, InputCommand, 'cancel');
      return { Response: SUCCESS, Input: { InputCommand, TextInput: answer === true ? 'Ja' : answer } };
    default:
      return { Response: failedResponse('UnavailableService', 'The terminal does not support this InputCommand') };
  }
}

/** At most MaxLength digits. Without a script: MinLength digits, by default four. */
function digits({ MinLength = 4, MaxLength = 100 }: Nexo<'InputData'>, answer: string | true): string {
  if (answer !== true) return answer.replace(/\D/g, '').slice(0, MaxLength);
  const length = Math.min(Math.max(MinLength, 1), Math.max(MaxLength, 1), 100);
  return '1234567890'.repeat(10).slice(0, length);
}
