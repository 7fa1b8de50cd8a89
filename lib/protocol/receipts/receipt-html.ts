import { htmlEscape } from 'escape-goat';
import { printable } from './text-cells.ts';

/**
 * Receipt lines as an HTML element with a fixed-width font. The receipt's content is escaped: it is never markup.
 *
 * @param language of the text, where it is known
 */
export function htmlOf(lines: readonly string[], language?: string): string {
  const text = lines.map(printable).join('\n');
  // HTML drops a line feed right after <pre>: this one keeps a blank first line.
  return language === undefined
    ? htmlEscape`<pre class="nexo-receipt">\n${text}</pre>`
    : htmlEscape`<pre class="nexo-receipt" lang="${language}">\n${text}</pre>`;
}
