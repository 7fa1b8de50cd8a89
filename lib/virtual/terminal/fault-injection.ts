import type { Clock, Timer } from '../../clock.ts';
import type { Message } from '../../protocol/types.ts';
import type { Respond, TerminalAnswer } from './responses.ts';
import type { ScenarioFault } from './scenarios.ts';

const PAGE = '<!DOCTYPE html><html><head><title>Welcome</title></head><body><p>It works!</p></body></html>';

/** What is left of a terminal's answer on the way to the POS. */
export function deliver(message: Message, fault: ScenarioFault | undefined): TerminalAnswer {
  switch (fault) {
    case 'lostResponse':
    case 'rebootAfterApproval':
      return { type: 'drop' };
    case 'html':
      return { type: 'bytes', status: 200, contentType: 'text/html; charset=utf-8', body: Buffer.from(PAGE) };
    case 'http500':
      return { type: 'bytes', status: 500, contentType: 'text/plain', body: Buffer.from('Internal Server Error') };
    case 'http204':
      return { type: 'empty' };
    case 'truncated':
      return { type: 'truncated', message };
    case 'wrongServiceId':
      return { type: 'message', message: misnamed(message) };
    default:
      return { type: 'message', message };
  }
}

/** The same answer for a request that was never sent. */
function misnamed(message: Message): Message {
  if (!('SaleToPOIResponse' in message)) return message;
  const { MessageHeader: header, ...bodies } = message.SaleToPOIResponse;
  return { SaleToPOIResponse: { MessageHeader: { ...header, ServiceID: 'X999999999' }, ...bodies } };
}

/** Answers that are on their way for longer than they should be. */
export class LateAnswers {
  readonly #clock: Clock;
  readonly #late = new Map<Respond, Timer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  post(respond: Respond, answer: TerminalAnswer, ms: number): void {
    const timer = this.#clock.after(ms, () => {
      this.#late.delete(respond);
      respond(answer);
    });
    this.#late.set(respond, timer);
  }

  /** The connections drop. */
  drop(): void {
    for (const [respond, timer] of this.#late) {
      timer.cancel();
      respond({ type: 'drop' });
    }
    this.#late.clear();
  }
}
