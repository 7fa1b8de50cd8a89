import type { Message, MessageHeader, Nexo, SaleToPOIResponse } from '../protocol/types.ts';
import { type Core, pause } from './core.ts';
import { Dialog } from './dialog.ts';
import type { CardAsk, Reply } from './effects.ts';
import { abortError, dialogError } from './failures.ts';
import { type Login, NO_IDS } from './login.ts';
import { matched, poiTransactionIn } from './match.ts';
import { CARD_ABORTED as ABORTED, CARD_WAITED, NO_SERVICE } from './reasons.ts';
import type { Reason, TransactionRecord } from './record.ts';
import { abortRequest, cardRequest, continueRequest, type DeviceBody, serviceRequest } from './requests.ts';
import { reasonOf } from './verdict.ts';

type Category = MessageHeader['MessageCategory'];
/** Something to be done while the service has its turn, one at a time; `drop`: it will not be. */
interface Task {
  run(done: () => void): void;
  drop(reason: Reason): void;
}
/** What is asked for and by whom. */
type Read = CardAsk & { ref: string };

/**
 * A card that is read before the amount is known (page *Advanced loyalty*): EnableService, one or more CardAcquisitions,
 * then the payment of the same transactionId, or an end. Any PaymentRequest would charge the card that was read: so the
 * terminal is this transaction's alone until its payment leaves or the service is closed.
 */
export class CardService {
  readonly transactionId: string;
  readonly #core: Core;
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
  constructor(core: Core, login: Login, transactionId: string, ended: (service: CardService) => void) {
    this.#core = core;
    this.#login = login;
    this.transactionId = transactionId;
    this.#ended = ended;
  }

  /** Its turn has come. */
  run(): void {
    this.#core.clear(this.#timer);
    this.#turn = true;
    this.#pump();
  }

