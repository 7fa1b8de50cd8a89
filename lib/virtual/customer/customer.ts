import type { Nexo } from '../../protocol/types.ts';
import { failedResponse } from '../terminal/responses.ts';

/**
 * What a customer does with a question: presses green or red, types digits, presses stop, or has left. What does not
 * go with the question is taken as yes (digits, for `true`) or as stop (no digits, for `false`).
 */
export type CustomerAnswer = boolean | (string & {}) | 'cancel' | 'nobody';

/** A question may carry its own answer at its end: `Would you like membership? (no)`. */
const HINT = /\((yes|no|cancel|nobody|\d+)\)\s*$/;
const SUCCESS: Nexo<'Response'> = { Result: 'Success' };

/** The customer at the terminal, who agrees with everything unless told otherwise. */
export class Customer {
  readonly #script: CustomerAnswer[] = [];

  /** Answers to the next questions, one each: `true`, `false`, digits, `'cancel'`, `'nobody'`. */
  answer(...answers: readonly CustomerAnswer[]): void {
    this.#script.push(...answers);
  }

  /** What the customer does now: what was scripted, what the question says, or yes. */
  next(request: Nexo<'InputRequest'>): CustomerAnswer {
    const scripted = this.#script.shift();
    if (scripted !== undefined) return scripted;
    const hint = HINT.exec(question(request).at(-1) ?? '')?.[1];
    return hint === undefined || hint === 'yes' ? true : hint === 'no' ? false : hint;
  }
}

/** The lines the customer reads. */
export function question(request: Nexo<'InputRequest'>): string[] {
  return (request.DisplayOutput?.OutputContent.OutputText ?? []).map(({ Text }) => Text);
}

/** The answer to an InputRequest: two results, of the display and of the input ("this differs from other responses"). */
export function inputResponse(request: Nexo<'InputRequest'>, answer: CustomerAnswer): Nexo<'InputResponse'> {
  const { Device, InfoQualify, InputCommand } = request.InputData;
  const shown = request.DisplayOutput;
  return {
    ...(shown ? { OutputResult: { Device: shown.Device, InfoQualify: shown.InfoQualify, Response: SUCCESS } } : {}),
    InputResult: { Device, InfoQualify, ...result(request.InputData, InputCommand, answer) },
  };
}

function result(
  data: Nexo<'InputData'>,
  InputCommand: Nexo<'InputCommand'>,
  answer: CustomerAnswer,
): { Response: Nexo<'Response'>; Input?: Nexo<'Input'> } {
  if (answer === 'cancel') return { Response: failedResponse('Cancel', 'Cancelled by the customer') };
  if (answer === 'nobody') return { Response: failedResponse('Cancel', 'Nobody answered in time') };
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
      return { Response: failedResponse('UnavailableService', 'The terminal does not ask this') };
  }
}

/** The key pad takes no more than MaxLength. Without a script it is the shortest that is allowed, or four. */
function digits({ MinLength = 4, MaxLength = 100 }: Nexo<'InputData'>, answer: string | true): string {
  if (answer !== true) return answer.replace(/\D/g, '').slice(0, MaxLength);
  const length = Math.min(Math.max(MinLength, 1), Math.max(MaxLength, 1), 100);
  return '1234567890'.repeat(10).slice(0, length);
}
