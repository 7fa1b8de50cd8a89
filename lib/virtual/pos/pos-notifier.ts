import type { Clock, Timer } from '../../clock.ts';
import type { Message, Nexo } from '../../protocol/types.ts';
import type { DisplayStep } from '../customer/display-script.ts';
import { type TextName, textIn, texts, toldAs } from '../customer/display-texts.ts';
import { Timeline } from '../customer/timeline.ts';
import { localTimestamp } from '../local-time.ts';
import type { Pos, PosReply } from './pos.ts';
import { PosQueue } from './pos-queue.ts';
import {
  addressMessage,
  confirmation,
  confirmationRequest,
  displayRequest,
  type Event,
  eventNotification,
  type MessageSender,
  printRequest,
} from './terminal-messages.ts';

/** How a terminal speaks to its POS. Times in milliseconds. */
export interface PosNotifierSettings {
  /** How long it waits for the answer to a display, print, event or address. Default 3000. */
  posTimeout?: number;
  /** How long it waits for the cashier's word on a signature. Default 60,000. */
  signatureTime?: number;
  /** Asks for a DisplayResponse and a PrintResponse, instead of HTTP 204. Default false. */
  responses?: boolean;
  /** How a text travels. Default `6,"Approved"`: the number, a comma, the text in quotation marks. */
  displayText?: (id: number, text: string) => string;
}

export interface PosNotifierOptions extends PosNotifierSettings {
  poiId: string;
  clock: Clock;
  /** Where the POS listens; without one the terminal only answers. */
  pos?: Pos;
}

/** What the login said about the POS. */
interface Listener {
  saleId: string;
  language: string;
  capabilities: ReadonlySet<string>;
  /** A time of the POS, for its zone. */
  time: string;
}

interface Question {
  deviceId: string;
  timer: Timer | undefined;
  heard: (signed: boolean) => void;
}

/** "If only PrinterReceipt is included the terminal won't send any request": these are what a POS with a listener has. */
const LISTENS = [
  'CashierStatus',
  'CashierError',
  'CashierDisplay',
  'POIReplication',
  'CashierInput',
  'CustomerAssistance',
];

/**
 * The terminal's own side of the conversation: displays, events, the signature, its address. Nothing here decides a
 * payment but the cashier's word on a signature, and a POS that does not answer costs a payment one time limit at most.
 */
export class PosNotifier {
  readonly #options: PosNotifierOptions;
  readonly #line: PosQueue | undefined;
  #listener: Listener | undefined;
  #question: Question | undefined;
  #number = 0;
  /** ServiceID of the transaction that is going on. */
  #transaction: string | undefined;
  /** The POS left a message of this transaction without an answer: it gets no more of them. */
  #muted = false;
  #inserted = false;
  #welcome: Timer | undefined;

  constructor(options: PosNotifierOptions) {
    this.#options = options;
    this.#line = options.pos ? new PosQueue(options.pos, options.clock) : undefined;
  }

  /** Whether the POS that logged in has a listener, and the terminal knows where. */
  get listening(): boolean {
    return this.#listener !== undefined;
  }

  /** A login session begins. Until the next one the terminal speaks to that POS, for events past the logout too. */
  login(saleId: string, { OperatorLanguage, DateTime, SaleTerminalData }: Nexo<'LoginRequest'>): void {
    const capabilities = new Set<string>(SaleTerminalData?.SaleCapabilities ?? []);
    const listens = this.#line && LISTENS.some((one) => capabilities.has(one));
    this.#listener = listens ? { saleId, language: OperatorLanguage, capabilities, time: DateTime } : undefined;
    this.#muted = false;
  }

  /** A transaction begins. @param sameCard with the card that was read before, and may still be in the reader */
  begin(serviceId: string | undefined, sameCard = false): void {
    if (!sameCard) this.end();
    this.#welcome?.cancel();
    this.#transaction = serviceId;
    this.#muted = false;
  }

