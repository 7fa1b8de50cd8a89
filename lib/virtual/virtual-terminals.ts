import { type Clock, systemClock } from '../clock.ts';
import type { Codec, Decoded } from '../protocol/codec.ts';
import { NexoError } from '../protocol/errors.ts';
import type { Message } from '../protocol/types.ts';
import { xmlCodec } from '../protocol/xml/xml-codec.ts';
import type { Pos, PosReply } from './pos/pos.ts';
import type { PosNotifierSettings } from './pos/pos-notifier.ts';
import type { TransactionFile } from './store.ts';
import type { PaymentParameters } from './terminal/payment-order.ts';
import { failedResponse, noTransaction, refusal, resultOf, type TerminalAnswer } from './terminal/responses.ts';
import { formatProblem } from './terminal/strict-format.ts';
import { type Timings, VirtualTerminal } from './terminal/terminal.ts';
import type { StoredTransaction } from './terminal/transaction-records.ts';
import { requestFrom } from './terminal/unreadable-request.ts';

/** The answer on the wire: an HTTP response, or a dropped connection. */
export type WireAnswer = { type: 'http'; status: number; contentType?: string; body: Uint8Array } | { type: 'drop' };

export interface VirtualTerminalsOptions extends Timings, PaymentParameters, PosNotifierSettings {
  clock?: Clock;
  /** The served POIIDs. Default: any, up to 10,000 of them. */
  poiIds?: readonly string[];
  /** The terminals' serial number. Default: derived from the POIID. */
  serial?: string;
  /** Where transactions are kept across restarts. */
  store?: TransactionFile;
  /** The POS that receives a terminal's own requests; undefined: none. */
  pos?: (poiId: string) => Pos | undefined;
  /** The dialect of the wire. Default: XML, checked as strictly as a real terminal does. */
  codec?: Codec;
  /** Finds what is wrong with a message that decodes. Default: for XML the strict format, for other dialects nothing. */
  formatProblem?: (bytes: Uint8Array) => string | undefined;
  /** Called with one line for each exchange; the line contains no secrets. */
  log?: (line: string) => void;
}

const MAX_TERMINALS = 10_000;

/**
 * Virtual terminals by POIID. Messages are bytes. The HTTP server and the transport in this process use it. A terminal is
 * created on first use.
 */
export class VirtualTerminals {
  readonly codec: Codec;
  readonly #options: VirtualTerminalsOptions;
  readonly #formatProblem: (bytes: Uint8Array) => string | undefined;
  readonly #terminals = new Map<string, VirtualTerminal>();
  readonly #records = new Map<string, StoredTransaction[]>();

  constructor(options: VirtualTerminalsOptions = {}) {
    this.#options = options;
    this.codec = options.codec ?? xmlCodec;
    this.#formatProblem = options.formatProblem ?? (this.codec === xmlCodec ? formatProblem : () => undefined);
    for (const record of options.store?.records ?? []) {
      const records = this.#records.get(record.header.POIID) ?? [];
      this.#records.set(record.header.POIID, records);
      records.push(record);
    }
  }

