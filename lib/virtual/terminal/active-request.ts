import type { Timer } from '../../clock.ts';
import type { MessageHeader } from '../../protocol/types.ts';
import type { DisplayStep } from '../customer/display-script.ts';
import type { Timeline } from '../customer/timeline.ts';
import type { Respond } from './responses.ts';

/** A request that is being worked on: the one that everything but Abort, Login and TransactionStatus waits for. */
export interface RunningRequest {
  header: MessageHeader;
  /** Number of the login session it came in. */
  session: number;
  respond: Respond;
  /** What it does next. */
  timer: Timer | undefined;
  /** What there is to see meanwhile. */
  play: Timeline<DisplayStep> | undefined;
  /** Past the point of no return: the host decides now, an abort comes too late. */
  decided: boolean;
  abort: () => void;
}

/** What a terminal is doing: one thing at a time. */
export class ActiveRequest {
  running: RunningRequest | undefined;
  /** Milliseconds since 1970. */
  busyUntil = 0;

  start(header: MessageHeader, session: number, respond: Respond, abort: () => void): RunningRequest {
    const running: RunningRequest = {
      header,
      session,
      respond,
      timer: undefined,
      play: undefined,
      decided: false,
      abort,
    };
    this.running = running;
    return running;
  }

  /** Power off: what runs ends without an answer. */
  drop(): void {
    const running = this.running;
    this.running = undefined;
    this.busyUntil = 0;
    running?.timer?.cancel();
    running?.play?.cancel();
    running?.respond({ type: 'drop' });
  }
}
