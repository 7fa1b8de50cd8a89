import type { Message, MessageHeader, Nexo, SaleToPOIResponse } from '../../protocol/types.ts';
import { CARD_ABORTED as ABORTED, abortError, CARD_WAITED, dialogError, NO_SERVICE } from '../errors.ts';
import type { CardRequest, ExchangeResult } from '../events.ts';
import { matched, poiTransactionIn } from '../payment/response-matching.ts';
import { reasonOf } from '../payment/verdict.ts';
import type { Reason, TransactionRecord } from '../record.ts';
import { retryDelay, type SessionContext } from '../session-context.ts';
import { DeviceRequest } from './device-request.ts';
import { type Login, NO_IDS } from './login.ts';
import { abortRequest, cardRequest, continueRequest, type DeviceBody, serviceRequest } from './requests.ts';

type Category = MessageHeader['MessageCategory'];
/** Something to be done while the service has its turn, one at a time; `drop`: it will not be. */
interface Task {
  run(done: () => void): void;
  drop(reason: Reason): void;
}
/** What is asked for and by whom. */
type Read = CardRequest & { ref: string };

/**
 * A card that is read before the amount is known (page *Advanced loyalty*): EnableService, one or more CardAcquisitions,
 * then the payment of the same transactionId, or an end. Any PaymentRequest would charge the card that was read: so the
 * terminal is this transaction's alone until its payment leaves or the service is closed.
 */
export class CardService {
  readonly transactionId: string;
  readonly #context: SessionContext;
  readonly #login: Login;
  readonly #ended: (service: CardService) => void;
  readonly #tasks: Task[] = [];
  #turn = false;
  #busy = false;
  #over = false;
  #aborted = false;
  /** The CardAcquisition that is out there. */
  #reading: string | undefined;
  /** The last payment card that was read: the one that is charged. */
  #acquisition: Nexo<'TransactionIdentification'> | undefined;

  /** @param ended it has left its turn, or its place in line */
  constructor(context: SessionContext, login: Login, transactionId: string, ended: (service: CardService) => void) {
    this.#context = context;
    this.#login = login;
    this.transactionId = transactionId;
    this.#ended = ended;
  }

  /** Its turn has come. */
  run(): void {
    this.#context.clear(this.#timer);
    this.#turn = true;
    this.#pump();
  }

  /** Gives up when its turn has not come after `ms`. */
  waitAtMost(ms: number): void {
    this.#context.after(this.#timer, ms, () => this.leave(CARD_WAITED));
  }

  /** Reads one more card. */
  read(ask: Read): void {
    this.#add({ run: (done) => this.#read(ask, done), drop: (reason) => this.#answer(ask.ref, reason) });
  }

  /** Lets the terminal go on with the PIN dialog, though the amount is not known yet. */
  proceed(ref: string): void {
    this.#add({ run: (done) => this.#proceed(ref, done), drop: (reason) => this.#answer(ref, reason) });
  }

