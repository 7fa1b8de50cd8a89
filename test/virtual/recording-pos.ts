import assert from 'node:assert/strict';
import type { Message, Nexo } from '../../lib/protocol/types.ts';
import { decode } from '../../lib/protocol/xml/decode.ts';
import { encode } from '../../lib/protocol/xml/encode.ts';
import type { Pos, PosReply } from '../../lib/virtual/pos/pos.ts';
import { resultOf, type TerminalAnswer } from '../../lib/virtual/terminal/responses.ts';
import { formatProblem } from '../../lib/virtual/terminal/strict-format.ts';
import { VirtualTerminal, type VirtualTerminalOptions } from '../../lib/virtual/terminal/terminal.ts';
import { ManualClock } from '../support/clock.ts';
import * as pos from '../support/pos.ts';

/** The capabilities of a POS that is client and server, as in the published login. */
export const FULL =
  'CashierStatus CashierError CashierDisplay POIReplication CustomerAssistance CashierInput PrinterReceipt'.split(' ');

export type PosBehaviour = (message: Message, onReply: (reply: PosReply) => void, clock: ManualClock) => void;

type Request = Nexo<'SaleToPOIRequest'>;

/** A POS that listens and logs its requests, the terminal's messages, and the responses, in order. */
export class RecordingPos implements Pos {
  readonly clock = new ManualClock();
  readonly terminal: VirtualTerminal;
  /** `Payment →`, `Display Authorizing`, `← Payment Success`… */
  readonly log: string[] = [];
  /** The terminal's own messages. */
  readonly received: Request[] = [];
  readonly responses: TerminalAnswer[] = [];
  behaviour: PosBehaviour;

  constructor(options: Partial<VirtualTerminalOptions> = {}, behaviour: PosBehaviour = accepting) {
    this.behaviour = behaviour;
    this.terminal = new VirtualTerminal({ poiId: 'A-POIID', clock: this.clock, pos: this, ...options });
  }

  send(message: Message, onReply: (reply: PosReply) => void): void {
    assert.equal(formatProblem(encode(message)), undefined);
    assert.ok('SaleToPOIRequest' in message, 'a terminal sends requests and events');
    this.received.push(message.SaleToPOIRequest);
    this.log.push(logEntry(message.SaleToPOIRequest));
    this.behaviour(message, onReply, this.clock);
  }

  /** Sends a request. Its response is added to `log` and `responses`. */
  request(message: Message): void {
    if (!('SaleToPOIRequest' in message)) throw new Error('a POS sends requests');
    const { MessageCategory: category } = message.SaleToPOIRequest.MessageHeader;
    this.log.push(`${category} →`);
    this.terminal.receive(message, (answer) => {
      this.responses.push(answer);
      this.log.push(`← ${category} ${resultText(answer)}`);
    });
  }

  /** The last response, encoded and decoded. */
  last(): Nexo<'SaleToPOIResponse'> {
    const answer = this.responses.at(-1);
    if (answer?.type !== 'message') throw new Error(`no message but ${answer?.type}`);
    const bytes = encode(answer.message);
    assert.equal(formatProblem(bytes), undefined);
    const { message } = decode(bytes);
    if (!('SaleToPOIResponse' in message)) throw new Error('no response');
    return message.SaleToPOIResponse;
  }

  login(capabilities = FULL, language = 'en', id = '1'): void {
    this.request(login(capabilities, language, id));
  }

  /** Returns and empties the log. */
  takeLog(): string[] {
    return this.log.splice(0);
  }

  /** The same without events. */
  takeDisplays(): string[] {
    return this.takeLog().filter((line) => !line.startsWith('Event'));
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
export const accepting: PosBehaviour = (message, onReply) => onReply(replyTo(message, true));

/** Refuses a signature. */
export const refusing: PosBehaviour = (message, onReply) => onReply(replyTo(message, false));

export const silent: PosBehaviour = () => {};

export const unreachable: PosBehaviour = (_message, onReply) => onReply({ type: 'failed', reason: 'ECONNREFUSED' });

/** Answers after so many milliseconds. */
export function slow(ms: number): PosBehaviour {
  return (message, onReply, clock) => clock.after(ms, () => onReply(replyTo(message, true)));
}

/** The usual answer of a POS: HTTP 204, or a response to a question. */
export function replyTo(message: Message, yes: boolean): PosReply {
  const request = 'SaleToPOIRequest' in message ? message.SaleToPOIRequest : undefined;
  if (!request?.InputRequest) return { type: 'empty' };
  return { type: 'message', message: inputResponse(request, yes) };
}

export function inputResponse({ MessageHeader: header }: Request, yes: boolean): Message {
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

function logEntry(request: Request): string {
  const { MessageCategory: category } = request.MessageHeader;
  const shown = request.DisplayRequest?.DisplayOutput[0] ?? request.InputRequest?.DisplayOutput;
  const text = shown?.OutputContent.OutputText?.[0]?.Text.replace(/^\d+,"(.*)"$/, '$1');
  const event = request.EventNotification?.EventToNotify;
  return [category, text ?? event ?? request.PrintRequest?.PrintOutput.DocumentQualifier]
    .filter((part) => part !== undefined)
    .join(' ');
}

function resultText(answer: TerminalAnswer): string {
  if (answer.type !== 'message') return answer.type;
  const result = resultOf(answer.message);
  return [result?.Result, result?.ErrorCondition].filter((part) => part).join(' ');
}
