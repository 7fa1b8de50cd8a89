import type { Transport, TransportReply } from './transport.ts';

/** The way to a terminal whose address is not known yet: nothing is ever sent. */
export class UnknownAddress implements Transport {
  async send(): Promise<TransportReply> {
    return {
      type: 'unreachable',
      reason:
        'the terminal’s address is not known yet: enter this computer’s address in the terminal’s admin menu and press Save there, or enter the terminal’s address in its settings here',
    };
  }

  async close(): Promise<void> {}
}
