/** Text in cells: the columns of a fixed-width font, as receipt printers use it. */

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
const PLAIN = /^[\u0020-\u007e\u00a1-\u02ff]*$/;
const WIDE =
  /^[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]|\ufe0f/u;
const WIDTHLESS = /^\p{M}+$/u;
/** Half surrogate pairs, and format characters, which reverse, join or hide text. */
const UNPRINTABLE = /[\p{Surrogate}\p{Cf}]/gu;
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}]/gu;

/** The text without control characters: each becomes a blank, so that a printer takes none for a command. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, '').replace(CONTROLS, ' ').normalize('NFC');
}

/** How many columns a printable text takes: two for each character of East Asia and most emoji. */
export function cells(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let count = 0;
  for (const { segment } of graphemes.segment(text)) count += widthOf(segment);
  return count;
}

/** Lines of at most `columns` cells (two or more), broken at blanks, and within words that are longer than a line. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line: string | undefined;
  for (const word of text.split(' ').flatMap((one) => pieces(one, columns))) {
    const longer: string = line === undefined ? word : `${line} ${word}`;
    if (line !== undefined && cells(longer) > columns) {
      lines.push(line.trimEnd());
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line ?? ''];
}

/** One text on the left and one on the right; below each other if the line is too short for both. */
export function row(left: string, right: string, columns: number): string[] {
  const gap = columns - cells(left) - cells(right);
  if (gap >= 1) return [left + ' '.repeat(gap) + right];
  return [...wrap(left, columns), ...wrap(right, columns).map((line) => indented(line, columns - cells(line)))];
}

export function centred(text: string, columns: number): string[] {
  return wrap(text, columns).map((line) => indented(line, Math.floor((columns - cells(line)) / 2)));
}

function indented(line: string, by: number): string {
  return ' '.repeat(by) + line;
}

function widthOf(grapheme: string): number {
  if (WIDTHLESS.test(grapheme)) return 0;
  return WIDE.test(grapheme) ? 2 : 1;
}

/** A word in pieces that fit the line. A character is never parted from its accents. */
function pieces(word: string, columns: number): string[] {
  if (cells(word) <= columns) return [word];
  const found: string[] = [];
  let piece = '';
  let width = 0;
  for (const { segment } of graphemes.segment(word)) {
    const more = widthOf(segment);
    if (width + more > columns) {
      found.push(piece);
      piece = '';
      width = 0;
    }
    piece += segment;
    width += more;
  }
  return [...found, piece];
}
