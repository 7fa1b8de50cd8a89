import { type Clock, systemClock } from '../clock.ts';
import { NexoError } from '../protocol/errors.ts';
import type { Message } from '../protocol/types.ts';
import { type Decoded, decode } from '../protocol/xml/decode.ts';
import { encode } from '../protocol/xml/encode.ts';
import type { Pos, PosReply } from './pos/pos.ts';
import type { PosNotifierSettings } from './pos/pos-notifier.ts';
import type { TransactionFile } from './store.ts';
import type { Parameters } from './terminal/payment-order.ts';
import { failedResponse, noTransaction, refusal, resultOf, type TerminalAnswer } from './terminal/responses.ts';
import { strictProblem } from './terminal/strict-format.ts';
import { type Timings, VirtualTerminal } from './terminal/terminal.ts';
import type { StoredTransaction } from './terminal/transaction-records.ts';

/** What goes back over the wire. */
export type WireAnswer = { type: 'http'; status: number; contentType?: string; body: Uint8Array } | { type: 'drop' };

export interface TerminalsOptions extends Timings, Parameters, PosNotifierSettings {
  clock?: Clock;
  /** The POIIDs that are served. Default: any, up to 10,000 of them. */
  poiIds?: readonly string[];
  /** Their serial number. Default: one that goes with the POIID. */
  serial?: string;
  /** Where transactions outlive the process. */
  store?: TransactionFile;
  /** Where the POS of a terminal listens, if it does. */
  pos?: (poiId: string) => Pos | undefined;
  /** Gets one line for each exchange, free of secrets. */
  log?: (line: string) => void;
}

const MOST = 10_000;

/**
 * Virtual terminals by POIID, bytes in and bytes out: what stands behind the HTTP server and behind the transport
 * within the process. A POIID that is served gets its terminal when it is first asked for.
 */
export class VirtualTerminals {
  readonly #options: TerminalsOptions;
  readonly #terminals = new Map<string, VirtualTerminal>();
  readonly #records = new Map<string, StoredTransaction[]>();

  constructor(options: TerminalsOptions = {}) {
    this.#options = options;
    for (const record of options.store?.records ?? []) {
      const ours = this.#records.get(record.header.POIID) ?? [];
      this.#records.set(record.header.POIID, ours);
      ours.push(record);
    }
  }

  /** The terminal with this POIID, made if need be; undefined when it is not served. */
  terminal(poiId: string): VirtualTerminal | undefined {
    const known = this.#terminals.get(poiId);
    if (known) return known;
    const { poiIds, store, pos: posOf, ...settings } = this.#options;
    if (poiIds ? !poiIds.includes(poiId) : this.#terminals.size >= MOST) return undefined;
    const pos = posOf?.(poiId);
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

  /** Takes one HTTP body. `respond` is called exactly once, at once or later. */
  receive(bytes: Uint8Array, respond: (answer: WireAnswer) => void): void {
    let decoded: Decoded;
    try {
      decoded = decode(bytes);
    } catch (error) {
      return this.#unreadable(error, respond);
    }
    const { header, message } = decoded;
    const label = [header.POIID, header.MessageCategory, header.ServiceID ?? header.DeviceID ?? '-', about(message)]
      .filter((part) => part !== '')
      .map((part) => part.replace(/\p{Cc}/gu, '?'))
      .join(' ');
    const answer = (given: TerminalAnswer, why = '') => {
      this.#options.log?.(`${label} → ${outcome(given)}${why}`);
      respond(encoded(given));
    };
    const problem = strictProblem(bytes);
    if (problem !== undefined) {
      answer(refusedUnread(message, 'MessageFormat', problem), `: ${problem}`);
      return this.#terminals.get(header.POIID)?.reject(bytes, problem);
    }
    const terminal = this.terminal(header.POIID);
    if (terminal) return terminal.receive(message, answer);
    const stranger = 'This POIID is not served here';
    answer(refusedUnread(message, 'Refusal', stranger), `: ${stranger}`);
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
        const subject = sentence(message);
        pos.send(message, (reply) => {
          log(`${poiId} ⇒ POS ${subject} → ${heard(reply)}`);
          answered(reply);
        });
      },
    };
  }

  /** A full disk must not take the process down: the transaction is then remembered until it ends. */
  #keep(store: TransactionFile, record: StoredTransaction): void {
    try {
      store.append(record);
    } catch (error) {
      this.#options.log?.(`the store failed, this transaction will not survive a restart: ${(error as Error).message}`);
    }
  }

  #unreadable(error: unknown, respond: (answer: WireAnswer) => void): void {
    if (!(error instanceof NexoError)) throw error;
    this.#options.log?.(`unreadable → HTTP 400: ${error.message}`);
    respond(wire(refusedOverHttp(error.message)));
  }
}

/**
 * Refused before any terminal looked at it: as a nexo failure where the category has a response, over HTTP where it has
 * none (an Abort that is wrong must not look like one that was taken) or where too little is there to answer.
 */
function refusedUnread(message: Message, condition: 'MessageFormat' | 'Refusal', reason: string): TerminalAnswer {
  if (!('SaleToPOIRequest' in message))
    return refusedOverHttp('Only requests and notifications are sent to a terminal');
  const answer = refusal(message.SaleToPOIRequest, failedResponse(condition, reason), noTransaction);
  return answer.type === 'empty' ? refusedOverHttp(reason) : answer;
}

function refusedOverHttp(reason: string): TerminalAnswer {
  return { type: 'bytes', status: 400, contentType: 'text/plain; charset=utf-8', body: Buffer.from(`${reason}\n`) };
}

/** A response that echoes what a strict encoder does not write (an empty SaleID) is refused over HTTP instead. */
function encoded(answer: TerminalAnswer): WireAnswer {
  try {
    return wire(answer);
  } catch (error) {
    if (!(error instanceof NexoError)) throw error;
    return wire(refusedOverHttp(error.message));
  }
}

function wire(answer: TerminalAnswer): WireAnswer {
  const contentType = 'application/xml; charset=utf-8';
  switch (answer.type) {
    case 'message':
      return { type: 'http', status: 200, contentType, body: encode(answer.message) };
    case 'truncated': {
      const whole = encode(answer.message);
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

/** The amount a request is about, where it is. */
function about(message: Message): string {
  if (!('SaleToPOIRequest' in message)) return '';
  const payment = message.SaleToPOIRequest.PaymentRequest;
  if (!payment) return '';
  const { RequestedAmount, Currency } = payment.PaymentTransaction.AmountsReq;
  return [payment.PaymentData?.PaymentType === 'Refund' ? 'refund' : '', RequestedAmount, Currency]
    .filter((part) => part)
    .join(' ');
}

/** What a message to the POS is: its category, its number, and the event it reports. */
function sentence(message: Message): string {
  if (!('SaleToPOIRequest' in message)) return 'response';
  const { MessageHeader: header, EventNotification: event } = message.SaleToPOIRequest;
  return [header.MessageCategory, header.DeviceID ?? header.ServiceID ?? '-', event?.EventToNotify]
    .filter((part) => part !== undefined)
    .join(' ');
}

function heard(reply: PosReply): string {
  if (reply.type === 'empty') return '204';
  if (reply.type === 'failed') return `failed: ${reply.reason}`;
  return resultOf(reply.message)?.Result ?? 'answered';
}

function outcome(answer: TerminalAnswer): string {
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
