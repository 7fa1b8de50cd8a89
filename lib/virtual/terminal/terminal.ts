import type { Clock } from '../../clock.ts';
import type { Message, MessageHeader, Nexo } from '../../protocol/types.ts';
import { Customer, inputResponse, question } from '../customer/customer.ts';
import { PosNotifier } from '../pos/pos-notifier.ts';
import type { Event } from '../pos/terminal-messages.ts';
import { type Printout, printout } from '../receipts/printout.ts';
import { ActiveRequest } from './active-request.ts';
import { CardReading, isContinue } from './card-acquisition.ts';
import { InstantReplies } from './instant-replies.ts';
import { MaintenanceMode } from './maintenance.ts';
import { isTransaction, refersTo } from './message-headers.ts';
import { ReconciliationTotals } from './reconciliation-totals.ts';
import { failedResponse, type Respond, response, type TerminalAnswer } from './responses.ts';
import type { ScenarioName } from './scenarios.ts';
import { terminalIdOf } from './terminal-numbers.ts';
import type { VirtualTerminalOptions } from './terminal-options.ts';
import { Ledger } from './transaction-records.ts';
import { Transactions } from './transactions.ts';

export type { Timings, VirtualTerminalOptions } from './terminal-options.ts';

interface Session {
  number: number;
  saleId: string;
  serviceIds: Set<string>;
}

type Request = Nexo<'SaleToPOIRequest'>;

/** How many printouts are kept. */
const PRINTOUTS = 50;

/**
 * A Swedbank Pay PAX terminal as its documentation describes it (`pax-terminal/Nexo-Retailer`), rules only: messages
 * in, answers out by callback, all time from a clock. Every call of `receive` gets exactly one answer, at once or later.
 */
export class VirtualTerminal {
  /** The money it moved. */
  readonly ledger: Ledger;
  readonly poiId: string;
  /** Who answers the questions of the POS. */
  readonly customer = new Customer();
  readonly #clock: Clock;
  readonly #options: VirtualTerminalOptions;
  readonly #desk: InstantReplies;
  readonly #service: CardReading;
  readonly #talk: PosNotifier;
  readonly #maintenance: MaintenanceMode;
  readonly #transactions: Transactions;
  readonly #totals: ReconciliationTotals;
  readonly #work = new ActiveRequest();
  #session: Session | undefined;
  #sessions = 0;
  #screen: readonly string[] = [];
  #printouts: readonly Printout[] = [];

