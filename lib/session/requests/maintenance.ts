import type { Nexo } from '../../protocol/types.ts';
import type { SessionContext } from '../session-context.ts';
import type { Login } from './login.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** What maintenance needs of the session it belongs to. */
export interface MaintenanceHost {
  readonly context: SessionContext;
  readonly login: Login;
  /** Nothing is in progress, and nothing waits. */
  readonly idle: boolean;
  /** Logs out with maintenance allowed, as a turn of its own; `then` hears whether the terminal took it. */
  release(then: (taken: boolean) => void): void;
}

/**
 * Lets a terminal update itself: "logged out with maintenance allowed at least one hour every day". It is let go when it
 * is idle at the chosen hour, and logged in again after `EndMaintenance` or at the hour's end. A payment that comes
 * meanwhile logs in by itself; none is ever open when the terminal is let go.
 */
export class Maintenance {
  readonly #keeper: MaintenanceHost;
  /** It was let go this hour. */
  #released = false;
  /** The terminal has installed what there was, this hour. */
  #done = false;
  #trying = false;

  constructor(keeper: MaintenanceHost) {
    this.#keeper = keeper;
  }

  start(): void {
    if (this.#keeper.context.config.maintenanceHour !== undefined) this.#look();
  }

  /** What the terminal tells of itself. */
  event({ EventToNotify }: Nexo<'EventNotification'>): void {
    const { context, login, idle } = this.#keeper;
    if (EventToNotify === 'BeginMaintenance' && idle) {
      login.status = 'out';
      context.enter('maintenance');
    }
    if (EventToNotify === 'EndMaintenance') {
      this.#done = true;
      this.#comeBack();
    }
  }

  /** Once a minute, rather than at a time worked out long before: clocks jump. */
  #look(): void {
    const { context, login, idle } = this.#keeper;
    const { ms, offset } = context.now;
    const local = ms + offset * MINUTE;
    const due = Math.floor(local / HOUR) % 24 === context.config.maintenanceHour;
    // Let go already, and nobody has logged in since.
    const released = this.#released && login.status === 'out';
    if (due && idle && !this.#done && !this.#trying && !released) this.#release();
    if (!due && (this.#released || this.#done)) {
      this.#released = false;
      this.#done = false;
      this.#comeBack();
    }
    context.after('maintenance', MINUTE, () => this.#look());
  }

  /** A terminal that is busy just then, or does not answer, is asked again a minute later. */
  #release(): void {
    this.#trying = true;
    this.#keeper.release((taken) => {
      this.#trying = false;
      this.#released = taken;
    });
  }

  #comeBack(): void {
    const { context, login, idle } = this.#keeper;
    if (context.state === 'maintenance') context.enter('loggedOut');
    if (context.config.autoLogin && idle && login.status === 'out') login.need(() => undefined);
  }
}