  /** Gives up when its turn has not come after `ms`. */
  waitAtMost(ms: number): void {
    this.#core.after(this.#timer, ms, () => this.leave(CARD_WAITED));
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
      run: (done) => new Dialog(this.#core, this.#login, ref, body, done).run(),
      drop: (reason) => this.#core.push({ type: 'failed', ref, error: dialogError(reason) }),
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
      this.#core.push({ type: 'done', ref, result: { type: 'abort', sent, transactionId } });
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
    this.#core.clear(this.#timer);
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
    this.#core.enter('cardRead');
    this.#core.after(this.#timer, this.#core.config.limits.card, () => this.#close());
  }

  #drop(reason: Reason): void {
    for (const task of this.#tasks.splice(0)) task.drop(reason);
  }

  /** Gives up its turn, or its place in line. */
  leave(reason: Reason): void {
    if (this.#over) return;
    this.#over = true;
    this.#core.clear(this.#timer);
    this.#drop(reason);
    this.#ended(this);
  }

  get #isOpen(): boolean {
    return this.#core.service?.owner === this.transactionId;
  }

  /** The session sees to it that the service is closed before anything else has its turn, its own payment included. */
  #close(): void {
    const { service } = this.#core;
    if (this.#isOpen) delete service?.owner;
    this.leave(ABORTED);
  }

  #read(ask: Read, done: () => void): void {
    this.#core.enter('paying');
    this.#open((error) => {
      const given = error ?? (this.#aborted ? ABORTED : undefined);
      if (given === undefined) return this.#acquire(ask, done);
      this.#answer(ask.ref, given);
      this.#close();
    });
  }

  /** Opens the service where it is not open yet. */
  #open(then: (error?: Reason) => void): void {
    const { config } = this.#core;
    if (this.#isOpen) return then();
    if (!config.autoLogin || this.#login.status === 'in') return this.#start(then, 0, false);
    this.#login.need((result) => (result.ok ? this.#start(then, 0, true) : then(result.error)));
  }

  #start(then: (error?: Reason) => void, busy: number, loginTried: boolean): void {
    const core = this.#core;
    if (this.#aborted) return then(ABORTED);
    // From here on it may be open, whatever becomes of the answer.
    core.service = { owner: this.transactionId, known: true };
    this.#send('EnableService', core.config.limits.status, serviceRequest('StartTransaction'), (answer) => {
      if (answer.error === undefined) return then();
      if (answer.response === undefined) return then(answer.error);
      delete core.service;
      const { condition } = answer.error;
      const { busyPayment } = core.config.limits;
      if (condition === 'Busy' && busy < busyPayment.length) {
        return core.after(this.#timer, pause(busyPayment, busy), () => this.#start(then, busy + 1, loginTried));
      }
      if (condition !== 'NotAllowed' || !core.config.autoLogin || loginTried) return then(answer.error);
      this.#login.status = 'out';
      this.#login.need((result) => (result.ok ? this.#start(then, busy, true) : then(result.error)));
    });
  }

  #acquire(ask: Read, done: () => void): void {
    const core = this.#core;
    const { limits } = core.config;
    const body = cardRequest(ask, core.now);
    this.#send('CardAcquisition', limits.response, body, ({ error, request, response, serviceId }) => {
      this.#reading = undefined;
      // A login may have been answered meanwhile that the terminal took before: the card was read after it.
      core.service = { ...core.service, owner: this.transactionId, known: true };
      // To the terminal this is its last transaction now.
      if (response && serviceId && !error) core.answered(serviceId, poiTransactionIn(response));
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
    const core = this.#core;
    const { transactionId } = this;
    const own = core.serviceId();
    if (own === undefined) return core.push({ type: 'failed', ref, error: abortError(NO_IDS) });
    this.#drop(ABORTED);
    const request = abortRequest(core.config, own, 'CardAcquisition', serviceId);
    core.send(request, { overtake: true, timeout: core.config.limits.abort }, (reply) => {
      if (reply.type !== 'empty' && reply.type !== 'message') {
        return core.push({ type: 'failed', ref, error: abortError(reply.reason) });
      }
      // A card that came first is not kept either.
      this.#aborted = true;
      core.push({ type: 'done', ref, result: { type: 'abort', request, sent: true, transactionId } });
      if (!this.#busy) this.#close();
    });
  }

  #proceed(ref: string, done: () => void): void {
    const core = this.#core;
    if (!this.#isOpen) {
      this.#answer(ref, NO_SERVICE);
      return done();
    }
    core.service = { owner: this.transactionId, known: true, continued: true };
    this.#send('Display', core.config.limits.dialog, continueRequest(), ({ error, request, response }) => {
      // A display may be answered with nothing but the word that it came.
      this.#answer(ref, error, { ...(request && { request }), ...(response && { response }) });
      done();
    });
  }

  #answer(ref: string, error?: Reason, messages: { request?: Message; response?: SaleToPOIResponse } = {}): void {
    const { transactionId } = this;
    this.#core.push({
      type: 'done',
      ref,
      result: { type: 'card', transactionId, ...messages, ...(error && { error }) },
    });
  }

  #send(category: Category, timeout: number, make: MakeRequest, then: (answer: Answer) => void): void {
    const core = this.#core;
    const serviceId = core.serviceId();
    if (serviceId === undefined) return then({ error: { condition: 'Journal', message: NO_IDS } });
    const request = make(core.config, serviceId);
    if (category === 'CardAcquisition') {
      this.#reading = serviceId;
      core.precedes(serviceId);
    }
    core.send(request, { overtake: false, timeout }, (reply) => {
      then({ ...answerIn(core, category, serviceId, reply), request, serviceId });
    });
  }
}

/** Not a member's card alone. */
function pays({ PaymentInstrumentData }: Nexo<'CardAcquisitionResponse'>): boolean {
  return !/^0[34],/.test(PaymentInstrumentData?.CardData?.PaymentBrand ?? '');
}

type MakeRequest = (identity: Core['config'], serviceId: string) => Message;
interface Answer {
  error?: Reason;
  request?: Message;
  response?: SaleToPOIResponse;
  serviceId?: string;
}

function answerIn(core: Core, category: Category, serviceId: string, reply: Reply): Answer {
  if (reply.type === 'empty' && category === 'Display') return {};
  const match = matched(reply, core.config, category, serviceId);
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
export function closeService(core: Core, login: Login, done: () => void, failed: (error: Reason) => void): void {
  const serviceId = core.serviceId();
  if (serviceId === undefined) return failed({ condition: 'Journal', message: NO_IDS });
  const closed = () => {
    delete core.service;
    done();
  };
  const request = serviceRequest('AbortTransaction')(core.config, serviceId);
  core.send(request, { overtake: false, timeout: core.config.limits.status }, (reply) => {
    const { error } = answerIn(core, 'EnableService', serviceId, reply);
    // Nobody is logged in, or there is nothing to end.
    const none = error?.condition === 'NotAllowed' && core.service?.continued !== true;
    if (error === undefined || none) return closed();
    if (error.condition === 'Unreachable') return failed(error);
    login.need((result) => {
      if (result.ok) closed();
      else failed(result.error);
    });
  });
}
