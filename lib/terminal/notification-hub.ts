import type { Sender } from '../endpoint/options.ts';
import type { Message, SaleToPOIRequest } from '../protocol/types.ts';
import type { SessionEvent } from '../session/events.ts';
import type { NotificationPayload } from '../session/inbound/terminal-notification.ts';

/** Something the terminal shows, tells, prints or asks; `replyId` where it waits for an answer. */
export interface TerminalNotification {
  payload: NotificationPayload;
  request: SaleToPOIRequest;
  replyId?: string;
}

/** What a conversation needs of its terminal. */
export interface HubSession {
  dispatch(event: SessionEvent): void;
  /** Calls somebody else's code. */
  guard(call: () => void): void;
  /** Questions of the terminal that wait for an answer. */
  questions(): TerminalNotification[];
  /** Sends the terminal an answer as a message of its own. */
  post(message: Message): void;
}

/** The terminal's own requests: who listens, and which HTTP requests wait for their answers. */
export class NotificationHub {
  readonly #partner: HubSession;
  readonly #waiting = new Map<string, (message: Message | undefined) => void>();
  /** Who listens, and whether they answer. */
  readonly #listeners = new Map<(notice: TerminalNotification) => void, boolean>();
  #refs = 0;

  constructor(partner: HubSession) {
    this.#partner = partner;
  }

  /**
   * A request of the terminal's; resolves with its answer, or with nothing where none is wanted. Never rejects.
   *
   * @param waiting whether the terminal still waits for the answer to a question where it asked it. One that does not gets
   *   it as a message of its own.
   */
  receive(request: SaleToPOIRequest, waiting: Sender['waiting'] = () => true): Promise<Message | undefined> {
    const ref = `in${++this.#refs}`;
    const asks = request.InputRequest !== undefined || request.PrintRequest !== undefined;
    return new Promise((resolve) => {
      this.#waiting.set(ref, (message) => {
        if (message !== undefined && asks && !waiting()) this.#partner.post(message);
        resolve(message);
      });
      this.#partner.dispatch({ type: 'inbound', ref, request });
    });
  }

  respond(ref: string, message: Message | undefined): void {
    this.#waiting.get(ref)?.(message);
    this.#waiting.delete(ref);
  }

  /**
   * Whoever comes while a question is open, as a node that was deployed anew does, gets it too.
   *
   * @param answers whether it answers what it is asked. A signature is asked for only where somebody does.
   * @returns how to leave
   */
  listen(listener: (notice: TerminalNotification) => void, answers = true): () => void {
    this.#listeners.set(listener, answers);
    for (const question of this.#partner.questions()) this.#partner.guard(() => listener(question));
    this.#count();
    return () => {
      if (this.#listeners.delete(listener)) this.#count();
    };
  }

  tell(notice: TerminalNotification): void {
    for (const listener of this.#listeners.keys()) this.#partner.guard(() => listener(notice));
  }

  /** The terminal is stopped: what waits gets no answer from here. */
  close(): void {
    for (const resolve of this.#waiting.values()) resolve(undefined);
    this.#waiting.clear();
    this.#listeners.clear();
  }

  #count(): void {
    const count = [...this.#listeners.values()].filter((answers) => answers).length;
    this.#partner.dispatch({ type: 'listeners', count });
  }
}
