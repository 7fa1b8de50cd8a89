import type { Nexo } from '../../protocol/types.ts';
import type { Phase } from '../effects.ts';
import { CARD_ABORTED as ABORTED, dialogError, NO_SERVICE } from '../errors.ts';
import type { Job } from '../job-queue.ts';
import { poiTransactionIn } from '../payment/response-matching.ts';
import type { Reason, TransactionRecord } from '../record.ts';
import type { SessionContext } from '../session-context.ts';
import { deviceJob } from './device-request.ts';
import type { Login } from './login.ts';
import type { Answer } from './reply-classification.ts';
import type { CardRequest } from './request-data.ts';
import { sendAbort, sendRequest } from './request-exchange.ts';
import { RequestJob } from './request-job.ts';
import { cardRequest, continueRequest, type DeviceBody, serviceRequest } from './requests.ts';

/** One step of the service; steps run one at a time. */
interface Step {
  run(done: () => void): void;
  /** Its caller. */
  ref?: string;
  /** The step does not run. */
  drop(reason: Reason): void;
}

/** A card to be read, and its caller. */
type CardRead = CardRequest & { ref: string };

/**
 * A card that is read before the amount is known (page *Advanced loyalty*): EnableService, one or more CardAcquisitions,
 * then the payment of the same transactionId, or an end. Any PaymentRequest would charge the card that was read: so the
 * terminal is this transaction's alone until its payment takes over or the service is closed.
 */
export class CardService implements Job {
  readonly transactionId: string;
  readonly #context: SessionContext;
  readonly #login: Login;
  readonly #ended: (service: CardService) => void;
  readonly #steps: Step[] = [];
  #hasTurn = false;
  #busy = false;
  #over = false;
  #aborted = false;
  /** The ServiceID of the CardAcquisition that is open. */
  #acquiring: string | undefined;
  /** The payment card that was read last: the one that is charged. */
  #acquisition: Nexo<'TransactionIdentification'> | undefined;

  /** @param ended called when it leaves the queue, before or after its turn */
  constructor(context: SessionContext, login: Login, transactionId: string, ended: (service: CardService) => void) {
    this.#context = context;
    this.#login = login;
    this.transactionId = transactionId;
    this.#ended = ended;
  }

  get cardFor(): string {
    return this.transactionId;
  }

  run(): void {
    this.#context.clear(this.#timer);
    this.#hasTurn = true;
    this.reportPhase('waitingForCard');
    this.#next();
  }

  get state(): 'waiting' | 'running' {
    return this.#hasTurn ? 'running' : 'waiting';
  }

  /** Shows the callers of the next steps what they wait for. */
  reportPhase(phase: Phase): void {
    const refs = this.#steps.flatMap(({ ref }) => ref ?? []);
    this.#context.push({ type: 'phase', refs, node: '', phase });
  }

  /** Ends where the turn has not come after `ms`. @param reason asked for then */
  waitAtMost(ms: number, reason: () => Reason): void {
    this.#context.after(this.#timer, ms, () => this.leave(reason()));
  }

  /** Reads one more card. */
  read(card: CardRead): void {
    const { ref } = card;
    this.#add({ ref, run: (done) => this.#read(card, done), drop: (error) => this.#answer(ref, { error }) });
  }

  /** Lets the terminal continue with the PIN dialog, though the amount is not known yet. */
  continue(ref: string): void {
    this.#add({ run: (done) => this.#continue(ref, done), drop: (error) => this.#answer(ref, { error }) });
  }

