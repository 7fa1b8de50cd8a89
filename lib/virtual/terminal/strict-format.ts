import { type SaxesAttributePlain, SaxesParser, type SaxesTagPlain } from 'saxes';
import { definitions, messages } from '../../protocol/schema.ts';

/** The parts of JSON Schema that the schema table uses. */
interface Schema {
  $ref?: string;
  type?: string;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: readonly string[];
  enum?: readonly string[];
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  xml?: { attribute?: boolean; text?: boolean; list?: boolean };
}

/** An open element. */
interface Frame {
  path: string;
  schema: Schema;
  /** Names of the child elements, in schema order. */
  order: string[];
  /** Index in `order` of the last child. */
  position: number;
  counts: Map<string, number>;
  text: string;
  /** Only in a root element: the attributes of its MessageHeader, which have to match the body. */
  header?: Record<string, string>;
}

/** A code that a vendor adds to a list: nexo's lists are open for these. */
const EXTENSION = /^[\w.-]+:[\w.-]+$/;

class FormatFault extends Error {}

const table: Record<string, Schema> = definitions;
const bodies: Record<string, { root: string; class: string; category: string; type: string }> = messages;

/**
 * Validates a message as strictly as the terminal's own XML parser: every element in schema order, every attribute known,
 * every code spelled as listed. Uses the schema table and nothing of this project's codec, so that the two check each
 * other. Expects well-formed XML (the decoder refuses the rest).
 *
 * @returns the first fault with the path of its element, or undefined. Values are not quoted: some are card data.
 */
export function formatProblem(bytes: Uint8Array): string | undefined {
  const stack: Frame[] = [];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw new FormatFault(error.message);
  });
  parser.on('opentag', (tag) => {
    stack.push(open(tag, stack.at(-1)));
  });
  parser.on('text', (text) => {
    const frame = stack.at(-1);
    if (frame) frame.text += text;
  });
  parser.on('cdata', (text) => {
    const frame = stack.at(-1);
    if (frame) frame.text += text;
  });
  parser.on('closetag', () => {
    const frame = stack.pop();
    if (frame) close(frame);
  });
  try {
    parser.write(new TextDecoder('utf-8', { fatal: true }).decode(bytes)).close();
  } catch (error) {
    if (error instanceof FormatFault || error instanceof TypeError) return error.message;
    throw error;
  }
  return undefined;
}

function open(tag: SaxesTagPlain, parent: Frame | undefined): Frame {
  const frame = parent ? child(tag.name, parent) : root(tag.name);
  attributes(tag, frame);
  if (parent && isRoot(parent)) {
    if (tag.name === 'MessageHeader') parent.header = tag.attributes;
    else if (Object.hasOwn(bodies, tag.name)) body(tag.name, parent);
  }
  return frame;
}

function root(name: string): Frame {
  const schema = name === 'SaleToPOIRequest' || name === 'SaleToPOIResponse' ? table[name] : undefined;
  if (!schema) throw new FormatFault(`${name}: not a root element of nexo`);
  return frameOf(name, schema);
}

function child(name: string, parent: Frame): Frame {
  const path = `${parent.path}.${name}`;
  const at = parent.order.indexOf(name);
  if (at < 0) throw new FormatFault(`${path}: no such element here`);
  if (at < parent.position)
    throw new FormatFault(`${path}: has to come before ${parent.order[parent.position]}, as in the schema`);
  const declared = resolve(parent.schema.properties?.[name] ?? {});
  const repeats = declared.type === 'array' && !declared.xml?.list;
  const count = (parent.counts.get(name) ?? 0) + 1;
  if (count > (repeats ? (declared.maxItems ?? Number.POSITIVE_INFINITY) : 1))
    throw new FormatFault(`${path}: occurs too often`);
  parent.position = at;
  parent.counts.set(name, count);
  return frameOf(path, repeats ? resolve(declared.items ?? {}) : declared);
}

function frameOf(path: string, schema: Schema): Frame {
  const properties = Object.entries(schema.properties ?? {});
  const order = properties.filter(([, one]) => !one.xml?.attribute && !one.xml?.text).map(([name]) => name);
  return { path, schema, order, position: 0, counts: new Map(), text: '' };
}

