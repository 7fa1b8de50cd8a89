import { NexoError } from '../protocol/errors.ts';
import type { Message, MessageHeader, Nexo } from '../protocol/types.ts';
import { type Answer, failed, type Respond, refusal, response } from './answers.ts';
import type { TestCard } from './cards.ts';
import type { Clock, Timer } from './clock.ts';
import { Desk } from './desk.ts';
import { deliver } from './faults.ts';
import { answered, isTransaction, refersTo } from './headers.ts';
import { Numbers } from './numbers.ts';
import { type Order, readOrder, settle, withoutCard } from './payment.ts';
import { Ledger, type Movement, Records, type TransactionRecord } from './records.ts';
import { reverse } from './reversal.ts';
import { type Scenario, type ScenarioName, scenarioFor, scenarios } from './scenarios.ts';

/** How fast and how patient a virtual terminal is, all in milliseconds. */
export interface Timings {
  /** From a payment request to its answer. Default 1500; a fifth of it is the authorisation, which no abort stops. */
  delay?: number;
  /** Busy for this long after a login. Default 0. */
  busyAfterLogin?: number;
  /** Busy for this long after a payment. Default 0. */
  busyAfterPayment?: number;
  /** How late an answer is that is late. Default 30,000. */
  lateness?: number;
}

export interface TerminalOptions extends Timings {
  poiId: string;
  clock: Clock;
  /** Transactions from before, oldest first. */
  records?: readonly TransactionRecord[];
  /** Keeps a transaction for good, before the POS is told. */
  keep?: (record: TransactionRecord) => void;
  /** How many transactions it remembers, at least. Default 1000. */
  memory?: number;
}

interface Session {
  number: number;
  saleId: string;
  serviceIds: Set<string>;
}

/** A request that is being worked on: the one that everything but Abort, Login and TransactionStatus waits for. */
interface Running {
  header: MessageHeader;
  /** Number of the login session it came in. */
  session: number;
  respond: Respond;
  /** What it does next. */
  timer: Timer | undefined;
  /** Past the point of no return: the host decides now, an abort comes too late. */
  decided: boolean;
  abort: () => void;
}

type Request = Nexo<'SaleToPOIRequest'>;

/**
 * A Swedbank Pay PAX terminal as its documentation describes it (`pax-terminal/Nexo-Retailer`), rules only: messages
 * in, answers out by callback, all time from a clock. Every call of `receive` gets exactly one answer, at once or later.
 */
export class VirtualTerminal {
  /** The money it moved. */
  readonly ledger: Ledger;
  readonly poiId: string;
  readonly #clock: Clock;
  readonly #options: TerminalOptions;
  readonly #records: Records;
  readonly #desk: Desk;
  readonly #script: ScenarioName[] = [];
  readonly #late = new Map<Respond, Timer>();
  readonly #numbers: Numbers;
  #session: Session | undefined;
  #sessions = 0;
  #running: Running | undefined;
  #busyUntil = 0;