  /** Runs a display or an input while the card is held. A print waits for its own turn. */
  runDialog(ref: string, body: DeviceBody): boolean {
    if ('PrintRequest' in body) return false;
    this.#add({
      run: (done) => deviceJob(this.#context, this.#login, ref, body, done).run(),
      drop: (reason) => this.#context.push({ type: 'failed', ref, error: dialogError(reason) }),
    });
    return true;
  }

  /** Hands the card over to its payment, which is journalled, as soon as no request of the service is open. */
  handOver(record: TransactionRecord): void {
    const run = () => {
      if (this.#acquisition && this.#isOpen) record.acquisition = this.#acquisition;
      this.leave(ABORTED);
    };
    this.#add({ run, drop: () => undefined });
  }

  /** Ends it, by the message that fits: an Abort while a card is awaited, else AbortTransaction. */
  abort(ref: string): void {
    const { transactionId } = this;
    const answer = (sent: boolean) => {
      this.#context.push({ type: 'done', ref, result: { type: 'abort', sent, transactionId } });
    };
    if (!this.#hasTurn) {
      answer(false);
      return this.leave(ABORTED);
    }
    if (this.#acquiring !== undefined) return this.#abortReading(ref, this.#acquiring);
    answer(this.#isOpen);
    this.#aborted = true;
    this.#drop(ABORTED);
    if (!this.#busy) this.#close();
  }

  /** Each service is opened on a terminal that holds no card. */
  needsCardClosed(): boolean {
    return true;
  }

  cardNotClosed(error: Reason): 'ended' {
    this.leave(error);
    return 'ended';
  }

  /** Leaves the queue, before or after its turn. */
  leave(reason: Reason): void {
    if (this.#over) return;
    this.#over = true;
    this.#context.clear(this.#timer);
    this.#drop(reason);
    this.#ended(this);
  }

  get #timer(): string {
    return `card ${this.transactionId}`;
  }

  #add(step: Step): void {
    this.#steps.push(step);
    this.#next();
  }

  #next(): void {
    if (!this.#hasTurn || this.#busy || this.#over) return;
    this.#context.clear(this.#timer);
    if (this.#aborted) return this.#close();
    const step = this.#steps.shift();
    if (step === undefined) return this.#hold();
    this.#busy = true;
    step.run(() => {
      this.#busy = false;
      this.#next();
    });
  }

  /** The terminal shows "Please wait" and keeps the card for the payment, for a limited time. */
  #hold(): void {
    this.#context.enter('cardRead');
    this.#context.after(this.#timer, this.#context.config.timeouts.card, () => this.#close());
  }

  #drop(reason: Reason): void {
    for (const step of this.#steps.splice(0)) step.drop(reason);
  }

  get #isOpen(): boolean {
    return this.#context.service?.owner === this.transactionId;
  }

  /** Leaves the service without an owner: the queue closes it before any other job, its own payment included. */
  #close(): void {
    const { service } = this.#context;
    if (this.#isOpen) delete service?.owner;
    this.leave(ABORTED);
  }

  #read(card: CardRead, done: () => void): void {
    this.#context.enter('paying');
    this.#open((error) => {
      const reason = error ?? this.#abortReason;
      if (reason === undefined) return this.#acquire(card, done);
      this.#answer(card.ref, { error: reason });
      this.#close();
    });
  }

  /** Opens the service where it is not open yet. */
  #open(opened: (error?: Reason) => void): void {
    const context = this.#context;
    if (this.#isOpen) return opened();
    new RequestJob(context, this.#login, {
      category: 'EnableService',
      build: serviceRequest('StartTransaction'),
      timeout: context.config.timeouts.status,
      before: () => {
        // From here on it may be open, even where no answer arrives.
        if (!this.#aborted) context.service = { owner: this.transactionId, known: true };
        return this.#abortReason;
      },
      refused: () => delete context.service,
      ended: ({ error }) => opened(error),
    }).run();
  }

  #acquire(card: CardRead, done: () => void): void {
    const context = this.#context;
    const { timeouts } = context.config;
    const options = { overtake: false, timeout: timeouts.response };
    const sent = sendRequest(context, 'CardAcquisition', cardRequest(card, context.now), options, (answer) => {
      const { error, response, serviceId } = answer;
      this.#acquiring = undefined;
      // A login that the terminal took earlier may have been answered meanwhile: the card was read after it.
      context.service = { ...context.service, owner: this.transactionId, known: true };
      // For the terminal this is its last transaction now.
      if (response && serviceId && !error) context.answered(serviceId, poiTransactionIn(response));
      const acquired = response?.CardAcquisitionResponse;
      if (acquired && !error && isPaymentCard(acquired)) this.#acquisition = acquired.POIData?.POITransactionID;
      this.#answer(card.ref, { ...answer, ...(!error && this.#aborted && { error: ABORTED }) });
      // What state a failed read leaves is not known: close the service.
      if (error) this.#close();
      else done();
    });
    if (sent === undefined) return;
    this.#acquiring = sent.serviceId;
    context.precedes(sent.serviceId);
  }

  #abortReading(ref: string, serviceId: string): void {
    const { transactionId } = this;
    const sent = sendAbort(this.#context, ref, { category: 'CardAcquisition', serviceId, transactionId }, () => {
      // A card that was read just before is not kept either.
      this.#aborted = true;
      if (!this.#busy) this.#close();
    });
    if (sent) this.#drop(ABORTED);
  }

  #continue(ref: string, done: () => void): void {
    const context = this.#context;
    if (!this.#isOpen) {
      this.#answer(ref, { error: NO_SERVICE });
      return done();
    }
    context.service = { owner: this.transactionId, known: true, continued: true };
    const options = { overtake: false, timeout: context.config.timeouts.dialog };
    sendRequest(context, 'Display', continueRequest(), options, (answer) => {
      this.#answer(ref, answer);
      done();
    });
  }

  get #abortReason(): Reason | undefined {
    return this.#aborted ? ABORTED : undefined;
  }

  #answer(ref: string, { request, response, error }: Answer): void {
    const messages = { ...(request && { request }), ...(response && { response }) };
    const result = { type: 'card', transactionId: this.transactionId, ...messages, ...(error && { error }) } as const;
    this.#context.push({ type: 'done', ref, result });
  }
}

/** A card that is charged: not one of a membership alone. */
function isPaymentCard({ PaymentInstrumentData }: Nexo<'CardAcquisitionResponse'>): boolean {
  return !/^0[34],/.test(PaymentInstrumentData?.CardData?.PaymentBrand ?? '');
}

/**
 * Closes a card service that its payment did not end, so that the card that was read is never charged for another one: by
 * AbortTransaction, or, where the terminal does not take that, by a Login, which resets it.
 *
 * @param failed called where it may still be open
 */
export function closeCardService(
  context: SessionContext,
  login: Login,
  done: () => void,
  failed: (error: Reason) => void,
): void {
  const closed = () => {
    delete context.service;
    done();
  };
  const options = { overtake: false, timeout: context.config.timeouts.status };
  sendRequest(context, 'EnableService', serviceRequest('AbortTransaction'), options, ({ request, error }) => {
    // There is no login session, or nothing to end.
    const none = error?.condition === 'NotAllowed' && context.service?.continued !== true;
    if (error === undefined || none) return closed();
    if (request === undefined || error.condition === 'Unreachable') return failed(error);
    login.need((result) => (result.ok ? closed() : failed(result.error)));
  });
}
