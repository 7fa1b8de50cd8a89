import type { Clock, Timer } from '../../clock.ts';
import type { Message } from '../../protocol/types.ts';
import type { Respond, TerminalAnswer } from './responses.ts';
import type { ScenarioFault } from './scenarios.ts';

const PAGE = '<!DOCTYPE html><html><head><title>Welcome</title></head><body><p>It works!</p></body></html>';

/** The answer as it arrives at the POS after a fault. */
export function applyFault(message: Message, fault: ScenarioFault | undefined): TerminalAnswer {
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
      return { type: 'message', message: withWrongServiceId(message) };
    default:
      return { type: 'message', message };
  }
}

/** The same answer with the ServiceID of a request that was never sent. */
function withWrongServiceId(message: Message): Message {
  if (!('SaleToPOIResponse' in message)) return message;
  const { MessageHeader: header, ...bodies } = message.SaleToPOIResponse;
  return { SaleToPOIResponse: { MessageHeader: { ...header, ServiceID: 'X999999999' }, ...bodies } };
}

/** Answers that are delayed. */
export class LateAnswers {
  readonly #clock: Clock;
  readonly #pending = new Map<Respond, Timer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Sends an answer after `ms` milliseconds. */
  sendLater(respond: Respond, answer: TerminalAnswer, ms: number): void {
    const timer = this.#clock.after(ms, () => {
      this.#pending.delete(respond);
      respond(answer);
    });
    this.#pending.set(respond, timer);
  }

  /** Drops the connections of all delayed answers. */
  drop(): void {
    for (const [respond, timer] of this.#pending) {
      timer.cancel();
      respond({ type: 'drop' });
    }
    this.#pending.clear();
  }
}
