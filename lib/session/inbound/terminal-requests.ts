import { success, wantsResponse } from '../../protocol/answers.ts';
import type { Message, SaleToPOIRequest } from '../../protocol/types.ts';
import { lateReplyError, unfitReplyError } from '../errors.ts';
import type { SessionContext } from '../session-context.ts';
import { type ReplyValue, replyTo, safeReply } from './input-reply.ts';
import { type NotificationPayload, notificationOf } from './terminal-notification.ts';

/** Answers of one kind that are remembered as given or run out, so that a second one can be told why it comes too late. */
const REMEMBERED = 64;

/** A question of the terminal's, as whoever listens gets it. */
export interface OpenQuestion {
  payload: NotificationPayload;
  request: SaleToPOIRequest;
  replyId: string;
}

interface Open {
  request: SaleToPOIRequest;
  answered: (value: ReplyValue | undefined) => void;
}

/**
 * What the terminal says by itself: shown, told, printed or asked. It is passed on to whoever listens; what wants an
 * answer gets one in time, the safe one if nobody gives another. Nothing here ever decides how a payment ends.
 */
export class TerminalRequests {
  /** Whether anybody listens who answers. Without, questions are only told, and get the safe answer at once. */
  listening = false;
  readonly #context: SessionContext;
  readonly #open = new Map<string, Open>();
  #over: string[] = [];
  #serial = 0;

  constructor(context: SessionContext) {
    this.#context = context;
  }

  /** A request that came over the network. `ref` names the open HTTP request that waits for its answer. */
  receive(ref: string, request: SaleToPOIRequest): void {
    const message = { SaleToPOIRequest: request };
    const respond = (answer: Message | undefined) =>
      this.#context.push({ type: 'respond', ref, ...(answer && { message: answer }) });
    const asks = request.InputRequest !== undefined || request.PrintRequest !== undefined;
    if (asks && wantsResponse(message)) {
      this.ask(request, (value) => respond((value !== undefined && replyTo(request, value)) || safeReply(request)));
      return;
    }
    this.tell(request);
    respond(request.DisplayRequest && wantsResponse(message) ? success(message) : undefined);
  }

  /**
   * Asks whoever listens. `answered` is called once: with the answer, or without one when nobody gives it in time.
   * @returns the question's name, as `msg.nexo.replyTo`
   */
  ask(request: SaleToPOIRequest, answered: (value: ReplyValue | undefined) => void): string {
    const { config } = this.#context;
    const replyId = `${config.terminal}#${++this.#serial}`;
    if (!this.listening) {
      this.tell(request);
      answered(undefined);
      return replyId;
    }
    this.#open.set(replyId, { request, answered });
    this.#context.after(`reply ${replyId}`, this.#patience(request), () => this.#close(replyId)?.answered(undefined));
    this.tell(request, replyId);
    return replyId;
  }

  /** What waits for an answer, oldest first. */
  get questions(): OpenQuestion[] {
    return [...this.#open].flatMap(([replyId, { request }]) => {
      const payload = notificationOf(request);
      return payload ? [{ payload, request, replyId }] : [];
    });
  }

  /** A flow's answer. One that is late, repeated or does not fit the question is refused, and told so. */
  reply(ref: string, replyId: string, value: ReplyValue): void {
    const open = this.#open.get(replyId);
    if (open === undefined) {
      const known = this.#over.includes(replyId);
      return this.#context.push({ type: 'failed', ref, error: lateReplyError(known) });
    }
    if (replyTo(open.request, value) === undefined) {
      return this.#context.push({ type: 'failed', ref, error: unfitReplyError(open.request) });
    }
    this.#close(replyId);
    open.answered(value);
    this.#context.push({ type: 'done', ref, result: { type: 'reply' } });
  }

  #close(replyId: string): Open | undefined {
    const open = this.#open.get(replyId);
    this.#open.delete(replyId);
    this.#context.clear(`reply ${replyId}`);
    this.#over = [...this.#over, replyId].slice(-REMEMBERED);
    return open;
  }

  /** Before the terminal gives up: it says how long it waits where it does. */
  #patience(request: SaleToPOIRequest): number {
    const { reply, replyMargin } = this.#context.config.timeouts;
    const seconds = request.InputRequest?.InputData.MaxInputTime;
    return seconds === undefined || seconds === 0 ? reply : Math.max(seconds * 1000 - replyMargin, replyMargin);
  }

  /** Passes something on to whoever listens. */
  tell(request: SaleToPOIRequest, replyId?: string): void {
    const payload = notificationOf(request);
    if (payload) this.#context.push({ type: 'notice', payload, request, ...(replyId !== undefined && { replyId }) });
  }
}
