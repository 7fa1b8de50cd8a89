import { NexoError, quote } from '../errors.ts';
import { messages } from '../schema.ts';
import type { Plan, Plans, Slot } from './element-plan.ts';
import { YES_OR_NO } from './value-converter.ts';

const MAX_DEPTH = 64;
const MAX_IGNORED = 50;
const MAX_MISSING = 100;
const MAX_NAME = 64;

type Fields = Record<string, unknown>;

/** An open element with structure: its plan, the object being filled, and the frame to return to when it closes. */
interface Frame {
  readonly slot: Slot;
  readonly plan: Plan;
  readonly object: Fields;
  readonly parent: Frame | undefined;
  /** How many required fields were missing when it opened. */
  readonly missing: number;
}

const roots: Plan = {
  name: '',
  attributes: new Map(),
  children: new Map(),
  text: undefined,
  required: [],
  choice: undefined,
  blank: [],
  wrapper: false,
};

/**
 * Builds a message from the parser's events, in one pass. Each element and attribute goes to its place in the typed
 * object, or is set aside if the plan does not have it.
 */
export class Reader {
  /** Paths of unknown elements and attributes, at most 50. */
  ignored: string[] = [];
  readonly #plans: Plans;
  #frame: Frame;
  /** The value element that is open, if one is. */
  #leaf: Slot | undefined;
  #text = '';
  /** Whether an unknown element stood inside the open value. */
  #interrupted = false;
  #depth = 0;
  #rooted = false;
  /** Open elements at and below an unknown one. */
  #skipping = 0;
  #missing: string[] = [];

  constructor(plans: Plans) {
    this.#plans = plans;
    if (roots.children.size === 0) {
      for (const name of ['SaleToPOIRequest', 'SaleToPOIResponse']) roots.children.set(name, rootSlot(name));
    }
    this.#frame = frame(rootSlot(''), roots, {}, undefined, 0);
  }

  /** Whether the root element has been closed. */
  get complete(): boolean {
    return this.#rooted && this.#depth === 0;
  }

  /** The message, when the document is complete. Throws for what is missing in it. */
  finish(): Fields {
    const path = this.#missing[0];
    if (path !== undefined) {
      throw new NexoError('missing', `${path} is missing: a message without it cannot be relied on.`, { path });
    }
    return this.#frame.object;
  }

