/** What flows show, ask and print on the terminal: read from a message, and made into the body of a request. */
import { NexoError } from '../protocol/errors.ts';
import type { Nexo, SaleToPOIResponse } from '../protocol/types.ts';
import { isCarriable } from '../protocol/xml/escape.ts';
import type { ReplyValue } from '../session/inbound/input-reply.ts';
import type { DeviceBody } from '../session/requests/requests.ts';

/** The questions that Swedbank Pay's terminals know ("Dialog with customer"). */
export type InputCommand = 'GetConfirmation' | 'DigitString';

/** What a node is set to, for what the message does not say. Lengths and seconds may be texts, as forms have them. */
export interface DialogDefaults {
  text?: string | undefined;
}

export interface InputDefaults extends DialogDefaults {
  command: InputCommand;
  minLength?: number | string | undefined;
  maxLength?: number | string | undefined;
  timeout?: number | string | undefined;
}

/** What one message may hold: far more than a screen shows. */
const MOST_LINES = 50;
const MOST_CHARACTERS = 1000;
/** Digits a key pad takes; seconds a question may stand. */
const MOST_DIGITS = 100;
const LONGEST = 3600;

type Fields = Record<string, unknown>;

/**
 * A DisplayRequest for the customer: the node's own text, or text, lines, `{ text }` or `{ lines }` in the payload.
 * @throws NexoError `invalid_text`, with the field's path
 */
export function displayBody(payload: unknown, defaults: DialogDefaults): DeviceBody {
  return { DisplayRequest: { DisplayOutput: [shown(linesOf(payload, defaults.text))] } };
}

/**
 * An InputRequest to the customer: the question as for a display; in an object also `command`, `minLength` and
 * `maxLength` (of digits), and `timeout` in seconds.
 * @throws NexoError `invalid_text`, `invalid_command`, `invalid_length`, `invalid_timeout`, with the field's path
 */
export function inputBody(payload: unknown, defaults: InputDefaults): DeviceBody {
  const fields = fieldsOf(payload) ?? {};
  const command = commandOf(fields.command ?? defaults.command);
  const question = linesOf(payload, defaults.text);
  const digits = command === 'DigitString';
  const MinLength = digits ? whole('minLength', fields, defaults.minLength, MOST_DIGITS, 'invalid_length') : undefined;
  const MaxLength = digits ? whole('maxLength', fields, defaults.maxLength, MOST_DIGITS, 'invalid_length') : undefined;
  if (MinLength !== undefined && MaxLength !== undefined && MinLength > MaxLength) {
    throw new NexoError('invalid_length', 'minLength is above maxLength: nothing could be entered.', {
      path: 'payload.minLength',
    });
  }
  const MaxInputTime = whole('timeout', fields, defaults.timeout, LONGEST, 'invalid_timeout');
  return {
    InputRequest: {
      DisplayOutput: shown(question),
      InputData: {
        Device: 'CustomerInput',
        InfoQualify: 'Input',
        InputCommand: command,
        ...(MaxInputTime !== undefined && { MaxInputTime }),
        ...(MinLength !== undefined && { MinLength }),
        ...(MaxLength !== undefined && { MaxLength }),
      },
    },
  };
}

/** What the customer answered: yes or no, or the digits; undefined where the response has neither. */
export function answerIn(response: SaleToPOIResponse | undefined): ReplyValue | undefined {
  const input = response?.InputResponse?.InputResult?.Input;
  return input?.ConfirmedFlag ?? input?.DigitInput ?? input?.TextInput;
}

function linesOf(payload: unknown, own: string | undefined): string[] {
  const [content, path] = contentOf(payload, own);
  const lines = listOf(content);
  if (lines.every((line) => line === '')) {
    throw wrongText('There is no text: set it in the node, or send text or lines as msg.payload.', path);
  }
  if (lines.length > MOST_LINES) throw wrongText(`At most ${MOST_LINES} lines can be shown.`, path);
  return lines.map((line, index) => lineOf(line, Array.isArray(content) ? `${path}[${index}]` : path));
}

/**
 * What is to be shown or printed, and where it is from: `{ lines }` or `{ text }` in the payload; else the node's own text;
 * else a payload that is text or lines itself. In this order a question's answer can go straight into the next node.
 */
export function contentOf(payload: unknown, own: string | undefined): [content: unknown, path: string] {
  const { lines, text } = fieldsOf(payload) ?? {};
  if (lines !== undefined) return [lines, 'payload.lines'];
  if (text !== undefined) return [text, 'payload.text'];
  return [own || payload, 'payload'];
}

/** Content as lines: a line feed in a text ends one. None where it is neither text nor lines. */
export function listOf(content: unknown): unknown[] {
  if (Array.isArray(content)) return content;
  return typeof content === 'string' ? content.split(/\r?\n/) : [];
}

/** @throws NexoError `invalid_text` */
export function lineOf(line: unknown, path: string, most: number = MOST_CHARACTERS): string {
  if (typeof line !== 'string') throw wrongText('A line is text, and this is something else.', path);
  if (line.length > most) throw wrongText(`A line has at most ${most} characters.`, path);
  if (!isCarriable(line)) throw wrongText('The text has a control character: take it out.', path);
  return line;
}

export function wrongText(message: string, path: string): NexoError {
  return new NexoError('invalid_text', message, { path });
}

export function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

/** One OutputText per line, as Swedbank Pay asks for; a long one wraps by itself. */
function shown(lines: string[]): Nexo<'DisplayOutput'> {
  return {
    Device: 'CustomerDisplay',
    InfoQualify: 'Display',
    OutputContent: { OutputFormat: 'Text', OutputText: lines.map((Text) => ({ Text })) },
  };
}

function commandOf(value: unknown): InputCommand {
  if (value === 'GetConfirmation' || value === 'DigitString') return value;
  throw new NexoError('invalid_command', 'A question’s command is "GetConfirmation" (yes or no) or "DigitString".', {
    path: 'payload.command',
  });
}

/** A whole number from 1: the message's, or the node's; undefined where neither says. */
function whole(
  name: string,
  fields: Fields,
  fallback: number | string | undefined,
  most: number,
  code: string,
): number | undefined {
  const value = fields[name] ?? fallback;
  if (value === undefined || value === '') return undefined;
  const number = typeof value === 'string' || typeof value === 'number' ? Number(value) : Number.NaN;
  if (Number.isInteger(number) && number >= 1 && number <= most) return number;
  throw new NexoError(code, `${name} must be a whole number from 1 to ${most}.`, { path: `payload.${name}` });
}
