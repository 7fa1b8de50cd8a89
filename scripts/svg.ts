/** The few shapes of which the drawings in `docs/` consist, as SVG text. */

export const INK = '#1d2329';
export const GREY = '#47505a';
export const LINE = '#5b6570';
/** Fills: nothing at risk, money may have moved, certain or at rest. */
export const GREEN = '#e8f3ec';
export const YELLOW = '#fdf3d8';
export const BLUE = '#e3ecf7';

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
  fill: string;
  title: string;
  /** The line below the title. */
  about: string;
}

/** A whole picture on white, with a text alternative. */
export function picture(width: number, height: number, label: string, parts: readonly string[]): string {
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(label)}" font-family="system-ui, sans-serif">`,
    `<rect width="${width}" height="${height}" rx="8" fill="#fff"/>`,
    ...parts,
    '</svg>',
  ].join('\n')}\n`;
}

/** Arrow heads, by id and colour. */
export function markers(colours: Record<string, string>): string {
  const heads = Object.entries(colours).map(
    ([id, colour]) =>
      `<marker id="${id}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" fill="${colour}"/></marker>`,
  );
  return `<defs>${heads.join('')}</defs>`;
}

/** A rounded box with a title and a line below it, both centred. */
export function box({ x, y, width, height, fill, title, about }: Box): string {
  const middle = x + width / 2;
  return [
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="6" fill="${fill}" stroke="${LINE}"/>`,
    `<text x="${middle}" y="${y + 20}" text-anchor="middle" font-size="15" font-weight="600" fill="${INK}">${escaped(title)}</text>`,
    `<text x="${middle}" y="${y + 38}" text-anchor="middle" font-size="12" fill="${GREY}">${escaped(about)}</text>`,
  ].join('\n');
}

/** A text with its special characters replaced. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
