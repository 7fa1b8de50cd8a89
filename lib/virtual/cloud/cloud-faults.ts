import type { MessageHeader } from '../../protocol/types.ts';

/** A fault of the cloud with one nexo message. */
export type CloudFault = {
  /** Category of the message. Default: any. */
  on?: MessageHeader['MessageCategory'];
  /** Terminal of the message. Default: any. */
  poiId?: string;
} /** An HTTP status. @param relayed the terminal gets the message before */ & (
  | { type: 'status'; status: number; headers?: Record<string, string>; relayed?: boolean }
  /** The connection drops, before the terminal gets the message or (`relayed`) after it has answered. */
  | { type: 'drop'; relayed: boolean }
  /** The answer is delayed by so many milliseconds. */
  | { type: 'late'; ms: number }
  /** The terminal is offline. */
  | { type: 'offline' }
);

/** Faults, each for the next message that matches it. */
export class CloudFaults {
  readonly #waiting: CloudFault[] = [];

  add(...faults: CloudFault[]): void {
    this.#waiting.push(...faults);
  }

  /** Removes and returns the first fault that matches a message. */
  take(header: MessageHeader | undefined): CloudFault | undefined {
    const index = this.#waiting.findIndex(
      ({ on, poiId }) =>
        (on === undefined || on === header?.MessageCategory) && (poiId === undefined || poiId === header?.POIID),
    );
    return index < 0 ? undefined : this.#waiting.splice(index, 1)[0];
  }
}
