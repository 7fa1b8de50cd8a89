import { failure, success, wantsResponse } from '../../protocol/answers.ts';
import type { VendorProfile } from '../../protocol/profile.ts';
import type { Message, SaleToPOIRequest } from '../../protocol/types.ts';
import { lateReplyError, unfitReplyError } from '../errors.ts';
import type { SessionContext } from '../session-context.ts';
import { type ReplyValue, replyTo, safeReply } from './input-reply.ts';
import { type NotificationPayload, notificationOf } from './terminal-notification.ts';

/** How many closed questions are remembered, so that a late reply gets the right reason. */
const REMEMBERED = 64;

/** A question of the terminal's, as a listener gets it. */
export interface OpenQuestion {
  payload: NotificationPayload;
  request: SaleToPOIRequest;
  replyId: string;
}

interface Question {
  request: SaleToPOIRequest;
  answered: (value: ReplyValue | undefined) => void;
}

/**
 * What the terminal shows, reports, prints or asks by itself. Listeners get all of it. What wants an answer gets one in
 * time: the safe one where no listener gives another. Nothing here decides how a payment ends.
 */
export class TerminalRequests {
  /** Whether a listener can answer. Without one, questions get the safe answer at once. */
  listening = false;
  readonly #context: SessionContext;
  readonly #questions = new Map<string, Question>();
  #closed: string[] = [];
  #serial = 0;

  constructor(context: SessionContext) {
    this.#context = context;
  }

  /** Takes a request from the network. `ref` names the HTTP request that waits for its answer. */
  receive(ref: string, request: SaleToPOIRequest): void {
    const message = { SaleToPOIRequest: request };
    const respond = (answer: Message | undefined) =>
      this.#context.push({ type: 'respond', ref, ...(answer && { message: answer }) });
    const asks = request.InputRequest !== undefined || request.PrintRequest !== undefined;
    if (asks && wantsResponse(message)) {
      this.ask(request, (value) => respond((value !== undefined && replyTo(request, value)) || safeReply(request)));
      return;
    }
    this.notify(request);
    respond(wantsResponse(message) ? acknowledgement(request, this.#context.config.profile) : undefined);
  }

  /**
   * Asks the listeners. `answered` is called once: with the answer, or with undefined where none comes in time.
   * @returns the question's name, as `msg.nexo.replyTo`
   */
  ask(request: SaleToPOIRequest, answered: (value: ReplyValue | undefined) => void): string {
    const { config } = this.#context;
    const replyId = `${config.terminal}#${++this.#serial}`;
    if (!this.listening) {
      this.notify(request);
      answered(undefined);
      return replyId;
    }
    this.#questions.set(replyId, { request, answered });
    this.#context.after(`reply ${replyId}`, this.#replyTimeout(request), () =>
      this.#close(replyId)?.answered(undefined),
    );
    this.notify(request, replyId);
    return replyId;
  }

  /** The questions that wait for an answer, oldest first. */
  get questions(): OpenQuestion[] {
    return [...this.#questions].flatMap(([replyId, { request }]) => {
      const payload = notificationOf(request, this.#context.config.profile.receipts);
      return payload ? [{ payload, request, replyId }] : [];
    });
  }

  /** Takes a flow's answer. One that is late, repeated or does not fit the question is refused. */
  reply(ref: string, replyId: string, value: ReplyValue): void {
    const question = this.#questions.get(replyId);
    if (question === undefined) {
      const known = this.#closed.includes(replyId);
      return this.#context.push({ type: 'failed', ref, error: lateReplyError(known) });
    }
    if (replyTo(question.request, value) === undefined) {
      return this.#context.push({ type: 'failed', ref, error: unfitReplyError(question.request) });
    }
    this.#close(replyId);
    question.answered(value);
    this.#context.push({ type: 'done', ref, result: { type: 'reply' } });
  }

  #close(replyId: string): Question | undefined {
    const question = this.#questions.get(replyId);
    this.#questions.delete(replyId);
    this.#context.clear(`reply ${replyId}`);
    this.#closed = [...this.#closed, replyId].slice(-REMEMBERED);
    return question;
  }

  /** In ms, a little less than the terminal's own time limit where the request names one. */
  #replyTimeout(request: SaleToPOIRequest): number {
    const { reply, replyMargin } = this.#context.config.timeouts;
    const seconds = request.InputRequest?.InputData.MaxInputTime;
    return seconds === undefined || seconds === 0 ? reply : Math.max(seconds * 1000 - replyMargin, replyMargin);
  }

  /** Passes a request on to the listeners. */
  notify(request: SaleToPOIRequest, replyId?: string): void {
    const payload = notificationOf(request, this.#context.config.profile.receipts);
    if (payload)
      this.#context.push({ type: 'notification', payload, request, ...(replyId !== undefined && { replyId }) });
  }
}

/**
 * The answer to what needs no person. Of the Transmit requests only the one with the terminal's address is for this side;
 * others ask to pass bytes on to a host, which is not done.
 */
function acknowledgement(request: SaleToPOIRequest, profile: VendorProfile): Message | undefined {
  const message = { SaleToPOIRequest: request };
  const isForUs = request.TransmitRequest === undefined || profile.announcedAddress(request) !== undefined;
  if (isForUs) return success(message);
  return failure(message, 'UnavailableService', 'This POS passes no messages on to other hosts');
}
