import type { Core } from './core.ts';
import type { Reply } from './effects.ts';
import { matched, repeatedIn } from './match.ts';
import type { Outcome, TransactionRecord } from './record.ts';
import { statusRequest } from './requests.ts';
import { judgePayment, judgeReversal } from './verdict.ts';

const MOVED: ReadonlySet<Outcome> = new Set(['approved', 'partial']);

/**
 * Goes on asking about a payment that a person ruled on. Evidence that agrees ends it quietly; evidence that contradicts
 * the ruling raises an alarm. The ruling stands either way: somebody acted on it.
 */
export class Watch {
  readonly #core: Core;
  readonly #record: TransactionRecord;
  #asked = 0;

  constructor(core: Core, record: TransactionRecord) {
    this.#core = core;
    this.#record = record;
    this.#schedule();
  }

  get #timer(): string {
    return `watch ${this.#record.transactionId}`;
  }

  #schedule(): void {
    const { pollSlow, watches } = this.#core.config.limits;
    if (this.#asked++ < watches) this.#core.after(this.#timer, pollSlow, () => this.#ask());
    else this.#close();
  }

  #ask(): void {
    const { config } = this.#core;
    const serviceId = this.#core.serviceId();
    if (serviceId === undefined) return this.#schedule();
    const { reversal } = this.#record;
    const category = reversal ? 'Reversal' : 'Payment';
    const about = { category, serviceId: (reversal ?? this.#record).serviceId } as const;
    const request = statusRequest(config, serviceId, about);
    this.#core.send(request, { overtake: true, timeout: config.limits.status }, (reply) => {
      this.#heard(reply, serviceId, about.serviceId);
    });
  }

  #heard(reply: Reply, serviceId: string, about: string): void {
    const match = matched(reply, this.#core.config, 'TransactionStatus', serviceId);
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
    this.#core.push({ type: 'alarm', record: { ...this.#record }, reason: this.#record.alarm });
    this.#close();
  }

  #close(): void {
    this.#record.state = 'closed';
    this.#core.write('put', this.#record, (stored) => {
      if (!stored.ok) this.#core.after(this.#timer, this.#core.config.limits.pollSlow, () => this.#close());
    });
  }
}
