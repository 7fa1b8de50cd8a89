import type { Message, SaleToPOIRequest } from '../protocol/types.ts';
import type { SessionEvent } from '../session/effects.ts';
import type { NoticePayload } from '../session/notice.ts';

/** Something the terminal shows, tells, prints or asks; `replyId` where it waits for an answer. */
export interface Notice {
  payload: NoticePayload;
  request: SaleToPOIRequest;
  replyId?: string;
}

/** The terminal's own requests: who listens, and which HTTP requests wait for their answers. */
export class Conversation {
  readonly #dispatch: (event: SessionEvent) => void;
  readonly #guard: (call: () => void) => void;
  readonly #waiting = new Map<string, (message: Message | undefined) => void>();
  /** Who listens, and whether they answer. */
  readonly #listeners = new Map<(notice: Notice) => void, boolean>();
  #refs = 0;

  constructor(dispatch: (event: SessionEvent) => void, guard: (call: () => void) => void) {
    this.#dispatch = dispatch;
    this.#guard = guard;
  }

  /** A request of the terminal's; resolves with its answer, or with nothing where none is wanted. Never rejects. */
  receive(request: SaleToPOIRequest): Promise<Message | undefined> {
    const ref = `in${++this.#refs}`;
    return new Promise((resolve) => {
      this.#waiting.set(ref, resolve);
      this.#dispatch({ type: 'inbound', ref, request });
    });
  }

  respond(ref: string, message: Message | undefined): void {
    this.#waiting.get(ref)?.(message);
    this.#waiting.delete(ref);
  }

  /**
   * @param answers whether it answers what it is asked. A signature is asked for only where somebody does.
   * @returns how to leave
   */
  listen(listener: (notice: Notice) => void, answers = true): () => void {
    this.#listeners.set(listener, answers);
    this.#count();
    return () => {
      if (this.#listeners.delete(listener)) this.#count();
    };
  }

  tell(notice: Notice): void {
    for (const listener of this.#listeners.keys()) this.#guard(() => listener(notice));
  }

  /** The terminal is stopped: what waits gets no answer from here. */
  close(): void {
    for (const resolve of this.#waiting.values()) resolve(undefined);
    this.#waiting.clear();
    this.#listeners.clear();
  }

  #count(): void {
    const count = [...this.#listeners.values()].filter((answers) => answers).length;
    this.#dispatch({ type: 'listeners', count });
  }
}
