import type { WireTolerance } from '../profile.ts';
import { type Field, structure } from '../table.ts';
import { type Convert, converter, expected } from './value-converter.ts';

/** How the decoder reads one field. Either `type` (structure) or `convert` (value) is set. */
export interface Slot {
  readonly name: string;
  readonly many: boolean;
  /** The nexo type whose plan reads it. */
  readonly type: string | undefined;
  readonly convert: Convert | undefined;
  /** Free text: an unknown element inside it does no harm. */
  readonly free: boolean;
  readonly expected: string;
}

/** How the decoder reads one nexo type. Names on the wire are looked up in Maps: `__proto__` is a name like any other. */
export interface Plan {
  readonly name: string;
  readonly attributes: Map<string, Slot>;
  readonly children: Map<string, Slot>;
  readonly text: Slot | undefined;
  readonly required: readonly string[];
  readonly choice: readonly string[] | undefined;
  /** Required texts that terminals leave out: read as empty. */
  readonly blank: readonly string[];
  /** An element that only wraps: its content belongs to the element around it. */
  readonly wrapper: boolean;
}

/** The plans of a vendor's terminals, each compiled when a message first has its type. */
export class Plans {
  readonly #tolerance: WireTolerance;
  readonly #plans = new Map<string, Plan>();

  constructor(tolerance: WireTolerance) {
    this.#tolerance = tolerance;
  }

  /** The plan for a nexo type of the schema table. */
  of(type: string): Plan {
    return this.#plans.get(type) ?? this.#compile(type);
  }

  #compile(type: string): Plan {
    const { fields, required, choice } = structure(type);
    const text = fields.find((field) => field.place === 'text');
    const blank = type === 'MessageHeader' ? ['SaleID', 'POIID'] : [];
    const optional = this.#tolerance.optional[type] ?? [];
    const isOptional = (name: string) =>
      blank.includes(name) ||
      name === text?.name ||
      (optional === true ? name !== 'Response' : optional.includes(name));
    const plan: Plan = {
      name: type,
      attributes: new Map(),
      children: new Map(),
      text: text && slotOf(text),
      required: required.filter((name) => !isOptional(name)),
      choice: type === 'ContentInformation' ? undefined : choice,
      blank,
      wrapper: false,
    };
    this.#plans.set(type, plan);
    for (const field of fields) {
      if (field.place === 'attribute') plan.attributes.set(field.name, slotOf(field));
      else if (field.place === 'element') plan.children.set(field.name, slotOf(field));
    }
    for (const names of [plan.attributes, plan.children]) this.#addSpellings(names);
    // nexo's schema wraps the repeated body. Terminals send it without the wrapper, some with it.
    if (type === 'RepeatedMessageResponse') this.#addWrapper(plan, 'RepeatedResponseMessageBody');
    return plan;
  }

  #addSpellings(names: Map<string, Slot>): void {
    for (const [seen, schema] of this.#tolerance.spellings) {
      const slot = names.get(schema);
      if (slot !== undefined && !names.has(seen)) names.set(seen, slot);
    }
  }

  #addWrapper(around: Plan, name: string): void {
    const children = new Map([...around.children].filter(([child]) => child !== 'MessageHeader'));
    const nothing = { attributes: new Map(), text: undefined, required: [], choice: undefined, blank: [] };
    this.#plans.set(name, { name: around.name, children, ...nothing, wrapper: true });
    around.children.set(name, { name, many: false, type: name, convert: undefined, free: false, expected: '' });
  }
}

function slotOf(field: Field): Slot {
  const { name, many, list, type, value } = field;
  return {
    name,
    many,
    type,
    convert: value && converter(value, list),
    free: value?.kind === 'text',
    expected: value ? expected(value) : '',
  };
}
