import type { TerminalSnapshot } from '../../lib/journal/journal.ts';
import { swedbankPay } from '../../lib/protocol/profiles/swedbank-pay.ts';
import type { Message, MessageHeader } from '../../lib/protocol/types.ts';
import type { ExchangeResult } from '../../lib/session/events.ts';
import type { TransactionRecord } from '../../lib/session/record.ts';
import { loginRequest } from '../../lib/session/requests/requests.ts';
import type { SessionConfig } from '../../lib/session/session-context.ts';
import { SECRET_PAN } from './codec.ts';
import type { Disturbance } from './disturbances.ts';
import { failure } from './faults.ts';
import type { SimulatedRunner } from './simulated-runner.ts';

/**
 * A deliberate mistake, made where the session meets the rest: what a session that made it would have caused.
 * `breaks`: the invariants that may tell.
 */
export interface Mutant {
  breaks: readonly number[];
  /** What is added to the worlds in which it is looked for. */
  worlds?: readonly Disturbance[];
  /** Says that this record is durable before it is. */
  acknowledges?(record: TransactionRecord): boolean;
  /** Nevertheless tells an outcome only when it is. */
  tellsWhenDurable?: true;
  /** The folder of a new journal is not synced: the first power cut takes the file. */
  losesNewFile?: true;
  /** Begins a new record where a transactionId was used before. */
  forgetsRepeats?: true;
  /** Goes on waiting for answers that nobody wants any more. */
  keepsExchanges?: true;
  /** What the session takes for its settings. */
  config?(config: SessionConfig): SessionConfig;
  opened?(snapshot: TerminalSnapshot<TransactionRecord>): TerminalSnapshot<TransactionRecord>;
  /** Messages that leave before this one. */
  before?(message: Message, config: SessionConfig): Message[];
  /** What leaves instead. */
  send?(message: Message): Message;
  /** What the session takes the answer for. */
  reply?(asked: Message, reply: ExchangeResult, runner: SimulatedRunner): ExchangeResult;
  /** How long that timer really runs. */
  timer?(name: string, ms: number): number;
}

type Reply = NonNullable<Mutant['reply']>;
type MessageReply = Extract<ExchangeResult, { type: 'message' }>;
type Request = Extract<Message, { SaleToPOIRequest: unknown }>['SaleToPOIRequest'];

