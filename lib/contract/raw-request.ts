/** Messages of any kind that have no node of their own, as flows send them and get their answers. */
import { NexoError } from '../protocol/errors.ts';
import { messages } from '../protocol/schema.ts';
import type { BodyName, SaleToPOIResponse } from '../protocol/types.ts';
import type { Reason } from '../session/record.ts';
import { bodyNameOf, failureIn } from '../session/requests/generic-request.ts';
import type { RequestBody } from '../session/requests/requests.ts';

export interface RequestDefaults {
  /** The body's name: `AdminRequest`. */
  message: string;
  /** JSON text. */
  body: string;
}

/** The response's body under its fields' own names, and how it went. */
export type RequestPayload = Record<string, unknown> & { result: string | null; error: Reason | null };

/**
 * Reads what is to be sent: an object in `msg.payload`, `{ AdminRequest: { … } }` or the bare body of the node's message;
 * any other payload leaves it to the node.
 *
 * @throws NexoError `invalid_body`, and what `bodyNameOf` throws; the session checks the fields
 */
export function parseRequest(
  payload: unknown,
  { message, body }: RequestDefaults,
): { name: BodyName; body: RequestBody } {
  const given = isPlain(payload) ? payload : parsed(body);
  const whole = Object.keys(given).some((key) => Object.hasOwn(messages, key)) ? given : { [message]: given };
  const request = whole as RequestBody;
  return { name: bodyNameOf(request), body: request };
}

/** What a flow gets of the answer. `error`: the terminal did not do it, or not all of it. */
export function requestPayloadOf(name: BodyName, response: SaleToPOIResponse | undefined): RequestPayload {
  if (response === undefined) return { result: null, error: null };
  const body = (response as unknown as Record<string, unknown>)[name.replace(/Request$/, 'Response')];
  const fields = isPlain(body) ? body : {};
  const result = isPlain(fields.Response) ? fields.Response.Result : undefined;
  return { ...fields, result: typeof result === 'string' ? result : null, error: failureIn(response, name) ?? null };
}

function parsed(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text.trim() || '{}');
  } catch (cause) {
    throw new NexoError('invalid_body', 'The body set in this node is not JSON: open the node, and correct it.', {
      path: 'body',
      cause,
    });
  }
  if (isPlain(value)) return value;
  throw new NexoError('invalid_body', 'The body set in this node must be a JSON object, such as {}.', { path: 'body' });
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value);
}
