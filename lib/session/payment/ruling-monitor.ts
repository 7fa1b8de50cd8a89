import type { TransactionRecord } from '../record.ts';
import { queryStatus, type StatusAnswer } from '../requests/status-query.ts';
import type { SessionContext } from '../session-context.ts';
import { kindOf, transactionKinds } from './transaction-kinds.ts';

/**
 * Goes on asking about a payment that a person ruled on. Evidence that agrees ends it quietly; evidence that contradicts
 * the ruling raises an alarm. The ruling stands either way: the flow has acted on it.
 */
export class RulingMonitor {
  readonly #context: SessionContext;
  readonly #record: TransactionRecord;
  #polls = 0;

  constructor(context: SessionContext, record: TransactionRecord) {
    this.#context = context;
    this.#record = record;
    this.#schedule();
  }

  get #timer(): string {
    return `watch ${this.#record.transactionId}`;
  }

  #schedule(): void {
    const { pollSlow, watches } = this.#context.config.timeouts;
    if (this.#polls++ < watches) this.#context.after(this.#timer, pollSlow, () => this.#query());
    else this.#close();
  }

  #query(): void {
    const { category, attempt } = kindOf(this.#record);
    const { serviceId } = attempt(this.#record);
    queryStatus(this.#context, { category, serviceId }, (answer) => this.#judge(answer, serviceId));
  }

  #judge({ repeated }: StatusAnswer, serviceId: string): void {
    const record = this.#record;
    if (repeated?.header.ServiceID !== serviceId) return this.#schedule();
    const verdict = kindOf(record).judge(record, repeated.response, this.#context.answers);
    if (verdict.type !== 'outcome') return this.#schedule();
    const { ruling } = record;
    const moved = kindOf(record).moved(verdict.outcome);
    if (ruling === undefined || moved === transactionKinds[record.kind].moved(ruling.outcome)) return this.#close();
    const message = `The terminal says ${verdict.outcome}; ${ruling.by} had ruled ${ruling.outcome}. Put the money right.`;
    record.alarm = { condition: 'RulingContradicted', message };
    // Raise the alarm without waiting for the journal: after a crash it is found and raised again.
    this.#context.push({ type: 'alarm', record: { ...record }, reason: record.alarm });
    this.#close();
  }

  #close(): void {
    this.#record.state = 'closed';
    this.#context.write('put', this.#record, (stored) => {
      if (!stored.ok) this.#context.after(this.#timer, this.#context.config.timeouts.pollSlow, () => this.#close());
    });
  }
}
