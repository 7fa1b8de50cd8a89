import type { Field } from '../table.ts';
import { structure } from '../table.ts';
import { type Convert, converter, expected } from './value-converter.ts';

/** How the decoder reads one field. Either `type` (structure) or `convert` (value) is set. */
export interface Slot {
  readonly name: string;
  readonly many: boolean;
  /** What `planOf` has its plan by. */
  readonly type: string | undefined;
  readonly convert: Convert | undefined;
  /** Text in which nothing can go wrong: an unknown element inside it does no harm. */
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
  /** An element that only wraps: what is in it belongs to the element around it. */
  readonly wrapper: boolean;
}

/** Names the documentation or its samples spell otherwise than the schema; read, never written. */
const aliases: readonly (readonly [seen: string, schema: string])[] = [
  ['ItemId', 'ItemID'],
  ['PaymentIntrumentType', 'PaymentInstrumentType'],
  ['PaymentIntrumentData', 'PaymentInstrumentData'],
  ['TokenRequested', 'TokenRequestedType'],
  ['PaymentAquirerData', 'PaymentAcquirerData'],
  ['AquirerPOIID', 'AcquirerPOIID'],
  ['InfoQuality', 'InfoQualify'],
  ['MaintenanceRequired', 'MaintenanceRequiredFlag'],
  ['ServiceEnabled', 'ServicesEnabled'],
];

/**
 * Types that only inform. When a terminal leaves out one of their required values, the payment is no less paid, so the
 * decoder takes the message without it; the encoder still insists.
 */
const informative = new Set([
  'AllowedProduct',
  'CustomerOrder',
  'HostStatus',
  'LoyaltyAccount',
  'LoyaltyAccountID',
  'OutputContent',
  'OutputResult',
  'PaymentAcquirerData',
  'PaymentReceipt',
  'PaymentToken',
  'POISoftware',
  'POIStatus',
  'POITerminalData',
  'StoredValueAccountID',
]);

const plans = new Map<string, Plan>();

/** The plan for a nexo type of the schema table, compiled when a message first has it. */
export function planOf(type: string): Plan {
  return plans.get(type) ?? compile(type);
}

function compile(type: string): Plan {
  const { fields, required, choice } = structure(type);
  const text = fields.find((field) => field.place === 'text');
  const blank = type === 'MessageHeader' ? ['SaleID', 'POIID'] : [];
  const tolerated = new Set([...blank, ...(text ? [text.name] : [])]);
  const plan: Plan = {
    name: type,
    attributes: new Map(),
    children: new Map(),
    text: text && slotOf(text),
    required: required.filter((name) => !tolerated.has(name) && (name === 'Response' || !informative.has(type))),
    choice: type === 'ContentInformation' ? undefined : choice,
    blank,
    wrapper: false,
  };
  plans.set(type, plan);
  for (const field of fields) {
    if (field.place === 'attribute') plan.attributes.set(field.name, slotOf(field));
    else if (field.place === 'element') plan.children.set(field.name, slotOf(field));
  }
  for (const names of [plan.attributes, plan.children]) addAliases(names);
  // nexo's schema wraps the repeated body; terminals send it without the wrapper (and some with it).
  if (type === 'RepeatedMessageResponse') addWrapper(plan, 'RepeatedResponseMessageBody');
  return plan;
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

function addAliases(names: Map<string, Slot>): void {
  for (const [seen, schema] of aliases) {
    const slot = names.get(schema);
    if (slot !== undefined && !names.has(seen)) names.set(seen, slot);
  }
}

function addWrapper(around: Plan, name: string): void {
  const children = new Map([...around.children].filter(([child]) => child !== 'MessageHeader'));
  const nothing = { attributes: new Map(), text: undefined, required: [], choice: undefined, blank: [] };
  plans.set(name, { name: around.name, children, ...nothing, wrapper: true });
  around.children.set(name, { name, many: false, type: name, convert: undefined, free: false, expected: '' });
}
