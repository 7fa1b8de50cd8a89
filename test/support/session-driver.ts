import assert from 'node:assert/strict';
import { toMinor } from '../../lib/protocol/amounts.ts';
import { swedbankPay } from '../../lib/protocol/profiles/swedbank-pay.ts';
import type { TerminalLocation } from '../../lib/protocol/terminal-location.ts';
import type { MessageHeader, Nexo, SaleToPOIRequest, SaleToPOIResponse } from '../../lib/protocol/types.ts';
import type { Effect } from '../../lib/session/effects.ts';
import type { ExchangeResult, SessionEvent } from '../../lib/session/events.ts';
import type { NamedOrder, TransactionRecord } from '../../lib/session/record.ts';
import { type RecoveryState, Session } from '../../lib/session/session.ts';
import type { SessionConfig } from '../../lib/session/session-context.ts';
import { defaultTimeouts } from '../../lib/session/timeouts.ts';

export const config: SessionConfig = {
  terminal: '1/T1',
  saleId: '1',
  poiId: 'T1',
  language: 'sv',
  profile: swedbankPay,
  software: { ProviderIdentification: 'x', ApplicationName: 'x', SoftwareVersion: '1' },
  autoLogin: true,
  whenBusy: 'wait',
  approvedAfterAbort: 'keep',
  signature: 'report',
  timeouts: defaultTimeouts,
};

type Of<T extends Effect['type']> = Extract<Effect, { type: T }>;
type Write = Of<'begin' | 'put'>;
type Sent = Of<'send'> & { request: SaleToPOIRequest; header: MessageHeader; open: boolean };

/** Drives a session without I/O: the test sees every effect, advances the clock, and plays the terminal. */
export class Driver {
  readonly session: Session;
  readonly rows = new Map<string, TransactionRecord>();
  readonly sent: Sent[] = [];
  readonly outcomes: Of<'outcome'>[] = [];
  readonly done: (Of<'done'> | Of<'failed'>)[] = [];
  readonly states: string[] = [];
  readonly notifications: (Of<'alarm'> | Of<'notification'> | Of<'display'>)[] = [];
  readonly phases: Of<'phase'>[] = [];
  readonly responses: Of<'respond'>[] = [];
  /** Its addresses, and the notices about them. */
  readonly moves: (Of<'move'> | Of<'address'>)[] = [];
  /** What is on disk of where the terminal is. */
  place: TerminalLocation | undefined;
  /** Writes that wait for `store()`; filled only with `holdWrites`. */
  readonly pendingWrites: Write[] = [];
  holdWrites = false;
  failWrites: string | undefined;
  ms = Date.UTC(2026, 0, 1);
  readonly #timers = new Map<string, number>();
  readonly #events: SessionEvent[] = [];
  #draining = false;
  #refs = 0;

  constructor(
    options: { config?: Partial<SessionConfig>; restored?: Partial<RecoveryState>; loggedIn?: boolean } = {},
  ) {
    const restored: RecoveryState = {
      unfinished: [],
      undelivered: [],
      serviceIds: { next: 1000, end: 2000 },
      ...options.restored,
    };
    for (const record of [...restored.unfinished, ...restored.undelivered]) this.rows.set(record.transactionId, record);
    this.place = restored.place;
    this.session = new Session({ ...config, ...options.config }, restored);
    this.event({ type: 'start' });
    if (options.loggedIn) {
      this.event({ type: 'login', ref: 'setup' });
      this.answer('Login', { LoginResponse: { Response: { Result: 'Success' } } });
      if (this.sent.at(-1)?.header.MessageCategory === 'TransactionStatus') this.statusFailure('NotFound');
      this.sent.length = 0;
      this.done.length = 0;
    }
  }

  event(event: SessionEvent): void {
    this.#events.push(event);
    if (this.#draining) return;
    this.#draining = true;
    for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
      for (const effect of this.session.handle(next, { ms: this.ms, offset: 60 })) this.#run(effect);
    }
    this.#draining = false;
  }