/** A new one for each world: some keep state. */
export const mutants: Readonly<Record<string, () => Mutant>> = {
  'no intent before send': () => ({ breaks: [5], acknowledges: ({ state }) => state === 'sent' }),
  'outcome before fsync': () => ({ breaks: [5], acknowledges: ({ state }) => state === 'closed' }),
  'unreferenced status trusted': () => ({ breaks: [1, 3, 4], send: unreferenced, reply: trusted }),
  'Login before status': () => ({ breaks: [12], before: loginFirst() }),
  'Busy in a status read as failure': () => ({ breaks: [4, 10], reply: busyIsFailure }),
  'retry after a reset': () => ({ breaks: [2, 4, 8], reply: lostIsBusy }),
  'ServiceID reused': () => ({ breaks: [7], opened: (found) => ({ ...found, serviceIds: { next: 1000, end: 2000 } }) }),
  'abort taken as outcome': () => ({ breaks: [4, 10], reply: abortDecides }),
  'baseline ignored': () => ({ breaks: [4], reply: anyLastIsBaseline }),
  'hard limit ignored': () => ({ breaks: [2, 4, 8], timer: (name, ms) => (name.startsWith('hard ') ? 2_000 : ms) }),
  'repeats forgotten': () => ({ breaks: [2, 9], forgetsRepeats: true }),
  'outcome forgotten': () => ({ breaks: [19], opened: (found) => ({ ...found, undelivered: [] }) }),
  'partial taken for approved': () => ({ breaks: [1], reply: partialIsApproved }),
  'sent read as intent': () => ({ breaks: [4, 6, 8], opened: sentIsIntent }),
  'reversal of another payment': () => ({ breaks: [11], send: reversesAnother() }),
  'answers never given up': () => ({ breaks: [14], keepsExchanges: true }),
  'card number kept': () => ({ breaks: [15], reply: unredacted }),
  'terminals mixed up': () => ({ breaks: [16], send: toAnother }),
  'terminal free before fsync': () => ({
    breaks: [5, 8, 12],
    acknowledges: ({ state }) => state === 'closed',
    tellsWhenDurable: true,
  }),
  'ServiceIDs beyond the block': () => ({
    breaks: [7],
    worlds: ['clocks'],
    opened: (found) => ({ ...found, serviceIds: { ...found.serviceIds, end: Number.MAX_SAFE_INTEGER } }),
  }),
  'an unheard round counts': () => ({ breaks: [2, 4, 8], worlds: ['doubtfulRound'], reply: unheardCounts() }),
  'folder not synced': () => ({ breaks: [2, 8, 9, 12, 19], losesNewFile: true }),
  'open payments forgotten': () => ({ breaks: [8, 9], opened: (found) => ({ ...found, unfinished: [] }) }),
  '200 ServiceIDs remembered': () => ({ breaks: [2, 4, 8], worlds: ['replaced', 'lag'], ...remembersMany() }),
  'no transaction taken for a baseline': () => ({ breaks: [4, 6], worlds: ['firstWipe'], reply: nothingIsBaseline }),
  'InProgress read as declined': () => ({ breaks: [4, 10], worlds: ['runningRepeated'], reply: inProgressIsRefusal }),
  'refusal of a copy believed': () => ({ breaks: [2, 4, 8, 11], worlds: ['twice'], reply: refusalIsProof() }),
  'no floor under the proof': () => ({
    breaks: [2, 4, 8],
    worlds: ['lateAfterGiveUp'],
    timer: (name, ms) => (name.startsWith('floor ') ? 0 : ms),
  }),
  'one idle moment is proof': () => ({
    breaks: [2, 4, 8],
    worlds: ['lag'],
    timer: (name, ms) => (name.startsWith('idle ') ? 0 : ms),
  }),
  'time is proof through a relay': () => ({
    breaks: [2, 4, 8],
    worlds: ['lateRelay'],
    config: (config) => ({ ...config, relayed: false }),
  }),
  'a status that knows no reversals believed': () => ({
    breaks: [1, 8, 11, 22],
    worlds: ['reversalsUnknown'],
    config: (config) => ({ ...config, profile: swedbankPay }),
  }),
  'no pause between two rounds': () => ({
    breaks: [14],
    worlds: ['otherDialogue'],
    timer: (name, ms) => (name.startsWith('poll ') ? 0 : ms),
  }),
};

/**
 * Mistakes that the code makes too, or that a run meets too seldom: each moves to the list above with its rule, or with worlds
 * in which it is met.
 */
export const laterMutants: Readonly<Record<string, () => Mutant>> = {
  'serial number ignored': () => ({ breaks: [2, 4, 8], worlds: ['replaced', 'firstWipe'], reply: sameSerial }),
};

function requestOf(message: Message): Request | undefined {
  return 'SaleToPOIRequest' in message ? message.SaleToPOIRequest : undefined;
}

/** The payment whose connection is open, or whose outcome is asked for. */
function current(runner: SimulatedRunner): TransactionRecord | undefined {
  return runner.session?.current;
}

function unreferenced(message: Message): Message {
  const request = requestOf(message);
  if (request?.TransactionStatusRequest?.MessageReference === undefined) return message;
  return { SaleToPOIRequest: { MessageHeader: request.MessageHeader, TransactionStatusRequest: {} } };
}

