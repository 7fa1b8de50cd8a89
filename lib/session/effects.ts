import type { NexoError } from '../protocol/errors.ts';
import type { TerminalLocation } from '../protocol/terminal-location.ts';
import type { Message, MessageHeader, SaleToPOIRequest, SaleToPOIResponse } from '../protocol/types.ts';
import type { NotificationPayload } from './inbound/terminal-notification.ts';
import type { Reason, TransactionRecord } from './record.ts';

/** What a payment is doing, as its node shows it. */
export type Phase =
  | 'queued'
  /** Waits for a card that was read for another payment. */
  | 'behindCard'
  | 'loggingIn'
  | 'waitingForCard'
  | 'busy'
  | 'aborting'
  | 'recovering'
  | 'reversing';

/** What a terminal is doing. */
export type SessionState =
  | 'loggedOut'
  | 'loggingIn'
  | 'ready'
  | 'paying'
  | 'held'
  /** A card was read, and is held for its payment. */
  | 'cardRead'
  | 'maintenance'
  | 'recovering'
  | 'unresolved'
  | 'unreachable';

/** What the session's runner does for it, in this order. */
export type Effect =
  /**
   * Sends a message; `overtake`: past a request that is still open; `at`: to that address instead of the terminal's known
   * one. Answered by a `reply` event.
   */
  | { type: 'send'; exchange: number; message: Message; overtake: boolean; at?: string }
  /** Cancels an exchange: no `reply` is wanted. */
  | { type: 'cancel'; exchange: number }
  /** Writes a record durably (`begin`: unless the transactionId exists). Answered by `stored` or `storeFailed`. */
  | { type: 'begin' | 'put'; write: number; record: TransactionRecord }
  | { type: 'reserve'; count: number }
  /** Writes the terminal's address durably. Answered by `stored` or `storeFailed`. */
  | { type: 'place'; write: number; place: TerminalLocation }
  /** All further messages go to that address. */
  | { type: 'move'; address: string }
  | { type: 'timer'; timer: string; ms: number }
  | { type: 'clear'; timer: string }
  /**
   * An outcome for every ref, or, without any, for the record's node. `final`: false for `unresolved`. `repeats`: those of
   * the refs that sent the same order again while it was in progress.
   */
  | { type: 'outcome'; refs: string[]; record: TransactionRecord; final: boolean; repeats?: string[] }
  /** Answers a request of the terminal's: with a message, or with an empty acknowledgement (HTTP 204). */
  | { type: 'respond'; ref: string; message?: Message }
  /** What the terminal shows, reports, prints or asks. `replyId`: an answer is awaited. */
  | { type: 'notification'; payload: NotificationPayload; request: SaleToPOIRequest; replyId?: string }
  /** Evidence contradicts what a person ruled. */
  | { type: 'alarm'; record: TransactionRecord; reason: Reason }
  /** The terminal's last transaction is one of this till that the journal may not have. */
  | { type: 'lastTransaction'; serviceId: string; poiTransaction?: string }
  /** Whether an address that the terminal announced is followed; `postponed`: it is tried later, and a second one tells. */
  | { type: 'address'; address: string; followed: boolean; postponed?: true; message: string }
  | { type: 'phase'; refs: string[]; node: string; phase: Phase }
  /** What the customer sees on the terminal while paying. */
  | { type: 'display'; refs: string[]; node: string; text: string }
  | { type: 'done'; ref: string; result: Result }
  | { type: 'failed'; ref: string; error: NexoError }
  | { type: 'state'; state: SessionState };

/** Results of requests other than payments, with the messages that were exchanged. */
export type Result =
  | { type: 'login'; request: Message; response: SaleToPOIResponse }
  | { type: 'logout'; request: Message; response: SaleToPOIResponse }
  /** `sent`: false where nothing was at the terminal to be aborted. */
  | { type: 'abort'; request?: Message; sent: boolean; transactionId?: string }
  | { type: 'rule'; transactionId: string }
  | { type: 'reply' }
  | { type: 'device'; request: Message; response?: SaleToPOIResponse }
  /** `error`: no card was read, or it could not be continued or aborted. */
  | { type: 'card'; transactionId: string; request?: Message; response?: SaleToPOIResponse; error?: Reason }
  | { type: 'request'; request: Message; response?: SaleToPOIResponse }
  | { type: 'status'; request?: Message; response?: SaleToPOIResponse; found: StatusFound };

/** What the terminal says of a transaction: the message it repeats, or why there is none. */
export type StatusFound = (Repeated & { type: 'message' }) | ({ type: 'none' } & Reason);

/** A message that TransactionStatus repeats, as a response of its own. */
export interface Repeated {
  header: MessageHeader;
  response: SaleToPOIResponse;
}
