import type { Clock, Timer } from '../../clock.ts';
import type { Message, Nexo } from '../../protocol/types.ts';
import type { DisplayStep } from '../customer/display-script.ts';
import { infoQualify, type TextName, textIn, texts } from '../customer/display-texts.ts';
import { Timeline } from '../customer/timeline.ts';
import { localTimestamp } from './local-time.ts';
import type { Pos, PosReply } from './pos.ts';
import { PosQueue } from './pos-queue.ts';
import {
  addressMessage,
  confirmation,
  confirmationRequest,
  displayRequest,
  eventNotification,
  type MessageSender,
  printRequest,
  type TerminalEvent,
} from './terminal-messages.ts';

/** Settings of a terminal's messages to its POS. Times in milliseconds. */
export interface PosNotifierSettings {
  /** Time-out of a display, print, event or address message. Default 3000. */
  posTimeout?: number;
  /** Time-out of the signature question. Default 60,000. */
  signatureTime?: number;
  /** Require a DisplayResponse and a PrintResponse instead of HTTP 204. Default false. */
  responses?: boolean;
  /** Formats a display text. Default `6,"Approved"`: the number, a comma, the text in quotation marks. */
  displayText?: (id: number, text: string) => string;
}

export interface PosNotifierOptions extends PosNotifierSettings {
  poiId: string;
  clock: Clock;
  /** The POS that listens. Absent: the terminal sends no messages of its own. */
  pos?: Pos;
}

/** The POS that logged in, according to its LoginRequest. */
interface LoggedInPos {
  saleId: string;
  language: string;
  capabilities: ReadonlySet<string>;
  /** A timestamp of the POS, for its UTC offset. */
  time: string;
}

interface Question {
  deviceId: string;
  timer: Timer | undefined;
  onAnswer: (signed: boolean) => void;
}

/** The capabilities of a POS that listens: "If only PrinterReceipt is included the terminal won't send any request". */
const LISTENER_CAPABILITIES = [
  'CashierStatus',
  'CashierError',
  'CashierDisplay',
  'POIReplication',
  'CashierInput',
  'CustomerAssistance',
];

/**
 * The terminal's own messages to the POS: displays, events, receipts, the signature question, its address. Of these, only
 * the answer to the signature question affects a payment. A POS that does not answer delays a payment by one time-out at
 * most.
 */
export class PosNotifier {
  readonly #options: PosNotifierOptions;
  readonly #queue: PosQueue | undefined;
  #pos: LoggedInPos | undefined;
  #question: Question | undefined;
  #number = 0;
  /** ServiceID of the current transaction. */
  #transaction: string | undefined;
  /** The POS did not answer a message of this transaction: it gets no more of them. */
  #muted = false;
  #cardInserted = false;
  #welcome: Timer | undefined;

  constructor(options: PosNotifierOptions) {
    this.#options = options;
    this.#queue = options.pos ? new PosQueue(options.pos, options.clock) : undefined;
  }

  /** Whether the POS that logged in listens at a known address. */
  get listening(): boolean {
    return this.#pos !== undefined;
  }

  /** A login session begins. Messages go to this POS until the next login; events are sent after a logout too. */
  login(saleId: string, { OperatorLanguage, DateTime, SaleTerminalData }: Nexo<'LoginRequest'>): void {
    const capabilities = new Set<string>(SaleTerminalData?.SaleCapabilities ?? []);
    const hasListener = this.#queue && LISTENER_CAPABILITIES.some((one) => capabilities.has(one));
    this.#pos = hasListener ? { saleId, language: OperatorLanguage, capabilities, time: DateTime } : undefined;
    this.#muted = false;
  }

  /** A transaction begins. @param sameCard it uses the card that was read in advance, which may still be in the reader */
  begin(serviceId: string | undefined, sameCard = false): void {
    if (!sameCard) this.end();
    this.#welcome?.cancel();
    this.#transaction = serviceId;
    this.#muted = false;
  }

