import { NexoError } from '../protocol/errors.ts';
import type { Message } from '../protocol/types.ts';
import type { ExchangeResult } from '../session/events.ts';
import type { SendOptions, Transport } from '../transport/transport.ts';
import type { MessageExchange } from './message-exchange.ts';

/** How a terminal is followed when its address changes. Addresses as `host:port`. */
export interface AddressPolicy {
  /** Where the settings say that it is; '' where they do not: it is waited for. */
  configured: string;
  /** The way to it at another address. @throws NexoError */
  to(address: string): Transport;
  /** Whether it may be at that address; `sender`: the IP address that announced it, absent where it was there before. */
  allowed(address: string, sender?: string): boolean;
}

/** The way to a terminal, which may move. */
export class MovableTransport {
  readonly #exchange: MessageExchange;
  readonly #follow: AddressPolicy | undefined;
  readonly #onError: (error: Error) => void;
  /** Open ones, the one in use among them. */
  readonly #transports: Set<Transport>;
  #inUse: Transport;

  constructor(
    transport: Transport,
    exchange: MessageExchange,
    follow: AddressPolicy | undefined,
    onError: (error: Error) => void,
  ) {
    this.#exchange = exchange;
    this.#inUse = transport;
    this.#transports = new Set([transport]);
    this.#follow = follow;
    this.#onError = onError;
  }

  /** One exchange with the terminal, or, with `at`, with whatever is at that address. Never rejects. */
  async send(message: Message, { at, ...options }: SendOptions & { at?: string | undefined }): Promise<ExchangeResult> {
    if (at === undefined) return this.#exchange.send(this.#inUse, message, options);
    const transport = this.#open(at);
    if (transport instanceof NexoError) return { type: 'unreachable', reason: transport.message };
    const reply = await this.#exchange.send(transport, message, options);
    this.#close(transport);
    return reply;
  }

  /** From now on the terminal is at that address. What is open elsewhere ends as `lost`. */
  move(address: string): void {
    const transport = this.#open(address);
    if (transport instanceof NexoError) return this.#onError(transport);
    this.#close(this.#inUse);
    this.#inUse = transport;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#transports].map((transport) => transport.close()));
  }

  #open(address: string): Transport | NexoError {
    try {
      const transport = this.#follow?.to(address);
      if (transport === undefined) return new NexoError('not_followed', 'This terminal is not followed.');
      this.#transports.add(transport);
      return transport;
    } catch (error) {
      return error instanceof NexoError ? error : new NexoError('bad_address', String(error));
    }
  }

  #close(transport: Transport): void {
    this.#transports.delete(transport);
    transport.close().catch(this.#onError);
  }
}