  /** Shows or asks something in between. */
  show(ref: string, body: DeviceBody): void {
    this.#add({
      run: (done) => new DeviceRequest(this.#context, this.#login, ref, body, done).run(),
      drop: (reason) => this.#context.push({ type: 'failed', ref, error: dialogError(reason) }),
    });
  }

  /** Its payment is written down and takes over, as soon as nothing of the service is out there. */
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
    const told = (sent: boolean) => {
      this.#context.push({ type: 'done', ref, result: { type: 'abort', sent, transactionId } });
    };
    if (!this.#turn) {
      told(false);
      return this.leave(ABORTED);
    }
    if (this.#reading !== undefined) return this.#abortReading(ref, this.#reading);
    told(this.#isOpen);
    this.#aborted = true;
    this.#drop(ABORTED);
    if (!this.#busy) this.#close();
  }

  get #timer(): string {
    return `card ${this.transactionId}`;
  }

  #add(task: Task): void {
    this.#tasks.push(task);
    this.#pump();
  }

  #pump(): void {
    if (!this.#turn || this.#busy || this.#over) return;
    this.#context.clear(this.#timer);
    if (this.#aborted) return this.#close();
    const task = this.#tasks.shift();
    if (task === undefined) return this.#hold();
    this.#busy = true;
    task.run(() => {
      this.#busy = false;
      this.#pump();
    });
  }

  /** A card was read; the terminal shows "Please wait" and is kept for the payment, not for ever. */
  #hold(): void {
    this.#context.enter('cardRead');
    this.#context.after(this.#timer, this.#context.config.timeouts.card, () => this.#close());
  }

  #drop(reason: Reason): void {
    for (const task of this.#tasks.splice(0)) task.drop(reason);
  }

  /** Gives up its turn, or its place in line. */
  leave(reason: Reason): void {
    if (this.#over) return;
    this.#over = true;
    this.#context.clear(this.#timer);
    this.#drop(reason);
    this.#ended(this);
  }

  get #isOpen(): boolean {
    return this.#context.service?.owner === this.transactionId;
  }

  /** The session sees to it that the service is closed before anything else has its turn, its own payment included. */
  #close(): void {
    const { service } = this.#context;
    if (this.#isOpen) delete service?.owner;
    this.leave(ABORTED);
  }

  #read(ask: Read, done: () => void): void {
    this.#context.enter('paying');
    this.#open((error) => {
      const given = error ?? (this.#aborted ? ABORTED : undefined);
      if (given === undefined) return this.#acquire(ask, done);
      this.#answer(ask.ref, given);
      this.#close();
    });
  }

  /** Opens the service where it is not open yet. */
  #open(then: (error?: Reason) => void): void {
    const { config } = this.#context;
    if (this.#isOpen) return then();
    if (!config.autoLogin || this.#login.status === 'in') return this.#start(then, 0, false);
    this.#login.need((result) => (result.ok ? this.#start(then, 0, true) : then(result.error)));
  }

  #start(then: (error?: Reason) => void, busy: number, loginTried: boolean): void {
    const context = this.#context;
    if (this.#aborted) return then(ABORTED);
    // From here on it may be open, whatever becomes of the answer.
    context.service = { owner: this.transactionId, known: true };
    this.#send('EnableService', context.config.timeouts.status, serviceRequest('StartTransaction'), (answer) => {
      if (answer.error === undefined) return then();
      if (answer.response === undefined) return then(answer.error);
      delete context.service;
      const { condition } = answer.error;
      const { busyPayment } = context.config.timeouts;
      if (condition === 'Busy' && busy < busyPayment.length) {
        return context.after(this.#timer, retryDelay(busyPayment, busy), () => this.#start(then, busy + 1, loginTried));
      }
      if (condition !== 'NotAllowed' || !context.config.autoLogin || loginTried) return then(answer.error);
      this.#login.status = 'out';
      this.#login.need((result) => (result.ok ? this.#start(then, busy, true) : then(result.error)));
    });
  }

  #acquire(ask: Read, done: () => void): void {
    const context = this.#context;
    const { timeouts } = context.config;
    const body = cardRequest(ask, context.now);
    this.#send('CardAcquisition', timeouts.response, body, ({ error, request, response, serviceId }) => {
      this.#reading = undefined;
      // A login may have been answered meanwhile that the terminal took before: the card was read after it.
      context.service = { ...context.service, owner: this.transactionId, known: true };
      // To the terminal this is its last transaction now.
      if (response && serviceId && !error) context.answered(serviceId, poiTransactionIn(response));
      const card = response?.CardAcquisitionResponse;
      if (card && !error && pays(card)) this.#acquisition = card.POIData?.POITransactionID;
      const given = error ?? (this.#aborted ? ABORTED : undefined);
      this.#answer(ask.ref, given, { ...(request && { request }), ...(response && { response }) });
      // What a read that failed leaves behind is not known: it is cleared away.
      if (error) this.#close();
      else done();
    });
  }

  #abortReading(ref: string, serviceId: string): void {
    const context = this.#context;
    const { transactionId } = this;
    const own = context.serviceId();
    if (own === undefined) return context.push({ type: 'failed', ref, error: abortError(NO_IDS) });
    this.#drop(ABORTED);
    const request = abortRequest(context.config, own, 'CardAcquisition', serviceId);
    context.send(request, { overtake: true, timeout: context.config.timeouts.abort }, (reply) => {
      if (reply.type !== 'empty' && reply.type !== 'message') {
        return context.push({ type: 'failed', ref, error: abortError(reply.reason) });
      }
      // A card that came first is not kept either.
      this.#aborted = true;
      context.push({ type: 'done', ref, result: { type: 'abort', request, sent: true, transactionId } });
      if (!this.#busy) this.#close();
    });
  }

  #proceed(ref: string, done: () => void): void {
    const context = this.#context;
    if (!this.#isOpen) {
      this.#answer(ref, NO_SERVICE);
      return done();
    }
    context.service = { owner: this.transactionId, known: true, continued: true };
    this.#send('Display', context.config.timeouts.dialog, continueRequest(), ({ error, request, response }) => {
      // A display may be answered with nothing but the word that it came.
      this.#answer(ref, error, { ...(request && { request }), ...(response && { response }) });
      done();
    });
  }

  #answer(ref: string, error?: Reason, messages: { request?: Message; response?: SaleToPOIResponse } = {}): void {
    const { transactionId } = this;
    this.#context.push({
      type: 'done',
      ref,
      result: { type: 'card', transactionId, ...messages, ...(error && { error }) },
    });
  }

  #send(category: Category, timeout: number, make: MakeRequest, then: (answer: Answer) => void): void {
    const context = this.#context;
    const serviceId = context.serviceId();
    if (serviceId === undefined) return then({ error: { condition: 'Journal', message: NO_IDS } });
    const request = make(context.config, serviceId);
    if (category === 'CardAcquisition') {
      this.#reading = serviceId;
      context.precedes(serviceId);
    }
    context.send(request, { overtake: false, timeout }, (reply) => {
      then({ ...answerIn(context, category, serviceId, reply), request, serviceId });
    });
  }
}