/** Whatever the terminal did last is taken for this payment. */
function trusted(asked: Message, reply: ExchangeResult, runner: SimulatedRunner): ExchangeResult {
  const record = current(runner);
  const status = reply.type === 'message' ? reply.response.TransactionStatusResponse : undefined;
  const repeated = status?.RepeatedMessageResponse;
  const last = repeated?.PaymentResponse;
  const about = requestOf(asked)?.TransactionStatusRequest?.MessageReference?.ServiceID;
  if (reply.type !== 'message' || !status || !last || record === undefined || about !== record.serviceId) return reply;
  const sale = { ...last.SaleData.SaleTransactionID, TransactionID: record.transactionId };
  const PaymentResponse = { ...last, SaleData: { ...last.SaleData, SaleTransactionID: sale } };
  const header = { ...repeated.MessageHeader, ServiceID: about } as MessageHeader;
  return answered(reply, {
    TransactionStatusResponse: { ...status, RepeatedMessageResponse: { MessageHeader: header, PaymentResponse } },
  });
}

function answered(reply: MessageReply, body: Omit<MessageReply['response'], 'MessageHeader'>): MessageReply {
  return { type: 'message', header: reply.header, response: { MessageHeader: reply.header, ...body } };
}

/** Logs in as soon as something went wrong, and asks then. */
function loginFirst(): (message: Message, config: SessionConfig) => Message[] {
  let serial = 9_000_000_000;
  const seen = new Set<string>();
  return (message, config) => {
    const about = requestOf(message)?.TransactionStatusRequest?.MessageReference?.ServiceID;
    if (about === undefined || seen.has(about)) return [];
    seen.add(about);
    return [loginRequest(config, String(serial++), { ms: 0, offset: 0 })];
  };
}

/** DataMesh's rule, applied to a terminal that means something else: all but InProgress is a failure. */
function busyIsFailure(asked: Message, reply: ExchangeResult, runner: SimulatedRunner): ExchangeResult {
  const about = requestOf(asked)?.TransactionStatusRequest?.MessageReference?.ServiceID;
  const record = current(runner);
  const status = reply.type === 'message' ? reply.response.TransactionStatusResponse : undefined;
  if (reply.type !== 'message' || status?.Response.ErrorCondition !== 'Busy') return reply;
  if (record === undefined || record.serviceId !== about) return reply;
  return answered(reply, {
    TransactionStatusResponse: {
      Response: { Result: 'Success' },
      RepeatedMessageResponse: failedPayment(reply.header, record, 'Aborted'),
    },
  });
}

function failedPayment(header: MessageHeader, record: TransactionRecord, condition: 'Aborted' | 'Busy') {
  return {
    MessageHeader: { ...header, MessageCategory: 'Payment', ServiceID: record.serviceId } as MessageHeader,
    PaymentResponse: {
      Response: { Result: 'Failure' as const, ErrorCondition: condition },
      SaleData: { SaleTransactionID: { TransactionID: record.transactionId, TimeStamp: record.saleTimestamp } },
      POIData: { POITransactionID: { TransactionID: '0', TimeStamp: '1970-01-01T00:00:00.000Z' } },
    },
  };
}

function lostIsBusy(asked: Message, reply: ExchangeResult, runner: SimulatedRunner): ExchangeResult {
  const request = requestOf(asked);
  const record = current(runner);
  if (reply.type !== 'lost' || !request?.PaymentRequest || record === undefined) return reply;
  const response = failedPayment({ ...request.MessageHeader, MessageType: 'Response' }, record, 'Busy');
  return { type: 'message', header: response.MessageHeader, response };
}

/** The terminal took the abort, so the payment is aborted. */
function abortDecides(asked: Message, reply: ExchangeResult, runner: SimulatedRunner): ExchangeResult {
  const record = current(runner);
  const aborted = requestOf(asked)?.AbortRequest?.MessageReference.ServiceID;
  if (reply.type !== 'empty' || record === undefined || aborted !== record.serviceId) return reply;
  for (const [exchange, { message }] of runner.exchanges) {
    const request = requestOf(message);
    if (!request?.PaymentRequest || request.MessageHeader.ServiceID !== aborted) continue;
    const response = failedPayment({ ...request.MessageHeader, MessageType: 'Response' }, record, 'Aborted');
    runner.reply(exchange, { type: 'message', header: response.MessageHeader, response });
    break;
  }
  return reply;
}

