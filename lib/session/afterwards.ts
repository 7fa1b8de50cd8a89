import type { Core } from './core.ts';
import type { SessionEvent } from './effects.ts';
import { notHeldError, notLastError, notUnresolvedError, reversalError } from './failures.ts';
import type { Payment } from './payment.ts';
import type { TransactionRecord } from './record.ts';
import { isLast } from './reversal.ts';
import { Watch } from './watch.ts';

/** What this needs of the session it belongs to. */
export interface AfterwardsHost {
  readonly core: Core;
  active(transactionId: string): Payment | undefined;
  /** Brings a closed payment back, so that it can be reversed. */
  reopen(record: TransactionRecord): Payment;
  /** Lets whatever has its turn begin. */
  proceed(): void;
}

type Event<T extends SessionEvent['type']> = Extract<SessionEvent, { type: T }>;

/** What flows and people decide about a payment once the terminal has answered: goods, signature, reversal, ruling. */
export class Afterwards {
  readonly #host: AfterwardsHost;
  /** The one payment that can still be reversed. */
  #last: TransactionRecord | undefined;

  constructor(host: AfterwardsHost, last: TransactionRecord | undefined) {
    this.#host = host;
    this.#last = last && isLast(last) ? last : undefined;
  }

  /** A payment has ended. */
  note(record: TransactionRecord): void {
    if (record.state === 'ruled') new Watch(this.#host.core, record);
    if (isLast(record)) this.#last = record;
  }

  confirm(event: Event<'fulfil' | 'sign'>): void {
    const { core } = this.#host;
    const { ref, transactionId } = event;
    const payment = this.#host.active(transactionId);
    const taken =
      event.type === 'fulfil' ? payment?.fulfil(ref, event.node, event.delivered) : payment?.sign(event.accepted);
    if (!taken) return core.push({ type: 'failed', ref, error: notHeldError(transactionId) });
    if (event.type === 'sign') core.push({ type: 'done', ref, result: { type: 'sign', transactionId } });
  }

  /** Takes the last payment back. Nothing else can be: the terminal reaches no further. */
  reverse({ ref, transactionId, reason, node }: Event<'reverse'>): void {
    const last = this.#last;
    const name = transactionId ?? last?.transactionId ?? '';
    const error = reversalError(last, name, this.#host.active(name) !== undefined);
    if (error !== undefined || last === undefined) {
      return this.#host.core.push({ type: 'failed', ref, error: error ?? notLastError(name) });
    }
    this.#host.reopen({ ...last }).reverseClosed(ref, node, reason);
    this.#host.proceed();
  }

  /** A named person decides about an unresolved payment. */
  rule({ ref, transactionId, outcome, by, note }: Event<'rule'>): void {
    const { core } = this.#host;
    const ruling = { by, outcome, at: core.now.ms, ...(note !== undefined && { note }) };
    if (!this.#host.active(transactionId)?.rule(ruling)) {
      return core.push({ type: 'failed', ref, error: notUnresolvedError(transactionId) });
    }
    core.push({ type: 'done', ref, result: { type: 'rule', transactionId } });
  }
}
