// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is its purpose
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u;

/**
 * Whether a text can be sent to a terminal: no control characters but tab and line ends, no half surrogate pairs. It is
 * what XML 1.0 can carry. Other dialects could carry more, but a terminal could not show it.
 */
export function isCarriable(text: string): boolean {
  return !FORBIDDEN.test(text);
}
