import type { Message, MessageHeader, SaleToPOIRequest } from '../../lib/protocol/types.ts';
import type { ExchangeResult } from '../../lib/session/events.ts';
import { failedResponse, noTransaction, refusal, type TerminalAnswer } from '../../lib/virtual/terminal/responses.ts';
import type { Random } from '../support/random.ts';
import { receivedBy, throughWire } from './codec.ts';
import type { Device } from './device.ts';
import { type NetFault, spoil } from './faults.ts';
import type { Category } from './plan.ts';
import type { Scheduler } from './scheduler.ts';
import { StatusLies } from './status-lies.ts';
import type { VendorAnswers } from './vendor.ts';

export interface LinkOptions {
  scheduler: Scheduler;
  random: Random;
  device: Device;
  /** What the device is. */
  poiId: string;
  /** Messages travel as bytes. */
  bytes: boolean;
  /** A request is there before that, in ms after it was sent, or never: what the proof of NOT_STARTED rests on. */
  latest: number;
  /** The terminal repeats requests that it refused, too. */
  remembers: boolean;
  /** How the terminal differs from Swedbank Pay's. */
  vendor: VendorAnswers | undefined;
  /** A request leaves. */
  sent(request: SaleToPOIRequest): void;
  /** The network carries one more copy of it, or one less. */
  underway(request: SaleToPOIRequest, copies: 1 | -1): void;
  /** What the POS gets back, before anything else sees it. */
  replied(request: SaleToPOIRequest, reply: ExchangeResult): void;
  /** A fault that was used. */
  used(fault: string): void;
}

interface Armed {
  fault: NetFault;
  category: Category;
  left: number;
  ms: number;
}

interface Exchange {
  request: SaleToPOIRequest;
  message: Message;
  fault: Armed | undefined;
  /** Nothing more is wanted of it, or has come. */
  over: boolean;
  replied(reply: ExchangeResult): void;
}

/** For how long a kernel sends again what a closed socket had left, in ms. */
const KERNEL = 119_000;

/** A copy of a request on its way: neither there nor dropped yet. */
interface Transit {
  readonly over: boolean;
  cancel(): void;
}

