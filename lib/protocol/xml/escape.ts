/** Characters that need a second look: markup, control characters, surrogates, and the two that XML forbids. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is its purpose
const SPECIAL = /[&<>"\u0000-\u001f\u007f\ud800-\udfff\ufffe\uffff]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is its purpose
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u;

const TEXT: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' };
const ATTRIBUTE: Record<string, string> = { ...TEXT, '"': '&quot;', '\t': '&#9;', '\n': '&#10;' };

/** Thrown for a character that XML 1.0 cannot carry; the encoder says where it stands. */
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

/** Whether XML 1.0 can carry a text: no control characters but tab and line ends, no half surrogate pairs. */
export function isCarriable(text: string): boolean {
  return !FORBIDDEN.test(text);
}

function allowed(text: string): string {
  if (!isCarriable(text)) throw new ForbiddenCharacter();
  return text;
}
