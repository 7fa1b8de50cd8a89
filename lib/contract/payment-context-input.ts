import { type InputField, invalid } from './fields.ts';

const MAX_BYTES = 4096;
const FIELD: InputField = { code: 'invalid_context', path: 'payload.context' };

/**
 * A payment's `context` as JSON text, which the journal keeps and the result carries.
 * @throws NexoError `invalid_context` for what JSON cannot hold, or more than 4096 bytes of it
 */
export function contextOf(value: unknown): string {
  const text = jsonOf(value);
  if (text === undefined) throw invalid(FIELD, 'context must be plain JSON: a function is none.');
  const bytes = new TextEncoder().encode(text).length;
  if (bytes <= MAX_BYTES) return text;
  throw invalid(
    FIELD,
    `context is ${bytes} bytes of JSON; at most ${MAX_BYTES} are kept: store the rest yourself under transactionId.`,
  );
}

function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    throw invalid(FIELD, 'context must be plain JSON: it refers to itself or holds a BigInt.', cause);
  }
}
