import { isCarriable } from '../carriable.ts';

/** Characters to be checked or replaced: markup, control characters, surrogates, and the two that XML forbids. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is its purpose
const SPECIAL = /[&<>"\u0000-\u001f\u007f\ud800-\udfff\ufffe\uffff]/;

const TEXT: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' };
const ATTRIBUTE: Record<string, string> = { ...TEXT, '"': '&quot;', '\t': '&#9;', '\n': '&#10;' };

/** Thrown for a character that XML 1.0 cannot carry. The encoder adds its path. */
export class ForbiddenCharacter extends Error {}

/** Escapes element text. A carriage return would be read back as a line feed, so it goes as a reference. */
export function escapeText(text: string): string {
  return SPECIAL.test(text) ? allowed(text).replace(/[&<>\r]/g, (character) => TEXT[character] ?? character) : text;
}

/** Escapes an attribute's value. Tabs and line ends would be read back as blanks, so they go as references. */
export function escapeAttribute(text: string): string {
  return SPECIAL.test(text)
    ? allowed(text).replace(/[&<>"\t\n\r]/g, (character) => ATTRIBUTE[character] ?? character)
    : text;
}

function allowed(text: string): string {
  if (!isCarriable(text)) throw new ForbiddenCharacter();
  return text;
}
