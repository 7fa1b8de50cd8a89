import type { NexoError } from '../protocol/errors.ts';
import type { Message, MessageHeader, SaleToPOIRequest, SaleToPOIResponse } from '../protocol/types.ts';
import type { Place } from './address.ts';
import type { NoticePayload } from './notice.ts';
import type { NamedOrder, Outcome, Reason, ReversalRecord, TransactionRecord } from './record.ts';

import type { ReplyValue } from './replies.ts';
import type { DeviceBody, RequestBody } from './requests.ts';

/** The time an event happened: the session has no clock of its own. */
export interface Now {
  /** ms since 1970 */
  ms: number;
  /** Local time minus UTC, in minutes. */
  offset: number;
}

/** What became of an exchange with the terminal. Only `unreachable` proves that nothing was sent. */
export type Reply =
  | { type: 'message'; header: MessageHeader; response: SaleToPOIResponse }
  | { type: 'empty' }
  | { type: 'unusable'; reason: string }
  | { type: 'unreachable'; reason: string }
  | { type: 'lost'; reason: string };

/** What happens to a session. `ref` names a caller, whom the matching effect answers. */
export type SessionEvent =
  | { type: 'start' }
  | { type: 'pay'; ref: string; order: NamedOrder; node: string }
  /** `operator`: who, and in which shift, as the terminal's reports show it; kept for the logins that follow. */
  | { type: 'login'; ref: string; operator?: Operator }
  | { type: 'logout'; ref: string; maintenanceAllowed: boolean }
  | { type: 'abort'; ref: string }
  | { type: 'fulfil'; ref: string; transactionId: string; delivered: boolean; node: string }
  | { type: 'sign'; ref: string; transactionId: string; accepted: boolean }
  | { type: 'reverse'; ref: string; transactionId?: string; reason: ReversalRecord['reason']; node: string }
  | { type: 'rule'; ref: string; transactionId: string; outcome: Outcome; by: string; note?: string }
  | { type: 'status'; ref: string; serviceId?: string }
  /** A request of the terminal's own; `ref` names the HTTP request that waits for the answer (effect `respond`). */
  | { type: 'inbound'; ref: string; request: SaleToPOIRequest }
  /** The terminal says that it is at another address (`host:port`), in a network where it may be. */
  | { type: 'propose'; address: string }
  /** How many listen to what the terminal says, and answer it. */
  | { type: 'listeners'; count: number }
  /** A flow answers a question of the terminal's. */
  | { type: 'answer'; ref: string; replyId: string; value: ReplyValue }
  | { type: 'device'; ref: string; body: DeviceBody }
  | ({ type: 'card'; ref: string } & CardAsk)
  /** A message that has no event of its own: it moves no money and opens nothing. */
  | { type: 'request'; ref: string; body: RequestBody }
  | { type: 'reply'; exchange: number; reply: Reply }
  | { type: 'stored'; write: number; existing?: TransactionRecord }
  | { type: 'storeFailed'; write: number; reason: string }
  | { type: 'reserved'; end: number }
  | { type: 'timer'; timer: string };

/** Who works at the till. */
export interface Operator {
  id?: string;
  shift?: string;
}

/** What is asked of a card that is read before the amount is known. */
export interface CardAsk {
  /** `read` (the first opens the service, each further one reads one more card), `continue` (PIN dialog), or `abort`. */
  action: 'read' | 'continue' | 'abort';
  /** The payment that the card is read for: only that one can follow. */
  transactionId: string;
  paymentType?: 'Normal' | 'Refund';
  /** A decimal; normally not known yet. */
  totalAmount?: string;
}

/** What a payment is doing, for whoever watches. */
export type Phase = 'queued' | 'loggingIn' | 'waitingForCard' | 'busy' | 'aborting' | 'recovering' | 'reversing';

/** What a terminal is doing. */
export type SessionState =
  | 'loggedOut'
  | 'loggingIn'
  | 'ready'
  | 'paying'
  | 'held'
  /** A card was read, and is kept for the payment it was read for. */
  | 'cardRead'
  | 'maintenance'
  | 'recovering'
  | 'unresolved'
  | 'unreachable';

/** What the shell does for a session, in this order. */
export type Effect =
  /**
   * Sends a message; `overtake`: past a request that is still open; `at`: to that address instead of where the terminal is
   * known to be. Answered by a `reply` event.
   */
  | { type: 'send'; exchange: number; message: Message; overtake: boolean; at?: string }
  /** Gives an exchange up; no `reply` is wanted any more. */
  | { type: 'cancel'; exchange: number }
  /** Writes a record durably (`begin`: unless the transactionId exists). Answered by `stored` or `storeFailed`. */
  | { type: 'begin' | 'put'; write: number; record: TransactionRecord }
  | { type: 'reserve'; count: number }
  /** Remembers durably where the terminal is. Answered by `stored` or `storeFailed`. */
  | { type: 'place'; write: number; place: Place }
  /** All that is sent goes to that address from now on. */
  | { type: 'move'; address: string }
  | { type: 'timer'; timer: string; ms: number }
  | { type: 'clear'; timer: string }
  /** An outcome for every ref, or, without any, for the record's node. `final`: false for `unresolved`. */
  | { type: 'outcome'; refs: string[]; record: TransactionRecord; final: boolean }
  /** Answers a request of the terminal's: with a message, or with nothing but the word that it came. */
  | { type: 'respond'; ref: string; message?: Message }
  /** What the terminal shows, tells, prints or asks. `replyId`: an answer is awaited. */
  | { type: 'notice'; payload: NoticePayload; request: SaleToPOIRequest; replyId?: string }
  /** An approval waits for somebody to check the customer's signature. */
  | { type: 'sign'; refs: string[]; record: TransactionRecord }
  /** Evidence contradicts what a person ruled. */
  | { type: 'alarm'; record: TransactionRecord; reason: Reason }
  /** What became of an address that the terminal gave: for a log. */
  | { type: 'address'; address: string; followed: boolean; message: string }
  | { type: 'phase'; refs: string[]; node: string; phase: Phase }
  /** What the customer sees on the terminal while paying. */
  | { type: 'display'; refs: string[]; node: string; text: string }
  | { type: 'done'; ref: string; result: Result }
  | { type: 'failed'; ref: string; error: NexoError }
  | { type: 'state'; state: SessionState };

/** Answers to what is not a payment, with the messages that went to and fro. */
export type Result =
  | { type: 'login'; request: Message; response: SaleToPOIResponse }
  | { type: 'logout'; request: Message; response: SaleToPOIResponse }
  /** `sent`: false where nothing was at the terminal to be aborted. */
  | { type: 'abort'; request?: Message; sent: boolean; transactionId?: string }
  | { type: 'rule' | 'sign'; transactionId: string }
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
