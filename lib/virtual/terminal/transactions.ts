import { NexoError } from '../../protocol/errors.ts';
import type { MessageHeader, Nexo } from '../../protocol/types.ts';
import { displayScript, endTexts } from '../customer/display-script.ts';
import { specialCards, type TestCard } from '../customer/test-cards.ts';
import type { PosNotifier } from '../pos/pos-notifier.ts';
import type { ActiveRequest, RunningRequest } from './active-request.ts';
import { apmRefund } from './apm-refund.ts';
import type { CardReading } from './card-acquisition.ts';
import { applyFault, LateAnswers } from './fault-injection.ts';
import { responseHeader } from './message-headers.ts';
import { responseBase, type Settlement, settlePayment, signatureRefused, type TransactionFacts } from './payment.ts';
import { cardFrom, type PaymentMeans, paymentMeans, type ReadCard } from './payment-means.ts';
import { parsePaymentRequest, type ReceivedOrder } from './payment-order.ts';
import { RefusedRequest } from './refused-request.ts';
import { echoedSaleData, failedResponse, type Respond, refusal, response, type TerminalAnswer } from './responses.ts';
import { reverse } from './reversal.ts';
import { type Scenario, type ScenarioName, scenarioFor, scenarios } from './scenarios.ts';
import { TransactionNumbers } from './terminal-numbers.ts';
import type { VirtualTerminalOptions } from './terminal-options.ts';
import { type Movement, type StoredTransaction, TransactionRecords } from './transaction-records.ts';

/** The parts of the terminal that its transactions use. */
export interface TransactionDependencies {
  cardReading: CardReading;
  notifier: PosNotifier;
  active: ActiveRequest;
  /** Number of the login session. */
  session(): number;
  /** A request that did not arrive does not use up its ServiceID. */
  releaseServiceId(serviceId: string): void;
  reboot(): void;
  /** The terminal waits for the next request. */
  showIdle(): void;
}

type Request = Nexo<'SaleToPOIRequest'>;

/** A terminal's transactions: payments, reversals, and cards read in advance. */
export class Transactions {
  readonly records: TransactionRecords;
  readonly #options: VirtualTerminalOptions;
  readonly #dependencies: TransactionDependencies;
  readonly #numbers: TransactionNumbers;
  readonly #scriptedScenarios: ScenarioName[] = [];
  readonly #lateAnswers: LateAnswers;

  constructor(options: VirtualTerminalOptions, dependencies: TransactionDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#numbers = new TransactionNumbers(options.poiId);
    this.records = new TransactionRecords(options.maxTransactions ?? 1000);
    this.#lateAnswers = new LateAnswers(options.clock);
    for (const record of options.records ?? []) this.#remember(record);
  }

  /** Scripts the scenarios of the next transactions, one each. */
  script(names: readonly ScenarioName[]): void {
    this.#scriptedScenarios.push(...names);
  }

  /** Call at each login. @param operatorId its OperatorID, which receipts name */
  login(operatorId: string | undefined): void {
    this.#numbers.operatorNumber = operatorId ?? '0';
  }

  /** Drops the answers that are still delayed. */
  drop(): void {
    this.#lateAnswers.drop();
  }

