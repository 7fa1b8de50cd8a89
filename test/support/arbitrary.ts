/** Arbitrary nexo messages, made from the schema table: whatever the table allows, the codecs must carry. */
import fc from 'fast-check';
import { messages } from '../../lib/protocol/schema.ts';
import { type Field, type Schema, type Structure, structure } from '../../lib/protocol/table.ts';
import type { BodyName, Message } from '../../lib/protocol/types.ts';

type Fields = Record<string, unknown>;

/** Fields whose values a test replaces, by name: `{ PAN: fc.constant('…') }`. */
export type Overrides = Record<string, fc.Arbitrary<unknown>>;

export interface Wishes {
  readonly overrides?: Overrides;
  /** Leave out no optional field. */
  readonly full?: boolean;
}

export const bodyNames = Object.keys(messages) as BodyName[];

/** Any message that carries this body. */
export function messageOf(body: BodyName, wishes: Wishes = {}): fc.Arbitrary<Message> {
  const { root, class: messageClass, category, type } = messages[body];
  const made = new Made(wishes);
  const header = made.fields('MessageHeader').map((fields) => ({
    ...fields,
    ProtocolVersion: '3.1',
    MessageClass: messageClass,
    MessageCategory: category,
    MessageType: type,
    ServiceID: fields.ServiceID ?? '1',
    DeviceID: fields.DeviceID ?? '2',
    SaleID: fields.SaleID === '' ? 'ECR1' : fields.SaleID,
  }));
  const parts = fc.record({
    MessageHeader: header,
    [body]: made.fields(body),
    SecurityTrailer: fc.option(made.fields('ContentInformation'), { nil: undefined, freq: 2 }),
  });
  // The table makes the types and this generator alike.
  return parts.map((fields) => ({ [root]: withoutUndefined(fields) }) as unknown as Message);
}

/** Arbitraries by nexo type, made once each: types recur all over the table. */
class Made {
  readonly #wishes: Wishes;
  readonly #types = new Map<string, fc.Arbitrary<Fields>>();

  constructor(wishes: Wishes) {
    this.#wishes = wishes;
  }

  fields(type: string): fc.Arbitrary<Fields> {
    let made = this.#types.get(type);
    if (made === undefined) {
      made = this.#make(structure(type));
      this.#types.set(type, made);
    }
    return made;
  }

  #make({ fields, required, choice }: Structure): fc.Arbitrary<Fields> {
    if (choice === undefined) return this.#record(fields, required);
    return fc.oneof(
      ...choice.map((chosen) => {
        const others = fields.filter(({ name }) => name === chosen || !choice.includes(name));
        return this.#record(others, [...required, chosen]);
      }),
    );
  }

  #record(fields: readonly Field[], required: readonly string[]): fc.Arbitrary<Fields> {
    const model: Record<string, fc.Arbitrary<unknown>> = {};
    for (const field of fields) {
      const made = this.#wishes.overrides?.[field.name] ?? this.#field(field);
      const always = this.#wishes.full === true || required.includes(field.name);
      model[field.name] = always ? made : fc.option(made, { nil: undefined, freq: 2, depthSize: 'max' });
    }
    return fc.record(model).map(withoutUndefined);
  }

  #field(field: Field): fc.Arbitrary<unknown> {
    let made = field.type === undefined ? valueFor(field) : this.fields(field.type);
    if (field.list) made = fc.array(made, { maxLength: 3 });
    return field.many ? fc.array(made, { minLength: 1, maxLength: Math.min(2, field.max) }) : made;
  }
}

function withoutUndefined(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function valueFor({ name, value }: Field): fc.Arbitrary<unknown> {
  if (value === undefined) throw new Error(`${name} has neither structure nor value`);
  const { kind, schema } = value;
  switch (kind) {
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min: schema.minimum ?? 0, max: schema.maximum ?? 1_000_000 });
    case 'code':
      return codeFor(schema.enum ?? [], value.open);
    case 'text':
      return text(schema);
    default:
      return token(schema);
  }
}

/** A listed code, or one that a vendor adds. */
function codeFor(listed: readonly string[], open: boolean): fc.Arbitrary<string> {
  const vendor = fc.constantFrom('acme:Own', 'swp-1:x.y_Z', '7:7');
  return open
    ? fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...listed) }, { weight: 1, arbitrary: vendor })
    : fc.constantFrom(...listed);
}

function token(schema: Schema): fc.Arbitrary<string> {
  const pattern = schema.pattern ?? '';
  if (pattern.includes('\\s')) return fc.base64String({ maxLength: 400 });
  if (pattern === '^[0-9]+$' || pattern === '^[0-9]*$') {
    const minLength = schema.minLength ?? (pattern.includes('+') ? 1 : 0);
    return fc.string({ unit: fc.constantFrom(...'0123456789'), minLength, maxLength: schema.maxLength ?? 20 });
  }
  return fc.stringMatching(new RegExp(pattern.replaceAll('\\d', '[0-9]')));
}

/** Any text XML can carry, rich in characters that need escaping. */
function text({ minLength = 0, maxLength = 20 }: Schema): fc.Arbitrary<string> {
  const awkward = fc.constantFrom('&', '<', '>', '"', "'", '\t', '\n', '\r', ' ', ']]>', '&amp;', '\u007f', 'å', '🂡');
  const plain = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 });
  return fc
    .array(fc.oneof(plain, awkward), { minLength, maxLength })
    .map((units) => [...units.join('')].slice(0, maxLength).join(''))
    .filter((made) => made.length >= minLength && carriable(made));
}

function carriable(made: string): boolean {
  return [...made].every((character) => {
    const code = character.codePointAt(0) ?? 0;
    const control = code < 0x20 && !'\t\n\r'.includes(character);
    return !control && !(code >= 0xd800 && code <= 0xdfff) && code !== 0xfffe && code !== 0xffff;
  });
}
