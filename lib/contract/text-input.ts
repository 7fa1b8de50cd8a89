/** Reads text and lines that are to be shown or printed. */

import { isCarriable } from '../protocol/carriable.ts';
import { NexoError } from '../protocol/errors.ts';
import { fieldsOf } from './fields.ts';

/** The node's own text, for what the message leaves open. */
export interface TextDefaults {
  text?: string | undefined;
}

interface Content {
  lines: unknown[];
  /** Where a line stands in the message, by its index. */
  pathOf: (index: number) => string;
}

/**
 * The lines to show or print: `{ lines }` or `{ text }` in the payload; else the node's own text; else a payload that is
 * text or lines itself. In this order the answer of an input node can go straight into the next node. A line feed in a
 * text ends a line.
 *
 * @param empty the error message where there is no text at all
 * @param most how many lines there may be, and `tooMany` the error message for more
 * @throws NexoError `invalid_text`, with the field's path
 */
export function contentOf(
  payload: unknown,
  own: string | undefined,
  { empty, most, tooMany }: { empty: string; most: number; tooMany: string },
): Content {
  const [content, path] = sourceOf(payload, own);
  const list = Array.isArray(content);
  const lines = list ? content : typeof content === 'string' ? content.split(/\r?\n/) : [];
  if (lines.every((line) => line === '')) throw wrongText(empty, path);
  if (lines.length > most) throw wrongText(tooMany, path);
  return { lines, pathOf: (index) => (list ? `${path}[${index}]` : path) };
}

function sourceOf(payload: unknown, own: string | undefined): [content: unknown, path: string] {
  const { lines, text } = fieldsOf(payload);
  if (lines !== undefined) return [lines, 'payload.lines'];
  if (text !== undefined) return [text, 'payload.text'];
  return [own || payload, 'payload'];
}

/** @param most how many characters the line may have; @throws NexoError `invalid_text` */
export function lineOf(line: unknown, path: string, most: number): string {
  if (typeof line !== 'string') throw wrongText('A line must be text.', path);
  if (line.length > most) throw wrongText(`A line has at most ${most} characters.`, path);
  if (!isCarriable(line)) throw wrongText('The text has a control character: take it out.', path);
  return line;
}

function wrongText(message: string, path: string): NexoError {
  return new NexoError('invalid_text', message, { path });
}
