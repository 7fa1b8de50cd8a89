/** What one exchange with a terminal came to. Nothing here is judged further than HTTP goes. */
export type TransportReply =
  /** 200 with a body; whether it is a nexo message is for the decoder to say. */
  | { type: 'message'; body: Uint8Array }
  /** 204: taken, and there is no nexo answer (always so for Abort). */
  | { type: 'empty' }
  /** Something answered, and it is no nexo message: another status, an empty 200, a body that is too large or encoded. */
  | { type: 'unusable'; reason: string }
  /** Never connected: certainly no byte of the request left this machine. */
  | { type: 'unreachable'; reason: string }
  /** A byte may have left, and no complete answer came: the outcome is unknown. */
  | { type: 'lost'; reason: string };

export interface SendOptions {
  /** True for Abort, Login and TransactionStatus: never queued behind a running request. */
  overtake: boolean;
  /** Gives the exchange up. The terminal does not notice: what was sent stays sent. */
  signal: AbortSignal;
}

/** One way to one terminal: bytes of a request in, what came back out. */
export interface Transport {
  /** Sends one encoded request, once. Never rejects and never repeats. */
  send(body: Uint8Array, options: SendOptions): Promise<TransportReply>;
  /** Ends open exchanges as `lost` and leaves no socket and no timer behind. */
  close(): Promise<void>;
}