/** The network between one till and its terminal. */
export class Link {
  /** Copies of requests on their way. */
  carried = 0;
  readonly #options: LinkOptions;
  readonly #armed: Armed[] = [];
  #outage: { how: 'unreachable' | 'reset' | 'silence'; until: number } | undefined;
  #renamedUntil = 0;
  readonly #lies: StatusLies;
  /** Logins that arrived when the POS did not wait for them any more. */
  #strayLogins = 0;
  readonly #answers = new Map<string, Extract<ExchangeResult, { type: 'message' }>>();

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#lies = new StatusLies(options);
  }

  arm(fault: NetFault, category: Category, count: number, ms: number): void {
    this.#armed.push({ fault, category, left: count, ms });
  }

  fail(how: 'unreachable' | 'reset' | 'silence', ms: number): void {
    this.#outage = { how, until: this.#options.scheduler.now + ms };
  }

  rename(ms: number): void {
    this.#renamedUntil = this.#options.scheduler.now + ms;
  }

  /** No more faults. */
  calm(): void {
    this.#armed.length = 0;
    this.#outage = undefined;
    this.#renamedUntil = 0;
  }

  /** Sends a request; `replied` is called at most once, later. Returns how to give it up. */
  send(message: Message, replied: (reply: ExchangeResult) => void): () => void {
    if (!('SaleToPOIRequest' in message)) throw new TypeError('only requests are sent');
    const request = message.SaleToPOIRequest;
    const { scheduler, random } = this.#options;
    const fault = this.#faultFor(request.MessageHeader);
    const exchange: Exchange = { request, message, fault, over: false, replied };
    this.#options.sent(request);
    const outage = this.#outage !== undefined && scheduler.now < this.#outage.until ? this.#outage.how : undefined;
    let transit: Transit | undefined;
    if (outage !== undefined) this.#lose(exchange, outage);
    else transit = this.#transmit(exchange);
    return () => {
      exchange.over = true;
      if (fault?.fault === 'lateAfterGiveUp') this.#giveUp(exchange, transit);
      else if (fault?.fault === 'twice') transit?.cancel();
      else if (random.chance(0.5)) transit?.cancel();
    };
  }

  /** Its socket is closed, or its process gone; the kernel still sends the bytes without acknowledgement. */
  #giveUp(exchange: Exchange, transit: Transit | undefined): void {
    if (transit?.over !== false) return;
    transit.cancel();
    this.#deliver(exchange, this.#options.random.between(1_000, KERNEL), true);
  }

  #faultFor(header: MessageHeader): Armed | undefined {
    const index = this.#armed.findIndex(({ category }) => category === 'any' || category === header.MessageCategory);
    const armed = this.#armed[index];
    if (armed === undefined) return undefined;
    if (--armed.left <= 0) this.#armed.splice(index, 1);
    return armed;
  }

  #lose(exchange: Exchange, how: 'unreachable' | 'reset' | 'silence'): void {
    const { random } = this.#options;
    this.#options.used(`outage ${how}`);
    if (how === 'unreachable') return this.#settle(exchange, { type: 'unreachable', reason: 'refused' }, 20);
    if (random.chance(0.5)) this.#deliver(exchange, random.between(1, 20), true);
    if (how === 'reset') this.#settle(exchange, { type: 'lost', reason: 'connection reset' }, random.between(1, 2_000));
  }

  /** @returns what may still be called back while it is on its way */
  #transmit(exchange: Exchange): Transit | undefined {
    const { random, latest } = this.#options;
    const transit = random.between(1, 20);
    const { fault } = exchange;
    const late = Math.min(fault?.ms ?? 0, latest);
    switch (fault?.fault) {
      case 'unreachable':
        this.#used(fault);
        this.#settle(exchange, { type: 'unreachable', reason: 'refused' }, transit);
        return undefined;
      case 'resetBefore':
        this.#used(fault);
        this.#settle(exchange, { type: 'lost', reason: 'connection reset' }, transit);
        return undefined;
      case 'silentRequest':
        this.#used(fault);
        return undefined;
      case 'lateRequest':
        this.#used(fault);
        this.#deliver(exchange, late);
        return undefined;
      case 'lostButLate':
        this.#used(fault);
        this.#settle(exchange, { type: 'lost', reason: 'connection reset' }, transit);
        this.#deliver(exchange, Math.max(late, transit), true);
        return undefined;
      case 'resetAfter':
        this.#used(fault);
        this.#deliver(exchange, transit, true);
        this.#settle(exchange, { type: 'lost', reason: 'connection reset' }, transit + 1);
        return undefined;
      case 'lateAfterGiveUp':
        this.#used(fault);
        return this.#deliver(exchange, fault.ms);
      case 'lateRelay':
        this.#used(fault);
        if (random.chance(0.7))
          this.#settle(exchange, { type: 'lost', reason: 'HTTP 504' }, random.between(50, 30_000));
        this.#deliver(exchange, fault.ms, true);
        return undefined;
      case 'twice':
        this.#used(fault);
        return this.#twice(exchange, transit, fault.ms);
      default:
        return this.#deliver(exchange, transit);
    }
  }

  #used({ fault }: Armed): void {
    this.#options.used(fault);
  }

  /** `deaf`: the answer reaches nobody. */
  #deliver(exchange: Exchange, ms: number, deaf = false): Transit {
    return this.#carry(exchange, ms, () => {
      this.#receive(exchange, (answer) => {
        if (!deaf) this.#answered(exchange, answer);
      });
      if (exchange.fault?.fault !== 'duplicate') return;
      this.#used(exchange.fault);
      this.#receive(exchange, () => undefined);
    });
  }

  /** One copy of a request on its way, until it is there or is dropped. */
  #carry({ request }: Exchange, ms: number, arrives: () => void): Transit {
    const { scheduler, underway } = this.#options;
    let over = false;
    const end = () => {
      if (over) return;
      over = true;
      this.carried--;
      underway(request, -1);
    };
    this.carried++;
    underway(request, 1);
    const timer = scheduler.after(ms, () => {
      end();
      arrives();
    });
    const cancel = () => {
      end();
      timer.cancel();
    };
    return {
      get over() {
        return over;
      },
      cancel,
    };
  }

  /**
   * A relay sends it again where no answer has passed it by then, and the POS still waits. Whichever answer comes first is
   * passed on. Each login lets ServiceIDs be used anew: what a relay repeats for nobody, or after a login that was lost on
   * the way for a while, no POS can prevent.
   *
   * @returns the second copy
   */
  #twice(exchange: Exchange, transit: number, gap: number): Transit {
    const { random } = this.#options;
    const firstIsLost = random.chance(0.3);
    let passed = false;
    const pass = (answer: TerminalAnswer) => {
      if (passed) return;
      passed = true;
      copy.cancel();
      this.#answered(exchange, answer);
    };
    this.#carry(exchange, transit, () => this.#receive(exchange, (answer) => firstIsLost || pass(answer)));
    const strayLogins = this.#strayLogins;
    const copy = this.#carry(exchange, transit + gap, () => {
      if (this.#strayLogins !== strayLogins) return;
      this.#receive(exchange, (answer) => pass(this.#secondReversal(exchange, answer)));
    });
    return copy;
  }

  /** A terminal that keeps no ServiceIDs finds a reversal done, or its payment not the last any more. */
  #secondReversal({ request }: Exchange, answer: TerminalAnswer): TerminalAnswer {
    const said = answer.type === 'message' && 'SaleToPOIResponse' in answer.message ? answer.message : undefined;
    if (said?.SaleToPOIResponse.ReversalResponse?.Response.ErrorCondition !== 'MessageFormat') return answer;
    const condition = this.#options.random.pick(['NotFound', 'NotAllowed'] as const);
    return refusal(request, failedResponse(condition, 'There is nothing to reverse'), noTransaction);
  }

  #receive({ request, message, fault, over }: Exchange, respond: (answer: TerminalAnswer) => void): void {
    const { device, bytes, scheduler } = this.#options;
    if (request.LoginRequest && (over || fault?.fault === 'lateRequest')) this.#strayLogins++;
    const asked = request.TransactionStatusRequest;
    if (scheduler.now < this.#renamedUntil || request.MessageHeader.POIID !== this.#options.poiId) {
      this.#options.used('renamed');
      const answer = refusal(request, failedResponse('Refusal', 'This POIID is not served here'), noTransaction);
      return respond(answer.type === 'empty' ? { type: 'drop' } : answer);
    }
    const instead = this.#options.vendor?.instead(request);
    if (instead !== undefined) return respond({ type: 'message', message: { SaleToPOIResponse: instead } });
    const stripped: Message | undefined =
      fault?.fault === 'statusLast' && asked?.MessageReference !== undefined
        ? { SaleToPOIRequest: { MessageHeader: request.MessageHeader, TransactionStatusRequest: {} } }
        : undefined;
    if (stripped !== undefined && fault !== undefined) this.#used(fault);
    const arriving = stripped ?? message;
    device.receive(bytes ? throughWire(arriving) : arriving, respond);
  }

  #answered(exchange: Exchange, answer: TerminalAnswer): void {
    const { random, bytes } = this.#options;
    const { fault, request } = exchange;
    const transit = random.between(1, 20);
    const own = receivedBy(answer, bytes);
    const vendors = this.#options.vendor?.answer(request, own) ?? own;
    const reply = this.#lies.status(request, fault?.fault, this.#lies.remembered(request, vendors));
    if (fault?.fault === 'silentResponse') return this.#used(fault);
    if (fault?.fault === 'lateResponse') {
      this.#used(fault);
      return this.#settle(exchange, reply, fault.ms);
    }
    const category = request.MessageHeader.MessageCategory;
    const spoilt = fault && spoil(reply, fault.fault, this.#answers.get(category));
    if (spoilt !== undefined && fault !== undefined) this.#used(fault);
    if (reply.type === 'message') this.#answers.set(category, reply);
    this.#settle(exchange, spoilt ?? reply, transit);
  }

  #settle(exchange: Exchange, reply: ExchangeResult, ms: number): void {
    this.#options.scheduler.after(ms, () => {
      if (exchange.over) return;
      exchange.over = true;
      this.#options.replied(exchange.request, reply);
      exchange.replied(reply);
    });
  }
}