  /** It has ended, and the customer takes the card. */
  end(): void {
    if (this.#inserted) this.notify({ name: 'CardRemoved' });
    this.#inserted = false;
    this.#transaction = undefined;
  }

  /** It has ended, and the card stays where it is. */
  pause(): void {
    this.#transaction = undefined;
  }

  /** The terminal is ready for the next customer, in so many milliseconds. */
  rest(ms: number): void {
    this.#welcome?.cancel();
    if (!this.#listener) return;
    if (ms > 0) this.#welcome = this.#options.clock.after(ms, () => this.show('welcome'));
    else this.show('welcome');
  }

  /** The session ends: there are still events to come. */
  logout(): void {
    this.#welcome?.cancel();
  }

  /** Plays what there is to see in a payment; undefined when nobody looks. */
  play(cues: readonly DisplayStep[]): Timeline<DisplayStep> | undefined {
    if (!this.#listener) return undefined;
    return new Timeline(this.#options.clock, cues, (cue) => {
      if ('show' in cue) return this.show(cue.show, cue.entered);
      this.notify({ name: cue.event });
      this.#inserted = true;
    });
  }

  show(name: TextName, entered?: string): void {
    const listener = this.#listener;
    const kind = listener && toldAs(name, listener.capabilities);
    if (!kind || this.#muted) return;
    const text = textIn(listener.language, name, entered);
    const message = displayRequest(this.#sender(listener), kind, this.#form(texts[name].id, text), this.#asks);
    this.#say(message, () => !this.#muted);
  }

  notify(event: Event): void {
    const listener = this.#listener;
    if (!listener) return;
    const transaction = this.#transaction;
    const time = localTimestamp(this.#options.clock.now(), listener.time);
    const message = eventNotification({ ...this.#sender(listener), serviceId: String(this.#number) }, event, time);
    this.#say(message, () => transaction === undefined || !this.#muted);
  }

  /** Needs no login: it is how a POS gets to know where the terminal is. */
  announce(address: { ip: string; port: number }): void {
    this.#say(addressMessage(this.#options.poiId, address), () => true);
  }

  /** Whether the cashier is asked by the terminal if a signature is good, and not by the POS of its own accord. */
  get asksForSignature(): boolean {
    return this.#listener?.capabilities.has('CashierInput') ?? false;
  }

  /** Has the merchant's receipt printed and the cashier asked. Silence, an error and anything but yes mean no. */
  sign(receipt: Nexo<'PaymentReceipt'> | undefined, heard: (signed: boolean) => void): void {
    const listener = this.#listener;
    if (!listener) return heard(false);
    if (!receipt || !listener.capabilities.has('PrinterReceipt')) return this.#ask(listener, heard);
    this.#line?.send({
      message: printRequest(this.#sender(listener), receipt, this.#asks, true),
      limit: this.#asks ? this.#signatureTime : this.#posTimeout,
      answered: (reply) => (isPrinted(reply) ? this.#ask(listener, heard) : heard(false)),
    });
  }

  /** A receipt that nobody has to sign, for a POS that prints. */
  print(receipt: Nexo<'PaymentReceipt'> | undefined): void {
    const listener = this.#listener;
    if (!listener || !receipt || !listener.capabilities.has('PrinterReceipt')) return;
    const message = printRequest(this.#sender(listener), receipt, this.#asks, false);
    this.#say(message, () => !this.#muted);
  }

  /** A response that the POS sends by itself: the word on a signature, when HTTP was answered without one before. */
  hear(message: Message): void {
    const signed = this.#question && confirmation(message, this.#question.deviceId);
    if (signed !== undefined) this.#heard(signed);
  }

  /** Calls `fn` when the POS has answered all that was said so far, or had its time: at once where nothing was said. */
  afterwards(fn: () => void): void {
    if (this.#line) this.#line.afterwards(fn);
    else fn();
  }

  /** A login: what is open is given up, what waits for it goes on, and nothing more is said in this session. */
  cut(): void {
    this.#muted = true;
    this.#welcome?.cancel();
    this.#heard(false);
    this.#line?.cut();
    this.#inserted = false;
  }

  /** Power off. */
  off(): void {
    this.#welcome?.cancel();
    this.#question?.timer?.cancel();
    this.#question = undefined;
    this.#line?.off();
    this.#listener = undefined;
    this.#inserted = false;
    this.#transaction = undefined;
  }

  #ask(listener: Listener, heard: (signed: boolean) => void): void {
    const limit = this.#signatureTime;
    const until = this.#options.clock.now() + limit;
    const sender = this.#sender(listener);
    const question: Question = { deviceId: sender.deviceId, timer: undefined, heard };
    this.#question = question;
    this.#line?.send({
      message: confirmationRequest(sender, textIn(listener.language, 'signatureOk'), limit),
      limit,
      answered: (reply) => {
        if (this.#question !== question) return;
        if (reply.type === 'message') return this.#heard(confirmation(reply.message, question.deviceId) ?? false);
        if (reply.type === 'failed') return this.#heard(false);
        // Taken, and the word comes as a message of its own.
        const left = Math.max(0, until - this.#options.clock.now());
        question.timer = this.#options.clock.after(left, () => this.#heard(false));
      },
    });
  }

  #heard(signed: boolean): void {
    const question = this.#question;
    this.#question = undefined;
    question?.timer?.cancel();
    question?.heard(signed);
  }

  #say(message: Message, wanted: () => boolean): void {
    const answered = (reply: PosReply) => {
      if (reply.type === 'failed') this.#muted = true;
    };
    this.#line?.send({ message, limit: this.#posTimeout, wanted, answered });
  }

  #sender(listener: Listener): MessageSender {
    this.#number += 1;
    const deviceId = String(this.#number);
    return {
      poiId: this.#options.poiId,
      saleId: listener.saleId,
      serviceId: this.#transaction ?? deviceId,
      deviceId,
    };
  }

  #form(id: number, text: string): string {
    return this.#options.displayText?.(id, text) ?? `${id},"${text}"`;
  }

  get #asks(): boolean {
    return this.#options.responses ?? false;
  }

  get #posTimeout(): number {
    return this.#options.posTimeout ?? 3000;
  }

  get #signatureTime(): number {
    return this.#options.signatureTime ?? 60_000;
  }
}

/** No answer was asked for, or it says that it was printed. */
function isPrinted(reply: PosReply): boolean {
  if (reply.type === 'empty') return true;
  if (reply.type === 'failed' || !('SaleToPOIResponse' in reply.message)) return false;
  return reply.message.SaleToPOIResponse.PrintResponse?.Response?.Result === 'Success';
}
