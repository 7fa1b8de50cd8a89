/** Reads messages of any kind that have no node of their own, and makes payloads of their responses. */
import { NexoError, quote, settingError } from '../protocol/errors.ts';
import { isRequestable, messages, type RequestableName } from '../protocol/schema.ts';
import type { BodyName, SaleToPOIResponse } from '../protocol/types.ts';
import type { Reason } from '../session/record.ts';
import { failureOf } from '../session/requests/reply-classification.ts';
import type { RequestBody } from '../session/requests/requests.ts';
import { type Fields, fieldsOf, isPlain } from './fields.ts';

/** Settings of the request node, for a message without an object. */
export interface RequestDefaults {
  /** The body's name: `AdminRequest`. */
  message: string;
  /** JSON text. */
  body: string;
}

/** A request that may be sent; its fields are not checked yet. */
export interface RawRequest {
  name: RequestableName;
  body: RequestBody;
}

/** The response's body under its fields' own names, its result and the reason of a failure. */
export type RequestPayload = Record<string, unknown> & { result: string | null; error: Reason | null };

/** The requests that have no node of their own and move no money, as the schema table marks them. */
export const REQUESTABLE: readonly RequestableName[] = Object.keys(messages).filter(isRequestable);

/**
 * Reads the request: an object in `msg.payload`, `{ AdminRequest: { … } }` or the bare body of the node's message; any
 * other payload leaves it to the node.
 *
 * @throws NexoError `invalid_body`, `no_body`, `several_bodies`, `unknown_field`, `own_node` with the node that sends it,
 *   `moves_money`; the session checks the fields
 */
export function parseRequest(payload: unknown, { message, body }: RequestDefaults): RawRequest {
  const fields = isPlain(payload) ? payload : bodySetIn(body);
  const keys = Object.keys(fields);
  const named = keys.some((key) => Object.hasOwn(messages, key));
  const mistyped = named ? undefined : keys.find((key) => similarMessage(key) !== undefined);
  if (mistyped !== undefined) throw notRequestable(mistyped);
  const request = named ? fields : { [message]: fields };
  return { name: nameIn(request), body: request as RequestBody };
}

/** The payload for a response. `error`: the terminal did not carry it out, or not all of it. */
export function requestPayloadOf(name: BodyName, response: SaleToPOIResponse | undefined): RequestPayload {
  if (response === undefined) return { result: null, error: null };
  const fields = fieldsOf(fieldsOf(response)[name.replace(/Request$/, 'Response')]);
  const { Result } = fieldsOf(fields.Response);
  return {
    ...fields,
    result: typeof Result === 'string' ? Result : null,
    error: failureOf(response, messages[name].category) ?? null,
  };
}

/**
 * The node's setting of a message's name; empty: the default.
 * @throws NexoError `invalid_config` for a name that nexo does not have
 */
export function messageSetting(text: string): string {
  if (text === '') return DEFAULT_MESSAGE;
  if (Object.hasOwn(messages, text)) return text;
  throw settingError(
    'message',
    `${quote(text)} is no nexo message: ${similarAdvice(text)}choose one of ${REQUESTABLE.join(', ')}.`,
  );
}

const DEFAULT_MESSAGE = 'DiagnosisRequest';

/** The message that a mistyped name means: one with other case, without its last word, or a few letters off. */
function similarMessage(name: string): string | undefined {
  const typed = name.toLowerCase();
  const names = Object.keys(messages).filter((known) => known !== name);
  const distance = (known: string) =>
    Math.min(
      editDistance(typed, known.toLowerCase()),
      editDistance(typed, known.toLowerCase().replace(/request$/, '')),
    );
  const [nearest] = names.map((known) => ({ known, edits: distance(known) })).sort((a, b) => a.edits - b.edits);
  const looksLikeOne = /(request|response|notification)$/.test(typed);
  return nearest !== undefined && (looksLikeOne || nearest.edits <= MAX_EDITS) ? nearest.known : undefined;
}

const MAX_EDITS = 2;

function similarAdvice(name: string): string {
  const similar = Object.hasOwn(messages, name) ? undefined : similarMessage(name);
  return similar === undefined ? '' : `did you mean ${similar}? Otherwise `;
}

/** How many letters have to be inserted, deleted or replaced to make one text of the other. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (letter === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The name of the one request in the body. */
function nameIn(body: Fields): RequestableName {
  const [name, ...more] = Object.keys(body).filter((key) => body[key] !== undefined);
  if (name === undefined) {
    const message = 'There is no request in the message: send { AdminRequest: {} } or another one.';
    throw new NexoError('no_body', message, { path: 'payload' });
  }
  if (more.length > 0) {
    const names = [name, ...more].join(' and ');
    throw new NexoError('several_bodies', `A message carries one request, not ${names}: send one at a time.`, {
      path: `payload.${more[0]}`,
    });
  }
  if (isRequestable(name)) return name;
  throw notRequestable(name);
}

function notRequestable(name: string): NexoError {
  const path = `payload.${name}`;
  const { node, movesMoney } = Object.hasOwn(messages, name) ? messages[name as BodyName] : {};
  if (node !== undefined) {
    return new NexoError('own_node', `${name} has a node of its own, which keeps its rules: use ${node}.`, { path });
  }
  if (movesMoney) {
    return new NexoError(
      'moves_money',
      `${name} moves money, or what is worth money, and the journal would have no record of it: it is not sent.`,
      { path },
    );
  }
  const message = `${name} is no request that can be sent: ${similarAdvice(name)}use one of ${REQUESTABLE.join(', ')}.`;
  return new NexoError('unknown_field', message, { path });
}

function bodySetIn(text: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text.trim() || '{}');
  } catch (cause) {
    throw wrongBody('The body set in this node is not JSON: open the node, and correct it.', cause);
  }
  if (isPlain(value)) return value;
  throw wrongBody('The body set in this node must be a JSON object, such as {}: open the node, and correct it.');
}

function wrongBody(message: string, cause?: unknown): NexoError {
  return new NexoError('invalid_body', message, { path: 'body', cause });
}