function attributes(tag: SaxesTagPlain, frame: Frame): void {
  const given = tag.attributes as Record<string, SaxesAttributePlain['value']>;
  for (const [name, value] of Object.entries(given)) {
    if (name === 'xmlns' || name.startsWith('xmlns:') || name.startsWith('xsi:')) continue;
    const schema = frame.schema.properties?.[name];
    if (!schema?.xml?.attribute || !Object.hasOwn(frame.schema.properties ?? {}, name))
      throw new FormatFault(`${frame.path}.${name}: no such attribute`);
    values(value, schema, `${frame.path}.${name}`);
  }
  for (const name of frame.schema.required ?? [])
    if (frame.schema.properties?.[name]?.xml?.attribute && given[name] === undefined)
      throw new FormatFault(`${frame.path}.${name}: is missing`);
}

/** A message has exactly one body, and the header names it. */
function body(name: string, root: Frame): void {
  const other = [...root.counts.keys()].find((one) => one !== name && Object.hasOwn(bodies, one));
  if (other !== undefined) throw new FormatFault(`${root.path}.${name}: there is a body already, ${other}`);
  const expected = bodies[name];
  const wrong =
    (root.header?.MessageCategory !== expected?.category && 'MessageCategory') ||
    (root.header?.MessageClass !== expected?.class && 'MessageClass') ||
    (root.header?.MessageType !== expected?.type && 'MessageType');
  if (wrong) throw new FormatFault(`${root.path}.MessageHeader.${wrong}: does not go with ${name}`);
}

function isRoot(frame: Frame): boolean {
  return !frame.path.includes('.');
}

function close(frame: Frame): void {
  const { schema, path } = frame;
  for (const name of schema.required ?? []) {
    const property = schema.properties?.[name];
    if (!property?.xml?.attribute && !property?.xml?.text && !frame.counts.has(name))
      throw new FormatFault(`${path}.${name}: is missing`);
  }
  if (isRoot(frame) && ![...frame.counts.keys()].some((name) => Object.hasOwn(bodies, name)))
    throw new FormatFault(`${path}: has no body`);
  const text = Object.values(schema.properties ?? {}).find((property) => property.xml?.text);
  if (text) values(frame.text, text, path);
  else if (schema.properties) {
    if (frame.text.trim() !== '') throw new FormatFault(`${path}: has text of its own`);
  } else values(frame.text, schema, path);
}

/** Checks one value, or each value of a list. */
function values(text: string, schema: Schema, path: string): void {
  const resolved = resolve(schema);
  if (resolved.type === 'array') {
    const item = resolve(resolved.items ?? {});
    for (const one of text.split(/\s+/).filter((part) => part !== '')) value(one, item, path);
  } else value(text, resolved, path);
}

function value(text: string, schema: Schema, path: string): void {
  if (schema.enum && !schema.enum.includes(text) && !EXTENSION.test(text))
    throw new FormatFault(`${path}: is not one of the listed codes`);
  if (schema.type === 'boolean' && !['true', 'false', '1', '0'].includes(text.trim()))
    throw new FormatFault(`${path}: is neither true nor false`);
  if (schema.type === 'integer') integer(text.trim(), schema, path);
  if (schema.type !== 'string') return;
  if (schema.pattern !== undefined && !pattern(schema.pattern).test(text))
    throw new FormatFault(`${path}: does not have the form the schema asks for`);
  if (text.length < (schema.minLength ?? 0) || text.length > (schema.maxLength ?? Number.POSITIVE_INFINITY))
    throw new FormatFault(`${path}: is too short or too long`);
}

function integer(text: string, schema: Schema, path: string): void {
  const number = Number(text);
  const least = schema.minimum ?? Number.NEGATIVE_INFINITY;
  if (!/^-?\d+$/.test(text) || number < least || number > (schema.maximum ?? Number.POSITIVE_INFINITY))
    throw new FormatFault(`${path}: is not a number the schema allows`);
}

const patterns = new Map<string, RegExp>();

function pattern(source: string): RegExp {
  const known = patterns.get(source) ?? new RegExp(source);
  patterns.set(source, known);
  return known;
}

/** Follows `$ref`; keeps the property's own `xml` part. */
function resolve(schema: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const target = resolve(table[schema.$ref.slice('#/$defs/'.length)] ?? {});
  return schema.xml ? { ...target, xml: schema.xml } : target;
}