  /** The transaction has ended and the customer removes the card. */
  end(): void {
    if (this.#cardInserted) this.notify({ name: 'CardRemoved' });
    this.#cardInserted = false;
    this.#transaction = undefined;
  }

  /** The transaction has ended and the card stays in the reader. */
  pause(): void {
    this.#transaction = undefined;
  }

  /** Shows the welcome text in `ms` milliseconds, when the terminal is ready for the next customer. */
  scheduleWelcome(ms: number): void {
    this.#welcome?.cancel();
    if (!this.#pos) return;
    if (ms > 0) this.#welcome = this.#options.clock.after(ms, () => this.show('welcome'));
    else this.show('welcome');
  }

  /** The session ends. Events are still sent. */
  logout(): void {
    this.#welcome?.cancel();
  }

  /** Plays the displays of a payment; undefined where no POS listens. */
  playDisplays(steps: readonly DisplayStep[]): Timeline<DisplayStep> | undefined {
    if (!this.#pos) return undefined;
    return new Timeline(this.#options.clock, steps, (step) => {
      if ('show' in step) return this.show(step.show, step.entered);
      this.notify({ name: step.event });
      this.#cardInserted = true;
    });
  }

  /** Sends a display text. @param entered the customer's input so far, as asterisks */
  show(name: TextName, entered?: string): void {
    const pos = this.#pos;
    const kind = pos && infoQualify(name, pos.capabilities);
    if (!kind || this.#muted) return;
    const text = textIn(pos.language, name, entered);
    const message = displayRequest(
      this.#sender(pos),
      kind,
      this.#displayText(texts[name].id, text),
      this.#responsesWanted,
    );
    this.#send(message, () => !this.#muted);
  }

  /** Sends an event. */
  notify(event: TerminalEvent): void {
    const pos = this.#pos;
    if (!pos) return;
    const transaction = this.#transaction;
    const time = localTimestamp(this.#options.clock.now(), pos.time);
    const message = eventNotification({ ...this.#sender(pos), serviceId: String(this.#number) }, event, time);
    this.#send(message, () => transaction === undefined || !this.#muted);
  }

  /** Announces the terminal's address. Requires no login: the POS may not know the terminal's address yet. */
  announce(address: { ip: string; port: number }): void {
    this.#send(addressMessage(this.#options.poiId, address), () => true);
  }

  /** Whether the terminal asks the cashier about a signature. Otherwise that is left to the POS. */
  get asksForSignature(): boolean {
    return this.#pos?.capabilities.has('CashierInput') ?? false;
  }

  /** Has the merchant's receipt printed, then asks the cashier. No answer, or any answer but yes, counts as no. */
  requestSignature(receipt: Nexo<'PaymentReceipt'> | undefined, onAnswer: (signed: boolean) => void): void {
    const pos = this.#pos;
    if (!pos) return onAnswer(false);
    if (!receipt || !pos.capabilities.has('PrinterReceipt')) return this.#askCashier(pos, onAnswer);
    this.#queue?.send({
      message: printRequest(this.#sender(pos), receipt, this.#responsesWanted, true),
      timeout: this.#responsesWanted ? this.#signatureTime : this.#posTimeout,
      onReply: (reply) => (isPrinted(reply) ? this.#askCashier(pos, onAnswer) : onAnswer(false)),
    });
  }

  /** Sends a receipt without signature, to a POS that prints. */
  print(receipt: Nexo<'PaymentReceipt'> | undefined): void {
    const pos = this.#pos;
    if (!pos || !receipt || !pos.capabilities.has('PrinterReceipt')) return;
    const message = printRequest(this.#sender(pos), receipt, this.#responsesWanted, false);
    this.#send(message, () => !this.#muted);
  }

  /** A response in an HTTP request of the POS: the answer to the signature question after an HTTP 204. */
  receive(message: Message): void {
    const signed = this.#question && confirmation(message, this.#question.deviceId);
    if (signed !== undefined) this.#answerQuestion(signed);
  }

  /** Calls `callback` when every earlier message is answered or has failed; synchronously where there is none. */
  whenIdle(callback: () => void): void {
    if (this.#queue) this.#queue.whenIdle(callback);
    else callback();
  }

  /** A login: fails the open messages, runs the callbacks that wait for them, and sends no more displays. */
  cancel(): void {
    this.#muted = true;
    this.#welcome?.cancel();
    this.#answerQuestion(false);
    this.#queue?.cancel();
    this.#cardInserted = false;
  }

  /** Power off: discards all messages and the session. */
  powerOff(): void {
    this.#welcome?.cancel();
    this.#question?.timer?.cancel();
    this.#question = undefined;
    this.#queue?.clear();
    this.#pos = undefined;
    this.#cardInserted = false;
    this.#transaction = undefined;
  }

  #askCashier(pos: LoggedInPos, onAnswer: (signed: boolean) => void): void {
    const limit = this.#signatureTime;
    const deadline = this.#options.clock.now() + limit;
    const sender = this.#sender(pos);
    const question: Question = { deviceId: sender.deviceId, timer: undefined, onAnswer };
    this.#question = question;
    this.#queue?.send({
      message: confirmationRequest(sender, textIn(pos.language, 'signatureOk'), limit),
      timeout: limit,
      onReply: (reply) => {
        if (this.#question !== question) return;
        if (reply.type === 'message')
          return this.#answerQuestion(confirmation(reply.message, question.deviceId) ?? false);
        if (reply.type === 'failed') return this.#answerQuestion(false);
        // Accepted with HTTP 204: the answer follows as a request of the POS.
        const remaining = Math.max(0, deadline - this.#options.clock.now());
        question.timer = this.#options.clock.after(remaining, () => this.#answerQuestion(false));
      },
    });
  }

  #answerQuestion(signed: boolean): void {
    const question = this.#question;
    this.#question = undefined;
    question?.timer?.cancel();
    question?.onAnswer(signed);
  }

  #send(message: Message, isWanted: () => boolean): void {
    const onReply = (reply: PosReply) => {
      if (reply.type === 'failed') this.#muted = true;
    };
    this.#queue?.send({ message, timeout: this.#posTimeout, isWanted, onReply });
  }

  #sender(pos: LoggedInPos): MessageSender {
    this.#number += 1;
    const deviceId = String(this.#number);
    return {
      poiId: this.#options.poiId,
      saleId: pos.saleId,
      serviceId: this.#transaction ?? deviceId,
      deviceId,
    };
  }

  #displayText(id: number, text: string): string {
    return this.#options.displayText?.(id, text) ?? `${id},"${text}"`;
  }

  get #responsesWanted(): boolean {
    return this.#options.responses ?? false;
  }

  get #posTimeout(): number {
    return this.#options.posTimeout ?? 3000;
  }

  get #signatureTime(): number {
    return this.#options.signatureTime ?? 60_000;
  }
}

/** Whether a receipt was printed, or accepted without a response. */
function isPrinted(reply: PosReply): boolean {
  if (reply.type === 'empty') return true;
  if (reply.type === 'failed' || !('SaleToPOIResponse' in reply.message)) return false;
  return reply.message.SaleToPOIResponse.PrintResponse?.Response?.Result === 'Success';
}
