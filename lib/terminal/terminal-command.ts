import type { SessionEvent } from '../session/events.ts';

/** An event as a caller gives it: the terminal adds the ref. */
type WithoutRef<E> = E extends { ref: string } ? Omit<E, 'ref'> : never;

/** What a terminal can be asked for that moves no money. */
export type TerminalCommand = WithoutRef<
  Extract<SessionEvent, { type: 'login' | 'logout' | 'abort' | 'status' | 'rule' | 'device' | 'card' | 'request' }>
>;

/** An event whose result a caller waits for. */
export type CallerEvent = TerminalCommand | WithoutRef<Extract<SessionEvent, { type: 'answerQuestion' }>>;
