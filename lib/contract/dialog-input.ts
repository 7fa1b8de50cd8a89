/** Reads what flows show and ask on the terminal, and makes the body of a request of it. */
import type { Nexo, SaleToPOIResponse } from '../protocol/types.ts';
import type { ReplyValue } from '../session/inbound/input-reply.ts';
import type { DeviceBody } from '../session/requests/requests.ts';
import { type Fields, fieldsOf, type InputField, invalid, isGiven, wholeNumberOf } from './fields.ts';
import { contentOf, lineOf, type TextDefaults } from './text-input.ts';

/** The questions that Swedbank Pay's terminals know ("Dialog with customer"). */
export type InputCommand = 'GetConfirmation' | 'DigitString';

/** Settings of the input node, for what the message leaves open. Lengths and seconds may be texts, as forms have them. */
export interface InputDefaults extends TextDefaults {
  command: InputCommand;
  minLength?: number | string | undefined;
  maxLength?: number | string | undefined;
  timeout?: number | string | undefined;
}

const MAX_CHARACTERS = 1000;
/** Far more than a screen shows. */
const SCREEN = {
  empty: 'There is no text: set it in the node, or send text or lines as msg.payload.',
  most: 50,
  tooMany: 'At most 50 lines can be shown.',
};
const MAX_DIGITS = 100;
const MAX_SECONDS = 3600;

/**
 * A DisplayRequest for the customer: the node's own text, or text, lines, `{ text }` or `{ lines }` in the payload.
 * @throws NexoError `invalid_text`, with the field's path
 */
export function displayBody(payload: unknown, defaults: TextDefaults): DeviceBody {
  return { DisplayRequest: { DisplayOutput: [displayOutput(payload, defaults.text)] } };
}

/**
 * An InputRequest to the customer: the question as for a display; in an object also `command`, `minLength` and
 * `maxLength` (of digits), and `timeout` in seconds.
 * @throws NexoError `invalid_text`, `invalid_command`, `invalid_length`, `invalid_timeout`, with the field's path
 */
export function inputBody(payload: unknown, defaults: InputDefaults): DeviceBody {
  const fields = fieldsOf(payload);
  const InputCommand = commandOf(fields.command ?? defaults.command);
  const DisplayOutput = displayOutput(payload, defaults.text);
  const lengths = InputCommand === 'DigitString' ? lengthsOf(fields, defaults) : {};
  const seconds = { code: 'invalid_timeout', path: 'payload.timeout' } as const;
  const MaxInputTime = optionalNumber(fields.timeout ?? defaults.timeout, MAX_SECONDS, seconds);
  return {
    InputRequest: {
      DisplayOutput,
      InputData: {
        Device: 'CustomerInput',
        InfoQualify: 'Input',
        InputCommand,
        ...(MaxInputTime !== undefined && { MaxInputTime }),
        ...lengths,
      },
    },
  };
}

/** The customer's answer: true or false, or the digits; undefined where the response has neither. */
export function answerIn(response: SaleToPOIResponse | undefined): ReplyValue | undefined {
  const input = response?.InputResponse?.InputResult?.Input;
  return input?.ConfirmedFlag ?? input?.DigitInput ?? input?.TextInput;
}

/** One OutputText per line, as Swedbank Pay asks for; the terminal wraps a long one. */
function displayOutput(payload: unknown, own: string | undefined): Nexo<'DisplayOutput'> {
  const { lines, pathOf } = contentOf(payload, own, SCREEN);
  const OutputText = lines.map((line, index) => ({ Text: lineOf(line, pathOf(index), MAX_CHARACTERS) }));
  return {
    Device: 'CustomerDisplay',
    InfoQualify: 'Display',
    OutputContent: { OutputFormat: 'Text', OutputText },
  };
}

function commandOf(value: unknown): InputCommand {
  if (value === 'GetConfirmation' || value === 'DigitString') return value;
  const field = { code: 'invalid_command', path: 'payload.command' } as const;
  throw invalid(field, 'The command of a question must be "GetConfirmation" (yes or no) or "DigitString".');
}

function lengthsOf(fields: Fields, defaults: InputDefaults): { MinLength?: number; MaxLength?: number } {
  const fieldAt = (name: string) => ({ code: 'invalid_length', path: `payload.${name}` }) as const;
  const read = (name: 'minLength' | 'maxLength') =>
    optionalNumber(fields[name] ?? defaults[name], MAX_DIGITS, fieldAt(name));
  const MinLength = read('minLength');
  const MaxLength = read('maxLength');
  if (MinLength !== undefined && MaxLength !== undefined && MinLength > MaxLength) {
    throw invalid(fieldAt('minLength'), 'minLength is above maxLength: nothing could be entered. Correct one of them.');
  }
  return { ...(MinLength !== undefined && { MinLength }), ...(MaxLength !== undefined && { MaxLength }) };
}

function optionalNumber(value: unknown, most: number, field: InputField): number | undefined {
  return isGiven(value) ? wholeNumberOf(value, most, field) : undefined;
}
