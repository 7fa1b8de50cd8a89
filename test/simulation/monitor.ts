import type { MessageHeader, Nexo, SaleToPOIRequest } from '../../lib/protocol/types.ts';
import type { ExchangeResult } from '../../lib/session/events.ts';
import { serialIn } from '../../lib/session/inbound/terminal-address.ts';
import type { TransactionRecord } from '../../lib/session/record.ts';
import type { StoredTransaction as Ended } from '../../lib/virtual/terminal/transaction-records.ts';
import * as delivery from './delivery-invariants.ts';
import type { Disturbance } from './disturbances.ts';
import {
  type Call,
  idOf,
  newSent,
  newStory,
  requestId,
  type Sent,
  type Story,
  type Telling,
  type Till,
} from './evidence.ts';
import * as check from './invariants.ts';
import type { JournalModel, Row } from './journal.ts';
import { answersRequest, moneyResult } from './reading.ts';

/** What stands at a till: its serial number, which memory it has, and the ServiceID of the last transaction in it. */
type Standing = { readonly serial: string | undefined; readonly memory: number; readonly last: string | undefined };
/** The same, and whether it works on a request that moves money. */
type Working = { readonly memory: number; readonly running: boolean };

/** Whose answers to a payment say that it was not started. */
const NOT_STARTED = new Set(['Busy', 'NotAllowed', 'LoggedOut']);

/** Sees everything that crosses a border (disk, network, terminal, flow) and holds it against the invariants at once. */
export class Monitor {
  readonly stories = new Map<string, Story>();
  readonly tills: Till[] = [];
  life = 0;
  /** A change of the journal that was not reported. */
  missing: string | undefined;
  readonly #journal: JournalModel;
  #order = 0;

  readonly #disturbances: readonly Disturbance[];

  constructor(journal: JournalModel, disturbances: readonly Disturbance[]) {
    this.#disturbances = disturbances;
    this.#journal = journal;
  }

  till(name: string, poiId: string): Till {
    const names = new Set([name]);
    const till: Till = {
      ...{ name, names, poiId, serviceIds: new Set(), byServiceId: new Map(), sentAt: [], out: undefined },
    };
    this.tills.push(till);
    return till;
  }

  story(key: string): Story {
    let story = this.stories.get(key);
    if (story === undefined) {
      story = newStory(key);
      this.stories.set(key, story);
    }
    return story;
  }

