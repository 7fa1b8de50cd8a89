import type { Nexo } from '../../protocol/types.ts';
import type { JobQueue } from '../job-queue.ts';
import type { SessionContext } from '../session-context.ts';
import type { Login } from './login.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** What maintenance needs of its session. */
export interface MaintenanceHost {
  readonly context: SessionContext;
  readonly login: Login;
  readonly jobQueue: JobQueue;
}

/**
 * Lets a terminal update itself: "logged out with maintenance allowed at least one hour every day". The terminal is
 * released when it is idle at the chosen hour, and logged in again after `EndMaintenance` or at the hour's end. A payment
 * that comes meanwhile logs in by itself; none is open when the terminal is released.
 */
export class Maintenance {
  readonly #host: MaintenanceHost;
  /** It was released this hour. */
  #released = false;
  /** The terminal has ended its maintenance, this hour. */
  #done = false;
  #releasing = false;
  /** What the terminal has reported of its maintenance while a job had the turn. */
  #reported: 'begin' | 'end' | undefined;

  constructor(host: MaintenanceHost) {
    this.#host = host;
  }

  start(): void {
    if (this.#host.context.config.maintenanceHour !== undefined) this.#checkHour();
  }

  /** An event that the terminal reports. */
  event({ EventToNotify }: Nexo<'EventNotification'>): void {
    if (EventToNotify === 'EndMaintenance') this.#done = true;
    else if (EventToNotify !== 'BeginMaintenance') return;
    this.#reported = EventToNotify === 'BeginMaintenance' ? 'begin' : 'end';
    if (this.#host.jobQueue.idle) this.#follow();
  }

  /** The queue is empty. The events can overtake the answer to the logout that they follow. */
  idle(): void {
    if (this.#host.login.status === 'in') this.#reported = undefined;
    this.#follow();
  }

  #follow(): void {
    const { context, login } = this.#host;
    const reported = this.#reported;
    this.#reported = undefined;
    if (reported === 'end') this.#logInAgain();
    if (reported !== 'begin') return;
    login.status = 'out';
    context.enter('maintenance');
  }

  /** Once a minute, rather than at a time worked out long before: clocks jump. */
  #checkHour(): void {
    const { context, login, jobQueue } = this.#host;
    const { ms, offset } = context.now;
    const local = ms + offset * MINUTE;
    const due = Math.floor(local / HOUR) % 24 === context.config.maintenanceHour;
    // No login has followed the release.
    const released = this.#released && login.status === 'out';
    if (due && jobQueue.idle && !this.#done && !this.#releasing && !released) this.#release();
    if (!due && (this.#released || this.#done)) {
      this.#released = false;
      this.#done = false;
      this.#logInAgain();
    }
    context.after('maintenance', MINUTE, () => this.#checkHour());
  }

  /** Logs out, as a job of its own. A terminal that is busy, or does not answer, is tried again a minute later. */
  #release(): void {
    const { login, jobQueue } = this.#host;
    const { required } = login;
    this.#releasing = true;
    const ended = (taken: boolean) => {
      jobQueue.release();
      this.#releasing = false;
      this.#released = taken;
    };
    const logOut = () => login.logout('', true, ended);
    // Only a terminal that is logged in takes a logout, and with it the permission to update itself.
    jobQueue.enqueue({ run: () => (required ? login.need(({ ok }) => (ok ? logOut() : ended(false))) : logOut()) });
  }

  #logInAgain(): void {
    const { context, login, jobQueue } = this.#host;
    if (context.state === 'maintenance') context.enter('loggedOut');
    if (context.config.autoLogin && jobQueue.idle && login.status === 'out') login.need(() => undefined);
  }
}
