import { BEHIND_CARD, CARD_WAITED, NO_SERVICE, PAYING } from '../errors.ts';
import type { SessionEvent } from '../events.ts';
import type { Job, JobQueue } from '../job-queue.ts';
import type { Reason } from '../record.ts';
import type { SessionContext } from '../session-context.ts';
import { CardService } from './card-service.ts';
import type { Login } from './login.ts';

/** What the card services need of their session. */
export interface CardServicesHost {
  readonly context: SessionContext;
  readonly login: Login;
  readonly jobQueue: JobQueue;
  /** The payment of that transactionId that is in progress. */
  active(transactionId: string): Job | undefined;
  /** Why no new card is read now, if so. */
  refusal(): Reason | undefined;
}

type CardEvent = Extract<SessionEvent, { type: 'card' }>;

/** The card services, by the transaction that the card is read for. */
export class CardServices {
  readonly #host: CardServicesHost;
  readonly #services = new Map<string, CardService>();

  constructor(host: CardServicesHost) {
    this.#host = host;
  }

  of(transactionId: string): CardService | undefined {
    return this.#services.get(transactionId);
  }

  handle(event: CardEvent): void {
    const { ref, transactionId, action } = event;
    const service = this.#services.get(transactionId);
    if (this.#host.active(transactionId)) return this.#answer(event, PAYING);
    switch (action) {
      case 'read':
        return service ? service.read(event) : this.#open(event);
      case 'continue':
        return service ? service.continue(ref) : this.#answer(event, NO_SERVICE);
      case 'abort':
        if (service === undefined) return this.#answer(event, NO_SERVICE);
        service.abort('');
        return this.#answer(event);
    }
  }

  /** Ends the service of a transaction, if there is one: its card is not needed. */
  end(transactionId: string): void {
    this.#services.get(transactionId)?.abort('');
  }

  #open(event: CardEvent): void {
    const { context, login } = this.#host;
    const refusal = this.#host.refusal();
    if (refusal !== undefined) return this.#answer(event, refusal);
    const service = new CardService(context, login, event.transactionId, () => {
      this.#services.delete(event.transactionId);
      this.#host.jobQueue.remove(service);
    });
    this.#services.set(event.transactionId, service);
    const { jobQueue } = this.#host;
    service.waitAtMost(context.config.timeouts.queueWait, () =>
      jobQueue.waitReason === BEHIND_CARD ? BEHIND_CARD : CARD_WAITED,
    );
    service.read(event);
    jobQueue.enqueue(service);
    jobQueue.showCardWait();
  }

  #answer({ ref, transactionId }: CardEvent, error?: Reason): void {
    this.#host.context.push({ type: 'done', ref, result: { type: 'card', transactionId, ...(error && { error }) } });
  }
}
