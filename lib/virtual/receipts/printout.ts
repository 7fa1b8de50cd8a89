import type { Nexo } from '../../protocol/types.ts';

/** One OutputText as the A920's printer renders it. */
export interface PrintedText {
  /** Its rows, wrapped and aligned. */
  rows: string[];
  /** Characters that fit in a row. */
  columns: number;
  /** A character's dots, width x height: `12x24`. */
  font: string;
  /** White on black. */
  inverse: boolean;
  /** Paper fed before it, in dots. */
  feed: number;
}

/** What came out of the printer. */
export interface Printout {
  qualifier: string;
  texts: PrintedText[];
  /** All of it as plain text: a row that is white on black stands between `▌` and `▐`, 24 dots of paper are a line. */
  text: string;
}

/** The dots in a row of its paper. */
const DOTS = 384;
const ROW = 24;
/** Dots of a character by its height and its width; without a height, the ones of the default font. */
const FONTS: Readonly<Record<string, { single: [number, number]; double: [number, number] }>> = {
  default: { single: [12, 24], double: [24, 24] },
  HalfHeight: { single: [8, 16], double: [16, 16] },
  SingleHeight: { single: [8, 32], double: [16, 32] },
  DoubleHeight: { single: [12, 48], double: [24, 48] },
};

/** Renders a PrintRequest as "Use A920pro printer" describes it. */
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

/** Cut where it is full: a printer knows no words. */
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

/** With a tab: what stands before it to the left, what stands after it to the right. */
function justified(row: string, columns: number): string {
  const tab = row.indexOf('\t');
  if (tab < 0) return row;
  const [left, right] = [row.slice(0, tab), row.slice(tab + 1)];
  return left + ' '.repeat(Math.max(1, columns - [...left].length - [...right].length)) + right;
}