  pay(transactionId: string, amount = '89.00', more: Partial<NamedOrder> = {}): void {
    const minor = toMinor(amount, 'SEK', 'amount');
    const order: NamedOrder = {
      transactionId,
      amount: minor,
      currency: 'SEK',
      cashBack: 0,
      paymentType: 'Normal',
      ...more,
    };
    this.event({ type: 'pay', ref: `${transactionId}#${++this.#refs}`, order, node: 'node1' });
  }

  /** The request that is open, of that category. */
  open(category: MessageHeader['MessageCategory']): Sent {
    const found = this.sent.findLast((sent) => sent.open && sent.header.MessageCategory === category);
    assert.ok(found, `no open ${category}; sent: ${this.categories().join(' ')}`);
    return found;
  }

  categories(): string[] {
    return this.sent.map((sent) => sent.header.MessageCategory);
  }

  reply(sent: Sent, reply: ExchangeResult): void {
    sent.open = false;
    this.event({ type: 'reply', exchange: sent.exchange, reply });
  }

  /** Answers the open request of that category; `header` spoils the answer's own. */
  answer(
    category: MessageHeader['MessageCategory'],
    body: Omit<SaleToPOIResponse, 'MessageHeader'>,
    header: Partial<MessageHeader> = {},
  ): void {
    const sent = this.open(category);
    const own: MessageHeader = { ...sent.header, MessageType: 'Response', ...header };
    this.reply(sent, { type: 'message', header: own, response: { MessageHeader: own, ...body } });
  }

  payment(result: Partial<PaymentAnswer> = {}, header: Partial<MessageHeader> = {}): void {
    this.answer('Payment', paymentResponse(this.open('Payment').request, result), header);
  }

  /** The payment is refused, and its status agrees that nothing was started. */
  refused(ErrorCondition: string): void {
    this.payment({ Result: 'Failure', ErrorCondition });
    this.statusFailure('NotFound');
  }

  /** TransactionStatus that repeats the answer to a payment sent earlier. */
  statusRepeats(about: Sent, result: Partial<PaymentAnswer> = {}, header: Partial<MessageHeader> = {}): void {
    const MessageHeader: MessageHeader = { ...about.header, MessageType: 'Response', ...header };
    this.answer('TransactionStatus', {
      TransactionStatusResponse: {
        Response: { Result: 'Success' },
        RepeatedMessageResponse: { MessageHeader, ...paymentResponse(about.request, result) },
      },
    });
  }

  /** After a start without autoLogin: no card is held from before. */
  noCardHeld(): void {
    this.answer('EnableService', {
      EnableServiceResponse: { Response: { Result: 'Failure', ErrorCondition: 'NotAllowed' } },
    });
  }

  /** The answer to an open Reversal. */
  reversal(result: 'Success' | 'Failure' = 'Success', ErrorCondition?: string): void {
    this.answer('Reversal', reversalResponse(this.open('Reversal').request, result, ErrorCondition));
  }

  /** TransactionStatus that repeats the answer to a reversal sent earlier. */
  statusRepeatsReversal(about: Sent): void {
    const MessageHeader: MessageHeader = { ...about.header, MessageType: 'Response' };
    this.answer('TransactionStatus', {
      TransactionStatusResponse: {
        Response: { Result: 'Success' },
        RepeatedMessageResponse: { MessageHeader, ...reversalResponse(about.request, 'Success') },
      },
    });
  }

  statusFailure(condition: string): void {
    this.answer('TransactionStatus', {
      TransactionStatusResponse: { Response: { Result: 'Failure', ErrorCondition: condition } },
    });
  }

