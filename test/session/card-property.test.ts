import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import type { SaleToPOIResponse } from '../../lib/protocol/types.ts';
import type { ExchangeResult, SessionEvent } from '../../lib/session/events.ts';
import { Driver } from '../support/session-driver.ts';

const IDS = ['A', 'B', 'C'] as const;
type Sent = Driver['sent'][number];
/** What becomes of an open request. */
const FATES = [
  ...['done', 'done', 'done', 'done', 'lost after', 'lost before', 'refused', 'busy', 'unreachable', 'notAllowed'],
] as const;

const step = fc.oneof(
  fc.record({
    do: fc.constant('card'),
    id: fc.constantFrom(...IDS),
    action: fc.constantFrom('read', 'read', 'continue', 'abort'),
  }),
  fc.record({ do: fc.constant('pay'), id: fc.constantFrom(...IDS) }),
  fc.record({ do: fc.constantFrom('abort', 'login', 'show', 'request', 'status', 'reverse', 'logout') }),
  fc.record({ do: fc.constantFrom('hold writes', 'store', 'fail writes', 'store all', 'restart') }),
  fc.record({ do: fc.constant('answer'), fate: fc.constantFrom(...FATES), which: fc.constantFrom(0, 0, 0, 1, 2) }),
  fc.record({ do: fc.constant('wait'), ms: fc.constantFrom(600, 5_000, 61_000, 700_000) }),
);
type Step = { do: string; id?: string; action?: string; fate?: string; which?: number; ms?: number };

/** A terminal that holds the card it read, and charges it with whatever PaymentRequest comes next. */
class Terminal {
  till: Driver;
  held: string | undefined;
  readonly #settings: { autoLogin: boolean; whenBusy: 'wait' | 'refuse' };
  /** Who has to be answered. */
  readonly #asked = new Set<string>();
  readonly #charged = new Map<string, number>();
  readonly #transactions = new Map<string, SaleToPOIResponse>();
  /** Exchanges that it has carried out. */
  readonly #carriedOut = new Set<number>();
  #serial = 0;
  #serviceIds = 10_000;

  constructor(settings: { autoLogin: boolean; whenBusy: 'wait' | 'refuse' }) {
    this.#settings = settings;
    this.till = new Driver({ loggedIn: true, config: settings });
    this.till.pay('before');
    this.#answer('done', 0);
  }

  play(step: Step): void {
    this.#do(step, `${step.do} ${++this.#serial}`);
    this.check();
  }