/** What the terminal did last is what it did before the payment, whatever it is. */
function anyLastIsBaseline(asked: Message, reply: ExchangeResult, runner: SimulatedRunner): ExchangeResult {
  const baseline = current(runner)?.baseline;
  const request = requestOf(asked)?.TransactionStatusRequest;
  const status = reply.type === 'message' ? reply.response.TransactionStatusResponse : undefined;
  if (reply.type !== 'message' || !status || !request || request.MessageReference || baseline === undefined)
    return reply;
  const header = { ...reply.header, MessageCategory: 'Payment', ServiceID: baseline.serviceIds.at(-1) ?? '0' };
  return answered(reply, {
    TransactionStatusResponse: {
      Response: { Result: 'Success' },
      RepeatedMessageResponse: { MessageHeader: header as MessageHeader },
    },
  });
}

function partialIsApproved(asked: Message, reply: ExchangeResult): ExchangeResult {
  const payment = reply.type === 'message' ? reply.response.PaymentResponse : undefined;
  const result = payment?.PaymentResult;
  const amount = requestOf(asked)?.PaymentRequest?.PaymentTransaction.AmountsReq.RequestedAmount;
  const amounts = result?.AmountsResp;
  if (reply.type !== 'message' || payment?.Response.Result !== 'Partial' || !result || !amounts || !amount)
    return reply;
  const PaymentResult = { ...result, AmountsResp: { ...amounts, AuthorizedAmount: amount } };
  return answered(reply, { PaymentResponse: { ...payment, Response: { Result: 'Success' }, PaymentResult } });
}

function sentIsIntent(found: TerminalSnapshot<TransactionRecord>): TerminalSnapshot<TransactionRecord> {
  return { ...found, unfinished: found.unfinished.map((record) => ({ ...record, state: 'intent' })) };
}

/** Names the payment before the last one. */
function reversesAnother(): (message: Message) => Message {
  let serial = 0;
  return (message) => {
    const request = requestOf(message);
    const reversal = request?.ReversalRequest;
    if (request === undefined || reversal === undefined) return message;
    const POITransactionID = { TransactionID: String(serial++), TimeStamp: '2026-01-01T06:00:00.000Z' };
    const OriginalPOITransaction = { ...reversal.OriginalPOITransaction, POITransactionID };
    return { SaleToPOIRequest: { ...request, ReversalRequest: { ...reversal, OriginalPOITransaction } } };
  };
}

function unredacted(_asked: Message, reply: ExchangeResult): ExchangeResult {
  const payment = reply.type === 'message' ? reply.response.PaymentResponse : undefined;
  const result = payment?.PaymentResult;
  const card = result?.PaymentInstrumentData?.CardData;
  if (reply.type !== 'message' || !payment || !result || !card) return reply;
  const CardData = { ...card, SensitiveCardData: { PAN: SECRET_PAN } };
  const PaymentResult = { ...result, PaymentInstrumentData: { ...result.PaymentInstrumentData, CardData } };
  return answered(reply, { PaymentResponse: { ...payment, PaymentResult } as typeof payment });
}

function toAnother(message: Message): Message {
  const request = requestOf(message);
  if (request?.MessageHeader.POIID !== 'T1') return message;
  return { SaleToPOIRequest: { ...request, MessageHeader: { ...request.MessageHeader, POIID: 'T0' } } };
}

/** A round of status whose answer is lost is taken for one like the round before. */
function unheardCounts(): Reply {
  const idle = new Map<string, MessageReply>();
  return (asked, reply) => {
    const request = requestOf(asked);
    if (request?.TransactionStatusRequest === undefined) return reply;
    const { MessageHeader: header, TransactionStatusRequest: status } = request;
    const round = `${header.POIID} ${header.SaleID} ${status.MessageReference?.ServiceID ?? 'last'}`;
    if (reply.type === 'message') {
      idle.set(round, reply);
      return reply;
    }
    const before = idle.get(round);
    if (before === undefined) return reply;
    const said = { ...before.header, ServiceID: header.ServiceID ?? '' };
    return { type: 'message', header: said, response: { ...before.response, MessageHeader: said } };
  };
}

