/** Reads single values of a message. The rest of this folder reads them with these helpers. */
import { Buffer } from 'node:buffer';
import { toMinor } from '../protocol/amounts.ts';
import type { ErrorCode } from '../protocol/error-codes.ts';
import { NexoError } from '../protocol/errors.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** Where a value stands in the message, and the error code for one that does not fit. */
export interface InputField {
  code: ErrorCode;
  /** As in `payload.saleItems[0].quantity`. */
  path: string;
}

/** The parts of a message that nodes read. */
export interface IncomingMessage {
  payload?: unknown;
  /** As a node before put it there. */
  nexo?: unknown;
}

const TRANSACTION_ID = /^[\x21-\x7e]([\x20-\x7e]{0,62}[\x21-\x7e])?$/;

/** True for an object with named fields: no array, Buffer, Date or Map, and no boxed value. */
export function isPlain(value: unknown): value is Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  // Objects of function nodes are of another realm: their constructors are not the ones here.
  return !Buffer.isBuffer(value) && TAG.call(value) === '[object Object]';
}

const TAG = Object.prototype.toString;

/** What a value is, for an error message: "a Buffer", "a date", "a list". The value itself stays out of it. */
export function typeNameOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'bigint') return 'a BigInt';
  if (typeof value !== 'object') return value === '' ? 'an empty text' : (NAMES[typeof value] ?? `a ${typeof value}`);
  if (Buffer.isBuffer(value)) return 'a Buffer: convert it with toString() first';
  if (Array.isArray(value)) return 'a list';
  const [, tag = 'Object'] = /^\[object (.+)\]$/.exec(TAG.call(value)) ?? [];
  return NAMES[tag] ?? `an object of type ${tag === 'Object' ? (value.constructor?.name ?? tag) : tag}`;
}

const NAMES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  function: 'a function: call it first',
  Date: 'a date',
  Number: 'a boxed number (new Number): send it without new',
  String: 'a boxed text (new String): send it without new',
  Boolean: 'a boxed Boolean (new Boolean): send it without new',
  Map: 'a Map: send a plain object',
  Set: 'a Set: send a plain object',
  Promise: 'a Promise: wait for its value first',
  Error: 'an Error',
};

/** The fields of a plain object; none of anything else. */
export function fieldsOf(value: unknown): Fields {
  return isPlain(value) ? value : {};
}

/** False for undefined, null and the empty text, which forms and flows use for "not set". */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

/** What a value is, where that may surprise the flow's author: every type that JSON does not have. */
export function typeHint(value: unknown): string {
  const known =
    value === null || (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'bigint');
  return known || isPlain(value) || Array.isArray(value) ? '' : ` It is ${typeNameOf(value)}.`;
}

/** The error for a value that does not fit. */
export function invalid({ code, path }: InputField, message: string, cause?: unknown): NexoError {
  return new NexoError(code, message, { path, cause });
}

/** `quantity` of `payload.saleItems[0].quantity`. */
export function nameOf({ path }: InputField): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

/** @throws NexoError with the field's code where the value is none of `known`; the message lists them */
export function oneOf<T>(known: readonly T[], value: unknown, field: InputField): T {
  const found = known.find((one) => one === value);
  if (found !== undefined) return found;
  throw invalid(field, `${nameOf(field)} must be one of ${known.join(', ')}.${typeHint(value)}`);
}

/** @throws NexoError with the field's code where the value is neither true nor false */
export function booleanOf(value: unknown, field: InputField): boolean {
  if (typeof value === 'boolean') return value;
  throw invalid(field, `${nameOf(field)} must be true or false.${typeHint(value)}`);
}

/**
 * A whole number from 1 to `most`, also as text.
 * @param hint more advice for the error message
 * @throws NexoError with the field's code
 */
export function wholeNumberOf(value: unknown, most: number, field: InputField, hint = ''): number {
  const number = typeof value === 'string' || typeof value === 'number' ? Number(value) : Number.NaN;
  if (Number.isInteger(number) && number >= 1 && number <= most) return number;
  throw invalid(field, `${nameOf(field)} must be a whole number from 1 to ${most}${hint}.${typeHint(value)}`);
}

/**
 * A text that fits the pattern; a whole number counts as its digits.
 * @throws NexoError with the field's code and this message
 */
export function textOf(value: unknown, pattern: RegExp, field: InputField, message: string): string {
  const text = Number.isSafeInteger(value) ? String(value) : value;
  if (typeof text === 'string' && pattern.test(text)) return text;
  throw invalid(field, message + typeHint(value));
}

/**
 * A decimal as text, from a text or a number: `20.5` is "20.5".
 * @param pattern how many digits it may have
 * @throws NexoError with the field's code and this message
 */
export function decimalOf(value: unknown, pattern: RegExp, field: InputField, message: string): string {
  return textOf(typeof value === 'number' ? String(value) : value, pattern, field, message);
}

/**
 * An amount in minor units, from a text or a number of the currency's main unit.
 * @param message the error message for a value of another type
 * @param zero whether the amount may be zero
 * @throws NexoError with the field's code; `invalid_amount` for a text or number that is no amount in this currency
 */
export function amountOf(value: unknown, currency: string, field: InputField, message: string, zero = false): number {
  if (typeof value !== 'number' && typeof value !== 'string') throw invalid(field, message + typeHint(value));
  return toMinor(value, currency, field.path, { zero });
}

/** A transactionId; a whole number counts as its digits. @throws NexoError `invalid_transaction_id` */
export function transactionIdOf(value: unknown, path = 'payload.transactionId'): string {
  const message = 'transactionId must be 1 to 64 printable ASCII characters, such as an order number.';
  return textOf(value, TRANSACTION_ID, { code: 'invalid_transaction_id', path }, message);
}

/** The transactionId that a payload names; undefined where it names none. @throws NexoError `invalid_transaction_id` */
export function transactionIdIn(payload: unknown): string | undefined {
  const { transactionId } = fieldsOf(payload);
  return isGiven(transactionId) ? transactionIdOf(transactionId) : undefined;
}

/** A text in `msg.nexo`, as a node before put it there; undefined where there is none. */
export function textIn(nexo: unknown, name: string): string | undefined {
  const text = fieldsOf(nexo)[name];
  return typeof text === 'string' && text !== '' ? text : undefined;
}

/** The error for a message that does not say which transaction it is about. */
export function noTransactionId(message: string): NexoError {
  return new NexoError('no_transaction_id', message, { path: 'payload.transactionId' });
}