  #do(step: Step, ref: string): void {
    const { till } = this;
    switch (step.do) {
      case 'pay':
        return till.pay(step.id ?? '');
      case 'reverse':
        return till.event({ type: 'reverse', ref, reason: 'MerchantCancel', node: 'n' });
      case 'hold writes':
        till.holdWrites = true;
        return;
      case 'store':
        if (till.pendingWrites.length > 0) till.store();
        return;
      case 'fail writes':
        till.failWrites = 'disk full';
        return;
      case 'store all':
        return this.#storeAll();
      case 'restart':
        return this.#restart();
      case 'wait':
        return till.advance(step.ms ?? 0);
      case 'answer':
        return this.#answer(step.fate ?? 'done', step.which ?? 0);
      default:
        this.#asked.add(ref);
        return till.event(questionOf(step, ref));
    }
  }

  /** One request that does not overtake is out at most, nobody pays twice, and no payment leaves on another's card. */
  check(): void {
    const open = this.till.sent.filter((sent) => sent.open);
    assert.ok(open.filter(({ overtake }) => !overtake).length <= 1, 'two requests at once');
    for (const { request } of open) {
      const id = request.PaymentRequest?.SaleData.SaleTransactionID.TransactionID;
      if (id !== undefined && this.held !== undefined) assert.equal(id, this.held, 'the card of another was charged');
    }
    for (const [id, times] of this.#charged) assert.ok(times <= 1, `${id} was charged ${times} times`);
  }

  #answer(fate: string, which: number): void {
    const all = this.till.sent.filter(({ open }) => open);
    const sent = all[Math.min(which, all.length - 1)];
    if (sent === undefined) return;
    if (fate === 'unreachable' && !this.#carriedOut.has(sent.exchange)) {
      return this.till.reply(sent, { type: 'unreachable', reason: 'ECONNREFUSED' });
    }
    if (fate === 'lost before') return this.till.reply(sent, { type: 'lost', reason: 'reset' });
    if (fate === 'busy') return this.till.reply(sent, this.#message(sent, 'Busy'));
    if (fate === 'notAllowed' || fate === 'refused') {
      // Without a session, and after a payment that was refused, no card is held.
      if (fate === 'notAllowed' || sent.request.PaymentRequest) this.held = undefined;
      const refusal = this.#message(sent, fate === 'refused' ? 'Refusal' : 'NotAllowed');
      if (fate === 'refused') this.#remember(sent, refusal);
      return this.till.reply(sent, refusal);
    }
    if (!this.#carriedOut.has(sent.exchange)) this.#carryOut(sent);
    this.till.reply(sent, fate === 'lost after' ? { type: 'lost', reason: 'reset' } : this.#message(sent));
  }

  #carryOut(sent: Sent): void {
    const { request } = sent;
    this.#carriedOut.add(sent.exchange);
    this.#remember(sent, this.#message(sent));
    const { CardAcquisitionRequest, EnableServiceRequest, PaymentRequest } = request;
    if (CardAcquisitionRequest) this.held = CardAcquisitionRequest.SaleData.SaleTransactionID.TransactionID;
    if (EnableServiceRequest?.TransactionAction === 'AbortTransaction') this.held = undefined;
    if (request.LoginRequest || request.LogoutRequest || PaymentRequest) this.held = undefined;
    const id = PaymentRequest?.SaleData.SaleTransactionID.TransactionID;
    if (id !== undefined) this.#charged.set(id, (this.#charged.get(id) ?? 0) + 1);
  }

  #remember({ request, header }: Sent, reply: ExchangeResult): void {
    const transaction = request.PaymentRequest ?? request.CardAcquisitionRequest ?? request.ReversalRequest;
    if (transaction && reply.type === 'message') this.#transactions.set(header.ServiceID ?? '', reply.response);
  }

  #message({ header, request }: Sent, ErrorCondition?: string): ExchangeResult {
    const category = header.MessageCategory;
    if (category === 'Abort' || category === 'Display') return { type: 'empty' };
    const Response = ErrorCondition === undefined ? { Result: 'Success' } : { Result: 'Failure', ErrorCondition };
    const own = { ...header, MessageType: 'Response' };
    const POIData = { POITransactionID: { TransactionID: `poi-${header.ServiceID}`, TimeStamp: 'T' } };
    const body: Record<string, unknown> = { Response };
    const { CardAcquisitionRequest, PaymentRequest, ReversalRequest, TransactionStatusRequest } = request;
    if (CardAcquisitionRequest) Object.assign(body, { POIData, SaleData: CardAcquisitionRequest.SaleData });
    if (TransactionStatusRequest && ErrorCondition === undefined) {
      const about = TransactionStatusRequest.MessageReference?.ServiceID;
      const found = about === undefined ? [...this.#transactions.values()].at(-1) : this.#transactions.get(about);
      if (found) body.RepeatedMessageResponse = found;
      else body.Response = { Result: 'Failure', ErrorCondition: 'NotFound' };
    }
    if (PaymentRequest) {
      const { Currency, RequestedAmount } = PaymentRequest.PaymentTransaction.AmountsReq;
      const PaymentResult = { AmountsResp: { Currency, AuthorizedAmount: RequestedAmount } };
      Object.assign(body, { POIData, SaleData: PaymentRequest.SaleData }, ErrorCondition ? {} : { PaymentResult });
    }
    const reversed = ReversalRequest?.OriginalPOITransaction.POITransactionID;
    if (reversed && ErrorCondition === undefined) body.POIData = { POITransactionID: reversed };
    const response = { MessageHeader: own, [`${category}Response`]: body } as unknown as SaleToPOIResponse;
    return { type: 'message', header: own, response };
  }

  /** The process is killed and started again; the terminal knows nothing of that. What was out may still arrive, or not. */
  #restart(): void {
    if (this.#serial % 2 === 0) for (const sent of this.till.sent) if (sent.open) this.#carryOut(sent);
    this.#carriedOut.clear();
    this.#asked.clear();
    const rows = [...this.till.rows.values()].map((row) => structuredClone(row));
    const closed = rows.filter((row) => row.state === 'closed' && row.answered);
    const last = closed.sort((a, b) => a.updatedAt - b.updatedAt).at(-1);
    const { ms } = this.till;
    this.#serviceIds += 10_000;
    this.till = new Driver({
      config: this.#settings,
      restored: {
        unfinished: rows.filter(({ state }) => state !== 'closed'),
        ...(last && { last }),
        serviceIds: { next: this.#serviceIds, end: this.#serviceIds + 5_000 },
      },
    });
    for (const row of rows) if (!this.till.rows.has(row.transactionId)) this.till.rows.set(row.transactionId, row);
    this.till.ms = Math.max(this.till.ms, ms) + 1_000;
  }

  #storeAll(): void {
    this.till.failWrites = undefined;
    this.till.holdWrites = false;
    while (this.till.pendingWrites.length > 0) this.till.store();
  }

  /** Whatever waits gets its answer; then every question was answered once, and the journal says what was charged. */
  finish(): void {
    this.#storeAll();
    for (let round = 0; round < 600; round++) {
      for (let tries = 0; this.till.sent.some(({ open }) => open); tries++) {
        assert.ok(tries < 200, 'it never stops asking');
        this.#answer('done', 0);
        this.check();
      }
      this.till.advance(2_000);
      this.check();
    }
    const rows = [...this.till.rows.values()];
    // What a person has to rule on keeps the others waiting.
    if (rows.some(({ state, reversal }) => state === 'unresolved' || reversal?.reported)) return;
    const answers = this.till.done.map(({ ref }) => ref);
    for (const ref of this.#asked) {
      assert.equal(
        answers.filter((one) => one === ref).length,
        1,
        `${ref} was answered not once: ${answers.join(', ')}`,
      );
    }
    for (const { transactionId, outcome } of rows) {
      const moved = outcome === 'approved' || outcome === 'partial' || outcome === 'reversed';
      assert.equal(this.#charged.get(transactionId) ?? 0, moved ? 1 : 0, `${transactionId} is ${outcome}`);
    }
  }
}

function questionOf(step: Step, ref: string): SessionEvent {
  switch (step.do) {
    case 'card':
      return { type: 'card', ref, transactionId: step.id ?? '', action: step.action as 'read' };
    case 'show':
      return { type: 'device', ref, body: { DisplayRequest: { DisplayOutput: [] } } };
    case 'request':
      return { type: 'request', ref, name: 'DiagnosisRequest', body: { DiagnosisRequest: {} } };
    case 'logout':
      return { type: 'logout', ref, maintenanceAllowed: true };
    default:
      return { type: step.do as 'abort' | 'login' | 'status', ref };
  }
}

it('a card that was read is charged for its own payment only, whatever happens, and every question is answered once', () => {
  const settings = fc.record({
    autoLogin: fc.boolean(),
    whenBusy: fc.constantFrom('wait' as const, 'refuse' as const),
  });
  fc.assert(
    fc.property(settings, fc.array(step, { maxLength: 45, size: 'max' }), (setting, steps) => {
      const terminal = new Terminal(setting);
      for (const one of steps) terminal.play(one as Step);
      terminal.finish();
    }),
    { numRuns: 1_500 },
  );
});
