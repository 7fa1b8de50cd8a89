/** What flows print on a terminal that has a printer (A920): read from a message, made into a PrintRequest. */
import { NexoError } from '../protocol/errors.ts';
import type { Nexo } from '../protocol/types.ts';
import type { DeviceBody } from '../session/requests/requests.ts';
import { contentOf, type DialogDefaults, fieldsOf, lineOf, listOf, wrongText } from './dialog-input.ts';

export interface PrintDefaults extends DialogDefaults {
  /** Whether the paper is fed past the cutter at the end. */
  feed: boolean;
}

type OutputText = Nexo<'OutputText'>;

const MOST_LINES = 1000;
const MOST_CHARACTERS = 4000;
/** "End with an empty OutputText with StartRow set to 224 to feed paper past the cutter" (Use A920pro printer). */
const PAST_THE_CUTTER: OutputText = { StartRow: 224, Text: '' };
/** A blank line is paper, in dots as high as a line of the default font: an empty text prints nothing. */
const BLANK: OutputText = { StartRow: 24, Text: '' };

/** How a line can look: our short names, and nexo's own. */
const LOOKS = {
  alignment: { field: 'Alignment', values: ['Left', 'Centred', 'Right', 'Justified'], suffix: '' },
  width: { field: 'CharacterWidth', values: ['Single', 'Double'], suffix: 'Width' },
  height: { field: 'CharacterHeight', values: ['Half', 'Single', 'Double'], suffix: 'Height' },
  color: { field: 'Color', values: ['Black', 'White'], suffix: '' },
} as const;

type Look = keyof typeof LOOKS;

/** What a line may say besides its text. */
const KNOWN: ReadonlySet<string> = new Set(['text', 'startRow', ...Object.keys(LOOKS)]);

/**
 * A PrintRequest: the node's own text, or text, lines or a receipt (`{ lines }`) in the payload. A line is text, or
 * `{ text, alignment, width, height, color, startRow }`.
 *
 * @throws NexoError `invalid_text`, `invalid_format`, `invalid_feed`, with the field's path
 */
export function printBody(payload: unknown, defaults: PrintDefaults): DeviceBody {
  const feed = fieldsOf(payload)?.feed ?? defaults.feed;
  if (typeof feed !== 'boolean') {
    throw new NexoError('invalid_feed', 'feed is true or false: whether the paper is fed past the cutter at the end.', {
      path: 'payload.feed',
    });
  }
  const lines = linesOf(payload, defaults.text);
  return {
    PrintRequest: {
      PrintOutput: {
        DocumentQualifier: 'SaleReceipt',
        ResponseMode: 'PrintEnd',
        OutputContent: { OutputFormat: 'Text', OutputText: feed ? [...lines, PAST_THE_CUTTER] : lines },
      },
    },
  };
}

function linesOf(payload: unknown, own: string | undefined): OutputText[] {
  const [content, path] = contentOf(payload, own);
  const lines = listOf(content);
  if (lines.every((line) => line === '')) {
    throw wrongText('There is nothing to print: send text, lines or a receipt as msg.payload.', path);
  }
  if (lines.length > MOST_LINES) throw wrongText(`At most ${MOST_LINES} lines can be printed at once.`, path);
  return lines.map((line, index) => printed(line, Array.isArray(content) ? `${path}[${index}]` : path));
}

function printed(line: unknown, path: string): OutputText {
  const fields = fieldsOf(line);
  if (fields === undefined) {
    const Text = lineOf(line, path, MOST_CHARACTERS);
    return Text === '' ? BLANK : { Text };
  }
  const unknown = Object.keys(fields).find((name) => !KNOWN.has(name));
  if (unknown !== undefined) {
    throw wrongFormat(`A line has no ${unknown}: it takes ${[...KNOWN].join(', ')}.`, `${path}.${unknown}`);
  }
  const Text = lineOf(fields.text ?? '', `${path}.text`, MOST_CHARACTERS);
  const StartRow = startRowOf(fields.startRow, `${path}.startRow`) ?? (Text === '' ? BLANK.StartRow : undefined);
  const output: OutputText = { ...(StartRow !== undefined && { StartRow }), Text };
  for (const look of Object.keys(LOOKS) as Look[]) {
    const value = fields[look];
    if (value !== undefined && value !== '') output[LOOKS[look].field] = wireValue(look, value, `${path}.${look}`);
  }
  return output;
}

function wireValue(look: Look, value: unknown, path: string): string {
  const { values, suffix } = LOOKS[look];
  const wanted = String(value).toLowerCase();
  const found = values.find((one) => wanted === one.toLowerCase() || wanted === `${one}${suffix}`.toLowerCase());
  if (found !== undefined) return found + suffix;
  const allowed = values.map((one) => one.toLowerCase()).join(', ');
  throw wrongFormat(`A line’s ${look} is one of ${allowed}.`, path);
}

/** Paper fed before the line, in dots. */
function startRowOf(value: unknown, path: string): number | undefined {
  if (value === undefined || value === '') return undefined;
  const dots = Number(value);
  if (Number.isInteger(dots) && dots >= 1 && dots <= 500) return dots;
  throw wrongFormat('A line’s startRow is a whole number of dots, from 1 to 500.', path);
}

function wrongFormat(message: string, path: string): NexoError {
  return new NexoError('invalid_format', message, { path });
}