  open(tag: string): void {
    this.#depth++;
    if (this.#depth > MAX_DEPTH) {
      throw new NexoError('too_deep', `Elements are nested over ${MAX_DEPTH} levels deep: this is no nexo message.`);
    }
    if (this.#skipping > 0) {
      this.#skipping++;
      return;
    }
    if (this.#depth === 1) this.#openRoot();
    const { plan, object } = this.#frame;
    const slot = this.#leaf === undefined ? (plan.children.get(tag) ?? plan.children.get(local(tag))) : undefined;
    if (slot === undefined) this.#skip(tag);
    else if (slot.type !== undefined) this.#enter(slot, this.#plans.of(slot.type));
    else {
      if (!slot.many && object[slot.name] !== undefined) throw this.#repeated(slot);
      this.#leaf = slot;
      this.#text = '';
    }
  }

  attribute(name: string, value: string): void {
    if (this.#skipping > 0) return;
    if (this.#leaf !== undefined) {
      this.#ignoreAttribute(name, this.#pathOf(this.#leaf));
      return;
    }
    const { plan, object } = this.#frame;
    const slot = plan.attributes.get(name) ?? this.#prefixed(plan, name);
    if (slot === undefined) {
      this.#ignoreAttribute(name, this.#path());
      return;
    }
    if (object[slot.name] !== undefined) throw this.#duplicate(slot);
    object[slot.name] = this.#convert(slot, value);
  }

  text(text: string): void {
    if (this.#skipping > 0) return;
    if (this.#leaf !== undefined || this.#frame.plan.text !== undefined) this.#text += text;
    else if (/\S/.test(text)) this.#ignore(`${this.#path()}.#text`);
  }

  close(): void {
    this.#depth--;
    if (this.#skipping > 0) this.#skipping--;
    else if (this.#leaf !== undefined) this.#closeValue(this.#leaf);
    else this.#closeStructure(this.#frame);
  }

  #openRoot(): void {
    if (this.#rooted) throw new NexoError('trailing_content', 'The message goes on after its root element.');
    this.#rooted = true;
  }

  #enter(slot: Slot, plan: Plan): void {
    const { object } = this.#frame;
    if (plan.wrapper) {
      this.#frame = frame(slot, plan, object, this.#frame, this.#missing.length);
      return;
    }
    const child: Fields = {};
    if (slot.many) append(object, slot.name, child);
    else if (object[slot.name] === undefined) object[slot.name] = child;
    else throw this.#repeated(slot);
    this.#frame = frame(slot, plan, child, this.#frame, this.#missing.length);
    this.#text = '';
  }

  #closeValue(slot: Slot): void {
    if (this.#interrupted) this.#refuseInterrupted(slot);
    this.#leaf = undefined;
    // An empty boolean counts as absent: `<ConfirmedFlag/>` in an input that failed.
    if (slot.expected === YES_OR_NO && this.#text.trim() === '') return;
    const value = this.#convert(slot, this.#text);
    if (slot.many) append(this.#frame.object, slot.name, value);
    else this.#frame.object[slot.name] = value;
  }

  #closeStructure({ plan, object, parent, missing }: Frame): void {
    if (plan.text !== undefined) {
      if (this.#interrupted) this.#refuseInterrupted(plan.text);
      object[plan.text.name] = this.#convert(plan.text, this.#text);
    }
    for (const name of plan.blank) object[name] ??= '';
    for (const name of plan.required) if (object[name] === undefined) this.#miss(`${this.#path()}.${name}`);
    if (plan.choice !== undefined) this.#checkChoice(plan.choice, object);
    // A failed response may lack its other parts.
    if (isFailure(object.Response)) this.#missing.length = missing;
    if (parent !== undefined) this.#frame = parent;
  }

  /** Missing fields are reported at the end of the message: a failed response may lack them. */
  #miss(path: string): void {
    if (this.#missing.length < MAX_MISSING) this.#missing.push(path);
  }

  #checkChoice(choice: readonly string[], object: Fields): void {
    const present = choice.filter((name) => object[name] !== undefined);
    if (present.length === 1) return;
    const path = this.#path();
    if (present.length === 0) this.#miss(`${path} (one of ${choice.join(', ')})`);
    else throw new NexoError('repeated', `${path} holds ${present.join(' and ')}; only one may be there.`, { path });
  }

  #convert(slot: Slot, text: string): unknown {
    const value = slot.convert === undefined ? undefined : slot.convert(text);
    if (value !== undefined) return value;
    const path = this.#pathOf(slot);
    throw new NexoError('invalid_value', `${path} is ${quote(text)}, not ${slot.expected}.`, { path });
  }

  /** Ignores XML namespace attributes. Any other prefix is removed. */
  #prefixed(plan: Plan, name: string): Slot | undefined {
    const colon = name.indexOf(':');
    return colon <= 0 || isXmlPrefix(name.slice(0, colon)) ? undefined : plan.attributes.get(name.slice(colon + 1));
  }

  #skip(tag: string): void {
    if (this.#frame.parent === undefined && this.#leaf === undefined) {
      throw new NexoError(
        'not_nexo',
        `The root element is ${quote(clip(tag))}, not SaleToPOIRequest or SaleToPOIResponse: something other than a nexo terminal answered.`,
      );
    }
    if (this.#leaf !== undefined || this.#frame.plan.text !== undefined) this.#interrupted = true;
    this.#ignore(`${this.#leaf === undefined ? this.#path() : this.#pathOf(this.#leaf)}.${clip(tag)}`);
    this.#skipping = 1;
  }

  #refuseInterrupted(slot: Slot): void {
    this.#interrupted = false;
    if (slot.free) return;
    const path = this.#pathOf(slot);
    throw new NexoError('invalid_value', `${path} has an element inside its value: it must be ${slot.expected}.`, {
      path,
    });
  }

  #repeated(slot: Slot): NexoError {
    const path = this.#pathOf(slot, false);
    const body = this.#depth === 2 && Object.hasOwn(messages, slot.name);
    const code = body ? 'several_bodies' : 'repeated';
    return new NexoError(code, `${path} is there twice; which one counts cannot be known.`, { path });
  }

  #duplicate(slot: Slot): NexoError {
    const path = this.#pathOf(slot, false);
    return new NexoError('duplicate_attribute', `${path} is there twice; which one counts cannot be known.`, { path });
  }

  #ignoreAttribute(name: string, path: string): void {
    const colon = name.indexOf(':');
    if (name === 'xmlns' || (colon > 0 && isXmlPrefix(name.slice(0, colon)))) return;
    this.#ignore(`${path}.${clip(name)}`);
  }

  #ignore(path: string): void {
    if (this.ignored.length < MAX_IGNORED) this.ignored.push(path);
  }

  /** Path of the open structure. */
  #path(): string {
    const names: string[] = [];
    for (let at: Frame | undefined = this.#frame; at?.parent !== undefined; at = at.parent) {
      if (at.plan.wrapper) continue;
      const siblings = at.parent.object[at.slot.name];
      names.push(Array.isArray(siblings) ? `${at.slot.name}[${siblings.length - 1}]` : at.slot.name);
    }
    return names.reverse().join('.');
  }

  /** Path of a field of the open structure. */
  #pathOf(slot: Slot, indexed = true): string {
    const siblings = this.#frame.object[slot.name];
    const index = indexed && slot.many ? `[${Array.isArray(siblings) ? siblings.length : 0}]` : '';
    const path = this.#path();
    return path === '' ? `${slot.name}${index}` : `${path}.${slot.name}${index}`;
  }
}

function frame(slot: Slot, plan: Plan, object: Fields, parent: Frame | undefined, missing: number): Frame {
  return { slot, plan, object, parent, missing };
}

function rootSlot(type: string): Slot {
  return { name: type, many: false, type, convert: undefined, free: false, expected: '' };
}

function append(object: Fields, name: string, value: unknown): void {
  const list = object[name];
  if (Array.isArray(list)) list.push(value);
  else object[name] = [value];
}

function isFailure(response: unknown): boolean {
  return (response as { Result?: unknown } | undefined)?.Result === 'Failure';
}

function isXmlPrefix(prefix: string): boolean {
  return prefix === 'xmlns' || prefix === 'xsi' || prefix === 'xml';
}

function local(name: string): string {
  const colon = name.indexOf(':');
  return colon < 0 ? name : name.slice(colon + 1);
}

function clip(name: string): string {
  return name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}…` : name;
}
