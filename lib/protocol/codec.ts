import type { BodyName, Message, MessageHeader } from './types.ts';

/** A message that was read from the wire. */
export interface Decoded {
  /** The message in nexo's own names. A failed response may lack parts that a successful one must have. */
  message: Message;
  /** Its MessageHeader; an absent SaleID or POIID reads as empty. */
  header: MessageHeader;
  /** The one body it carries. */
  body: BodyName;
  /** Paths of unknown elements and attributes, which are set aside (at most 50). */
  ignored: string[];
}

export interface EncodeOptions {
  /** Writes a request as it is: without it, a request that has no ProtocolVersion gets 3.1. */
  asIs?: boolean;
}

/**
 * One dialect of the wire: how nexo messages are written as bytes and read from them. The session only knows messages;
 * a codec is chosen where a terminal, an endpoint or a transport is made. The XML codec is the default there.
 */
export interface Codec {
  /** The dialect's name, such as `xml`. */
  readonly name: string;
  /** HTTP Content-Type of what `encode` writes. */
  readonly contentType: string;
  /** Whether a body of this HTTP Content-Type is read; without one (undefined) it is. */
  accepts(contentType: string | undefined): boolean;
  /** Whether a text begins like a message of this dialect: a cheap look, for channels that carry other things too. */
  startsMessage(text: string): boolean;
  /**
   * Writes a message, strictly: listed codes only, every field in its place. The message itself is not changed.
   * @throws NexoError with the field's path
   */
  encode(message: Message, options?: EncodeOptions): Buffer;
  /**
   * Reads a message, tolerantly: what is unknown is set aside. What could change the money is refused, never guessed.
   * @throws NexoError
   */
  decode(bytes: Uint8Array): Decoded;
}
