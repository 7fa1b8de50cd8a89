import { NO_SERVICE, PAYING } from '../errors.ts';
import type { SessionEvent } from '../events.ts';
import type { Reason } from '../record.ts';
import type { SessionContext } from '../session-context.ts';
import { CardService } from './card-service.ts';
import type { Login } from './login.ts';

/** What the card services need of the session they belong to. */
export interface CardServicesHost {
  readonly context: SessionContext;
  readonly login: Login;
  /** A payment of that transactionId is on its way. */
  isActive(transactionId: string): boolean;
  /** Why nothing new is taken now, if so. */
  refusal(): Reason | undefined;
  /** Takes its place in line. */
  take(job: CardService): void;
  /** Has left its turn, or its place in line. */
  left(job: CardService): void;
}

type CardEvent = Extract<SessionEvent, { type: 'card' }>;

/** The cards that are read before the amount is known, by the transaction they are read for. */
export class CardServices {
  readonly #host: CardServicesHost;
  readonly #services = new Map<string, CardService>();

  constructor(host: CardServicesHost) {
    this.#host = host;
  }

  of(transactionId: string): CardService | undefined {
    return this.#services.get(transactionId);
  }

  ask(event: CardEvent): void {
    const { ref, transactionId, action } = event;
    const service = this.#services.get(transactionId);
    if (this.#host.isActive(transactionId)) return this.#refuse(event, PAYING);
    switch (action) {
      case 'read':
        return service ? service.read(event) : this.#open(event);
      case 'continue':
        return service ? service.proceed(ref) : this.#refuse(event, NO_SERVICE);
      case 'abort':
        if (service === undefined) return this.#refuse(event, NO_SERVICE);
        service.abort('');
        return this.#answer(event);
    }
  }

  /** Its payment came before a card was read: there is no need any more. */
  forestall(transactionId: string): void {
    this.#services.get(transactionId)?.abort('');
  }

  #open(event: CardEvent): void {
    const { context, login } = this.#host;
    const refusal = this.#host.refusal();
    if (refusal !== undefined) return this.#refuse(event, refusal);
    const service = new CardService(context, login, event.transactionId, () => {
      this.#services.delete(event.transactionId);
      this.#host.left(service);
    });
    this.#services.set(event.transactionId, service);
    service.waitAtMost(context.config.timeouts.queueWait);
    service.read(event);
    this.#host.take(service);
  }

  #refuse(event: CardEvent, error: Reason): void {
    this.#answer(event, error);
  }

  #answer({ ref, transactionId }: CardEvent, error?: Reason): void {
    this.#host.context.push({ type: 'done', ref, result: { type: 'card', transactionId, ...(error && { error }) } });
  }
}
