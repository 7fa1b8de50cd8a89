import { createHash } from 'node:crypto';
import { newTransactionId } from '../../lib/terminal/ids.ts';
import type { Terminal } from '../../lib/terminal/terminal.ts';
import type { FlowMessage } from './input-handler.ts';
import { isRunning } from './running-terminals.ts';

/** The payment of a message that names no transactionId. */
export class AnonymousPayment {
  readonly transactionId = newTransactionId();
  readonly #ended: () => void;
  #terminal: Terminal | undefined;

  /** @param ended called once it no longer takes equal messages */
  constructor(ended: () => void) {
    this.#ended = ended;
  }

  /** Whether an equal message that comes now is a repeat of this one. A terminal that was stopped reports no outcome here. */
  get takesRepeats(): boolean {
    return this.#terminal === undefined || isRunning(this.#terminal);
  }

  /** It goes to that terminal. */
  startedAt(terminal: Terminal): void {
    this.#terminal = terminal;
  }

  /** A result left, certain or not, or it was refused: an equal message is a payment of its own from now on. */
  end(): void {
    this.#ended();
  }
}

/**
 * Payments of one node that are in progress and whose messages named no transactionId. An equal message that comes
 * meanwhile is a double click, and gets the result of the first one's payment.
 */
export class DoubleClicks {
  readonly #inProgress = new Map<string, AnonymousPayment>();

  /** The payment of an equal message that is in progress; undefined where there is none. */
  find(msg: FlowMessage): AnonymousPayment | undefined {
    const payment = this.#inProgress.get(keyOf(msg));
    return payment?.takesRepeats ? payment : undefined;
  }

  start(msg: FlowMessage): AnonymousPayment {
    const key = keyOf(msg);
    const payment: AnonymousPayment = new AnonymousPayment(() => {
      if (this.#inProgress.get(key) === payment) this.#inProgress.delete(key);
    });
    if (key !== '') this.#inProgress.set(key, payment);
    return payment;
  }
}

/** The same for messages with an equal payload for the same terminal. A digest, as a payload can hold a card number. */
function keyOf(msg: FlowMessage): string {
  const { payload, terminal } = msg as FlowMessage & { terminal?: unknown };
  try {
    const order = typeof payload === 'object' ? payload : String(payload);
    return createHash('sha256')
      .update(JSON.stringify([order, terminal]))
      .digest('base64');
  } catch {
    // It refers to itself: it is refused when it is read.
    return '';
  }
}
