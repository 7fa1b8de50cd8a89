/** Reads what flows print on a terminal that has a printer (A920), and makes a PrintRequest of it. */
import { NexoError } from '../protocol/errors.ts';
import type { Nexo } from '../protocol/types.ts';
import type { DeviceBody } from '../session/requests/requests.ts';
import { fieldsOf, isPlain, wholeNumberOf } from './fields.ts';
import { contentOf, lineOf, type TextDefaults } from './text-input.ts';

/** Settings of the print node, for what the message leaves open. */
export interface PrintDefaults extends TextDefaults {
  /** Whether the paper is fed past the cutter at the end. */
  feed: boolean;
}

type OutputText = Nexo<'OutputText'>;

const MAX_CHARACTERS = 4000;
const PAPER = {
  empty: 'There is nothing to print: send text, lines or a receipt as msg.payload.',
  most: 1000,
  tooMany: 'At most 1000 lines can be printed at once.',
};
/** "End with an empty OutputText with StartRow set to 224 to feed paper past the cutter" (Use A920pro printer). */
const PAST_THE_CUTTER: OutputText = { StartRow: 224, Text: '' };
/** A blank line is fed paper, in dots as high as a line of the default font: an empty text prints nothing. */
const BLANK: OutputText = { StartRow: 24, Text: '' };

/** How a line can look: short names, and nexo's own with the suffix. */
const LOOKS = {
  alignment: { field: 'Alignment', values: ['Left', 'Centred', 'Right', 'Justified'], suffix: '' },
  width: { field: 'CharacterWidth', values: ['Single', 'Double'], suffix: 'Width' },
  height: { field: 'CharacterHeight', values: ['Half', 'Single', 'Double'], suffix: 'Height' },
  color: { field: 'Color', values: ['Black', 'White'], suffix: '' },
} as const;

type Look = keyof typeof LOOKS;

const KNOWN: ReadonlySet<string> = new Set(['text', 'startRow', ...Object.keys(LOOKS)]);

/**
 * A PrintRequest: the node's own text, or text, lines or a receipt (`{ lines }`) in the payload. A line is text, or
 * `{ text, alignment, width, height, color, startRow }`.
 *
 * @throws NexoError `invalid_text`, `invalid_format`, `invalid_feed`, with the field's path
 */
export function printBody(payload: unknown, defaults: PrintDefaults): DeviceBody {
  const feed = feedOf(fieldsOf(payload).feed ?? defaults.feed);
  const { lines, pathOf } = contentOf(payload, defaults.text, PAPER);
  const texts = lines.map((line, index) => outputText(line, pathOf(index)));
  return {
    PrintRequest: {
      PrintOutput: {
        DocumentQualifier: 'SaleReceipt',
        ResponseMode: 'PrintEnd',
        OutputContent: { OutputFormat: 'Text', OutputText: feed ? [...texts, PAST_THE_CUTTER] : texts },
      },
    },
  };
}

function feedOf(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  const message = 'feed must be true or false: whether the paper is fed past the cutter at the end.';
  throw new NexoError('invalid_feed', message, { path: 'payload.feed' });
}

function outputText(line: unknown, path: string): OutputText {
  if (!isPlain(line)) {
    const Text = lineOf(line, path, MAX_CHARACTERS);
    return Text === '' ? BLANK : { Text };
  }
  const unknown = Object.keys(line).find((name) => !KNOWN.has(name));
  if (unknown !== undefined) {
    throw wrongFormat(`A line has no field ${unknown}: it takes ${[...KNOWN].join(', ')}.`, `${path}.${unknown}`);
  }
  const Text = lineOf(line.text ?? '', `${path}.text`, MAX_CHARACTERS);
  const StartRow = startRowOf(line.startRow, `${path}.startRow`) ?? (Text === '' ? BLANK.StartRow : undefined);
  const output: OutputText = { ...(StartRow !== undefined && { StartRow }), Text };
  for (const look of Object.keys(LOOKS) as Look[]) {
    const value = line[look];
    if (value !== undefined && value !== '') output[LOOKS[look].field] = codeOf(look, value, `${path}.${look}`);
  }
  return output;
}

/** nexo's code for a look. */
function codeOf(look: Look, value: unknown, path: string): string {
  const { values, suffix } = LOOKS[look];
  const wanted = String(value).toLowerCase();
  const found = values.find((one) => wanted === one.toLowerCase() || wanted === `${one}${suffix}`.toLowerCase());
  if (found !== undefined) return found + suffix;
  const allowed = values.map((one) => one.toLowerCase()).join(', ');
  throw wrongFormat(`The ${look} of a line must be one of ${allowed}.`, path);
}

/** Paper fed before the line, in dots. */
function startRowOf(value: unknown, path: string): number | undefined {
  if (value === undefined || value === '') return undefined;
  return wholeNumberOf(value, 500, { code: 'invalid_format', path }, ', in dots');
}

function wrongFormat(message: string, path: string): NexoError {
  return new NexoError('invalid_format', message, { path });
}