  /** The terminal with this POIID, created on first use; undefined where the POIID is not served. */
  terminal(poiId: string): VirtualTerminal | undefined {
    const known = this.#terminals.get(poiId);
    if (known) return known;
    const { poiIds, store, pos: posFor, codec: _codec, formatProblem: _problem, ...settings } = this.#options;
    if (poiIds ? !poiIds.includes(poiId) : this.#terminals.size >= MAX_TERMINALS) return undefined;
    const pos = posFor?.(poiId);
    const terminal = new VirtualTerminal({
      ...settings,
      poiId,
      clock: settings.clock ?? systemClock,
      records: this.#records.get(poiId) ?? [],
      ...(store ? { keep: (record) => this.#keep(store, record) } : {}),
      ...(pos ? { pos: this.#logged(poiId, pos) } : {}),
    });
    this.#records.delete(poiId);
    this.#terminals.set(poiId, terminal);
    return terminal;
  }

  /** Handles one HTTP body. Calls `respond` exactly once, synchronously or later. */
  receive(bytes: Uint8Array, respond: (reply: WireAnswer) => void): void {
    let decoded: Decoded;
    try {
      decoded = this.codec.decode(bytes);
    } catch (error) {
      return this.#unreadable(bytes, error, respond);
    }
    const { header, message } = decoded;
    const label = [
      header.POIID,
      header.MessageCategory,
      header.ServiceID ?? header.DeviceID ?? '-',
      requestedAmountOf(message),
    ]
      .filter((part) => part !== '')
      .map((part) => part.replace(/\p{Cc}/gu, '?'))
      .join(' ');
    const reply = (terminalAnswer: TerminalAnswer, details = '') => {
      this.#options.log?.(`${label} → ${answerText(terminalAnswer)}${details}`);
      respond(encodeAnswer(terminalAnswer, this.codec));
    };
    const problem = this.#formatProblem(bytes);
    if (problem !== undefined) {
      reply(refuseUnread(message, 'MessageFormat', problem), `: ${problem}`);
      return this.#terminals.get(header.POIID)?.reject(bytes, problem);
    }
    const terminal = this.terminal(header.POIID);
    if (terminal) return terminal.receive(message, reply);
    const unserved = 'This POIID is not served here';
    reply(refuseUnread(message, 'Refusal', unserved), `: ${unserved}`);
  }

  /** Powers all of them off. */
  close(): void {
    for (const terminal of this.#terminals.values()) terminal.close();
    this.#terminals.clear();
  }

  /** One line for each message to the POS, without its content. */
  #logged(poiId: string, pos: Pos): Pos {
    const { log } = this.#options;
    if (!log) return pos;
    return {
      send(message, answered) {
        const subject = subjectOf(message);
        pos.send(message, (reply) => {
          log(`${poiId} ⇒ POS ${subject} → ${replyText(reply)}`);
          answered(reply);
        });
      },
    };
  }

  /** A full disk does not end the process: the transaction is then kept in memory only. */
  #keep(store: TransactionFile, record: StoredTransaction): void {
    try {
      store.append(record);
    } catch (error) {
      this.#options.log?.(`the store failed, this transaction is lost at a restart: ${(error as Error).message}`);
    }
  }

  /** A request whose header can be read gets a failure in its category: a POS may wait for that, whatever HTTP says. */
  #unreadable(bytes: Uint8Array, error: unknown, respond: (answer: WireAnswer) => void): void {
    if (!(error instanceof NexoError)) throw error;
    const request = requestFrom(bytes, error.code);
    const answer = request
      ? refuseUnread({ SaleToPOIRequest: request }, 'MessageFormat', error.message)
      : refuseOverHttp(error.message);
    const wire = encodeAnswer(answer, this.codec);
    const refused = wire.type === 'http' && wire.status === 200 ? 'Failure MessageFormat' : 'HTTP 400';
    this.#options.log?.(`unreadable → ${refused}: ${error.message}`);
    respond(wire);
    if (request) this.#terminals.get(request.MessageHeader.POIID)?.reject(bytes, error.message);
  }
}

/**
 * Refuses a message before it reaches a terminal: with a nexo failure where the category has a response, otherwise with an
 * HTTP status (an invalid Abort must not look like an accepted one).
 */
function refuseUnread(message: Message, condition: 'MessageFormat' | 'Refusal', reason: string): TerminalAnswer {
  if (!('SaleToPOIRequest' in message)) return refuseOverHttp('Only requests and notifications are sent to a terminal');
  const answer = refusal(message.SaleToPOIRequest, failedResponse(condition, reason), noTransaction);
  return answer.type === 'empty' ? refuseOverHttp(reason) : answer;
}

function refuseOverHttp(reason: string): TerminalAnswer {
  return { type: 'bytes', status: 400, contentType: 'text/plain; charset=utf-8', body: Buffer.from(`${reason}\n`) };
}

/** A response that the encoder refuses, because it echoes an invalid value (an empty SaleID), becomes HTTP 400. */
function encodeAnswer(answer: TerminalAnswer, codec: Codec): WireAnswer {
  try {
    return toWire(answer, codec);
  } catch (error) {
    if (!(error instanceof NexoError)) throw error;
    return toWire(refuseOverHttp(error.message), codec);
  }
}

function toWire(answer: TerminalAnswer, codec: Codec): WireAnswer {
  const { contentType } = codec;
  switch (answer.type) {
    case 'message':
      return { type: 'http', status: 200, contentType, body: codec.encode(answer.message) };
    case 'truncated': {
      const whole = codec.encode(answer.message);
      return { type: 'http', status: 200, contentType, body: whole.subarray(0, whole.length >> 1) };
    }
    case 'empty':
      return { type: 'http', status: 204, body: new Uint8Array() };
    case 'bytes':
      return { type: 'http', status: answer.status, contentType: answer.contentType, body: answer.body };
    case 'drop':
      return answer;
  }
}

/** The amount of a payment request for the log; empty for other messages. */
function requestedAmountOf(message: Message): string {
  if (!('SaleToPOIRequest' in message)) return '';
  const payment = message.SaleToPOIRequest.PaymentRequest;
  if (!payment) return '';
  const { RequestedAmount, Currency } = payment.PaymentTransaction.AmountsReq;
  return [payment.PaymentData?.PaymentType === 'Refund' ? 'refund' : '', RequestedAmount, Currency]
    .filter((part) => part)
    .join(' ');
}

/** A message to the POS for the log: its category, its id, and the event it reports. */
function subjectOf(message: Message): string {
  if (!('SaleToPOIRequest' in message)) return 'response';
  const { MessageHeader: header, EventNotification: event } = message.SaleToPOIRequest;
  return [header.MessageCategory, header.DeviceID ?? header.ServiceID ?? '-', event?.EventToNotify]
    .filter((part) => part !== undefined)
    .join(' ');
}

function replyText(reply: PosReply): string {
  if (reply.type === 'empty') return '204';
  if (reply.type === 'failed') return `failed: ${reply.reason}`;
  return resultOf(reply.message)?.Result ?? 'answered';
}

function answerText(answer: TerminalAnswer): string {
  switch (answer.type) {
    case 'message': {
      const result = resultOf(answer.message);
      return [result?.Result ?? 'answered', result?.ErrorCondition].filter((part) => part).join(' ');
    }
    case 'truncated':
      return 'half an answer';
    case 'empty':
      return '204';
    case 'bytes':
      return `HTTP ${answer.status}`;
    case 'drop':
      return 'connection dropped';
  }
}
