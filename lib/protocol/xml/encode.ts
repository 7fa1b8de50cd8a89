import { isCarriable } from '../carriable.ts';
import type { EncodeOptions } from '../codec.ts';
import { NexoError } from '../errors.ts';
import { messages } from '../schema.ts';
import { type Field, structure } from '../table.ts';
import type { BodyName, Message, MessageHeader } from '../types.ts';
import { validate } from '../validate.ts';
import { escapeAttribute, escapeText, ForbiddenCharacter } from './escape.ts';

type Fields = Record<string, unknown>;
/** Writes one nexo structure as an element. */
type Writer = (value: Fields) => string;
type Part = { readonly name: string; readonly write: (value: never) => string };

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>';
const PROTOCOL_VERSION = '3.1';

/**
 * Writes a message as terminals require it: the schema's order, every field in its place, listed codes only, UTF-8.
 * A request without ProtocolVersion gets 3.1, unless `asIs` is set. The message itself is not changed.
 *
 * @param message in the decoded form, with nexo's own names
 * @returns the HTTP body
 * @throws NexoError with the field's path, and the codes of `validate`, or `forbidden_character`
 */
export function encode(message: Message, options: EncodeOptions = {}): Buffer {
  const body = validate(message);
  try {
    return Buffer.from(DECLARATION + write(message, body, options.asIs === true));
  } catch (error) {
    if (error instanceof ForbiddenCharacter) throw forbidden(message);
    throw error;
  }
}

function write(message: Message, body: BodyName, asIs: boolean): string {
  const versions = 'SaleToPOIRequest' in message && !asIs;
  const root = messages[body].root;
  const parts = (message as unknown as Record<string, Fields>)[root] ?? {};
  const header = parts.MessageHeader as MessageHeader;
  const trailer =
    parts.SecurityTrailer === undefined
      ? ''
      : writerOf('SecurityTrailer', 'ContentInformation')(parts.SecurityTrailer as Fields);
  return (
    `<${root}>` +
    writerOf('MessageHeader', 'MessageHeader')(versions ? versioned(header) : header) +
    writerOf(body, body)(parts[body] as Fields) +
    `${trailer}</${root}>`
  );
}

function versioned(header: MessageHeader): MessageHeader {
  return header.ProtocolVersion === undefined ? { ...header, ProtocolVersion: PROTOCOL_VERSION } : header;
}

const writers = new Map<string, Writer>();

/** Returns the writer of an element. It is compiled at its first use. */
function writerOf(element: string, type: string): Writer {
  const key = element === type ? element : `${element} ${type}`;
  let writer = writers.get(key);
  if (writer === undefined) {
    writer = compile(element, type);
    writers.set(key, writer);
  }
  return writer;
}

function compile(element: string, type: string): Writer {
  const { fields } = structure(type);
  const attributes = fields.filter(({ place }) => place === 'attribute').map(attributePart);
  const children = fields.filter(({ place }) => place !== 'attribute').map(childPart);
  const open = `<${element}`;
  const close = `</${element}>`;
  return (value) => {
    let tag = open;
    for (const part of attributes) {
      const field = value[part.name];
      if (field !== undefined) tag += part.write(field as never);
    }
    let content = '';
    for (const part of children) {
      const field = value[part.name];
      if (field !== undefined) content += part.write(field as never);
    }
    return content === '' ? `${tag}/>` : `${tag}>${content}${close}`;
  };
}

function attributePart(field: Field): Part {
  const before = ` ${field.name}="`;
  const value = valueWriter(field, escapeAttribute);
  return { name: field.name, write: (content) => `${before}${value(content)}"` };
}

function childPart(field: Field): Part {
  const { name, type, many } = field;
  if (field.place === 'text') return { name, write: valueWriter(field, escapeText) };
  const one = type === undefined ? leafWriter(field) : (writerOf(name, type) as (value: never) => string);
  if (!many) return { name, write: one };
  return {
    name,
    write: (values: readonly never[]) => {
      let content = '';
      for (const value of values) content += one(value);
      return content;
    },
  };
}

function leafWriter(field: Field): (value: never) => string {
  const open = `<${field.name}>`;
  const close = `</${field.name}>`;
  const value = valueWriter(field, escapeText);
  return (content) => open + value(content) + close;
}

/** Values that validation has limited to harmless characters need no escaping. */
function valueWriter(field: Field, escaped: (text: string) => string): (value: never) => string {
  if (field.list) return (codes: readonly string[]) => escaped(codes.join(' '));
  const schema = field.value?.schema;
  if (field.value?.kind === 'boolean' || field.value?.kind === 'integer') return String;
  const harmless = schema?.enum !== undefined || (schema?.pattern !== undefined && !schema.pattern.includes('\\s'));
  return harmless ? (text: string) => text : escaped;
}

function forbidden(message: unknown): NexoError {
  const path = find(message, '')?.slice(1);
  return new NexoError(
    'forbidden_character',
    `${path} has a control character or half a surrogate pair, which XML cannot carry: take it out.`,
    { path },
  );
}

/** Path of the first text that XML cannot carry. */
function find(value: unknown, path: string): string | undefined {
  if (typeof value === 'string') return isCarriable(value) ? undefined : path;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, inner] of Object.entries(value)) {
    const found = find(inner, Array.isArray(value) ? `${path}[${name}]` : `${path}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