  /** The refusal of a request, with a new POITransactionID where its response has one. */
  refuse(request: Request, response: Nexo<'Response'>): TerminalAnswer {
    return refusal(request, response, () => ({ POITransactionID: this.#numbers.next(this.#options.clock.now()) }));
  }

  /** Handles a PaymentRequest. Calls `respond` once. */
  pay(request: Request, body: Nexo<'PaymentRequest'>, respond: Respond): void {
    const { MessageHeader: header } = request;
    let order: ReceivedOrder;
    try {
      order = parsePaymentRequest(body, this.#options);
      this.#checkCardReference(order, body.PaymentData?.CardAcquisitionReference);
    } catch (error) {
      const condition = conditionOf(error);
      return respond(this.refuse(request, failedResponse(condition, (error as Error).message)));
    }
    const { TransactionID } = order.saleData.SaleTransactionID;
    const name = this.#scriptedScenarios.shift() ?? scenarioFor(TransactionID, order.minor, order.digits);
    const chosen: Scenario = scenarios[name];
    if (this.#refusedByScenario(request, chosen, respond)) return;
    const read = this.#dependencies.cardReading.takeCard();
    const tender = paymentMeans(order, chosen, read);
    const running = this.#start(
      header,
      respond,
      () => {
        const facts = this.#numbers.nextTransaction(this.#options.clock.now(), tender.card);
        const aborted = responseBase(order, failedResponse('Aborted', 'Aborted by the POS'), facts);
        this.#finish(running, { header: responseHeader(header), body: { PaymentResponse: aborted } });
      },
      read !== undefined,
    );
    this.#dropConnection(running, chosen);
    this.#readCard(running, order, tender, read);
  }

  /** Reads the card, then starts the authorisation. */
  #readCard(running: RunningRequest, order: ReceivedOrder, tender: PaymentMeans, read: ReadCard | undefined): void {
    const { scenario, card } = tender;
    const wait = scenario.wait ?? this.#readingTime(order, read);
    running.displays = this.#dependencies.notifier.playDisplays(
      displayScript(order, scenario, wait, cardFrom(order, read)),
    );
    running.timer = this.#options.clock.after(wait, () => {
      if (scenario.fault === 'reboot') return this.#dependencies.reboot();
      running.committed = true;
      running.displays?.finish();
      if (!scenario.noCard) this.#dependencies.notifier.show('authorizing');
      running.timer = this.#options.clock.after(this.#authorisationTime, () =>
        this.#authorise(running, order, scenario, card),
      );
    });
  }

  /** Milliseconds until the card is read and the PIN is entered. */
  #readingTime(order: ReceivedOrder, read: ReadCard | undefined): number {
    if (order.apmReference !== undefined) return 0;
    if (read?.pinAt !== undefined) return Math.max(0, read.pinAt - this.#options.clock.now());
    return read && read.entryMode !== 'ICC' ? 0 : this.#presentationTime;
  }

  /** Refuses keyed card data after a card was read, and a CardAcquisitionReference to another card. */
  #checkCardReference(order: ReceivedOrder, reference: Nexo<'TransactionIdentification'> | undefined): void {
    const { card } = this.#dependencies.cardReading;
    if (order.keyed && card)
      throw new RefusedRequest('NotAllowed', 'A card was already read: keyed card data cannot be combined with it.');
    const id = card?.facts.poiTransaction;
    if (reference && (reference.TransactionID !== id?.TransactionID || reference.TimeStamp !== id?.TimeStamp))
      throw new RefusedRequest('NotFound', 'The CardAcquisitionReference is not that of the last payment card.');
  }

  #authorise(running: RunningRequest, order: ReceivedOrder, chosen: Scenario, card: TestCard | undefined): void {
    const facts = this.#numbers.nextTransaction(this.#options.clock.now(), card);
    const scenario = this.#withRefundCheck(order, chosen);
    const settlement = settlePayment(order, scenario, facts);
    if (!scenario.signature || !this.#dependencies.notifier.asksForSignature)
      return this.#finishPayment(running, order, scenario, facts, settlement);
    const copies = settlement.response.PaymentReceipt;
    const receipt = copies?.find(({ DocumentQualifier }) => DocumentQualifier === 'CashierReceipt');
    this.#dependencies.notifier.requestSignature(receipt, (signed) => {
      const outcome = signed ? settlement : settlePayment(order, signatureRefused(scenario), facts);
      this.#finishPayment(running, order, scenario, facts, outcome);
    });
  }

  /** The host refuses a refund by reference without such a payment, or above its amount. */
  #withRefundCheck(order: ReceivedOrder, scenario: Scenario): Scenario {
    if (order.apmReference === undefined) return scenario;
    const { type, refusal } = apmRefund(order, order.apmReference, this.records.movements);
    const refusalScenario = { condition: 'Refusal', text: refusal ?? '', responseCode: '12' } as const;
    return { ...scenario, apm: type, ...(refusal === undefined ? {} : refusalScenario) };
  }

  #finishPayment(
    running: RunningRequest,
    order: ReceivedOrder,
    scenario: Scenario,
    facts: TransactionFacts,
    settlement: Settlement,
  ): void {
    const { response: PaymentResponse, authorised } = settlement;
    const moved: Movement | undefined =
      authorised === undefined
        ? undefined
        : {
            session: running.session,
            serviceId: running.header.ServiceID ?? '',
            transactionId: order.saleData.SaleTransactionID.TransactionID,
            poiTransactionId: facts.poiTransaction.TransactionID,
            paymentType: order.paymentType,
            amount: authorised,
            currency: order.currency,
            reversed: false,
            ...(settlement.apm ? { apm: settlement.apm } : {}),
          };
    const record = { header: responseHeader(running.header), body: { PaymentResponse }, ...(moved ? { moved } : {}) };
    this.#finish(running, record, scenario);
  }

  /** Handles a ReversalRequest. Calls `respond` once. */
  reverse(request: Request, body: Nexo<'ReversalRequest'>, respond: Respond): void {
    const { MessageHeader: header } = request;
    const scenario: Scenario = scenarios[this.#scriptedScenarios.shift() ?? 'approved'];
    if (this.#refusedByScenario(request, scenario, respond)) return;
    const running = this.#start(header, respond, () => {});
    this.#dropConnection(running, scenario);
    if (scenario.fault === 'reboot') return this.#dependencies.reboot();
    running.committed = true;
    this.#dependencies.notifier.show('pleaseWait');
    running.timer = this.#options.clock.after(this.#authorisationTime, () => {
      const outcome = reverse(
        body,
        this.records,
        { now: this.#options.clock.now(), poiId: this.#options.poiId, operatorNumber: this.#numbers.operatorNumber },
        scenario,
      );
      this.#finish(running, { header: responseHeader(header), ...outcome }, scenario);
    });
  }

  /** Handles a CardAcquisitionRequest. Calls `respond` once. */
  acquire(request: Request, body: Nexo<'CardAcquisitionRequest'>, respond: Respond): void {
    const { MessageHeader: header } = request;
    const { cardReading, notifier, reboot } = this.#dependencies;
    const { PaymentType: type = 'Normal' } = body.CardAcquisitionTransaction;
    if (type !== 'Normal' && type !== 'Refund')
      return respond(
        this.refuse(request, failedResponse('UnavailableService', 'Only Normal and Refund are supported.')),
      );
    const name = this.#scriptedScenarios.shift() ?? scenarioFor(body.SaleData.SaleTransactionID.TransactionID, 0, 0);
    const scenario: Scenario = scenarios[name];
    if (this.#refusedByScenario(request, scenario, respond)) return;
    const finish = (CardAcquisitionResponse: Nexo<'CardAcquisitionResponse'>) =>
      this.#finish(running, { header: responseHeader(header), body: { CardAcquisitionResponse } }, scenario);
    const finishWith = (Response: Nexo<'Response'>) => {
      const POITransactionID = this.#numbers.next(this.#options.clock.now());
      finish({ Response, SaleData: echoedSaleData(body.SaleData), POIData: { POITransactionID } });
    };
    const running = this.#start(header, respond, () => {
      // "Terminal goes to idle state": a card that was read before is discarded too.
      cardReading.reset();
      finishWith(failedResponse('Aborted', 'Aborted by the POS'));
    });
    this.#dropConnection(running, scenario);
    cardReading.requestCard();
    notifier.show('presentCard');
    const wait = scenario.wait ?? this.#delay;
    const isChip = scenario.entryMode === 'ICC' && !scenario.noCard;
    running.displays = isChip ? notifier.playDisplays([{ at: wait * 0.6, event: 'CardInserted' }]) : undefined;
    running.timer = this.#options.clock.after(wait, () => {
      if (scenario.fault === 'reboot') return reboot();
      const failure = readFailure(scenario);
      if (failure) finishWith(failure);
      else finish(cardReading.setCard(this.#cardInAdvance(scenario, body.SaleData)));
    });
  }

  #cardInAdvance(scenario: Scenario, saleData: Nexo<'SaleData'>): ReadCard {
    const special = scenario.cardInAdvance ?? scenario.card;
    const facts = this.#numbers.nextTransaction(this.#options.clock.now(), special && specialCards[special]);
    return { card: facts.card, entryMode: scenario.entryMode ?? 'Contactless', facts, saleData };
  }

  #start(header: MessageHeader, respond: Respond, abort: () => void, sameCard = false): RunningRequest {
    const running = this.#dependencies.active.start(header, this.#dependencies.session(), respond, abort);
    this.#dependencies.notifier.begin(header.ServiceID, sameCard);
    return running;
  }

  /** Records the transaction before it responds: the terminal never loses a result that the POS has received. */
  #finish(running: RunningRequest, record: StoredTransaction, scenario?: Scenario): void {
    running.timer?.cancel();
    running.displays?.cancel();
    running.committed = true;
    if (!this.#dependencies.notifier.listening) this.#dependencies.active.running = undefined;
    this.#options.keep?.(record);
    this.#remember(record);
    for (const text of endTexts(record.body)) this.#dependencies.notifier.show(text);
    // A POS with a listener gets the last display before the response.
    this.#dependencies.notifier.whenIdle(() => this.#respond(running, record, scenario));
  }

  #respond(running: RunningRequest, record: StoredTransaction, scenario?: Scenario): void {
    const { notifier, active, cardReading } = this.#dependencies;
    active.running = undefined;
    const acquired = record.body.CardAcquisitionResponse?.Response.Result === 'Success';
    if (!acquired) active.busyUntil = this.#options.clock.now() + (this.#options.busyAfterPayment ?? 0);
    if (scenario?.fault === 'rebootAfterApproval') this.#dependencies.reboot();
    const answer = applyFault(response(running.header, record.body as Parameters<typeof response>[1]), scenario?.fault);
    if (scenario?.fault === 'late')
      this.#lateAnswers.sendLater(running.respond, answer, this.#options.lateness ?? 30_000);
    else running.respond(answer);
    if (active.running) return;
    // After a card was read in advance, the terminal waits for the next request about it.
    if (acquired) notifier.pause();
    else notifier.end();
    if (cardReading.closed) this.#dependencies.showIdle();
    else cardReading.showWaiting();
  }

  #remember(record: StoredTransaction): void {
    this.records.add(record);
    this.#numbers.continueAfter(record);
  }

  /** Handles the scenarios in which the request does not start. @returns whether it was one of them */
  #refusedByScenario(request: Request, scenario: Scenario, respond: Respond): boolean {
    if (scenario.fault === 'busy')
      respond(this.refuse(request, failedResponse('Busy', 'The terminal is busy: wait and try again')));
    else if (scenario.fault === 'lostRequest') {
      this.#dependencies.releaseServiceId(request.MessageHeader.ServiceID ?? '');
      respond({ type: 'drop' });
    } else return false;
    return true;
  }

  #dropConnection(running: RunningRequest, scenario: Scenario): void {
    if (scenario.fault !== 'disconnect') return;
    running.respond({ type: 'drop' });
    running.respond = () => {};
  }

  get #delay(): number {
    return this.#options.delay ?? 1500;
  }

  get #authorisationTime(): number {
    return Math.floor(this.#delay / 5);
  }

  /** Milliseconds from the request to the authorisation: card and PIN. */
  get #presentationTime(): number {
    return this.#delay - this.#authorisationTime;
  }
}

/** The ErrorCondition for an error. Errors of this project, such as those of amounts, become MessageFormat. */
function conditionOf(error: unknown): Nexo<'ErrorCondition'> {
  if (error instanceof RefusedRequest) return error.condition;
  if (error instanceof NexoError) return 'MessageFormat';
  throw error;
}

/** Why no card was read; undefined where one was. The host's refusal is not known before the payment. */
function readFailure({ condition, text, card }: Scenario): Nexo<'Response'> | undefined {
  if (card !== undefined || (condition !== 'Cancel' && condition !== 'InvalidCard')) return undefined;
  return failedResponse(condition, text ?? '');
}
