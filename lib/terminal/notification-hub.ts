import type { Sender } from '../endpoint/options.ts';
import type { Message, SaleToPOIRequest } from '../protocol/types.ts';
import type { SessionEvent } from '../session/events.ts';
import type { NotificationPayload } from '../session/inbound/terminal-notification.ts';
import type { WireTrace } from './wire-trace.ts';

/** Something the terminal shows, reports, prints or asks; `replyId` where it waits for an answer. */
export interface TerminalNotification {
  payload: NotificationPayload;
  /** The terminal's message; absent where the session itself reports something. */
  request?: SaleToPOIRequest;
  replyId?: string;
}

/** What the hub needs of its terminal. */
export interface HubHost {
  dispatch(event: SessionEvent): void;
  trace?: WireTrace | undefined;
  /** Calls a listener, which may throw. */
  guard(call: () => void): void;
  /** Questions of the terminal that wait for an answer. */
  questions(): TerminalNotification[];
  /** Sends the terminal an answer as a message of its own. */
  post(message: Message): void;
}

/** The terminal's own requests: passes them to listeners, and the answers back to the requests that wait for them. */
export class NotificationHub {
  readonly #host: HubHost;
  readonly #pending = new Map<string, (message: Message | undefined) => void>();
  /** The listeners, and whether each answers questions. */
  readonly #listeners = new Map<(notice: TerminalNotification) => void, boolean>();
  #announcement: TerminalNotification | undefined;
  #refs = 0;

  constructor(host: HubHost) {
    this.#host = host;
  }

  /**
   * Takes a request of the terminal; resolves with its answer, or with nothing where it expects none. Never rejects.
   *
   * @param from where it came from over HTTP. Where its connection no longer waits for the answer to a question, the answer
   *   is sent as a message of its own.
   */
  async receive(request: SaleToPOIRequest, from?: Sender): Promise<Message | undefined> {
    const traced = this.#host.trace?.begin('received', { SaleToPOIRequest: request }, from?.address);
    const answer = await this.#answer(request, from?.connected ?? (() => true));
    traced?.({ type: answer === undefined ? 'empty' : 'message', response: answer });
    return answer;
  }

  #answer(request: SaleToPOIRequest, waiting: Sender['connected']): Promise<Message | undefined> {
    const ref = `in${++this.#refs}`;
    const asks = request.InputRequest !== undefined || request.PrintRequest !== undefined;
    return new Promise((resolve) => {
      this.#pending.set(ref, (message) => {
        if (message !== undefined && asks && !waiting()) this.#host.post(message);
        resolve(message);
      });
      this.#host.dispatch({ type: 'inbound', ref, request });
    });
  }

  respond(ref: string, message: Message | undefined): void {
    this.#pending.get(ref)?.(message);
    this.#pending.delete(ref);
  }

  /**
   * Adds a listener. It gets the open questions at once: a node that was deployed again can still answer them.
   *
   * @param answers whether it answers questions: without such a listener no signature is asked for
   * @returns the way to unsubscribe
   */
  listen(listener: (notice: TerminalNotification) => void, answers = true): () => void {
    this.#listeners.set(listener, answers);
    const announcement = this.#announcement;
    this.#announcement = undefined;
    if (announcement) this.#host.guard(() => listener(announcement));
    for (const question of this.#host.questions()) this.#host.guard(() => listener(question));
    this.#reportCount();
    return () => {
      if (this.#listeners.delete(listener)) this.#reportCount();
    };
  }

  notify(notice: TerminalNotification): void {
    for (const listener of this.#listeners.keys()) this.#host.guard(() => listener(notice));
  }

  /** As `notify`. Without any listener, the latest such notice is kept for the first one. */
  announce(notice: TerminalNotification): void {
    if (this.#listeners.size === 0) this.#announcement = notice;
    this.notify(notice);
  }

  /** The terminal is stopped: pending requests get no answer from here. */
  close(): void {
    for (const resolve of this.#pending.values()) resolve(undefined);
    this.#pending.clear();
    this.#listeners.clear();
  }

  #reportCount(): void {
    const count = [...this.#listeners.values()].filter((answers) => answers).length;
    this.#host.dispatch({ type: 'listeners', count });
  }
}
