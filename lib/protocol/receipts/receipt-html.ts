import { htmlEscape } from 'escape-goat';
import { printable } from './text-cells.ts';

/**
 * Receipt lines as a piece of HTML, of a fixed-width font by itself. Whatever a receipt holds is text in it, never markup.
 *
 * @param language of the text, where it is known
 */
export function htmlOf(lines: readonly string[], language?: string): string {
  const text = lines.map(printable).join('\n');
  // A line feed right after <pre> is no part of the text: this one keeps a blank first line.
  return language === undefined
    ? htmlEscape`<pre class="nexo-receipt">\n${text}</pre>`
    : htmlEscape`<pre class="nexo-receipt" lang="${language}">\n${text}</pre>`;
}
