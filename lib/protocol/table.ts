import { definitions } from './schema.ts';

/** JSON Schema as far as the table uses it. */
export interface Schema {
  readonly type?: string;
  readonly $ref?: string;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly oneOf?: readonly { readonly required: readonly string[] }[];
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly default?: unknown;
  readonly xml?: { readonly attribute?: boolean; readonly text?: boolean; readonly list?: boolean };
}

/** A value's schema, and its kind, which encoder and decoder treat alike. */
export interface Value {
  readonly kind: 'boolean' | 'integer' | 'decimal' | 'currency' | 'code' | 'token' | 'text';
  readonly schema: Schema;
  /** Only of codes: a vendor may add its own (`VENDOR_CODE`). */
  readonly open: boolean;
}

/** One field of a nexo type: its place on the wire and its content. Either `type` or `value` is set. */
export interface Field {
  readonly name: string;
  readonly place: 'attribute' | 'text' | 'element';
  /** Repeated element. */
  readonly many: boolean;
  /** How often it may be written. */
  readonly max: number;
  /** Several codes in one value, separated by blanks. */
  readonly list: boolean;
  readonly type: string | undefined;
  readonly value: Value | undefined;
}

/** A nexo type with structure: its fields in the wire's order. */
export interface Structure {
  readonly name: string;
  readonly fields: readonly Field[];
  readonly required: readonly string[];
  /** Fields of which exactly one is present. */
  readonly choice: readonly string[] | undefined;
}

/** How nexo writes a code that a vendor adds to a list: `acme:CashierPrepaid`. */
export const VENDOR_CODE = '^[A-Za-z0-9][A-Za-z0-9._-]*:[A-Za-z0-9._-]+$';

/** Code lists to which no vendor adds: a message header's, and those of the cryptographic syntax (CMS). */
const CLOSED: ReadonlySet<string> = new Set([
  'MessageClass',
  'MessageCategory',
  'MessageType',
  'Algorithm',
  'AttributeType',
  'ContentType',
  'Version',
]);

/** Whether a vendor may add codes to the list with this name. */
export function isOpenList(name: string): boolean {
  return !CLOSED.has(name);
}

const table: Readonly<Record<string, Schema>> = definitions;
const structures = new Map<string, Structure>();

/** A structured nexo type by name. The schema table is read once. */
export function structure(name: string): Structure {
  let known = structures.get(name);
  if (known === undefined) {
    known = readStructure(name);
    structures.set(name, known);
  }
  return known;
}

/** Follows a schema's reference. */
function resolve(schema: Schema): { name: string | undefined; schema: Schema } {
  if (schema.$ref === undefined) return { name: undefined, schema };
  const name = schema.$ref.slice('#/$defs/'.length);
  const target = table[name];
  if (target === undefined) throw new Error(`schema.ts refers to ${name}, which it does not define`);
  return { name, schema: target };
}

function readStructure(name: string): Structure {
  const schema = table[name];
  if (schema?.properties === undefined) throw new Error(`schema.ts has no structured type ${name}`);
  return {
    name,
    fields: Object.entries(schema.properties).map(([field, property]) => readField(field, property)),
    required: schema.required ?? [],
    choice: schema.oneOf?.flatMap((option) => option.required),
  };
}

function readField(name: string, property: Schema): Field {
  const xml = property.xml ?? {};
  const place = xml.attribute === true ? 'attribute' : xml.text === true ? 'text' : 'element';
  let item = property;
  let many = false;
  let list = false;
  // A repeated list (ForceEntryMode) is an array of arrays.
  while (item.type === 'array' && item.items !== undefined) {
    if (item.xml?.list === true) list = true;
    else many = true;
    item = item.items;
  }
  const target = resolve(item);
  const structured = target.schema.properties !== undefined;
  return {
    name,
    place,
    many,
    max: property.maxItems ?? (many ? Number.POSITIVE_INFINITY : 1),
    list,
    type: structured ? target.name : undefined,
    value: structured ? undefined : readValue(target),
  };
}

function readValue({ name, schema }: { name: string | undefined; schema: Schema }): Value {
  const kind = kindOf(name, schema);
  return { kind, schema, open: kind === 'code' && name !== undefined && isOpenList(name) };
}

function kindOf(name: string | undefined, schema: Schema): Value['kind'] {
  if (schema.type === 'boolean' || schema.type === 'integer') return schema.type;
  if (name === 'Decimal' || name === 'SimpleAmount') return 'decimal';
  if (name === 'ISOCurrency3A') return 'currency';
  if (schema.enum !== undefined) return 'code';
  return schema.pattern === undefined ? 'text' : 'token';
}
