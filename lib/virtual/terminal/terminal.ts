import type { Clock } from '../../clock.ts';
import type { Message, MessageHeader, Nexo } from '../../protocol/types.ts';
import { Customer, inputResponse, questionLines } from '../customer/customer.ts';
import { PosNotifier } from '../pos/pos-notifier.ts';
import type { TerminalEvent } from '../pos/terminal-messages.ts';
import { type Printout, printout } from '../receipts/printout.ts';
import { ActiveRequest } from './active-request.ts';
import { CardReading, isContinueProcessing } from './card-acquisition.ts';
import { InstantReplies } from './instant-replies.ts';
import { MaintenanceMode } from './maintenance.ts';
import { isTransaction, matchesReference } from './message-headers.ts';
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

/** Maximum number of printouts that are kept. */
const MAX_PRINTOUTS = 50;

/**
 * A Swedbank Pay PAX terminal according to its documentation (`pax-terminal/Nexo-Retailer`). Without I/O: messages in,
 * answers by callback, time from a clock.
 */
export class VirtualTerminal {
  /** The money it moved. */
  readonly ledger: Ledger;
  readonly poiId: string;
  /** The customer, who answers input requests. */
  readonly customer = new Customer();
  readonly #clock: Clock;
  readonly #options: VirtualTerminalOptions;
  readonly #instantReplies: InstantReplies;
  readonly #cardReading: CardReading;
  readonly #notifier: PosNotifier;
  readonly #maintenance: MaintenanceMode;
  readonly #transactions: Transactions;
  readonly #totals: ReconciliationTotals;
  readonly #active = new ActiveRequest();
  #session: Session | undefined;
  #sessions = 0;
  #screen: readonly string[] = [];
  #printouts: readonly Printout[] = [];

