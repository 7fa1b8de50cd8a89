import type { Message } from '../../protocol/types.ts';

/** The result of a message to the POS: a nexo response, HTTP 204, or a failure. */
export type PosReply = { type: 'message'; message: Message } | { type: 'empty' } | { type: 'failed'; reason: string };

/** The connection from a terminal to a POS that is also a server ("default integration"). */
export interface Pos {
  /** Sends one message. Calls `onReply` at most once, synchronously or later; a call may be missing. */
  send(message: Message, onReply: (reply: PosReply) => void): void;
}
