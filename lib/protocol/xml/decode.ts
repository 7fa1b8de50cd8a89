import { isAscii, isUtf8 } from 'node:buffer';
import type { Decoded } from '../codec.ts';
import { NexoError } from '../errors.ts';
import { swedbankWire } from '../profiles/swedbank-wire.ts';
import { messages } from '../schema.ts';
import type { BodyName, Message, MessageHeader } from '../types.ts';
import { Plans } from './element-plan.ts';
import { parse } from './xml-parser.ts';

/** Longest body that is read, in bytes (1 MiB). */
export const MAX_BYTES = 1024 * 1024;

const defaultPlans = new Plans(swedbankWire);

/**
 * Reads a message from its bytes, tolerantly: unknown elements and attributes are set aside, children may come in any
 * order, codes in any case, and known misspellings are understood. Nothing that could change the money is guessed: a value
 * of the wrong type, or an element twice where one belongs, is refused.
 *
 * @param bytes the HTTP body: UTF-8 XML, at most 1 MiB, with or without byte order mark and declaration
 * @param plans what the vendor's terminals may write otherwise; by default Swedbank Pay's
 * @throws NexoError with one of these codes: `too_large`, `empty`, `invalid_encoding`, `doctype_refused`,
 *   `undefined_entity`, `duplicate_attribute`, `bad_nesting`, `trailing_content`, `malformed_xml`, `too_deep`, `not_nexo`,
 *   `no_body`, `several_bodies`, `missing`, `repeated`, `invalid_value`, `wrong_header`
 */
export function decode(bytes: Uint8Array, plans: Plans = defaultPlans): Decoded {
  checkSize(bytes.length);
  const ascii = isAscii(bytes);
  const { fields, ignored } = parse(textOf(bytes, ascii), ascii, plans);
  // Plans and types come from the same table, so the fields are a Message.
  const message = fields as Message;
  const request = 'SaleToPOIRequest' in message;
  const root = request ? 'SaleToPOIRequest' : 'SaleToPOIResponse';
  const parts = request ? message.SaleToPOIRequest : message.SaleToPOIResponse;
  const header = parts.MessageHeader;
  const body = bodyOf(parts, root, ignored);
  checkHeader(header, body, root);
  return { message, header, body, ignored };
}

function checkSize(length: number): void {
  if (length > MAX_BYTES) {
    throw new NexoError('too_large', `The message is ${length} bytes long; at most ${MAX_BYTES} are read.`);
  }
  if (length === 0) throw new NexoError('empty', 'The message is empty: nothing was received.');
}

function textOf(bytes: Uint8Array, ascii: boolean): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (looksLikeUtf16(bytes) || !(ascii || isUtf8(bytes))) {
    throw new NexoError('invalid_encoding', 'The message is not UTF-8 text: nexo terminals send UTF-8.');
  }
  return buffer.toString(ascii ? 'latin1' : 'utf8');
}

/** UTF-16 and UTF-32 without a byte order mark: every ASCII character comes with zero bytes. */
function looksLikeUtf16(bytes: Uint8Array): boolean {
  return bytes[0] === 0 || bytes[1] === 0;
}

function bodyOf(parts: object, root: string, ignored: readonly string[]): BodyName {
  const bodies = Object.keys(parts).filter((name): name is BodyName => Object.hasOwn(messages, name));
  const [body, other] = bodies;
  if (other !== undefined) {
    throw new NexoError('several_bodies', `${root} holds ${bodies.join(' and ')}; a message carries one body.`, {
      path: root,
    });
  }
  if (body !== undefined) return body;
  const found = ignored.filter((path) => path.startsWith(`${root}.`)).map((path) => path.slice(root.length + 1));
  const instead = found.length === 0 ? '' : ` It holds ${found.slice(0, 3).join(', ')}, which is not known.`;
  throw new NexoError('no_body', `${root} holds no message body.${instead}`, { path: root });
}

function checkHeader(header: MessageHeader, body: BodyName, root: string): void {
  const { category, type } = messages[body];
  if (header.MessageCategory === category && header.MessageType === type) return;
  throw new NexoError(
    'wrong_header',
    `The header announces ${clip(header.MessageCategory)} ${clip(header.MessageType)}, but the body is ${body}.`,
    { path: `${root}.MessageHeader` },
  );
}

function clip(code: string): string {
  return code.slice(0, 40);
}