/** Whichever of the latest 200 payments the terminal names as its last one, it is taken for the one before. */
function remembersMany(): Pick<Mutant, 'send' | 'reply'> {
  const sent: string[] = [];
  return {
    send: (message) => {
      const request = requestOf(message);
      if (request?.PaymentRequest) sent.push(`${request.MessageHeader.POIID} ${request.MessageHeader.ServiceID}`);
      sent.splice(0, sent.length - 200);
      return message;
    },
    reply: (asked, reply, runner) => {
      if (reply.type !== 'message') return reply;
      const named = reply.response.TransactionStatusResponse?.RepeatedMessageResponse?.MessageHeader;
      const older = named !== undefined && sent.includes(`${named.POIID} ${named.ServiceID}`);
      return older && named.ServiceID !== current(runner)?.serviceId ? anyLastIsBaseline(asked, reply, runner) : reply;
    },
  };
}

/** A terminal without any transaction is taken for one whose last transaction is known. */
function nothingIsBaseline(asked: Message, reply: ExchangeResult): ExchangeResult {
  const request = requestOf(asked)?.TransactionStatusRequest;
  const status = reply.type === 'message' ? reply.response.TransactionStatusResponse : undefined;
  if (reply.type !== 'message' || !request || request.MessageReference) return reply;
  if (status?.Response.ErrorCondition !== 'NotFound') return reply;
  const MessageHeader: MessageHeader = { ...reply.header, MessageCategory: 'Payment', ServiceID: '0' };
  return answered(reply, {
    TransactionStatusResponse: { Response: { Result: 'Success' }, RepeatedMessageResponse: { MessageHeader } },
  });
}

/** Every terminal is taken for the first one. */
function sameSerial(_asked: Message, reply: ExchangeResult): ExchangeResult {
  const login = reply.type === 'message' ? reply.response.LoginResponse : undefined;
  const system = login?.POISystemData;
  if (reply.type !== 'message' || !login || !system?.POITerminalData) return reply;
  const POITerminalData = { ...system.POITerminalData, POISerialNumber: 'the first' };
  return answered(reply, { LoginResponse: { ...login, POISystemData: { ...system, POITerminalData } } });
}

function inProgressIsRefusal(_asked: Message, reply: ExchangeResult): ExchangeResult {
  const status = reply.type === 'message' ? reply.response.TransactionStatusResponse : undefined;
  const repeated = status?.RepeatedMessageResponse;
  const payment = repeated?.PaymentResponse;
  const running = ['InProgress', 'Busy'].includes(payment?.Response.ErrorCondition ?? '');
  if (reply.type !== 'message' || !status || !repeated || !payment || !running) return reply;
  const PaymentResponse = { ...payment, Response: { ...payment.Response, ErrorCondition: 'Refusal' as const } };
  const RepeatedMessageResponse = { ...repeated, PaymentResponse };
  return answered(reply, { TransactionStatusResponse: { ...status, RepeatedMessageResponse } });
}

/** What a status says of a request that was answered with Busy or NotAllowed is not listened to. */
function refusalIsProof(): Reply {
  const refused = new Set<string>();
  return (asked, reply) => {
    const request = requestOf(asked);
    if (request === undefined || reply.type !== 'message') return reply;
    const { PaymentResponse, ReversalResponse, TransactionStatusResponse: status } = reply.response;
    const condition = (PaymentResponse ?? ReversalResponse)?.Response.ErrorCondition ?? '';
    const { POIID, ServiceID } = request.MessageHeader;
    if (condition === 'Busy' || condition === 'NotAllowed') refused.add(`${POIID} ${ServiceID}`);
    const about = request.TransactionStatusRequest?.MessageReference?.ServiceID;
    if (status === undefined || !refused.has(`${POIID} ${about}`)) return reply;
    return answered(reply, { TransactionStatusResponse: failure('NotFound') });
  };
}