  /** A request leaves for a terminal. @param device what stands there @param now in ms of virtual time */
  sent(till: Till, device: Standing, request: SaleToPOIRequest, now: number): void {
    const { MessageHeader: header, PaymentRequest: payment } = request;
    const serviceId = header.ServiceID ?? '';
    check.staysApart(till, header);
    till.sentAt.push(now);
    if (till.sentAt.length > check.STORM) check.noStorm(till, now - (till.sentAt.shift() ?? 0));
    check.serviceIdIsNew(till, header);
    till.serviceIds.add(idOf(header));
    const about = request.TransactionStatusRequest?.MessageReference?.ServiceID;
    if (about !== undefined && about === till.out?.serviceId) till.out.asked = true;
    // Who has lost the journal cannot know: journalIsKnown is about that.
    if (request.LoginRequest && this.missing === undefined) check.statusCameFirst(till);
    if (request.ReversalRequest) return this.#reversing(till, device, header, request.ReversalRequest);
    if (payment === undefined) return;
    const key = payment.SaleData.SaleTransactionID.TransactionID;
    check.intentIsDurable(key, serviceId, this.#journal.rows.get(key));
    delivery.journalIsKnown(key, this.missing);
    check.nothingElseIsOut(till, key, false, this.#journal.rows.values());
    const story = this.story(key);
    const sent = this.#newSent(till, serviceId, device);
    story.sent.push(sent);
    till.byServiceId.set(idOf(header), { story, sent });
    till.out = { key, serviceId, asked: false, settled: false };
  }

  #reversing(till: Till, device: Standing, header: MessageHeader, request: Nexo<'ReversalRequest'>): void {
    const { ServiceID: serviceId = '' } = header;
    const rows = [...this.#journal.rows.values()];
    const row = rows.find((one) => till.names.has(one.terminal) && one.reversal?.serviceId === serviceId);
    const key = row?.transactionId ?? '?';
    const story = this.story(key);
    check.intentIsDurable(key, serviceId, row);
    // Proven not started, though the disk did not take it: the next attempt says so.
    const ran = till.byServiceId.get(idOf({ ...header, ServiceID: till.out?.serviceId ?? '' }))?.sent.ended;
    if (till.out?.key === key && ran === undefined) till.out.settled = true;
    check.nothingElseIsOut(till, key, true, rows);
    // A worker that dies while it writes is an ambiguous write too: it counts once those are withstood.
    if (this.#disturbances.includes('ambiguousWrite')) delivery.wasNotDenied(story, row);
    check.reversesItsOwn(story, request.OriginalPOITransaction.POITransactionID?.TransactionID);
    till.byServiceId.set(idOf(header), { story, sent: this.#newSent(till, serviceId, device) });
    till.out = { key, serviceId, asked: false, settled: false };
  }

  /** Where the latest login was another terminal's, the next one ends what the POS knew, whichever got the request. */
  #newSent({ loggedIn }: Till, serviceId: string, device: Standing): Sent {
    const sent = newSent(serviceId, this.#order++, device);
    if (loggedIn !== undefined && loggedIn !== device.serial) sent.stranger = true;
    return sent;
  }

  /** The POS gets an answer. @param device what stands there */
  replied(till: Till, device: Working, request: SaleToPOIRequest, reply: ExchangeResult): void {
    const { MessageHeader: header } = request;
    const serviceId = header.ServiceID ?? '';
    const known = till.byServiceId.get(idOf(header));
    const answered = reply.type === 'message' && answersRequest(header, reply.header);
    if (answered && till.out?.serviceId === serviceId) till.out.asked = true;
    if (answered && request.LoginRequest) {
      this.#loggedIn(till, device);
      till.loggedIn = serialIn(reply.response) ?? till.loggedIn;
    }
    if (answered) this.#repeats(till, reply);
    if (answered) this.#remembers(till, device, reply);
    const refused = answered && NOT_STARTED.has(moneyResult(reply.response)?.ErrorCondition ?? '');
    if (known !== undefined && (refused || reply.type === 'unreachable')) this.#refused(till, device, known.sent);
  }

  #loggedIn(till: Till, { memory }: Working): void {
    const out = till.out && till.byServiceId.get(requestId(till.name, till.out.serviceId))?.sent;
    if (out !== undefined && out.sentTo !== memory) out.stranger = true;
  }

  /**
   * The POS was answered that a request was not started. It is believed only as far as that is true: one that was taken up
   * has ended without a trace only where the same terminal has restarted since.
   */
  #refused(till: Till, device: Working, sent: Sent): void {
    const forgotten = sent.ended === undefined && sent.memory === device.memory && !device.running;
    const ranOn = sent.begun && !forgotten && !NOT_STARTED.has(sent.ended ?? '');
    if (ranOn || sent.onTheWay > 0) return;
    sent.refused = true;
    if (till.out?.serviceId === sent.serviceId) till.out = undefined;
  }

  /** The network takes a request, or one more copy of it. */
  underway(till: Till, request: SaleToPOIRequest, copies: 1 | -1): void {
    const known = till.byServiceId.get(idOf(request.MessageHeader));
    if (known !== undefined) known.sent.onTheWay += copies;
  }

  /** The device takes a request up: what it says of its copies later does not change that. */
  begun(till: Till, memory: number, request: SaleToPOIRequest): void {
    const known = till.byServiceId.get(idOf(request.MessageHeader));
    if (known !== undefined) Object.assign(known.sent, { begun: true, memory });
  }

  /** A terminal that repeats that it refused a request: it was not started. */
  #remembers(till: Till, device: Working, reply: Extract<ExchangeResult, { type: 'message' }>): void {
    const repeated = reply.response.TransactionStatusResponse?.RepeatedMessageResponse;
    const known = repeated?.MessageHeader && till.byServiceId.get(idOf(repeated.MessageHeader));
    if (repeated === undefined || known === undefined) return;
    if (NOT_STARTED.has(moneyResult(repeated)?.ErrorCondition ?? '')) this.#refused(till, device, known.sent);
  }

  /** What the terminal says about a payment that a person ruled on. */
  #repeats(till: Till, reply: Extract<ExchangeResult, { type: 'message' }>): void {
    const repeated = reply.response.TransactionStatusResponse?.RepeatedMessageResponse;
    const story = repeated?.MessageHeader && till.byServiceId.get(idOf(repeated.MessageHeader))?.story;
    const record = story && this.#journal.rows.get(story.key);
    if (story === undefined || record?.state !== 'ruled') return;
    const result = repeated?.PaymentResponse?.Response;
    const certain = ['Success', 'Partial', 'Refusal', 'WrongPIN', 'InvalidCard', 'Cancel', 'Aborted'];
    const ended = result?.ErrorCondition ?? result?.Result ?? '';
    if (!certain.includes(ended) || story.sent.at(-1)?.ended !== ended) return;
    // Flows ask about it too; what they hear is not for the session.
    story.evidence.push(ended);
  }

  /** Something ended on the terminal: its ledger has a new line. */
  ended(till: Till, { header, body, moved, reversed }: Ended): void {
    const known = till.byServiceId.get(idOf(header));
    const result = moneyResult(body);
    if (known && result) known.sent.ended = result.ErrorCondition ?? result.Result;
    if (reversed !== undefined) return this.#reversed(till, known?.story, reversed);
    if (moved === undefined) return;
    const { serviceId, poiTransactionId, amount, currency } = moved;
    const story = this.story(moved.transactionId);
    story.moved.push({ serviceId, poiTransactionId, amount, currency, order: this.#order++, reversed: false });
    check.atMostOneCharge(story);
    check.noApprovalDenied(story);
  }

  #reversed(till: Till, story: Story | undefined, named: string): void {
    check.reversesItsOwn(story, named);
    const moved = story?.moved.find(({ poiTransactionId, reversed }) => poiTransactionId === named && !reversed);
    if (story === undefined || moved === undefined) return;
    moved.reversed = true;
    let later = 0;
    for (const { story: other } of till.byServiceId.values()) {
      if (other !== story) later += other.moved.filter(({ order }) => order > moved.order).length;
    }
    check.wasLast(story, later);
  }

  /** A row is on the disk. */
  committed(row: Row): void {
    check.noSecrets('the journal', row.text);
    this.story(row.transactionId).writtenIn = this.life;
    for (const till of this.tills) {
      const { out } = till;
      if (out?.key !== row.transactionId) continue;
      if (row.state === 'closed' || row.state === 'ruled') till.out = undefined;
      else if (row.state === 'held' || row.state === 'reverse') out.settled = true;
    }
  }

  /** The flow is told an outcome; `calls`: who hears of it. */
  told(till: Till, record: TransactionRecord, final: boolean, calls: readonly Call[]): void {
    const story = this.story(record.transactionId);
    const telling: Telling = { record, final, order: this.#order++, life: this.life };
    if (record.ruling !== undefined) story.ruled = true;
    if (final) {
      check.answerIsDurable(till, telling, this.#journal.rows.get(record.transactionId));
      if (!story.ruled) check.approvalMatches(story, till, telling);
      if (!story.ruled) check.abortDecidesNothing(story, telling);
    }
    check.oneFinalOutcome(story, calls, telling);
    story.told.push(telling);
    if (!final) return;
    if (record.state === 'closed' && record.reversal !== undefined) story.denied = record.outcome !== 'reversed';
    check.noApprovalDenied(story);
    check.moneyEqualsReport(story, telling);
    check.moneyEqualsPayload(story, telling);
    check.sameAfterKill(story);
  }

  /**
   * A journal that cannot be read hides what became of a transactionId before: then only this message is spoken of, of
   * which nothing has been sent.
   */
  toldBlindly(key: string, calls: readonly Call[]): void {
    this.story(key).blind = true;
    for (const call of calls) check.answeredOnce(call);
  }

  /** The process is gone; whoever starts next has not asked about anything yet. */
  killed(): void {
    this.life++;
    for (const till of this.tills) {
      till.loggedIn = undefined;
      if (till.out !== undefined) till.out.asked = false;
    }
    for (const story of this.stories.values()) {
      if (this.#journal.rows.get(story.key)?.state !== 'closed') story.killed = true;
    }
  }
}
