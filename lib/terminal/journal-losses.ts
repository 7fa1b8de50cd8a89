import type { Clock } from '../clock.ts';
import type { Acknowledgement, JournalCondition } from '../journal/losses.ts';
import type { SessionRunner } from './session-runner.ts';

/** What a terminal's journal may have lost, also where the terminal does not open it because of that. */
export class JournalLosses {
  readonly #runner: SessionRunner;
  readonly #clock: Clock;

  constructor(runner: SessionRunner, clock: Clock) {
    this.#runner = runner;
    this.#clock = clock;
  }

  /** @throws NexoError by rejection: why the journal cannot be used */
  condition(): Promise<JournalCondition> {
    return this.#runner.condition();
  }

  /** A named person knows of all losses: the terminal opens its journal. @throws NexoError by rejection */
  acknowledge({ by, note }: Omit<Acknowledgement, 'at'>): Promise<JournalCondition> {
    return this.#runner.acknowledge({ by, ...(note !== undefined && { note }), at: this.#clock.now() });
  }

  /** Opens a journal that was acknowledged through another terminal. */
  reopen(): Promise<void> {
    return this.#runner.reopen();
  }
}
