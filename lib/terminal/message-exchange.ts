import type { Codec } from '../protocol/codec.ts';
import { NexoError } from '../protocol/errors.ts';
import { redact } from '../protocol/redact.ts';
import type { Message } from '../protocol/types.ts';
import type { ExchangeResult } from '../session/events.ts';
import type { TransportReply as Raw, SendOptions, Transport } from '../transport/transport.ts';
import type { TraceResult, WireTrace } from './wire-trace.ts';

/** A result, and what only the trace is interested in. */
interface Received {
  result: ExchangeResult;
  ignored?: readonly string[];
}

/** Exchanges messages with a terminal: from message to bytes, and back. */
export class MessageExchange {
  readonly #codec: Codec;
  readonly #trace: WireTrace | undefined;

  constructor(codec: Codec, trace?: WireTrace) {
    this.#codec = codec;
    this.#trace = trace;
  }

  /**
   * One exchange. Card secrets in the response end here: the result has none. Never rejects.
   *
   * @returns `unreachable` also where the message cannot be encoded: nothing was sent then either
   */
  async send(
    transport: Transport,
    message: Message,
    options: Omit<SendOptions, 'contentType'>,
  ): Promise<ExchangeResult> {
    const traced = this.#trace?.begin('sent', message, transport.address);
    const { result, ignored } = await this.#exchange(transport, message, options);
    traced?.(traceOf(result, ignored));
    return result;
  }

  async #exchange(transport: Transport, message: Message, options: SendOptions): Promise<Received> {
    let body: Uint8Array;
    try {
      body = this.#codec.encode(message);
    } catch (error) {
      return { result: { type: 'unreachable', reason: reasonOf(error) } };
    }
    return this.#received(await transport.send(body, { ...options, contentType: this.#codec.contentType }));
  }

  #received(raw: Raw): Received {
    if (raw.type !== 'message') return { result: raw };
    try {
      const { message, header, ignored } = this.#codec.decode(raw.body);
      const redacted = redact(message);
      if (!('SaleToPOIResponse' in redacted)) {
        return { result: { type: 'unusable', reason: 'The terminal answered with a request.' } };
      }
      return { result: { type: 'message', header, response: redacted.SaleToPOIResponse }, ignored };
    } catch (error) {
      return { result: { type: 'unusable', reason: reasonOf(error) } };
    }
  }
}

function traceOf(result: ExchangeResult, ignored: readonly string[] = []): TraceResult {
  if (result.type === 'message') {
    return { type: 'message', response: { SaleToPOIResponse: result.response }, ignored };
  }
  return result;
}

function reasonOf(error: unknown): string {
  if (error instanceof NexoError) return error.path ? `${error.message} (${error.path})` : error.message;
  return error instanceof Error ? error.message : String(error);
}