  constructor(options: VirtualTerminalOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.poiId = options.poiId;
    this.#instantReplies = new InstantReplies({ serial: options.serial ?? `1710${terminalIdOf(options.poiId)}` });
    this.#notifier = new PosNotifier(options);
    this.#cardReading = new CardReading({
      clock: options.clock,
      notifier: this.#notifier,
      display: (lines) => {
        this.#screen = lines;
      },
      pinTime: () => (options.delay ?? 1500) * 0.8,
    });
    this.#maintenance = new MaintenanceMode(this.#clock, (event) => this.#notifier.notify(event), options.maintenance);
    this.#transactions = new Transactions(options, {
      cardReading: this.#cardReading,
      notifier: this.#notifier,
      active: this.#active,
      session: () => this.#sessions,
      releaseServiceId: (serviceId) => this.#session?.serviceIds.delete(serviceId),
      reboot: () => this.reboot(),
      showIdle: () => this.#showIdle(),
    });
    this.ledger = new Ledger(this.#transactions.records);
    this.#totals = new ReconciliationTotals(this.#transactions.records);
  }

  /** Scripts the scenarios of the next payments, reversals and cards, one each. They override ids and amounts. */
  script(names: readonly ScenarioName[]): void {
    this.#transactions.script(names);
  }

  /** The SaleTransactionID for which a card was read in advance. The next PaymentRequest charges that card. */
  get cardReadFor(): string | undefined {
    return this.#cardReading.card?.saleData.SaleTransactionID.TransactionID;
  }

  /**
   * The lines on the customer's display: those of the POS, until its next request; while a card is read in advance those
   * of the terminal, in the language of the login.
   */
  get screen(): readonly string[] {
    return this.#screen;
  }

  /** The documents printed by the POS, the newest last, at most 50. */
  get printouts(): readonly Printout[] {
    return this.#printouts;
  }

  /** Sends an event to the POS, if it listens. */
  notify(event: TerminalEvent): void {
    this.#notifier.notify(event);
  }

  /** Reports a refused message to the POS (event Reject). A message that may contain a card number is left out. */
  reject(bytes: Uint8Array, reason: string): void {
    const copy = Buffer.from(bytes);
    const secret = /sensitive|track|\bPAN\b/i.test(copy.toString('latin1'));
    this.notify({ name: 'Reject', details: reason, ...(secret ? {} : { rejected: copy.toString('base64') }) });
  }

  /** Makes an update pending and announces it; it is installed after a logout. @param ms its duration, default 5000 */
  requireMaintenance(ms?: number): void {
    this.#maintenance.requireUpdate(ms);
  }

  /** Announces the terminal's address to the POS, as the Save button in the terminal's admin menu does. */
  announceAddress(address: { ip: string; port: number }): void {
    this.#notifier.announce(address);
  }

  /**
   * Handles a decoded message for this POIID. Calls `respond` exactly once, synchronously or later. A message that is not
   * a request is answered with HTTP 204.
   */
  receive(message: Message, respond: Respond): void {
    if (!('SaleToPOIRequest' in message)) {
      respond({ type: 'empty' });
      return this.#notifier.receive(message);
    }
    const request = message.SaleToPOIRequest;
    const { MessageHeader: header } = request;
    if (request.EventNotification) return respond({ type: 'empty' });
    if (request.AbortRequest) return this.#abort(request.AbortRequest.MessageReference, header, respond);
    if (request.LoginRequest) return this.#login(request, request.LoginRequest, respond);
    const objection = this.#objection(request);
    if (objection) return respond(this.#transactions.refuse(request, objection));
    this.#handle(request, respond);
  }

  /** Power off and on: the session and the request in progress end; finished transactions are kept. */
  reboot(): void {
    this.#session = undefined;
    this.#cardReading.reset();
    this.#notifier.powerOff();
    this.#maintenance.stop();
    this.#screen = [];
    this.#active.powerOff();
  }

  /** Power off: drops every open connection. Leaves no timer. */
  close(): void {
    this.reboot();
    this.#transactions.drop();
  }

  /** Why a request is refused; undefined where it is accepted, which uses up its ServiceID. */
  #objection(request: Request): Nexo<'Response'> | undefined {
    const { MessageHeader: header, TransactionStatusRequest } = request;
    const session = this.#session;
    if (!session) return failedResponse('NotAllowed', 'There is no login session: log in first');
    if (header.SaleID !== session.saleId)
      return failedResponse('NotAllowed', 'The SaleID is not the one that logged in: keep it throughout the session');
    if (!TransactionStatusRequest && (this.#active.running || this.#clock.now() < this.#active.busyUntil))
      return failedResponse('Busy', 'The terminal is busy: wait and try again');
    const readingObjection = this.#cardReading.objection(request);
    if (readingObjection || header.MessageClass !== 'Service') return readingObjection;
    if (header.ServiceID === undefined) return failedResponse('MessageFormat', 'A ServiceID is required');
    if (session.serviceIds.has(header.ServiceID))
      return failedResponse('MessageFormat', 'The ServiceID was used before in this login session');
    session.serviceIds.add(header.ServiceID);
    return undefined;
  }

  #handle(request: Request, respond: Respond): void {
    const { MessageHeader: header } = request;
    if (!request.TransactionStatusRequest && !request.InputRequest && !isContinueProcessing(request)) this.#screen = [];
    if (request.TransactionStatusRequest) {
      const status = this.#status(header, request.TransactionStatusRequest.MessageReference);
      respond(message(response(header, { TransactionStatusResponse: status })));
    } else if (request.PaymentRequest) this.#transactions.pay(request, request.PaymentRequest, respond);
    else if (request.ReversalRequest) this.#transactions.reverse(request, request.ReversalRequest, respond);
    else if (request.CardAcquisitionRequest)
      this.#transactions.acquire(request, request.CardAcquisitionRequest, respond);
    else if (request.InputRequest) this.#askCustomer(request, request.InputRequest, respond);
    else if (request.LogoutRequest) this.#logout(header, request.LogoutRequest, respond);
    else if (request.EnableServiceRequest) this.#enable(header, request.EnableServiceRequest, respond);
    else this.#answerAtOnce(request, respond);
  }

  /** Handles the requests that are answered immediately. */
  #answerAtOnce(request: Request, respond: Respond): void {
    const { MessageHeader: header, GetTotalsRequest, ReconciliationRequest } = request;
    const answer = (bodies: Parameters<typeof response>[1]) => respond(message(response(header, bodies)));
    if (GetTotalsRequest) return answer({ GetTotalsResponse: this.#totals.get(GetTotalsRequest, this.poiId) });
    if (ReconciliationRequest) return answer({ ReconciliationResponse: this.#totals.reconcile(ReconciliationRequest) });
    if (isContinueProcessing(request)) this.#cardReading.proceed();
    else this.#output(request);
    respond(this.#instantReplies.answer(request));
    // "Sends a status report to TMS to trigger possible program or parameter update": announces a pending update.
    if (request.AdminRequest) this.#maintenance.announce();
  }

  #enable(header: MessageHeader, body: Nexo<'EnableServiceRequest'>, respond: Respond): void {
    const aborted = body.TransactionAction === 'AbortTransaction' && !this.#cardReading.closed;
    respond(message(response(header, { EnableServiceResponse: { Response: this.#cardReading.enable(body) } })));
    if (!aborted) return;
    this.#cardReading.abort();
    this.#showIdle();
  }

  #login(request: Request, body: Nexo<'LoginRequest'>, respond: Respond): void {
    const { MessageHeader: header } = request;
    if (this.#maintenance.running)
      return respond(
        this.#transactions.refuse(request, failedResponse('Busy', 'The terminal is being updated: wait and try again')),
      );
    this.#notifier.cancel();
    // A login resets the terminal. It does not abort a payment that the host is authorising.
    const running = this.#active.running;
    if (running && !running.committed) running.abort();
    this.#sessions += 1;
    const serviceIds = new Set(header.ServiceID === undefined ? [] : [header.ServiceID]);
    this.#session = { number: this.#sessions, saleId: header.SaleID, serviceIds };
    this.#active.busyUntil = this.#clock.now() + (this.#options.busyAfterLogin ?? 0);
    this.#cardReading.reset(body.OperatorLanguage);
    this.#screen = [];
    this.#notifier.login(header.SaleID, body);
    this.#transactions.login(body.OperatorID);
    respond(message(response(header, { LoginResponse: this.#instantReplies.loginResponse(this.#clock.now()) })));
    this.#notifier.show('pleaseWait');
    this.#maintenance.announce();
    this.#showIdle();
  }

  #logout(header: MessageHeader, body: Nexo<'LogoutRequest'>, respond: Respond): void {
    this.#session = undefined;
    this.#notifier.logout();
    respond(message(response(header, { LogoutResponse: { Response: { Result: 'Success' } } })));
    if (body.MaintenanceAllowed) this.#maintenance.begin();
  }

  /** Shows the welcome text as soon as the terminal is ready for the next customer. */
  #showIdle(): void {
    if (this.#session && !this.#active.running)
      this.#notifier.scheduleWelcome(this.#active.busyUntil - this.#clock.now());
  }

  /** An abort is a request without a result: the response to the aborted request has it. */
  #abort(reference: Nexo<'MessageReference'>, header: MessageHeader, respond: Respond): void {
    const running = this.#active.running;
    const abortable = running && !running.committed && header.SaleID === running.header.SaleID;
    respond({ type: 'empty' });
    if (abortable && matchesReference(reference, running.header)) running.abort();
  }

  #status(header: MessageHeader, reference?: Nexo<'MessageReference'>): Nexo<'TransactionStatusResponse'> {
    const query = { SaleID: header.SaleID, POIID: this.poiId, ...reference };
    const running = this.#active.running?.header;
    if (running && isTransaction(running) && matchesReference(query, running))
      return { Response: failedResponse('Busy', 'The transaction is still running') };
    const found = query.POIID === this.poiId ? this.#transactions.records.find(query) : undefined;
    if (!found) return { Response: failedResponse('NotFound', 'There is no such transaction') };
    return {
      Response: { Result: 'Success' },
      RepeatedMessageResponse: { MessageHeader: found.header, ...found.body },
    };
  }

  #askCustomer(request: Request, body: Nexo<'InputRequest'>, respond: Respond): void {
    const before = this.#screen;
    const end = (answer: TerminalAnswer) => {
      this.#active.running = undefined;
      this.#screen = before;
      respond(answer);
    };
    const running = this.#active.start(request.MessageHeader, this.#sessions, respond, () => {
      running.timer?.cancel();
      end(this.#transactions.refuse(request, failedResponse('Aborted', 'Aborted by the POS')));
    });
    this.#screen = questionLines(body);
    const answer = this.customer.next(body);
    const { MaxInputTime } = body.InputData;
    const inputTime = MaxInputTime === undefined ? (this.#options.inputTime ?? 30_000) : MaxInputTime * 1000;
    running.timer = this.#clock.after(answer === 'nobody' ? inputTime : (this.#options.delay ?? 1500), () =>
      end(message(response(request.MessageHeader, { InputResponse: inputResponse(body, answer) }))),
    );
  }

  /** Shows and prints the output of the POS. */
  #output({ DisplayRequest, PrintRequest }: Request): void {
    if (DisplayRequest)
      this.#screen = DisplayRequest.DisplayOutput.flatMap(({ OutputContent }) =>
        (OutputContent.OutputText ?? []).map(({ Text }) => Text),
      );
    if (PrintRequest) this.#printouts = [...this.#printouts, printout(PrintRequest.PrintOutput)].slice(-MAX_PRINTOUTS);
  }
}

function message(content: Message): TerminalAnswer {
  return { type: 'message', message: content };
}
