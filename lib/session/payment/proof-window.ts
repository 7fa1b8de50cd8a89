import type { SessionContext } from '../session-context.ts';

/**
 * From when on an idle terminal counts as proof that a request was not started: the response time-out since it was sent is
 * over, and so is the time for which a kernel may still deliver what its connection, or a process that was killed, had
 * left. Through a relay that is never.
 */
export class ProofWindow {
  readonly #context: SessionContext;
  readonly #timer: string;
  readonly #opened: () => void;
  #limitPassed = false;
  #floorPassed = false;
  #counting = false;

  /** @param timer its name @param opened called when an idle terminal counts from now on */
  constructor(context: SessionContext, timer: string, opened: () => void) {
    this.#context = context;
    this.#timer = timer;
    this.#opened = opened;
  }

  /** A request leaves: nothing of an earlier one counts. */
  reset(): void {
    this.#context.clear(this.#timer);
    this.#limitPassed = false;
    this.#floorPassed = false;
    this.#counting = false;
  }

  /** The request's connection has ended, or ended with an earlier process. */
  connectionEnded(): void {
    if (this.#counting) return;
    this.#counting = true;
    this.#context.after(this.#timer, this.#context.config.timeouts.proofFloor, () => {
      this.#floorPassed = true;
      this.#check();
    });
  }

  /** The response time-out since the request was sent is over. */
  limitPassed(): void {
    this.#limitPassed = true;
    this.#check();
  }

  #check(): void {
    if (this.#limitPassed && this.#floorPassed && !this.#context.config.relayed) this.#opened();
  }
}
