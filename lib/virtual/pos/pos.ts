import type { Message } from '../../protocol/types.ts';

/** What came of a message to the POS: a nexo response, HTTP 204, or nothing that can be used. */
export type PosReply = { type: 'message'; message: Message } | { type: 'empty' } | { type: 'failed'; reason: string };

/** The POS as a terminal sees it when the POS is a server too ("default integration"). */
export interface Pos {
  /** Delivers one message. `answered` is called once, at once or later; the terminal lives with it never being called. */
  send(message: Message, answered: (reply: PosReply) => void): void;
}
