import type { Clock } from '../clock.ts';
import { at } from '../protocol/receipts/receipt-form.ts';
import { maskCardNumbers, redactForLog } from '../protocol/redact.ts';
import type { Message, MessageHeader } from '../protocol/types.ts';
import type { ExchangeResult } from '../session/events.ts';

/** One exchange with a terminal, over: a request and what came of it. Card secrets and personal data are removed. */
export interface TracedExchange {
  /** When it began, in ms since 1970. */
  at: number;
  /** From the request to its answer, in ms. */
  duration: number;
  /** The journal's name for the terminal: `SaleID/POIID`. */
  terminal: string;
  /** `sent`: a request to the terminal. `received`: a request of the terminal's own. */
  direction: 'sent' | 'received';
  /** MessageCategory: `Payment`, `Display`… */
  category: string;
  /** ServiceID, or the DeviceID of a message that has no ServiceID; empty where it has neither. */
  id: string;
  /** Where the request went (`192.168.1.20:11000`), or the address it came from. */
  address?: string;
  /** As `ExchangeResult`. Of a received request: `message` where a response was given, `empty` where none was. */
  result: ExchangeResult['type'];
  /** Why there is no usable answer. */
  reason?: string;
  /** Result of the response, with its ErrorCondition: `Success`, `Failure Busy`. */
  outcome?: string;
  /** Paths in the response that the codec does not know and set aside. */
  ignored?: readonly string[];
  request: Message;
  response?: Message;
}

/** Sees each exchange when it is over. It is called within the session: it must not block. */
export type TraceHook = (exchange: TracedExchange) => void;

/** How an exchange ended. */
export interface TraceResult {
  type: ExchangeResult['type'];
  reason?: string;
  response?: Message | undefined;
  ignored?: readonly string[];
}

/** Measures exchanges and hands them to a hook, redacted. */
export class WireTrace {
  readonly #terminal: string;
  readonly #clock: Clock;
  readonly #hook: TraceHook;
  readonly #onError: (error: Error) => void;

  /** @param onError gets what the hook throws: an exchange goes on without its trace */
  constructor(terminal: string, clock: Clock, hook: TraceHook, onError: (error: Error) => void) {
    this.#terminal = terminal;
    this.#clock = clock;
    this.#hook = hook;
    this.#onError = onError;
  }

  /** An exchange begins. @returns to be called once, when it is over. Neither throws */
  begin(direction: TracedExchange['direction'], request: Message, address?: string): (result: TraceResult) => void {
    const began = this.#clock.now();
    const start = this.#clock.elapsed();
    return ({ type, reason, response, ignored = [] }) => {
      try {
        const { MessageCategory, ServiceID, DeviceID } = headerOf(request);
        const outcome = response && outcomeOf(response);
        this.#hook({
          at: began,
          duration: Math.round(this.#clock.elapsed() - start),
          terminal: this.#terminal,
          direction,
          category: MessageCategory,
          id: ServiceID ?? DeviceID ?? '',
          ...(address !== undefined && { address }),
          result: type,
          ...(reason !== undefined && { reason: maskCardNumbers(reason) }),
          ...(outcome && { outcome }),
          ...(ignored.length > 0 && { ignored: ignored.map(maskCardNumbers) }),
          request: redactForLog(request),
          ...(response && { response: redactForLog(response) }),
        });
      } catch (error) {
        this.#onError(error instanceof Error ? error : new Error(String(error)));
      }
    };
  }
}

/** An exchange as one line of JSON, without a line end. */
export function traceLine({ at: began, ...exchange }: Omit<TracedExchange, 'request'>): string {
  return JSON.stringify({ at: new Date(began).toISOString(), ...exchange });
}

/** An exchange as one line for people, the messages as JSON. */
export function traceText(exchange: TracedExchange): string {
  const { direction, category, id, address, result, outcome, reason, duration, request, response } = exchange;
  const where = address === undefined ? '' : ` ${direction === 'sent' ? 'to' : 'from'} ${address}`;
  const ended = [result, outcome].filter(Boolean).join(' ') + (reason === undefined ? '' : ` (${reason})`);
  const messages = [request, response].filter(Boolean).map((message) => JSON.stringify(message));
  return `${direction} ${category} ${id}${where}: ${ended}, ${duration} ms ${messages.join(' ')}`;
}

function headerOf(message: Message): MessageHeader {
  const parts = 'SaleToPOIRequest' in message ? message.SaleToPOIRequest : message.SaleToPOIResponse;
  return parts.MessageHeader;
}

function outcomeOf(message: Message): string | undefined {
  if (!('SaleToPOIResponse' in message)) return undefined;
  const bodies = Object.values(message.SaleToPOIResponse);
  const response = bodies.map((body) => at(body, 'Response')).find((found) => found !== undefined);
  return [at(response, 'Result'), at(response, 'ErrorCondition')].filter(Boolean).join(' ');
}
