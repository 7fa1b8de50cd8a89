import type { RequestableName } from '../protocol/schema.ts';
import type { MessageHeader, SaleToPOIRequest, SaleToPOIResponse } from '../protocol/types.ts';
import type { ReplyValue } from './inbound/input-reply.ts';
import type { NamedOrder, Outcome, ReversalRecord, TransactionRecord } from './record.ts';
import type { DeviceBody, RequestBody } from './requests/requests.ts';

/** The time an event happened: the session has no clock of its own. */
export interface Now {
  /** ms since 1970 */
  ms: number;
  /** Local time minus UTC, in minutes. */
  offset: number;
}

/** What became of an exchange with the terminal. Only `unreachable` proves that nothing was sent. */
export type ExchangeResult =
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
  | ({ type: 'card'; ref: string } & CardRequest)
  /** A message that has no event of its own: it moves no money and opens nothing. */
  | { type: 'request'; ref: string; name: RequestableName; body: RequestBody }
  | { type: 'reply'; exchange: number; reply: ExchangeResult }
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
export interface CardRequest {
  /** `read` (the first opens the service, each further one reads one more card), `continue` (PIN dialog), or `abort`. */
  action: 'read' | 'continue' | 'abort';
  /** The payment that the card is read for: only that one can follow. */
  transactionId: string;
  paymentType?: 'Normal' | 'Refund';
  /** A decimal; normally not known yet. */
  totalAmount?: string;
}
