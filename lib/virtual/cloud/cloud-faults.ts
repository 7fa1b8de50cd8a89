import type { MessageHeader } from '../../protocol/types.ts';

/** What goes wrong with one nexo message on its way through the cloud. */
export type CloudFault = {
  /** Only with a message of this category. Default: the next one. */
  on?: MessageHeader['MessageCategory'];
  /** Only with a message for this terminal. */
  poiId?: string;
} & (
  | {
      type: 'status';
      status: number;
      headers?: Record<string, string> /** The terminal has had it. */;
      relayed?: boolean;
    }
  /** The connection drops: before the terminal has it, or with its answer in hand. */
  | { type: 'drop'; relayed: boolean }
  /** The answer takes so many milliseconds longer. */
  | { type: 'late'; ms: number }
  /** The terminal is not online: the relay gives up. */
  | { type: 'offline' }
);

/** Faults that wait for their message. */
export class CloudFaults {
  readonly #waiting: CloudFault[] = [];

  add(...faults: CloudFault[]): void {
    this.#waiting.push(...faults);
  }

  take(header: MessageHeader | undefined): CloudFault | undefined {
    const index = this.#waiting.findIndex(
      ({ on, poiId }) =>
        (on === undefined || on === header?.MessageCategory) && (poiId === undefined || poiId === header?.POIID),
    );
    return index < 0 ? undefined : this.#waiting.splice(index, 1)[0];
  }
}
