import type { SessionEvent } from '../session/events.ts';

/** An event as a caller gives it: the terminal adds the ref. */
type WithoutRef<E> = E extends { ref: string } ? Omit<E, 'ref'> : never;

/** What a terminal can be asked for that moves no money. */
export type TerminalCommand = WithoutRef<
  Extract<SessionEvent, { type: 'login' | 'logout' | 'abort' | 'status' | 'rule' | 'device' | 'card' | 'request' }>
>;

/** A command, or the answer to a question of the terminal. */
export type TerminalCall = TerminalCommand | WithoutRef<Extract<SessionEvent, { type: 'answerQuestion' }>>;

/** An order that was read already, with its transactionId. */
export type ReadyOrder = Extract<SessionEvent, { type: 'pay' }>['order'];
