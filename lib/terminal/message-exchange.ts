import { NexoError } from '../protocol/errors.ts';
import { redact } from '../protocol/redact.ts';
import type { Message } from '../protocol/types.ts';
import { decode } from '../protocol/xml/decode.ts';
import { encode } from '../protocol/xml/encode.ts';
import type { ExchangeResult } from '../session/events.ts';
import type { TransportReply as Raw, Transport } from '../transport/transport.ts';

/**
 * One exchange, from message to message. Card secrets end here: what goes on from here has none. Never rejects.
 *
 * @returns `unreachable` also where the message could not be encoded: then nothing was sent either
 */
export async function exchange(
  transport: Transport,
  message: Message,
  options: { overtake: boolean; signal: AbortSignal },
): Promise<ExchangeResult> {
  let body: Uint8Array;
  try {
    body = encode(message);
  } catch (error) {
    return { type: 'unreachable', reason: reasonOf(error) };
  }
  return received(await transport.send(body, options));
}

function received(raw: Raw): ExchangeResult {
  if (raw.type !== 'message') return raw;
  try {
    const { message, header } = decode(raw.body);
    if (!('SaleToPOIResponse' in message)) return { type: 'unusable', reason: 'The terminal answered with a request.' };
    const redacted = redact(message);
    if (!('SaleToPOIResponse' in redacted))
      return { type: 'unusable', reason: 'The terminal answered with a request.' };
    return { type: 'message', header, response: redacted.SaleToPOIResponse };
  } catch (error) {
    return { type: 'unusable', reason: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof NexoError) return error.path ? `${error.message} (${error.path})` : error.message;
  return error instanceof Error ? error.message : String(error);
}
