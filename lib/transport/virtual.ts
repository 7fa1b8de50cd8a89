import type { Message, SaleToPOIRequest } from '../protocol/types.ts';
import type { Pos } from '../virtual/pos/pos.ts';
import { openStore } from '../virtual/store.ts';
import { VirtualTerminals, type WireAnswer } from '../virtual/virtual-terminals.ts';
import type { SendOptions, Transport, TransportReply } from './transport.ts';

/** Takes a request of a terminal's own; resolves with the answer, or with nothing where none is wanted. */
export type TerminalRequestHandler = (request: SaleToPOIRequest) => Promise<Message | undefined>;

/**
 * A virtual terminal within the process, behind the same interface as one on the network: bytes go in and come out, so
 * that it is exactly as strict, and its faults look exactly as they do on a wire.
 */
export class VirtualTransport implements Transport {
  readonly #terminals: VirtualTerminals;
  readonly #ears: Map<string, TerminalRequestHandler>;
  readonly #heard = new Map<string, TerminalRequestHandler>();
  readonly #open = new Set<(reply: TransportReply) => void>();
  #closed = false;

  /**
   * @param terminals shared by all who use the same virtual terminals; closing this transport leaves them alone
   * @param ears shared likewise: who hears what the terminals say, by POIID
   */
  constructor(terminals: VirtualTerminals, ears = new Map<string, TerminalRequestHandler>()) {
    this.#terminals = terminals;
    this.#ears = ears;
  }

  /** What the terminal with this POIID says by itself goes there, until this transport is closed. */
  hear(poiId: string, hear: TerminalRequestHandler): void {
    this.#ears.set(poiId, hear);
    this.#heard.set(poiId, hear);
  }

  send(body: Uint8Array, { signal }: SendOptions): Promise<TransportReply> {
    if (this.#closed) return never('the connection to the terminal was closed');
    if (signal.aborted) return never('given up before it was sent');
    return new Promise((resolve) => {
      const settle = (reply: TransportReply) => {
        this.#open.delete(settle);
        signal.removeEventListener('abort', giveUp);
        resolve(reply);
      };
      const giveUp = () => settle({ type: 'lost', reason: 'given up while waiting for the answer' });
      this.#open.add(settle);
      signal.addEventListener('abort', giveUp, { once: true });
      // Later, as over a network: a caller that has just said "sent" must not be overtaken by the answer.
      setImmediate(() => this.#deliver(body, settle));
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const [poiId, hear] of this.#heard) if (this.#ears.get(poiId) === hear) this.#ears.delete(poiId);
    for (const settle of [...this.#open]) settle({ type: 'lost', reason: 'the connection was closed by this side' });
  }

  #deliver(body: Uint8Array, settle: (reply: TransportReply) => void): void {
    if (!this.#open.has(settle)) return;
    try {
      this.#terminals.receive(body, (answer) => settle(replyOf(answer)));
    } catch (error) {
      settle({ type: 'lost', reason: `the virtual terminal failed: ${(error as Error).message}` });
    }
  }
}

const byFile = new Map<string, { terminals: VirtualTerminals; ears: Map<string, TerminalRequestHandler> }>();

/**
 * A way to the virtual terminals of this process. Like real ones they outlive those who use them, and remember their
 * transactions in `file` when the process is stopped or killed: a payment that was open then can still be asked about.
 *
 * @throws NexoError where the file cannot be used
 */
export function openVirtual(file: string): VirtualTransport {
  const { terminals, ears } = byFile.get(file) ?? open(file);
  byFile.set(file, { terminals, ears });
  return new VirtualTransport(terminals, ears);
}

function open(file: string) {
  const ears = new Map<string, TerminalRequestHandler>();
  return { terminals: new VirtualTerminals({ store: openStore(file), pos: (poiId) => posAt(ears, poiId) }), ears };
}

/** The POS of a virtual terminal: whoever hears it just then. */
export function posAt(ears: ReadonlyMap<string, TerminalRequestHandler>, poiId: string): Pos {
  return {
    send(message, answered) {
      const failed = (reason: string) => answered({ type: 'failed', reason });
      // Later, as over a network.
      setImmediate(() => {
        const hear = ears.get(poiId);
        if (hear === undefined || !('SaleToPOIRequest' in message)) return failed('nobody listens');
        hear(message.SaleToPOIRequest).then(
          (answer) => answered(answer ? { type: 'message', message: answer } : { type: 'empty' }),
          (error: Error) => failed(error.message),
        );
      });
    },
  };
}

function never(reason: string): Promise<TransportReply> {
  return Promise.resolve({ type: 'unreachable', reason });
}

function replyOf(answer: WireAnswer): TransportReply {
  if (answer.type === 'drop') return { type: 'lost', reason: 'the terminal dropped the connection' };
  if (answer.status === 204) return { type: 'empty' };
  if (answer.status !== 200) return { type: 'unusable', reason: `the terminal answered HTTP ${answer.status}` };
  if (answer.body.length === 0) return { type: 'unusable', reason: 'the terminal answered HTTP 200 without a body' };
  return { type: 'message', body: answer.body };
}
