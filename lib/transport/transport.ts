import type { Message, SaleToPOIRequest } from '../protocol/types.ts';

/** The result of one exchange with a terminal, judged as far as HTTP goes and no further. */
export type TransportReply =
  /** HTTP 200 with a body. The decoder decides whether it is a nexo message. */
  | { type: 'message'; body: Uint8Array }
  /** HTTP 204: accepted, without a nexo answer (always so for Abort). */
  | { type: 'empty' }
  /** An answer that is not a nexo message: another status, an empty 200, a body that is too large or encoded. */
  | { type: 'unusable'; reason: string }
  /** Never connected: no byte of the request left this machine. */
  | { type: 'unreachable'; reason: string }
  /** A byte may have left, and no complete answer came: the outcome is unknown. */
  | { type: 'lost'; reason: string };

export interface SendOptions {
  /** True for Abort, Login and TransactionStatus: never queued behind a running request. */
  overtake: boolean;
  /** Content-Type of the body, as its codec says. Default: `application/xml; charset=utf-8`. */
  contentType?: string;
  /** Ends the exchange on this side. What was already sent to the terminal stays sent. */
  signal: AbortSignal;
}

/** A connection to one terminal: sends the bytes of a request and returns the bytes of the answer. */
export interface Transport {
  /** The terminal's address, for people and logs: `192.168.1.20:11000`. It holds no secret. */
  readonly address?: string;
  /** A service in between passes the messages on: a request without an answer may reach the terminal at any time later. */
  readonly relayed?: boolean;
  /**
   * Sends one encoded request, once. Never rejects and never repeats.
   * @param body one nexo message as it goes on the wire
   */
  send(body: Uint8Array, options: SendOptions): Promise<TransportReply>;
  /** Ends open exchanges as `lost`. Leaves no socket and no timer behind. */
  close(): Promise<void>;
}

/**
 * Handles a request that the terminal sends to the POS (display, print, input, event, transmit).
 * @returns the nexo response, or undefined where the request has none
 */
export type TerminalRequestHandler = (request: SaleToPOIRequest) => Promise<Message | undefined>;
