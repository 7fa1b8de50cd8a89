import type { ExchangeResult } from '../events.ts';
import type { Outcome, TransactionRecord } from '../record.ts';
import { statusRequest } from '../requests/requests.ts';
import type { SessionContext } from '../session-context.ts';
import { matched, repeatedIn } from './response-matching.ts';
import { judgePayment, judgeReversal } from './verdict.ts';

const MOVED: ReadonlySet<Outcome> = new Set(['approved', 'partial']);

/**
 * Goes on asking about a payment that a person ruled on. Evidence that agrees ends it quietly; evidence that contradicts
 * the ruling raises an alarm. The ruling stands either way: somebody acted on it.
 */
export class RulingMonitor {
  readonly #context: SessionContext;
  readonly #record: TransactionRecord;
  #asked = 0;

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
    if (this.#asked++ < watches) this.#context.after(this.#timer, pollSlow, () => this.#ask());
    else this.#close();
  }

  #ask(): void {
    const { config } = this.#context;
    const serviceId = this.#context.serviceId();
    if (serviceId === undefined) return this.#schedule();
    const { reversal } = this.#record;
    const category = reversal ? 'Reversal' : 'Payment';
    const about = { category, serviceId: (reversal ?? this.#record).serviceId } as const;
    const request = statusRequest(config, serviceId, about);
    this.#context.send(request, { overtake: true, timeout: config.timeouts.status }, (reply) => {
      this.#heard(reply, serviceId, about.serviceId);
    });
  }

  #heard(reply: ExchangeResult, serviceId: string, about: string): void {
    const match = matched(reply, this.#context.config, 'TransactionStatus', serviceId);
    const repeated = 'response' in match ? repeatedIn(match.response) : undefined;
    if (repeated?.header.ServiceID !== about) return this.#schedule();
    const judge = this.#record.reversal ? judgeReversal : judgePayment;
    const verdict = judge(this.#record, repeated.response);
    if (verdict.type !== 'outcome') return this.#schedule();
    const { ruling } = this.#record;
    // A reversal that was refused leaves the money where the payment moved it.
    const moved = this.#record.reversal ? verdict.outcome !== 'reversed' : MOVED.has(verdict.outcome);
    if (ruling === undefined || moved === MOVED.has(ruling.outcome)) return this.#close();
    const message = `The terminal says ${verdict.outcome}; ${ruling.by} had ruled ${ruling.outcome}. Put the money right.`;
    this.#record.alarm = { condition: 'RulingContradicted', message };
    // At once: no disk has to agree to that, and after a kill it is found, and raised, again.
    this.#context.push({ type: 'alarm', record: { ...this.#record }, reason: this.#record.alarm });
    this.#close();
  }

  #close(): void {
    this.#record.state = 'closed';
    this.#context.write('put', this.#record, (stored) => {
      if (!stored.ok) this.#context.after(this.#timer, this.#context.config.timeouts.pollSlow, () => this.#close());
    });
  }
}