  constructor(options: TerminalOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.poiId = options.poiId;
    this.#numbers = new Numbers(options.poiId);
    this.#records = new Records(options.memory ?? 1000);
    this.#desk = new Desk({ serial: `1710${this.#numbers.terminalId}` });
    this.ledger = new Ledger(this.#records);
    for (const record of options.records ?? []) this.#remember(record);
  }

  /** Scenarios for the next payments and reversals, one each; they come before transaction ids and magic amounts. */
  script(names: readonly ScenarioName[]): void {
    this.#script.push(...names);
  }

  /** Takes a decoded request for this POIID. Anything but a request has no answer in nexo, so HTTP says 204. */
  receive(message: Message, respond: Respond): void {
    if (!('SaleToPOIRequest' in message)) return respond({ type: 'empty' });
    const request = message.SaleToPOIRequest;
    const { MessageHeader: header } = request;
    if (request.EventNotification) return respond({ type: 'empty' });
    if (request.AbortRequest) return this.#abort(request.AbortRequest.MessageReference, header, respond);
    if (request.LoginRequest) return this.#login(header, respond);
    const objection = this.#objection(request);
    if (objection) return respond(this.#refuse(request, objection));
    this.#work(request, respond);
  }

  /** Power off and on: the session and what is running are gone, what is finished stays. */
  reboot(): void {
    const running = this.#running;
    this.#running = undefined;
    this.#session = undefined;
    this.#busyUntil = 0;
    this.#desk.reset();
    running?.timer?.cancel();
    running?.respond({ type: 'drop' });
  }

  /** Power off: drops every open connection and leaves no timer. */
  close(): void {
    this.reboot();
    for (const [respond, timer] of this.#late) {
      timer.cancel();
      respond({ type: 'drop' });
    }
    this.#late.clear();
  }

  #refuse(request: Request, why: Nexo<'Response'>): Answer {
    return refusal(request, why, () => ({ POITransactionID: this.#numbers.next(this.#clock.now()) }));
  }

  /** Why a request cannot be taken now, or undefined; then its ServiceID is used up. */
  #objection({ MessageHeader: header, TransactionStatusRequest }: Request): Nexo<'Response'> | undefined {
    const session = this.#session;
    if (!session) return failed('NotAllowed', 'There is no login session: log in first');
    if (header.SaleID !== session.saleId)
      return failed('NotAllowed', 'The SaleID is not the one that logged in: keep it throughout the session');
    if (!TransactionStatusRequest && (this.#running || this.#clock.now() < this.#busyUntil))
      return failed('Busy', 'The terminal is busy: wait and try again');
    if (header.MessageClass !== 'Service') return undefined;
    if (header.ServiceID === undefined) return failed('MessageFormat', 'A ServiceID is required');
    if (session.serviceIds.has(header.ServiceID))
      return failed('MessageFormat', 'The ServiceID was used before in this login session');
    session.serviceIds.add(header.ServiceID);
    return undefined;
  }

  #work(request: Request, respond: Respond): void {
    const { MessageHeader: header } = request;
    if (request.TransactionStatusRequest) {
      const status = this.#status(header, request.TransactionStatusRequest.MessageReference);
      respond(message(response(header, { TransactionStatusResponse: status })));
    } else if (request.PaymentRequest) this.#pay(request, request.PaymentRequest, respond);
    else if (request.ReversalRequest) this.#reverse(request, request.ReversalRequest, respond);
    else if (request.CardAcquisitionRequest) this.#acquire(header, request.CardAcquisitionRequest, respond);
    else if (request.InputRequest) this.#ask(request, respond);
    else if (request.LogoutRequest) {
      this.#session = undefined;
      respond(message(response(header, { LogoutResponse: { Response: { Result: 'Success' } } })));
    } else respond(this.#desk.answer(request));
  }

  #login(header: MessageHeader, respond: Respond): void {
    // A login resets the terminal, but what the host has already decided cannot be taken back.
    const running = this.#running;
    if (running && !running.decided) running.abort();
    this.#sessions += 1;
    const serviceIds = new Set(header.ServiceID === undefined ? [] : [header.ServiceID]);
    this.#session = { number: this.#sessions, saleId: header.SaleID, serviceIds };
    this.#busyUntil = this.#clock.now() + (this.#options.busyAfterLogin ?? 0);
    this.#desk.reset();
    respond(message(response(header, { LoginResponse: this.#desk.welcome(this.#clock.now()) })));
  }

  /** An abort is a request: the answer to what it names tells what became of it. */
  #abort(reference: Nexo<'MessageReference'>, header: MessageHeader, respond: Respond): void {
    const running = this.#running;
    const meant = running && !running.decided && header.SaleID === running.header.SaleID;
    respond({ type: 'empty' });
    if (meant && refersTo(reference, running.header)) running.abort();
  }

  #status(header: MessageHeader, reference?: Nexo<'MessageReference'>): Nexo<'TransactionStatusResponse'> {
    const wanted = { SaleID: header.SaleID, POIID: this.poiId, ...reference };
    const running = this.#running?.header;
    if (running && isTransaction(running) && refersTo(wanted, running))
      return { Response: failed('Busy', 'The transaction is still running') };
    const found = wanted.POIID === this.poiId ? this.#records.find(wanted) : undefined;
    if (!found) return { Response: failed('NotFound', 'There is no such transaction') };
    return {
      Response: { Result: 'Success' },
      RepeatedMessageResponse: { MessageHeader: found.header, ...found.body },
    };
  }

  #pay(request: Request, body: Nexo<'PaymentRequest'>, respond: Respond): void {
    const { MessageHeader: header } = request;
    let order: Order;
    try {
      order = readOrder(body);
    } catch (error) {
      if (!(error instanceof NexoError)) throw error;
      const condition = error.code === 'UnavailableService' ? error.code : 'MessageFormat';
      return respond(this.#refuse(request, failed(condition, error.message)));
    }
    const { TransactionID } = order.saleData.SaleTransactionID;
    const name = this.#script.shift() ?? scenarioFor(TransactionID, order.minor, order.digits);
    const scenario: Scenario = scenarios[name];
    if (this.#prevented(request, scenario, respond)) return;
    const card = this.#desk.takeCard();
    const running = this.#start(header, respond, () => {
      const till = this.#numbers.till(this.#clock.now(), card);
      const aborted = withoutCard(order, failed('Aborted', 'Aborted by the POS'), till);
      this.#finish(running, { header: answered(header), body: { PaymentResponse: aborted } });
    });
    this.#disconnect(running, scenario);
    const wait = scenario.wait ?? (card ? 0 : this.#delay - this.#authorisation);
    running.timer = this.#clock.after(wait, () => {
      if (scenario.fault === 'reboot') return this.reboot();
      running.decided = true;
      running.timer = this.#clock.after(this.#authorisation, () => this.#settle(running, order, scenario, card));
    });
  }

  #settle(running: Running, order: Order, scenario: Scenario, card: TestCard | undefined): void {
    const till = this.#numbers.till(this.#clock.now(), card);
    const { response: PaymentResponse, authorised } = settle(order, scenario, till);
    const moved: Movement | undefined =
      authorised === undefined
        ? undefined
        : {
            session: running.session,
            serviceId: running.header.ServiceID ?? '',
            transactionId: order.saleData.SaleTransactionID.TransactionID,
            poiTransactionId: till.poiTransaction.TransactionID,
            paymentType: order.paymentType,
            amount: authorised,
            currency: order.currency,
            reversed: false,
          };
    const record = { header: answered(running.header), body: { PaymentResponse }, ...(moved ? { moved } : {}) };
    this.#finish(running, record, scenario);
  }

  #reverse(request: Request, body: Nexo<'ReversalRequest'>, respond: Respond): void {
    const { MessageHeader: header } = request;
    const scenario: Scenario = scenarios[this.#script.shift() ?? 'approved'];
    if (this.#prevented(request, scenario, respond)) return;
    const running = this.#start(header, respond, () => {});
    this.#disconnect(running, scenario);
    if (scenario.fault === 'reboot') return this.reboot();
    running.decided = true;
    running.timer = this.#clock.after(this.#authorisation, () => {
      const outcome = reverse(body, this.#records, { now: this.#clock.now(), poiId: this.poiId }, scenario);
      this.#finish(running, { header: answered(header), ...outcome }, scenario);
    });
  }

  #acquire(header: MessageHeader, request: Nexo<'CardAcquisitionRequest'>, respond: Respond): void {
    const end = (CardAcquisitionResponse: Nexo<'CardAcquisitionResponse'>) =>
      this.#finish(running, { header: answered(header), body: { CardAcquisitionResponse } });
    const running = this.#start(header, respond, () =>
      end(this.#desk.noCard(request, this.#numbers.next(this.#clock.now()), failed('Aborted', 'Aborted by the POS'))),
    );
    running.timer = this.#clock.after(this.#delay, () => {
      const poiTransaction = this.#numbers.next(this.#clock.now());
      end(this.#desk.readCard(request, poiTransaction, this.#numbers.card()));
    });
  }

  #ask(request: Request, respond: Respond): void {
    const running = this.#start(request.MessageHeader, respond, () => {
      this.#running = undefined;
      running.timer?.cancel();
      respond(this.#refuse(request, failed('Aborted', 'Aborted by the POS')));
    });
    running.timer = this.#clock.after(this.#delay, () => {
      this.#running = undefined;
      respond(this.#desk.answer(request));
    });
  }

  #start(header: MessageHeader, respond: Respond, abort: () => void): Running {
    const running: Running = { header, session: this.#sessions, respond, timer: undefined, decided: false, abort };
    this.#running = running;
    return running;
  }

  /** On record first, then told: in this order the terminal never forgets what the POS has heard. */
  #finish(running: Running, record: TransactionRecord, scenario?: Scenario): void {
    running.timer?.cancel();
    this.#running = undefined;
    this.#options.keep?.(record);
    this.#remember(record);
    this.#busyUntil = this.#clock.now() + (this.#options.busyAfterPayment ?? 0);
    if (scenario?.fault === 'rebootAfterApproval') this.reboot();
    const answer = deliver(response(running.header, record.body as Parameters<typeof response>[1]), scenario?.fault);
    if (scenario?.fault !== 'late') return running.respond(answer);
    const { respond } = running;
    const timer = this.#clock.after(this.#options.lateness ?? 30_000, () => {
      this.#late.delete(respond);
      respond(answer);
    });
    this.#late.set(respond, timer);
  }

  #remember(record: TransactionRecord): void {
    this.#records.add(record);
    this.#numbers.seen(record);
  }

  /** Scenarios in which the request does not even start. */
  #prevented(request: Request, scenario: Scenario, respond: Respond): boolean {
    if (scenario.fault === 'busy')
      respond(this.#refuse(request, failed('Busy', 'The terminal is busy: wait and try again')));
    else if (scenario.fault === 'lostRequest') {
      this.#session?.serviceIds.delete(request.MessageHeader.ServiceID ?? '');
      respond({ type: 'drop' });
    } else return false;
    return true;
  }

  #disconnect(running: Running, scenario: Scenario): void {
    if (scenario.fault !== 'disconnect') return;
    running.respond({ type: 'drop' });
    running.respond = () => {};
  }

  get #delay(): number {
    return this.#options.delay ?? 1500;
  }

  get #authorisation(): number {
    return Math.floor(this.#delay / 5);
  }
}

function message(content: Message): Answer {
  return { type: 'message', message: content };
}
