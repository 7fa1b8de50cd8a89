import type { Clock, Timer } from '../../clock.ts';
import type { Event } from '../pos/terminal-messages.ts';

/** How long an update takes when nobody says, in ms. */
const USUAL = 5000;

/**
 * Updates from the terminal management system: announced, then installed after a logout that allows it. Nobody can log
 * in meanwhile.
 */
export class MaintenanceMode {
  readonly #clock: Clock;
  readonly #notify: (event: Event) => void;
  readonly #always: number | undefined;
  #due: number | undefined;
  #running: Timer | undefined;

  /** @param always an update is waiting all the time, and takes so many ms; undefined: only when it is required */
  constructor(clock: Clock, notify: (event: Event) => void, always?: number) {
    this.#clock = clock;
    this.#notify = notify;
    this.#always = always;
    this.#due = always;
  }

  get underWay(): boolean {
    return this.#running !== undefined;
  }

  /** There is an update from now on. */
  require(ms = USUAL): void {
    this.#due = ms;
    this.announce();
  }

  announce(): void {
    if (this.#due === undefined) return;
    this.#notify({ name: 'SaleAdmin', maintenanceRequired: true, details: 'Maintenance Required' });
  }

  /** After a logout that allows it. */
  begin(): void {
    if (this.#due === undefined || this.#running) return;
    this.#notify({ name: 'BeginMaintenance' });
    this.#running = this.#clock.after(this.#due, () => {
      this.#running = undefined;
      this.#due = this.#always;
      this.#notify({ name: 'EndMaintenance' });
    });
  }

  /** Power off in the middle: the update is still to be made. */
  stop(): void {
    this.#running?.cancel();
    this.#running = undefined;
  }
}
