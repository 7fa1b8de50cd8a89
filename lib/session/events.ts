import type { RequestableName } from '../protocol/schema.ts';
import type { MessageHeader, SaleToPOIRequest, SaleToPOIResponse } from '../protocol/types.ts';
import type { ReplyValue } from './inbound/input-reply.ts';
import type { NamedOrder, Outcome, ReversalRecord, TransactionRecord } from './record.ts';
import type { CardRequest, Operator } from './requests/request-data.ts';
import type { DeviceBody, RequestBody } from './requests/requests.ts';

/** How an exchange with the terminal ended. Only `unreachable` proves that nothing was sent. */
export type ExchangeResult =
  | { type: 'message'; header: MessageHeader; response: SaleToPOIResponse }
  | { type: 'empty' }
  | { type: 'unusable'; reason: string }
  | { type: 'unreachable'; reason: string }
  | { type: 'lost'; reason: string };

/** What happens to a session. `ref` names a caller, which the matching effect answers. */
export type SessionEvent =
  /** `blocked`: payments are open that the terminal took under other settings; `predecessorsEnded` follows. */
  | { type: 'start'; blocked?: boolean }
  /** `made`: the transactionId was made for this payment, so no earlier payment can have it. */
  | { type: 'pay'; ref: string; order: NamedOrder; node: string; made?: true }
  /** `operator`: kept for the logins that follow. */
  | { type: 'login'; ref: string; operator?: Operator }
  | { type: 'logout'; ref: string; maintenanceAllowed: boolean }
  | { type: 'abort'; ref: string }
  | { type: 'fulfil'; ref: string; transactionId: string; delivered: boolean; node: string }
  /** The payments that the terminal took under other settings have ended. */
  | { type: 'predecessorsEnded' }
  | { type: 'reverse'; ref: string; transactionId?: string; reason: ReversalRecord['reason']; node: string }
  | { type: 'rule'; ref: string; transactionId: string; outcome: Outcome; by: string; note?: string }
  | { type: 'status'; ref: string; serviceId?: string }
  /** A request of the terminal's own; `ref` names the HTTP request that waits for the answer (effect `respond`). */
  | { type: 'inbound'; ref: string; request: SaleToPOIRequest }
  /** The terminal announces another address (`host:port`), in a network that is allowed. */
  | { type: 'proposeAddress'; address: string }
  /** How many listeners can answer the terminal. */
  | { type: 'listeners'; count: number }
  /** A flow answers a question of the terminal's. */
  | { type: 'answerQuestion'; ref: string; replyId: string; value: ReplyValue }
  | { type: 'device'; ref: string; body: DeviceBody }
  | ({ type: 'card'; ref: string } & CardRequest)
  /** A request that has no event of its own: it moves no money and opens nothing. */
  | { type: 'request'; ref: string; name: RequestableName; body: RequestBody }
  | { type: 'reply'; exchange: number; reply: ExchangeResult }
  | { type: 'stored'; write: number; existing?: TransactionRecord }
  | ({ type: 'storeFailed'; write: number } & StoreFailure)
  | { type: 'reserved'; end: number }
  | { type: 'timer'; timer: string };

/**
 * A write that failed. `doubt`: what the journal holds now cannot be seen. `unread`: the write changed nothing, but what was
 * there before cannot be read. `unsure`: the write may have been carried out, and the next start may find it.
 */
export interface StoreFailure {
  reason: string;
  doubt?: 'unread' | 'unsure';
}
