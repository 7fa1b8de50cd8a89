import { SaxesParser } from 'saxes';
import type { ErrorCode } from '../error-codes.ts';
import { NexoError } from '../errors.ts';
import type { Plans } from './element-plan.ts';
import { Reader } from './message-reader.ts';

type Options = { position: false; forceXMLVersion: true; defaultXMLVersion: '1.0' };

let parser: SaxesParser<Options> | undefined;
let reader: Reader;
let ascii = true;
/** Offset in the parser's input at which the text of the last opened element begins. */
let textFrom = -1;
/** Shortest text that bypasses the parser. */
const LONG = 256;
const BASE64 = /[A-Za-z0-9+/=]+/y;

/**
 * Parses a document into the fields of a message.
 *
 * @param text the whole document
 * @param isAscii whether its bytes were all ASCII, as a document that declares US-ASCII must be
 * @throws NexoError for a document that is not well-formed, for a DOCTYPE, and for what the Reader refuses
 */
export function parse(
  text: string,
  isAscii: boolean,
  plans: Plans,
): { fields: Record<string, unknown>; ignored: string[] } {
  const thorough = text.includes('<!');
  const current = thorough ? createThorough() : (parser ?? create());
  // A parser that threw cannot be used again. One that reached its end is ready for the next document.
  if (!thorough) parser = undefined;
  reader = new Reader(plans);
  ascii = isAscii;
  textFrom = -1;
  try {
    feed(current, text);
  } catch (error) {
    throw error instanceof NexoError ? error : asNexoError(error);
  }
  if (!thorough) parser = current;
  return { fields: reader.finish(), ignored: reader.ignored };
}

/**
 * Feeds the document to the parser, except long base64 texts: receipts are most of a payment's response, and base64 holds
 * no markup. A text bypasses the parser only directly after an open tag, as the parser itself reports it (the text may
 * stand in a comment), and only if `<` follows.
 */
function feed(current: SaxesParser<Options>, text: string): void {
  let from = 0;
  let written = 0;
  let close = -1;
  let markup = text.indexOf('<');
  while (markup !== -1) {
    const next = text.indexOf('<', markup + 1);
    if (next - markup > LONG && close < markup) close = indexOrEnd(text, '>', markup);
    const start = close + 1;
    if (start > markup && next - start > LONG && isBase64(text, start, next)) {
      current.write(text.slice(from, start));
      written += start - from;
      from = start;
      if (textFrom === written) {
        reader.text(text.slice(start, next));
        from = next;
      }
    }
    markup = next;
  }
  current.write(from === 0 ? text : text.slice(from));
  checkEncoding(current.xmlDecl.encoding);
  current.close();
}

/** The end of the text where nothing is found: it is searched once, not again from each `<`. */
function indexOrEnd(text: string, what: string, from: number): number {
  const index = text.indexOf(what, from);
  return index === -1 ? text.length : index;
}

function isBase64(text: string, start: number, end: number): boolean {
  BASE64.lastIndex = start;
  return BASE64.test(text) && BASE64.lastIndex === end;
}

function create(): SaxesParser<Options> {
  // Names are matched by their local part, so namespaces are not resolved. XML 1.0's rules apply whatever is declared.
  const made = new SaxesParser<Options>({ position: false, forceXMLVersion: true, defaultXMLVersion: '1.0' });
  made.on('opentagstart', (tag) => reader.open(tag.name));
  made.on('attribute', ({ name, value }) => reader.attribute(name, value));
  made.on('opentag', (tag) => {
    textFrom = tag.isSelfClosing ? -1 : made.position;
  });
  made.on('text', (text) => reader.text(text));
  made.on('closetag', () => reader.close());
  return made;
}

/**
 * A parser that also reads what begins with `<!`. It is a separate one, because with eight handlers V8 turns the saxes
 * parser into a slow object, and parsing takes four times as long.
 */
function createThorough(): SaxesParser<Options> {
  const made = create();
  made.on('doctype', refuseDoctype);
  made.on('cdata', (text) => reader.text(text));
  return made;
}

function checkEncoding(encoding: string | undefined): void {
  const name = encoding?.toUpperCase() ?? 'UTF-8';
  if (name === 'UTF-8' || (name === 'US-ASCII' && ascii)) return;
  const what = name === 'US-ASCII' ? 'declares US-ASCII and is not' : `declares the encoding ${name.slice(0, 40)}`;
  throw new NexoError('invalid_encoding', `The message ${what}: nexo terminals send UTF-8.`);
}

function refuseDoctype(): never {
  throw new NexoError(
    'doctype_refused',
    'The message has a DOCTYPE; nexo messages have none, so nothing in it was read.',
  );
}

/** The parser's error messages, and the codes they mean. */
const complaints: readonly (readonly [pattern: RegExp, code: ErrorCode, meaning: string])[] = [
  [/doctype/, 'doctype_refused', 'has a DOCTYPE; nexo messages have none'],
  [/undefined entity|entity name/, 'undefined_entity', 'uses an entity that XML does not define'],
  [/duplicate attribute/, 'duplicate_attribute', 'has an attribute twice in one element'],
  [/unclosed tag/, 'bad_nesting', 'ends before its elements do: it was cut short'],
  [/unexpected close tag|closing tag:|empty close tag/, 'bad_nesting', 'closes elements in the wrong order'],
  [/only one root/, 'trailing_content', 'goes on after its root element'],
];

function asNexoError(cause: unknown): NexoError {
  const complaint = cause instanceof Error ? cause.message : String(cause);
  if (/outside of root/.test(complaint) && reader.complete) {
    return new NexoError('trailing_content', 'The message goes on after its root element.', { cause });
  }
  for (const [pattern, code, meaning] of complaints) {
    if (pattern.test(complaint)) return new NexoError(code, `The message ${meaning}.`, { cause });
  }
  return new NexoError('malformed_xml', `The message is not well-formed XML: ${complaint.slice(0, 100)}`, { cause });
}
