import type { Clock, Timer } from '../../clock.ts';
import type { TerminalEvent } from '../pos/terminal-messages.ts';

/** Default duration of an update, in ms. */
const DEFAULT_DURATION = 5000;

/**
 * Updates from the terminal management system: announced, then installed after a logout that allows it. A login meanwhile
 * is answered Busy.
 */
export class MaintenanceMode {
  readonly #clock: Clock;
  readonly #notify: (event: TerminalEvent) => void;
  readonly #standingDuration: number | undefined;
  #pendingDuration: number | undefined;
  #running: Timer | undefined;

  /** @param standingDuration ms per update where one is always pending; undefined: only after `requireUpdate` */
  constructor(clock: Clock, notify: (event: TerminalEvent) => void, standingDuration?: number) {
    this.#clock = clock;
    this.#notify = notify;
    this.#standingDuration = standingDuration;
    this.#pendingDuration = standingDuration;
  }

  get running(): boolean {
    return this.#running !== undefined;
  }

  /** Makes an update pending and announces it. @param ms its duration */
  requireUpdate(ms = DEFAULT_DURATION): void {
    this.#pendingDuration = ms;
    this.announce();
  }

  /** Announces the pending update, if there is one. */
  announce(): void {
    if (this.#pendingDuration === undefined) return;
    this.#notify({ name: 'SaleAdmin', maintenanceRequired: true, details: 'Maintenance Required' });
  }

  /** Installs the pending update, after a logout that allows it. */
  begin(): void {
    if (this.#pendingDuration === undefined || this.#running) return;
    this.#notify({ name: 'BeginMaintenance' });
    this.#running = this.#clock.after(this.#pendingDuration, () => {
      this.#running = undefined;
      this.#pendingDuration = this.#standingDuration;
      this.#notify({ name: 'EndMaintenance' });
    });
  }

  /** Power off: an update that is being installed is pending again. */
  stop(): void {
    this.#running?.cancel();
    this.#running = undefined;
  }
}
