import type { Dispatcher } from 'undici';
import type { RequestSocket } from './request-socket.ts';
import type { TransportReply } from './transport.ts';

/** Maximum size of a response body, in bytes. */
const BODY_LIMIT = 1024 * 1024;

export type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2];

/** How a response is interpreted. */
export interface ResponseOptions {
  /** The server's name in reasons: `the terminal`. */
  peer: string;
  /** Called with status and headers of the response, before it is interpreted. */
  onHead?: (status: number, headers: Headers) => void;
  /** The server is a gateway: 202, and a 200 without a body, mean the same as 204: accepted, without a nexo answer. */
  gateway?: boolean;
}

/**
 * One request and its response, as a handler of undici's dispatch. undici calls `onRequestStart` when it has a connection
 * and before it writes the first byte. An exchange that ends before that call has sent nothing: `unreachable`.
 */
export class HttpExchange implements Dispatcher.DispatchHandler {
  readonly #signal: AbortSignal;
  readonly #options: ResponseOptions;
  #onReply: ((reply: TransportReply) => void) | undefined;
  readonly #currentSocket: () => RequestSocket | undefined;
  #socket: RequestSocket | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #isEmpty = false;
  #chunks: Buffer[] = [];
  #size = 0;

  /**
   * @param onReply called once, with the result
   * @param currentSocket the socket on which undici sends the request; called when it starts
   */
  constructor(
    signal: AbortSignal,
    onReply: (reply: TransportReply) => void,
    options: ResponseOptions,
    currentSocket: () => RequestSocket | undefined,
  ) {
    this.#currentSocket = currentSocket;
    this.#signal = signal;
    this.#options = options;
    this.#onReply = onReply;
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Aborted while queued: undici takes an exception here as "do not write it" and keeps the connection.
    if (!this.#onReply) throw new Error('cancelled before it was sent');
    this.#controller = controller;
    this.#socket = this.#currentSocket();
    if (this.#socket) this.#socket.requestOpen = true;
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    if (status < 200) return;
    const { peer, onHead, gateway } = this.#options;
    onHead?.(status, headers);
    this.#isEmpty = status === 204 || (status === 202 && gateway === true);
    if (this.#isEmpty) return;
    const encoding = headers['content-encoding'];
    if (status !== 200) this.#refuse(controller, `${peer} answered HTTP ${status}`);
    else if (encoding !== undefined && encoding !== 'identity')
      this.#refuse(controller, `the answer is encoded (${String(encoding)}), which was not asked for`);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > BODY_LIMIT) this.#refuse(controller, `the answer is larger than ${BODY_LIMIT} bytes`);
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#socket) this.#socket.requestOpen = false;
    if (this.#isEmpty) this.#reply({ type: 'empty' });
    else if (this.#size === 0 && this.#options.gateway) this.#reply({ type: 'empty' });
    else if (this.#size === 0)
      this.#reply({ type: 'unusable', reason: `${this.#options.peer} answered HTTP 200 without a body` });
    else this.#reply({ type: 'message', body: this.#body() });
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    const type = this.#controller ? 'lost' : 'unreachable';
    this.#reply({ type, reason: errorText(error) });
  }

  #body(): Buffer {
    const [first, second] = this.#chunks;
    return first && !second ? first : Buffer.concat(this.#chunks, this.#size);
  }

  readonly #onAbort = (): void => {
    const controller = this.#controller;
    this.#reply(
      controller
        ? { type: 'lost', reason: 'cancelled while waiting for the answer' }
        : { type: 'unreachable', reason: 'cancelled before it was sent' },
    );
    controller?.abort(new Error('cancelled'));
  };

  /** Ends the exchange without reading the rest of the response. This closes the connection. */
  #refuse(controller: Dispatcher.DispatchController, reason: string): void {
    this.#reply({ type: 'unusable', reason });
    controller.abort(new Error(reason));
  }

  #reply(reply: TransportReply): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#chunks = [];
    const onReply = this.#onReply;
    this.#onReply = undefined;
    onReply?.(reply);
  }
}

/** The error in one line. Connecting to a name with several addresses gives one error for each. */
function errorText(error: Error): string {
  if (error instanceof AggregateError && error.errors.length > 0)
    return [...new Set(error.errors.map((one) => errorText(one as Error)))].join('; ');
  const code = (error as NodeJS.ErrnoException).code;
  if (!code || code.startsWith('UND_ERR') || error.message.includes(code)) return error.message;
  return `${code}: ${error.message}`;
}
