import { NexoError } from '../protocol/errors.ts';
import type { MessageHeader, Nexo } from '../protocol/types.ts';
import { type Answer, failed, type Respond, refusal, response } from './answers.ts';
import type { TestCard } from './cards.ts';
import { course, ending } from './course.ts';
import type { Desk } from './desk.ts';
import { deliver, LateAnswers } from './faults.ts';
import { answered } from './headers.ts';
import { Numbers } from './numbers.ts';
import type { TerminalOptions } from './options.ts';
import { type Order, readOrder, type Settlement, settle, type Till, unsigned, withoutCard } from './payment.ts';
import { type Movement, Records, type TransactionRecord } from './records.ts';
import { reverse } from './reversal.ts';
import { type Scenario, type ScenarioName, scenarioFor, scenarios } from './scenarios.ts';
import type { Talk } from './talk.ts';
import type { Running, Work } from './work.ts';

/** The rest of the terminal. */
export interface Surroundings {
  desk: Desk;
  talk: Talk;
  work: Work;
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
  readonly #options: TerminalOptions;
  readonly #around: Surroundings;
  readonly #numbers: Numbers;
  readonly #script: ScenarioName[] = [];
  readonly #late: LateAnswers;

  constructor(options: TerminalOptions, around: Surroundings) {
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

  refuse(request: Request, why: Nexo<'Response'>): Answer {
    return refusal(request, why, () => ({ POITransactionID: this.#numbers.next(this.#options.clock.now()) }));
  }

  pay(request: Request, body: Nexo<'PaymentRequest'>, respond: Respond): void {
    const { MessageHeader: header } = request;
    let order: Order;
    try {
      order = readOrder(body);
    } catch (error) {
      if (!(error instanceof NexoError)) throw error;
      const condition = error.code === 'UnavailableService' ? error.code : 'MessageFormat';
      return respond(this.refuse(request, failed(condition, error.message)));
    }
    const { TransactionID } = order.saleData.SaleTransactionID;
    const name = this.#script.shift() ?? scenarioFor(TransactionID, order.minor, order.digits);
    const scenario: Scenario = scenarios[name];
    if (this.#prevented(request, scenario, respond)) return;
    const card = this.#around.desk.takeCard();
    const running = this.#start(header, respond, () => {
      const till = this.#numbers.till(this.#options.clock.now(), card);
      const aborted = withoutCard(order, failed('Aborted', 'Aborted by the POS'), till);
      this.#finish(running, { header: answered(header), body: { PaymentResponse: aborted } });
    });
    this.#disconnect(running, scenario);
    const wait = scenario.wait ?? (card ? 0 : this.#delay - this.#authorisation);
    running.play = this.#around.talk.play(course(order, scenario, wait, card !== undefined));
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

  #settle(running: Running, order: Order, scenario: Scenario, card: TestCard | undefined): void {
    const till = this.#numbers.till(this.#options.clock.now(), card);
    const settlement = settle(order, scenario, till);
    if (!scenario.signature || !this.#around.talk.asksForSignature)
      return this.#close(running, order, scenario, till, settlement);
    const copies = settlement.response.PaymentReceipt;
    const receipt = copies?.find(({ DocumentQualifier }) => DocumentQualifier === 'CashierReceipt');
    this.#around.talk.sign(receipt, (signed) => {
      const outcome = signed ? settlement : settle(order, unsigned(scenario), till);
      this.#close(running, order, scenario, till, outcome);
    });
  }

  #close(running: Running, order: Order, scenario: Scenario, till: Till, settlement: Settlement): void {
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

  acquire(header: MessageHeader, request: Nexo<'CardAcquisitionRequest'>, respond: Respond): void {
    const end = (CardAcquisitionResponse: Nexo<'CardAcquisitionResponse'>) =>
      this.#finish(running, { header: answered(header), body: { CardAcquisitionResponse } });
    const running = this.#start(header, respond, () =>
      end(
        this.#around.desk.noCard(
          request,
          this.#numbers.next(this.#options.clock.now()),
          failed('Aborted', 'Aborted by the POS'),
        ),
      ),
    );
    this.#around.talk.show('presentCard');
    running.timer = this.#options.clock.after(this.#delay, () => {
      const poiTransaction = this.#numbers.next(this.#options.clock.now());
      end(this.#around.desk.readCard(request, poiTransaction, this.#numbers.card()));
    });
  }

  #start(header: MessageHeader, respond: Respond, abort: () => void): Running {
    const running = this.#around.work.start(header, this.#around.session(), respond, abort);
    this.#around.talk.begin(header.ServiceID);
    return running;
  }

  /** On record first, then told: in this order the terminal never forgets what the POS has heard. */
  #finish(running: Running, record: TransactionRecord, scenario?: Scenario): void {
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

  #tell(running: Running, record: TransactionRecord, scenario?: Scenario): void {
    this.#around.work.running = undefined;
    this.#around.work.busyUntil = this.#options.clock.now() + (this.#options.busyAfterPayment ?? 0);
    if (scenario?.fault === 'rebootAfterApproval') this.#around.reboot();
    const answer = deliver(response(running.header, record.body as Parameters<typeof response>[1]), scenario?.fault);
    if (scenario?.fault === 'late') this.#late.post(running.respond, answer, this.#options.lateness ?? 30_000);
    else running.respond(answer);
    if (this.#around.work.running) return;
    this.#around.talk.end();
    // After a card was read, the terminal waits for what the POS makes of it.
    if (record.body.CardAcquisitionResponse?.Response.Result !== 'Success') this.#around.rest();
  }

  #remember(record: TransactionRecord): void {
    this.records.add(record);
    this.#numbers.seen(record);
  }

  /** Scenarios in which the request does not even start. */
  #prevented(request: Request, scenario: Scenario, respond: Respond): boolean {
    if (scenario.fault === 'busy')
      respond(this.refuse(request, failed('Busy', 'The terminal is busy: wait and try again')));
    else if (scenario.fault === 'lostRequest') {
      this.#around.forget(request.MessageHeader.ServiceID ?? '');
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
