import { NexoError } from '../../protocol/errors.ts';
import type { MessageHeader, Nexo } from '../../protocol/types.ts';
import { displayScript, ending } from '../customer/display-script.ts';
import { specialCards, type TestCard } from '../customer/test-cards.ts';
import type { PosNotifier } from '../pos/pos-notifier.ts';
import type { ActiveRequest, RunningRequest } from './active-request.ts';
import { apmRefund } from './apm-refund.ts';
import type { CardReading, ReadCard } from './card-acquisition.ts';
import { deliver, LateAnswers } from './fault-injection.ts';
import { answered } from './message-headers.ts';
import { type Settlement, settlePayment, type TransactionFacts, unsigned, withoutCard } from './payment.ts';
import { cardFrom, type PaymentMeans, paymentMeans } from './payment-means.ts';
import { type ReceivedOrder, readOrder } from './payment-order.ts';
import { RefusedRequest } from './refused-request.ts';
import { echoed, failedResponse, type Respond, refusal, response, type TerminalAnswer } from './responses.ts';
import { reverse } from './reversal.ts';
import { type Scenario, type ScenarioName, scenarioFor, scenarios } from './scenarios.ts';
import { Numbers } from './terminal-numbers.ts';
import type { VirtualTerminalOptions } from './terminal-options.ts';
import { type Movement, Records, type StoredTransaction } from './transaction-records.ts';

/** The rest of the terminal. */
export interface TransactionDependencies {
  service: CardReading;
  talk: PosNotifier;
  work: ActiveRequest;
  /** Number of the login session. */
  session(): number;
  /** A ServiceID that never came is not used up. */
  forget(serviceId: string): void;
  reboot(): void;
  /** Nothing is left to do but to wait for the next request. */
  rest(): void;
}

type Request = Nexo<'SaleToPOIRequest'>;

/** The card and the money of a terminal: payments, reversals, cards read in advance, and how each is told. */
export class Transactions {
  readonly records: Records;
  readonly #options: VirtualTerminalOptions;
  readonly #around: TransactionDependencies;
  readonly #numbers: Numbers;
  readonly #script: ScenarioName[] = [];
  readonly #late: LateAnswers;

  constructor(options: VirtualTerminalOptions, around: TransactionDependencies) {
    this.#options = options;
    this.#around = around;
    this.#numbers = new Numbers(options.poiId);
    this.records = new Records(options.memory ?? 1000);
    this.#late = new LateAnswers(options.clock);
    for (const record of options.records ?? []) this.#remember(record);
  }

  script(names: readonly ScenarioName[]): void {
    this.#script.push(...names);
  }

  /** Ends what is on its way to the POS for too long. */
  drop(): void {
    this.#late.drop();
  }

  refuse(request: Request, why: Nexo<'Response'>): TerminalAnswer {
    return refusal(request, why, () => ({ POITransactionID: this.#numbers.next(this.#options.clock.now()) }));
  }

  pay(request: Request, body: Nexo<'PaymentRequest'>, respond: Respond): void {
    const { MessageHeader: header } = request;
    let order: ReceivedOrder;
    try {
      order = readOrder(body, this.#options);
      this.#checkCard(order, body.PaymentData?.CardAcquisitionReference);
    } catch (error) {
      const condition = conditionOf(error);
      return respond(this.refuse(request, failedResponse(condition, (error as Error).message)));
    }
    const { TransactionID } = order.saleData.SaleTransactionID;
    const name = this.#script.shift() ?? scenarioFor(TransactionID, order.minor, order.digits);
    const chosen: Scenario = scenarios[name];
    if (this.#prevented(request, chosen, respond)) return;
    const read = this.#around.service.take();
    const paid = paymentMeans(order, chosen, read);
    const running = this.#start(
      header,
      respond,
      () => {
        const till = this.#numbers.till(this.#options.clock.now(), paid.card);
        const aborted = withoutCard(order, failedResponse('Aborted', 'Aborted by the POS'), till);
        this.#finish(running, { header: answered(header), body: { PaymentResponse: aborted } });
      },
      read !== undefined,
    );
    this.#disconnect(running, chosen);
    this.#present(running, order, paid, read);
  }

  /** What happens until the host is asked, and then. */
  #present(running: RunningRequest, order: ReceivedOrder, paid: PaymentMeans, read: ReadCard | undefined): void {
    const { scenario, card } = paid;
    const wait = scenario.wait ?? this.#presenting(order, read);
    running.play = this.#around.talk.play(displayScript(order, scenario, wait, cardFrom(order, read)));
    running.timer = this.#options.clock.after(wait, () => {
      if (scenario.fault === 'reboot') return this.#around.reboot();
      running.decided = true;
      running.play?.finish();
      if (!scenario.noCard) this.#around.talk.show('authorizing');
      running.timer = this.#options.clock.after(this.#authorisation, () =>
        this.#settle(running, order, scenario, card),
      );
    });
  }

