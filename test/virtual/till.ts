import assert from 'node:assert/strict';
import type { Message, Nexo } from '../../lib/protocol/types.ts';
import { encode } from '../../lib/protocol/xml/encode.ts';
import type { Pos, PosReply } from '../../lib/virtual/pos/pos.ts';
import { resultOf, type TerminalAnswer } from '../../lib/virtual/terminal/responses.ts';
import { formatProblem } from '../../lib/virtual/terminal/strict-format.ts';
import { VirtualTerminal, type VirtualTerminalOptions } from '../../lib/virtual/terminal/terminal.ts';
import { HandClock } from '../support/clock.ts';
import * as pos from '../support/pos.ts';

/** The capabilities of a POS that is client and server, as in the published login. */
export const FULL =
  'CashierStatus CashierError CashierDisplay POIReplication CustomerAssistance CashierInput PrinterReceipt'.split(' ');

export type Listener = (message: Message, answered: (reply: PosReply) => void, clock: HandClock) => void;

type Request = Nexo<'SaleToPOIRequest'>;

/** A till that listens: what it sends, what it is told, and what it is answered, in one list and in order. */
export class Till implements Pos {
  readonly clock = new HandClock();
  readonly terminal: VirtualTerminal;
  /** `Payment →`, `Display Authorizing`, `← Payment Success`… */
  readonly story: string[] = [];
  /** What the terminal sent. */
  readonly heard: Request[] = [];
  readonly answers: TerminalAnswer[] = [];
  listener: Listener;

  constructor(options: Partial<VirtualTerminalOptions> = {}, listener: Listener = polite) {
    this.listener = listener;
    this.terminal = new VirtualTerminal({ poiId: 'A-POIID', clock: this.clock, pos: this, ...options });
  }

  send(message: Message, answered: (reply: PosReply) => void): void {
    assert.equal(formatProblem(encode(message)), undefined);
    assert.ok('SaleToPOIRequest' in message, 'a terminal sends requests and events');
    this.heard.push(message.SaleToPOIRequest);
    this.story.push(told(message.SaleToPOIRequest));
    this.listener(message, answered, this.clock);
  }

  /** Sends a request; its answer is in the story and among `answers`. */
  ask(message: Message): void {
    if (!('SaleToPOIRequest' in message)) throw new Error('a till sends requests');
    const { MessageCategory: category } = message.SaleToPOIRequest.MessageHeader;
    this.story.push(`${category} →`);
    this.terminal.receive(message, (answer) => {
      this.answers.push(answer);
      this.story.push(`← ${category} ${verdict(answer)}`);
    });
  }

  login(capabilities = FULL, language = 'en', id = '1'): void {
    this.ask(login(capabilities, language, id));
  }

  /** The story so far, and an empty page. */
  take(): string[] {
    return this.story.splice(0);
  }

  /** The same without events. */
  takeScript(): string[] {
    return this.take().filter((line) => !line.startsWith('Event'));
  }
}

export function login(capabilities: string[], language = 'en', id = '1'): Message {
  const message = pos.login({ id });
  if (!('SaleToPOIRequest' in message) || !message.SaleToPOIRequest.LoginRequest) throw new Error('no login');
  const { LoginRequest: body } = message.SaleToPOIRequest;
  body.OperatorLanguage = language;
  body.SaleTerminalData = { TerminalEnvironment: 'Attended', SaleCapabilities: capabilities };
  return message;
}

/** Answers at once: 204, and yes to a question. */
export const polite: Listener = (message, answered) => answered(word(message, true));

/** Refuses a signature. */
export const strict: Listener = (message, answered) => answered(word(message, false));

export const silent: Listener = () => {};

export const unreachable: Listener = (_message, answered) => answered({ type: 'failed', reason: 'ECONNREFUSED' });

/** A POS that takes its time. */
export function slow(ms: number): Listener {
  return (message, answered, clock) => clock.after(ms, () => answered(word(message, true)));
}

/** What a POS answers: HTTP 204, but for a question. */
export function word(message: Message, yes: boolean): PosReply {
  const request = 'SaleToPOIRequest' in message ? message.SaleToPOIRequest : undefined;
  if (!request?.InputRequest) return { type: 'empty' };
  return { type: 'message', message: inputAnswer(request, yes) };
}

export function inputAnswer({ MessageHeader: header }: Request, yes: boolean): Message {
  const Response = { Result: 'Success' };
  return {
    SaleToPOIResponse: {
      MessageHeader: { ...header, MessageType: 'Response' },
      InputResponse: {
        OutputResult: { Device: 'CashierDisplay', InfoQualify: 'Display', Response },
        InputResult: {
          Device: 'CashierInput',
          InfoQualify: 'Input',
          Response,
          Input: { InputCommand: 'GetConfirmation', ConfirmedFlag: yes },
        },
      },
    },
  };
}

function told(request: Request): string {
  const { MessageCategory: category } = request.MessageHeader;
  const shown = request.DisplayRequest?.DisplayOutput[0] ?? request.InputRequest?.DisplayOutput;
  const text = shown?.OutputContent.OutputText?.[0]?.Text.replace(/^\d+,"(.*)"$/, '$1');
  const event = request.EventNotification?.EventToNotify;
  return [category, text ?? event ?? request.PrintRequest?.PrintOutput.DocumentQualifier]
    .filter((part) => part !== undefined)
    .join(' ');
}

function verdict(answer: TerminalAnswer): string {
  if (answer.type !== 'message') return answer.type;
  const result = resultOf(answer.message);
  return [result?.Result, result?.ErrorCondition].filter((part) => part).join(' ');
}
