import type { Nexo } from '../../protocol/types.ts';

/** One OutputText as printed by the A920. */
export interface PrintedText {
  /** Its rows, wrapped and aligned. */
  rows: string[];
  /** Characters per row. */
  columns: number;
  /** Size of a character in dots, width x height: `12x24`. */
  font: string;
  /** White on black. */
  inverse: boolean;
  /** Paper feed before it, in dots. */
  feed: number;
}

/** A printed document. */
export interface Printout {
  qualifier: string;
  texts: PrintedText[];
  /** The document as plain text. A white-on-black row is enclosed in `▌` and `▐`; 24 dots of paper feed are a line. */
  text: string;
}

/** Width of the paper, and height of a text row, in dots. */
const DOTS = 384;
const ROW = 24;
/** Size of a character in dots, width and height, by CharacterHeight and CharacterWidth. */
const FONTS: Readonly<Record<string, { single: [number, number]; double: [number, number] }>> = {
  default: { single: [12, 24], double: [24, 24] },
  HalfHeight: { single: [8, 16], double: [16, 16] },
  SingleHeight: { single: [8, 32], double: [16, 32] },
  DoubleHeight: { single: [12, 48], double: [24, 48] },
};

/** Renders a PrintRequest (page "Use A920pro printer"). */
export function printout({ DocumentQualifier, OutputContent }: Nexo<'PrintOutput'>): Printout {
  const texts = (OutputContent.OutputText ?? []).map(printed);
  const text = texts.flatMap(({ rows, inverse, feed }) => [
    ...Array<string>(Math.round(feed / ROW)).fill(''),
    ...(inverse ? rows.map((row) => `▌${row}▐`) : rows),
  ]);
  return { qualifier: DocumentQualifier, texts, text: text.join('\n') };
}

function printed(output: Nexo<'OutputText'>): PrintedText {
  const fonts = FONTS[output.CharacterHeight ?? 'default'] ?? FONTS.default;
  const [width, height] = (output.CharacterWidth === 'DoubleWidth' ? fonts?.double : fonts?.single) ?? [12, ROW];
  const columns = Math.floor(DOTS / width);
  const rows = output.Text === '' ? [] : output.Text.split('\n').flatMap((line) => wrap(line, columns));
  return {
    rows: rows.map((row) => aligned(row, output.Alignment, columns)),
    columns,
    font: `${width}x${height}`,
    inverse: output.Color === 'White',
    feed: output.StartRow ?? 0,
  };
}

/** Breaks lines after the last column, not between words. */
function wrap(line: string, columns: number): string[] {
  const characters = [...line];
  if (characters.length <= columns) return [line];
  const rows: string[] = [];
  for (let at = 0; at < characters.length; at += columns) rows.push(characters.slice(at, at + columns).join(''));
  return rows;
}

function aligned(row: string, alignment: string | undefined, columns: number): string {
  const room = Math.max(0, columns - [...row].length);
  if (alignment === 'Right') return ' '.repeat(room) + row;
  if (alignment === 'Centred') return ' '.repeat(room >> 1) + row;
  if (alignment === 'Justified') return justified(row, columns);
  return row;
}

/** Text before a tab is aligned left, text after it right. */
function justified(row: string, columns: number): string {
  const tab = row.indexOf('\t');
  if (tab < 0) return row;
  const [left, right] = [row.slice(0, tab), row.slice(tab + 1)];
  return left + ' '.repeat(Math.max(1, columns - [...left].length - [...right].length)) + right;
}
