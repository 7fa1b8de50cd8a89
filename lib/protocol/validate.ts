import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { NexoError } from './errors.ts';
import { definitions, messages } from './schema.ts';
import { isOpenList, VENDOR_CODE } from './table.ts';
import type { BodyName, Message, MessageHeader } from './types.ts';
import { explain } from './violation.ts';

type Parts = Record<string, unknown> & { MessageHeader: MessageHeader };
const ROOTS = ['SaleToPOIRequest', 'SaleToPOIResponse'] as const;

/**
 * Checks a message as strictly as a terminal: known fields only, each in its place, all required ones, listed codes,
 * values of their type, and a header that matches the one body.
 *
 * Validators are compiled at the first use of each body.
 *
 * @returns the name of the message's body
 * @throws NexoError, with the field's path, and one of these codes: `not_nexo`, `no_body`, `several_bodies`,
 *   `wrong_header`, `missing`, `unknown_field`, `unknown_code`, `invalid_value`
 */
export function validate(message: Message): BodyName {
  const root = rootOf(message);
  const parts = (message as unknown as Record<string, Parts>)[root];
  if (typeof parts !== 'object' || parts === null) {
    throw new NexoError('not_nexo', `${root} must be an object with MessageHeader and a body.`, { path: root });
  }
  const body = bodyOf(parts, root);
  check('MessageHeader', parts.MessageHeader, `${root}.MessageHeader`);
  checkHeader(parts.MessageHeader, body, `${root}.MessageHeader`);
  check(body, parts[body], `${root}.${body}`);
  if (parts.SecurityTrailer !== undefined)
    check('ContentInformation', parts.SecurityTrailer, `${root}.SecurityTrailer`);
  return body;
}

function rootOf(message: Message): (typeof ROOTS)[number] {
  const present = Object.keys(message ?? {});
  const root = ROOTS.find((name) => name === present[0]);
  if (root !== undefined && present.length === 1) return root;
  throw new NexoError('not_nexo', 'A message is an object with one member, SaleToPOIRequest or SaleToPOIResponse.');
}

function bodyOf(parts: Parts, root: string): BodyName {
  let body: BodyName | undefined;
  for (const name of Object.keys(parts)) {
    if (name === 'MessageHeader' || name === 'SecurityTrailer' || parts[name] === undefined) continue;
    const path = `${root}.${name}`;
    if (!isBody(name)) {
      throw new NexoError('unknown_field', `${path} is no message body that this version knows.`, { path });
    }
    if (messages[name].root !== root) {
      throw new NexoError('unknown_field', `${name} travels in ${messages[name].root}, not in ${root}.`, { path });
    }
    if (body !== undefined) {
      throw new NexoError('several_bodies', `A message carries one body, not ${body} and ${name}.`, { path });
    }
    body = name;
  }
  if (body === undefined) {
    throw new NexoError('no_body', `${root} needs a body, such as PaymentRequest.`, { path: root });
  }
  return body;
}

function isBody(name: string): name is BodyName {
  return Object.hasOwn(messages, name);
}

function checkHeader(header: MessageHeader, body: BodyName, path: string): void {
  const expected = messages[body];
  expect(header, 'MessageClass', expected.class, body, path);
  expect(header, 'MessageCategory', expected.category, body, path);
  expect(header, 'MessageType', expected.type, body, path);
  // A Transmit request of a terminal has hardly any ids, and a response repeats its request's. An event has no answer that
  // would be matched by its ServiceID.
  if (expected.root === 'SaleToPOIResponse' || expected.category === 'Transmit') return;
  if (header.SaleID === '') throw needed('SaleID', 'in every request', path);
  if (expected.class === 'Device') {
    if (header.DeviceID === undefined) throw needed('DeviceID', 'in a Device request', path);
  } else if (header.ServiceID === undefined && expected.class !== 'Event') {
    throw needed('ServiceID', `in a ${expected.class} request`, path);
  }
}

function expect(
  header: MessageHeader,
  name: 'MessageClass' | 'MessageCategory' | 'MessageType',
  value: string,
  body: BodyName,
  path: string,
): void {
  if (header[name] === value) return;
  throw new NexoError('wrong_header', `${name} must be "${value}" when the body is ${body}.`, {
    path: `${path}.${name}`,
  });
}

function needed(name: string, where: string, path: string): NexoError {
  return new NexoError('missing', `${name} is needed ${where}: the answer is matched by it.`, {
    path: `${path}.${name}`,
  });
}

const validators = new Map<string, ValidateFunction>();
let ajv: Ajv2020 | undefined;

function check(type: string, value: unknown, path: string): void {
  const validator = validators.get(type) ?? compile(type);
  if (validator(value)) return;
  throw explain(validator.errors as ErrorObject[], type, path);
}

function compile(type: string): ValidateFunction {
  ajv ??= makeAjv();
  const validator = ajv.getSchema(`nexo#/$defs/${type}`);
  if (validator === undefined) throw new Error(`schema.ts does not define ${type}`);
  validators.set(type, validator);
  return validator;
}

function makeAjv(): Ajv2020 {
  // strictRequired does not see properties beside a oneOf. A test checks that the table is valid JSON Schema: checking it
  // in every process takes longer than compiling the validators in use.
  const made = new Ajv2020({ strict: true, strictRequired: false, verbose: true, validateSchema: false });
  made.addKeyword('xml');
  made.addKeyword('message');
  made.addSchema({ $id: 'nexo', $defs: Object.fromEntries(Object.entries(definitions).map(closed)) });
  return made;
}

/**
 * The decoder sets unknown fields aside. The encoder refuses them: a misspelt field would silently not be sent. A code is
 * listed, or a vendor's own.
 */
function closed([name, schema]: [string, object]): [string, object] {
  if ('properties' in schema) return [name, { ...schema, additionalProperties: false }];
  if (!('enum' in schema) || !isOpenList(name)) return [name, schema];
  return [name, { type: 'string', anyOf: [{ enum: schema.enum }, { pattern: VENDOR_CODE }] }];
}