  /** Lets time pass; timers fire in their order. */
  advance(ms: number): void {
    const end = this.ms + ms;
    for (;;) {
      const due = [...this.#timers].filter(([, at]) => at <= end).sort((a, b) => a[1] - b[1])[0];
      if (due === undefined) break;
      this.#timers.delete(due[0]);
      this.ms = due[1];
      this.event({ type: 'timer', timer: due[0] });
    }
    this.ms = end;
  }

  get timers(): string[] {
    return [...this.#timers.keys()];
  }

  /** Carries out the oldest write that was held back. */
  store(): void {
    const effect = this.pendingWrites.shift();
    assert.ok(effect, 'nothing to store');
    this.#store(effect);
  }

  #store(effect: Write): void {
    const { write, record } = effect;
    if (this.failWrites !== undefined) return this.event({ type: 'storeFailed', write, reason: this.failWrites });
    const existing = effect.type === 'begin' ? this.rows.get(record.transactionId) : undefined;
    if (existing === undefined) this.rows.set(record.transactionId, record);
    this.event(existing === undefined ? { type: 'stored', write } : { type: 'stored', write, existing });
  }

  #keepPlace({ write, place }: Of<'place'>): void {
    if (this.failWrites !== undefined) return this.event({ type: 'storeFailed', write, reason: this.failWrites });
    this.place = place;
    this.event({ type: 'stored', write });
  }

  #run(effect: Effect): void {
    switch (effect.type) {
      case 'send': {
        assert.ok('SaleToPOIRequest' in effect.message);
        const request = effect.message.SaleToPOIRequest;
        this.sent.push({ ...effect, request, header: request.MessageHeader, open: true });
        return;
      }
      case 'cancel':
        for (const sent of this.sent) if (sent.exchange === effect.exchange) sent.open = false;
        return;
      case 'begin':
      case 'put':
        if (this.holdWrites) this.pendingWrites.push(effect);
        else this.#store(effect);
        return;
      case 'place':
        return this.#keepPlace(effect);
      case 'move':
      case 'address':
        this.moves.push(effect);
        return;
      case 'timer':
        this.#timers.set(effect.timer, this.ms + effect.ms);
        return;
      case 'clear':
        this.#timers.delete(effect.timer);
        return;
      case 'outcome':
        this.outcomes.push(effect);
        return;
      case 'done':
      case 'failed':
        this.done.push(effect);
        return;
      case 'state':
        this.states.push(effect.state);
        return;
      case 'respond':
        this.responses.push(effect);
        return;
      case 'display':
      case 'notification':
      case 'alarm':
        this.notifications.push(effect);
        return;
      case 'reserve':
        return this.event({ type: 'reserved', end: 1_000_000 });
      case 'phase':
        this.phases.push(effect);
    }
  }
}

export interface PaymentAnswer {
  Result: string;
  ErrorCondition: string;
  TransactionID: string;
  Currency: string;
  AuthorizedAmount: string;
  TipAmount: string;
  poi: string;
}

function paymentResponse(
  request: SaleToPOIRequest,
  result: Partial<PaymentAnswer>,
): { PaymentResponse: Nexo<'PaymentResponse'> } {
  const asked = request.PaymentRequest;
  assert.ok(asked);
  const amounts = asked.PaymentTransaction.AmountsReq;
  const { Result = 'Success', ErrorCondition, TransactionID, Currency, AuthorizedAmount, TipAmount, poi } = result;
  return {
    PaymentResponse: {
      Response: { Result, ...(ErrorCondition !== undefined && { ErrorCondition }) },
      SaleData: {
        SaleTransactionID: {
          ...asked.SaleData.SaleTransactionID,
          ...(TransactionID !== undefined && { TransactionID }),
        },
      },
      POIData: { POITransactionID: { TransactionID: poi ?? `poi-${request.MessageHeader.ServiceID}`, TimeStamp: 'T' } },
      ...(Result !== 'Failure' && {
        PaymentResult: {
          AmountsResp: {
            Currency: Currency ?? amounts.Currency,
            AuthorizedAmount: AuthorizedAmount ?? amounts.RequestedAmount ?? '0',
            ...(TipAmount !== undefined && { TipAmount }),
          },
        },
      }),
    },
  };
}

function reversalResponse(
  request: SaleToPOIRequest,
  Result: string,
  ErrorCondition?: string,
): { ReversalResponse: Nexo<'ReversalResponse'> } {
  const id = request.ReversalRequest?.OriginalPOITransaction.POITransactionID;
  assert.ok(id);
  return {
    ReversalResponse: {
      Response: { Result, ...(ErrorCondition !== undefined && { ErrorCondition }) },
      ...(Result === 'Success' && { POIData: { POITransactionID: id } }),
    },
  };
}