  /** Milliseconds until the card has been read, and the PIN been typed. */
  #presenting(order: ReceivedOrder, read: ReadCard | undefined): number {
    if (order.apmReference !== undefined) return 0;
    if (read?.pinAt !== undefined) return Math.max(0, read.pinAt - this.#options.clock.now());
    return read && read.entryMode !== 'ICC' ? 0 : this.#presentation;
  }

  /** A card that was read is not combined with one that is keyed in, and is meant when it is named. */
  #checkCard(order: ReceivedOrder, reference: Nexo<'TransactionIdentification'> | undefined): void {
    const { card } = this.#around.service;
    if (order.keyed && card)
      throw new RefusedRequest('NotAllowed', 'A card was read already: keyed card data cannot be combined with it.');
    const id = card?.till.poiTransaction;
    if (reference && (reference.TransactionID !== id?.TransactionID || reference.TimeStamp !== id?.TimeStamp))
      throw new RefusedRequest('NotFound', 'The CardAcquisitionReference is not that of the last payment card.');
  }

  #settle(running: RunningRequest, order: ReceivedOrder, given: Scenario, card: TestCard | undefined): void {
    const till = this.#numbers.till(this.#options.clock.now(), card);
    const scenario = this.#checked(order, given);
    const settlement = settlePayment(order, scenario, till);
    if (!scenario.signature || !this.#around.talk.asksForSignature)
      return this.#close(running, order, scenario, till, settlement);
    const copies = settlement.response.PaymentReceipt;
    const receipt = copies?.find(({ DocumentQualifier }) => DocumentQualifier === 'CashierReceipt');
    this.#around.talk.sign(receipt, (signed) => {
      const outcome = signed ? settlement : settlePayment(order, unsigned(scenario), till);
      this.#close(running, order, scenario, till, outcome);
    });
  }

  /** The refund of a payment that was none, or that was less, is refused by the host. */
  #checked(order: ReceivedOrder, scenario: Scenario): Scenario {
    if (order.apmReference === undefined) return scenario;
    const { type, refusal } = apmRefund(order, order.apmReference, this.records.movements);
    const refused = { condition: 'Refusal', text: refusal ?? '', responseCode: '12' } as const;
    return { ...scenario, apm: type, ...(refusal === undefined ? {} : refused) };
  }

  #close(
    running: RunningRequest,
    order: ReceivedOrder,
    scenario: Scenario,
    till: TransactionFacts,
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
            poiTransactionId: till.poiTransaction.TransactionID,
            paymentType: order.paymentType,
            amount: authorised,
            currency: order.currency,
            reversed: false,
            ...(settlement.apm ? { apm: settlement.apm } : {}),
          };
    const record = { header: answered(running.header), body: { PaymentResponse }, ...(moved ? { moved } : {}) };
    this.#finish(running, record, scenario);
  }

  reverse(request: Request, body: Nexo<'ReversalRequest'>, respond: Respond): void {
    const { MessageHeader: header } = request;
    const scenario: Scenario = scenarios[this.#script.shift() ?? 'approved'];
    if (this.#prevented(request, scenario, respond)) return;
    const running = this.#start(header, respond, () => {});
    this.#disconnect(running, scenario);
    if (scenario.fault === 'reboot') return this.#around.reboot();
    running.decided = true;
    this.#around.talk.show('pleaseWait');
    running.timer = this.#options.clock.after(this.#authorisation, () => {
      const outcome = reverse(
        body,
        this.records,
        { now: this.#options.clock.now(), poiId: this.#options.poiId },
        scenario,
      );
      this.#finish(running, { header: answered(header), ...outcome }, scenario);
    });
  }

  /** Reads a card, while the service for that is open. */
  acquire(request: Request, body: Nexo<'CardAcquisitionRequest'>, respond: Respond): void {
    const { MessageHeader: header } = request;
    const { service, talk, reboot } = this.#around;
    const { PaymentType: type = 'Normal' } = body.CardAcquisitionTransaction;
    if (type !== 'Normal' && type !== 'Refund')
      return respond(
        this.refuse(request, failedResponse('UnavailableService', 'Only Normal and Refund are supported.')),
      );
    const name = this.#script.shift() ?? scenarioFor(body.SaleData.SaleTransactionID.TransactionID, 0, 0);
    const scenario: Scenario = scenarios[name];
    if (this.#prevented(request, scenario, respond)) return;
    const end = (CardAcquisitionResponse: Nexo<'CardAcquisitionResponse'>) =>
      this.#finish(running, { header: answered(header), body: { CardAcquisitionResponse } }, scenario);
    const ended = (Response: Nexo<'Response'>) => {
      const POITransactionID = this.#numbers.next(this.#options.clock.now());
      end({ Response, SaleData: echoed(body.SaleData), POIData: { POITransactionID } });
    };
    const running = this.#start(header, respond, () => {
      // "Terminal goes to idle state": what was read before is forgotten too.
      service.reset();
      ended(failedResponse('Aborted', 'Aborted by the POS'));
    });
    this.#disconnect(running, scenario);
    service.ask();
    talk.show('presentCard');
    const wait = scenario.wait ?? this.#delay;
    const chip = scenario.entryMode === 'ICC' && !scenario.noCard;
    running.play = chip ? talk.play([{ at: wait * 0.6, event: 'CardInserted' }]) : undefined;
    running.timer = this.#options.clock.after(wait, () => {
      if (scenario.fault === 'reboot') return reboot();
      const failure = readFailure(scenario);
      if (failure) return ended(failure);
      const special = scenario.cardInAdvance ?? scenario.card;
      const till = this.#numbers.till(this.#options.clock.now(), special && specialCards[special]);
      const { entryMode = 'Contactless' } = scenario;
      end(service.read({ card: till.card, entryMode, till, saleData: body.SaleData }));
    });
  }

  #start(header: MessageHeader, respond: Respond, abort: () => void, sameCard = false): RunningRequest {
    const running = this.#around.work.start(header, this.#around.session(), respond, abort);
    this.#around.talk.begin(header.ServiceID, sameCard);
    return running;
  }

  /** On record first, then told: in this order the terminal never forgets what the POS has heard. */
  #finish(running: RunningRequest, record: StoredTransaction, scenario?: Scenario): void {
    running.timer?.cancel();
    running.play?.cancel();
    running.decided = true;
    if (!this.#around.talk.listening) this.#around.work.running = undefined;
    this.#options.keep?.(record);
    this.#remember(record);
    for (const text of ending(record.body)) this.#around.talk.show(text);
    // A POS that listens has seen the end on its display before it gets the answer.
    this.#around.talk.afterwards(() => this.#tell(running, record, scenario));
  }

  #tell(running: RunningRequest, record: StoredTransaction, scenario?: Scenario): void {
    const { talk, work, service } = this.#around;
    work.running = undefined;
    const acquired = record.body.CardAcquisitionResponse?.Response.Result === 'Success';
    if (!acquired) work.busyUntil = this.#options.clock.now() + (this.#options.busyAfterPayment ?? 0);
    if (scenario?.fault === 'rebootAfterApproval') this.#around.reboot();
    const answer = deliver(response(running.header, record.body as Parameters<typeof response>[1]), scenario?.fault);
    if (scenario?.fault === 'late') this.#late.post(running.respond, answer, this.#options.lateness ?? 30_000);
    else running.respond(answer);
    if (work.running) return;
    // After a card was read, the terminal waits for what the POS makes of it.
    if (acquired) talk.pause();
    else talk.end();
    if (service.closed) this.#around.rest();
    else service.wait();
  }

  #remember(record: StoredTransaction): void {
    this.records.add(record);
    this.#numbers.seen(record);
  }

  /** Scenarios in which the request does not even start. */
  #prevented(request: Request, scenario: Scenario, respond: Respond): boolean {
    if (scenario.fault === 'busy')
      respond(this.refuse(request, failedResponse('Busy', 'The terminal is busy: wait and try again')));
    else if (scenario.fault === 'lostRequest') {
      this.#around.forget(request.MessageHeader.ServiceID ?? '');
      respond({ type: 'drop' });
    } else return false;
    return true;
  }

  #disconnect(running: RunningRequest, scenario: Scenario): void {
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

  /** From the request to the host: card and PIN. */
  get #presentation(): number {
    return this.#delay - this.#authorisation;
  }
}

/** The ErrorCondition of a refusal. A value that its type does not allow is a matter of the format. */
function conditionOf(error: unknown): Nexo<'ErrorCondition'> {
  if (error instanceof RefusedRequest) return error.condition;
  if (error instanceof NexoError) return 'MessageFormat';
  throw error;
}

/** Why no card was read, or undefined. What the host would say of it is not known before the payment. */
function readFailure({ condition, text, card }: Scenario): Nexo<'Response'> | undefined {
  if (card !== undefined || (condition !== 'Cancel' && condition !== 'InvalidCard')) return undefined;
  return failedResponse(condition, text ?? '');
}
