import type { Timer } from '../../clock.ts';
import type { MessageHeader } from '../../protocol/types.ts';
import type { DisplayStep } from '../customer/display-script.ts';
import type { Timeline } from '../customer/timeline.ts';
import type { Respond } from './responses.ts';

/** The request in progress. Until it ends, only Abort, Login and TransactionStatus are accepted. */
export interface RunningRequest {
  header: MessageHeader;
  /** Number of the login session in which it arrived. */
  session: number;
  respond: Respond;
  /** Timer of its next step. */
  timer: Timer | undefined;
  /** Its displays. */
  displays: Timeline<DisplayStep> | undefined;
  /** The host is authorising, or the request has ended: an abort has no effect any more. */
  committed: boolean;
  abort: () => void;
}

/** A terminal's activity: at most one request at a time. */
export class ActiveRequest {
  running: RunningRequest | undefined;
  /** Until when the terminal answers Busy, in ms since 1970. */
  busyUntil = 0;

  /** Starts a request. @param abort ends it with Failure/Aborted */
  start(header: MessageHeader, session: number, respond: Respond, abort: () => void): RunningRequest {
    const running: RunningRequest = {
      header,
      session,
      respond,
      timer: undefined,
      displays: undefined,
      committed: false,
      abort,
    };
    this.running = running;
    return running;
  }

  /** Ends the request in progress without an answer. */
  powerOff(): void {
    const running = this.running;
    this.running = undefined;
    this.busyUntil = 0;
    running?.timer?.cancel();
    running?.displays?.cancel();
    running?.respond({ type: 'drop' });
  }
}