/** Not a member's card alone. */
function pays({ PaymentInstrumentData }: Nexo<'CardAcquisitionResponse'>): boolean {
  return !/^0[34],/.test(PaymentInstrumentData?.CardData?.PaymentBrand ?? '');
}

type MakeRequest = (identity: SessionContext['config'], serviceId: string) => Message;
interface Answer {
  error?: Reason;
  request?: Message;
  response?: SaleToPOIResponse;
  serviceId?: string;
}

function answerIn(context: SessionContext, category: Category, serviceId: string, reply: ExchangeResult): Answer {
  if (reply.type === 'empty' && category === 'Display') return {};
  const match = matched(reply, context.config, category, serviceId);
  if ('reason' in match) {
    return { error: { condition: match.unreachable ? 'Unreachable' : 'NoAnswer', message: match.reason } };
  }
  const { response } = match;
  const body = response.EnableServiceResponse ?? response.CardAcquisitionResponse;
  const result = body?.Response ?? response.DisplayResponse?.OutputResult?.[0]?.Response;
  if (result === undefined || result.Result === 'Success') return { response };
  return { response, error: reasonOf(result) };
}

/**
 * Closes a card service that its payment did not end, so that the card that was read is never charged for another: by
 * AbortTransaction, or, where the terminal does not take that, by a Login, which resets it.
 *
 * @param failed it may still be open
 */
export function closeService(
  context: SessionContext,
  login: Login,
  done: () => void,
  failed: (error: Reason) => void,
): void {
  const serviceId = context.serviceId();
  if (serviceId === undefined) return failed({ condition: 'Journal', message: NO_IDS });
  const closed = () => {
    delete context.service;
    done();
  };
  const request = serviceRequest('AbortTransaction')(context.config, serviceId);
  context.send(request, { overtake: false, timeout: context.config.timeouts.status }, (reply) => {
    const { error } = answerIn(context, 'EnableService', serviceId, reply);
    // Nobody is logged in, or there is nothing to end.
    const none = error?.condition === 'NotAllowed' && context.service?.continued !== true;
    if (error === undefined || none) return closed();
    if (error.condition === 'Unreachable') return failed(error);
    login.need((result) => {
      if (result.ok) closed();
      else failed(result.error);
    });
  });
}
