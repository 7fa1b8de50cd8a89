import type { Job } from './job-queue.ts';
import type { SessionContext } from './session-context.ts';

/**
 * Has the turn while payments are open that the same terminal took under other settings (SaleID, journal): a session of
 * their own asks about them, and a login or another payment would disturb that.
 */
export class PredecessorBlock implements Job {
  readonly #context: SessionContext;
  readonly #deferred: (() => void)[] = [];

  constructor(context: SessionContext) {
    this.#context = context;
  }

  run(): void {
    this.#context.enter('unresolved');
  }

  askStatusFirst(then: () => void): void {
    this.#deferred.push(then);
  }

  /** The open payments have ended: runs what waited for that. */
  end(): void {
    for (const then of this.#deferred.splice(0)) then();
  }
}