  constructor(options: VirtualTerminalOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.poiId = options.poiId;
    this.#desk = new InstantReplies({ serial: options.serial ?? `1710${terminalIdOf(options.poiId)}` });
    this.#talk = new PosNotifier(options);
    this.#service = new CardReading({
      clock: options.clock,
      talk: this.#talk,
      display: (lines) => {
        this.#screen = lines;
      },
      pinTime: () => (options.delay ?? 1500) * 0.8,
    });
    this.#maintenance = new MaintenanceMode(this.#clock, (event) => this.#talk.notify(event), options.maintenance);
    this.#transactions = new Transactions(options, {
      service: this.#service,
      talk: this.#talk,
      work: this.#work,
      session: () => this.#sessions,
      forget: (serviceId) => this.#session?.serviceIds.delete(serviceId),
      reboot: () => this.reboot(),
      rest: () => this.#rest(),
    });
    this.ledger = new Ledger(this.#transactions.records);
    this.#totals = new ReconciliationTotals(this.#transactions.records);
  }

  /** Scenarios for the next payments, reversals and cards, one each; they come before transaction ids and amounts. */
  script(names: readonly ScenarioName[]): void {
    this.#transactions.script(names);
  }

  /** The SaleTransactionID of the card that was read in advance, which the next PaymentRequest charges, whoever's it is. */
  get cardReadFor(): string | undefined {
    return this.#service.card?.saleData.SaleTransactionID.TransactionID;
  }

  /**
   * What is on the customer's display: what the POS has put there, until the next request takes it away, and where a card
   * is read in advance what the terminal says itself, in the language of the login.
   */
  get screen(): readonly string[] {
    return this.#screen;
  }

  /** What the POS has printed here, the newest last, at most 50. */
  get printouts(): readonly Printout[] {
    return this.#printouts;
  }

  /** An event for the POS, if it listens. */
  notify(event: Event): void {
    this.#talk.notify(event);
  }

  /** Reports a message that was refused unread. What may hold a card's number is not sent around again. */
  reject(bytes: Uint8Array, reason: string): void {
    const copy = Buffer.from(bytes);
    const secret = /sensitive|track|\bPAN\b/i.test(copy.toString('latin1'));
    this.notify({ name: 'Reject', details: reason, ...(secret ? {} : { rejected: copy.toString('base64') }) });
  }

  /** There is an update, which takes `ms` (5000) to install: the POS is told, and has to log out so that it can be made. */
  requireMaintenance(ms?: number): void {
    this.#maintenance.require(ms);
  }

  /** What the Save button in the terminal's admin menu does, and a new address: the POS is told where the terminal is. */
  announceAddress(address: { ip: string; port: number }): void {
    this.#talk.announce(address);
  }

  /** Takes a decoded request for this POIID. Anything but a request has no answer in nexo, so HTTP says 204. */
  receive(message: Message, respond: Respond): void {
    if (!('SaleToPOIRequest' in message)) {
      respond({ type: 'empty' });
      return this.#talk.hear(message);
    }
    const request = message.SaleToPOIRequest;
    const { MessageHeader: header } = request;
    if (request.EventNotification) return respond({ type: 'empty' });
    if (request.AbortRequest) return this.#abort(request.AbortRequest.MessageReference, header, respond);
    if (request.LoginRequest) return this.#login(request, request.LoginRequest, respond);
    const objection = this.#objection(request);
    if (objection) return respond(this.#transactions.refuse(request, objection));
    this.#take(request, respond);
  }

  /** Power off and on: the session and what is running are gone, what is finished stays. */
  reboot(): void {
    this.#session = undefined;
    this.#service.reset();
    this.#talk.off();
    this.#maintenance.stop();
    this.#screen = [];
    this.#work.drop();
  }

  /** Power off: drops every open connection and leaves no timer. */
  close(): void {
    this.reboot();
    this.#transactions.drop();
  }

  /** Why a request cannot be taken now, or undefined; then its ServiceID is used up. */
  #objection(request: Request): Nexo<'Response'> | undefined {
    const { MessageHeader: header, TransactionStatusRequest } = request;
    const session = this.#session;
    if (!session) return failedResponse('NotAllowed', 'There is no login session: log in first');
    if (header.SaleID !== session.saleId)
      return failedResponse('NotAllowed', 'The SaleID is not the one that logged in: keep it throughout the session');
    if (!TransactionStatusRequest && (this.#work.running || this.#clock.now() < this.#work.busyUntil))
      return failedResponse('Busy', 'The terminal is busy: wait and try again');
    const unfit = this.#service.objection(request);
    if (unfit || header.MessageClass !== 'Service') return unfit;
    if (header.ServiceID === undefined) return failedResponse('MessageFormat', 'A ServiceID is required');
    if (session.serviceIds.has(header.ServiceID))
      return failedResponse('MessageFormat', 'The ServiceID was used before in this login session');
    session.serviceIds.add(header.ServiceID);
    return undefined;
  }

  #take(request: Request, respond: Respond): void {
    const { MessageHeader: header } = request;
    if (!request.TransactionStatusRequest && !request.InputRequest && !isContinue(request)) this.#screen = [];
    if (request.TransactionStatusRequest) {
      const status = this.#status(header, request.TransactionStatusRequest.MessageReference);
      respond(message(response(header, { TransactionStatusResponse: status })));
    } else if (request.PaymentRequest) this.#transactions.pay(request, request.PaymentRequest, respond);
    else if (request.ReversalRequest) this.#transactions.reverse(request, request.ReversalRequest, respond);
    else if (request.CardAcquisitionRequest)
      this.#transactions.acquire(request, request.CardAcquisitionRequest, respond);
    else if (request.InputRequest) this.#ask(request, request.InputRequest, respond);
    else if (request.LogoutRequest) this.#logout(header, request.LogoutRequest, respond);
    else if (request.EnableServiceRequest) this.#enable(header, request.EnableServiceRequest, respond);
    else this.#serve(request, respond);
  }

  /** What is answered at once. */
  #serve(request: Request, respond: Respond): void {
    const { MessageHeader: header, GetTotalsRequest, ReconciliationRequest } = request;
    const answer = (bodies: Parameters<typeof response>[1]) => respond(message(response(header, bodies)));
    if (GetTotalsRequest) return answer({ GetTotalsResponse: this.#totals.get(GetTotalsRequest, this.poiId) });
    if (ReconciliationRequest) return answer({ ReconciliationResponse: this.#totals.reconcile(ReconciliationRequest) });
    if (isContinue(request)) this.#service.proceed();
    else this.#output(request);
    respond(this.#desk.answer(request));
    // "Sends a status report to TMS to trigger possible program or parameter update": what is due is announced.
    if (request.AdminRequest) this.#maintenance.announce();
  }

  #enable(header: MessageHeader, body: Nexo<'EnableServiceRequest'>, respond: Respond): void {
    const aborted = body.TransactionAction === 'AbortTransaction' && !this.#service.closed;
    respond(message(response(header, { EnableServiceResponse: { Response: this.#service.enable(body) } })));
    if (!aborted) return;
    this.#service.abort();
    this.#rest();
  }

  #login(request: Request, body: Nexo<'LoginRequest'>, respond: Respond): void {
    const { MessageHeader: header } = request;
    if (this.#maintenance.underWay)
      return respond(
        this.#transactions.refuse(request, failedResponse('Busy', 'The terminal is being updated: wait and try again')),
      );
    this.#talk.cut();
    // A login resets the terminal, but what the host has already decided cannot be taken back.
    const running = this.#work.running;
    if (running && !running.decided) running.abort();
    this.#sessions += 1;
    const serviceIds = new Set(header.ServiceID === undefined ? [] : [header.ServiceID]);
    this.#session = { number: this.#sessions, saleId: header.SaleID, serviceIds };
    this.#work.busyUntil = this.#clock.now() + (this.#options.busyAfterLogin ?? 0);
    this.#service.reset(body.OperatorLanguage);
    this.#screen = [];
    this.#talk.login(header.SaleID, body);
    respond(message(response(header, { LoginResponse: this.#desk.welcome(this.#clock.now()) })));
    this.#talk.show('pleaseWait');
    this.#maintenance.announce();
    this.#rest();
  }

  #logout(header: MessageHeader, body: Nexo<'LogoutRequest'>, respond: Respond): void {
    this.#session = undefined;
    this.#talk.logout();
    respond(message(response(header, { LogoutResponse: { Response: { Result: 'Success' } } })));
    if (body.MaintenanceAllowed) this.#maintenance.begin();
  }

  /** Welcomes the next customer, as soon as the terminal is ready for one. */
  #rest(): void {
    if (this.#session && !this.#work.running) this.#talk.rest(this.#work.busyUntil - this.#clock.now());
  }

  /** An abort is a request: the answer to what it names tells what became of it. */
  #abort(reference: Nexo<'MessageReference'>, header: MessageHeader, respond: Respond): void {
    const running = this.#work.running;
    const meant = running && !running.decided && header.SaleID === running.header.SaleID;
    respond({ type: 'empty' });
    if (meant && refersTo(reference, running.header)) running.abort();
  }

  #status(header: MessageHeader, reference?: Nexo<'MessageReference'>): Nexo<'TransactionStatusResponse'> {
    const wanted = { SaleID: header.SaleID, POIID: this.poiId, ...reference };
    const running = this.#work.running?.header;
    if (running && isTransaction(running) && refersTo(wanted, running))
      return { Response: failedResponse('Busy', 'The transaction is still running') };
    const found = wanted.POIID === this.poiId ? this.#transactions.records.find(wanted) : undefined;
    if (!found) return { Response: failedResponse('NotFound', 'There is no such transaction') };
    return {
      Response: { Result: 'Success' },
      RepeatedMessageResponse: { MessageHeader: found.header, ...found.body },
    };
  }

  #ask(request: Request, body: Nexo<'InputRequest'>, respond: Respond): void {
    const before = this.#screen;
    const end = (answer: TerminalAnswer) => {
      this.#work.running = undefined;
      this.#screen = before;
      respond(answer);
    };
    const running = this.#work.start(request.MessageHeader, this.#sessions, respond, () => {
      running.timer?.cancel();
      end(this.#transactions.refuse(request, failedResponse('Aborted', 'Aborted by the POS')));
    });
    this.#screen = question(body);
    const answer = this.customer.next(body);
    const { MaxInputTime } = body.InputData;
    const patience = MaxInputTime === undefined ? (this.#options.inputTime ?? 30_000) : MaxInputTime * 1000;
    running.timer = this.#clock.after(answer === 'nobody' ? patience : (this.#options.delay ?? 1500), () =>
      end(message(response(request.MessageHeader, { InputResponse: inputResponse(body, answer) }))),
    );
  }

  /** What the POS shows and prints here. */
  #output({ DisplayRequest, PrintRequest }: Request): void {
    if (DisplayRequest)
      this.#screen = DisplayRequest.DisplayOutput.flatMap(({ OutputContent }) =>
        (OutputContent.OutputText ?? []).map(({ Text }) => Text),
      );
    if (PrintRequest) this.#printouts = [...this.#printouts, printout(PrintRequest.PrintOutput)].slice(-PRINTOUTS);
  }
}

function message(content: Message): TerminalAnswer {
  return { type: 'message', message: content };
}
