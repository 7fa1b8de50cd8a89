import type { Dispatcher } from 'undici';
import type { TransportReply } from './transport.ts';

/** The largest body that is read, in bytes. */
export const BODY_LIMIT = 1024 * 1024;

export type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2];

/** Who answers, and how that is read. */
export interface Reading {
  /** In reasons: `the terminal`. */
  who: string;
  /** Sees the head of the answer, before anything is made of it. */
  head?: (status: number, headers: Headers) => void;
  /** A gateway in between: 202, and a 200 without a body, mean as much as 204, taken and without a nexo answer. */
  gateway?: boolean;
}

/**
 * One request and what comes back, as undici tells it. undici says `onRequestStart` with a connection in hand and
 * before it writes the first byte: whatever ends the exchange earlier certainly left this machine untouched.
 */
export class HttpExchange implements Dispatcher.DispatchHandler {
  readonly #signal: AbortSignal;
  readonly #reading: Reading;
  #settle: ((reply: TransportReply) => void) | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #empty = false;
  #chunks: Buffer[] = [];
  #size = 0;

  /** @param settle called once, with the outcome */
  constructor(signal: AbortSignal, settle: (reply: TransportReply) => void, reading: Reading) {
    this.#signal = signal;
    this.#reading = reading;
    this.#settle = settle;
    signal.addEventListener('abort', this.#giveUp, { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Given up while it waited: undici takes a throw here as "do not write it" and keeps the connection.
    if (!this.#settle) throw new Error('given up before it was sent');
    this.#controller = controller;
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    if (status < 200) return;
    const { who, head, gateway } = this.#reading;
    head?.(status, headers);
    this.#empty = status === 204 || (status === 202 && gateway === true);
    if (this.#empty) return;
    const encoding = headers['content-encoding'];
    if (status !== 200) this.#refuse(controller, `${who} answered HTTP ${status}`);
    else if (encoding !== undefined && encoding !== 'identity')
      this.#refuse(controller, `the answer is encoded (${String(encoding)}), which was not asked for`);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > BODY_LIMIT) this.#refuse(controller, `the answer is larger than ${BODY_LIMIT} bytes`);
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#empty) this.#end({ type: 'empty' });
    else if (this.#size === 0 && this.#reading.gateway) this.#end({ type: 'empty' });
    else if (this.#size === 0)
      this.#end({ type: 'unusable', reason: `${this.#reading.who} answered HTTP 200 without a body` });
    else this.#end({ type: 'message', body: this.#body() });
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    const type = this.#controller ? 'lost' : 'unreachable';
    this.#end({ type, reason: describe(error) });
  }

  #body(): Buffer {
    const [first, second] = this.#chunks;
    return first && !second ? first : Buffer.concat(this.#chunks, this.#size);
  }

  readonly #giveUp = (): void => {
    const controller = this.#controller;
    this.#end(
      controller
        ? { type: 'lost', reason: 'given up while waiting for the answer' }
        : { type: 'unreachable', reason: 'given up before it was sent' },
    );
    controller?.abort(new Error('given up'));
  };

  /** What answers so is not worth reading on; the connection goes with it. */
  #refuse(controller: Dispatcher.DispatchController, reason: string): void {
    this.#end({ type: 'unusable', reason });
    controller.abort(new Error(reason));
  }

  #end(reply: TransportReply): void {
    this.#signal.removeEventListener('abort', this.#giveUp);
    this.#chunks = [];
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(reply);
  }
}

/** One line for people. An attempt on several addresses has one error for each. */
function describe(error: Error): string {
  if (error instanceof AggregateError && error.errors.length > 0)
    return [...new Set(error.errors.map((one) => describe(one as Error)))].join('; ');
  const code = (error as NodeJS.ErrnoException).code;
  if (!code || code.startsWith('UND_ERR') || error.message.includes(code)) return error.message;
  return `${code}: ${error.message}`;
}
