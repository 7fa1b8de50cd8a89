import type { Pos } from '../virtual/pos/pos.ts';
import { openStore } from '../virtual/store.ts';
import { VirtualTerminals, type WireAnswer } from '../virtual/virtual-terminals.ts';
import type { SendOptions, TerminalRequestHandler, Transport, TransportReply } from './transport.ts';

/**
 * Virtual terminals in this process, behind the same interface as a terminal on the network. Messages are exchanged as
 * bytes, so that the terminal is as strict, and its faults look the same, as over a network.
 */
export class VirtualTransport implements Transport {
  readonly address = 'virtual terminal';
  readonly #terminals: VirtualTerminals;
  readonly #handlers: Map<string, TerminalRequestHandler>;
  readonly #ownHandlers = new Map<string, TerminalRequestHandler>();
  readonly #open = new Set<(reply: TransportReply) => void>();
  #closed = false;

  /**
   * @param terminals may be shared with other transports: `close` does not close them
   * @param handlers handlers of the terminals' own requests, by POIID; shared by the transports that share `terminals`
   */
  constructor(terminals: VirtualTerminals, handlers = new Map<string, TerminalRequestHandler>()) {
    this.#terminals = terminals;
    this.#handlers = handlers;
  }

  /** Registers the handler for requests of the terminal with this POIID, until this transport is closed. */
  handleRequests(poiId: string, handler: TerminalRequestHandler): void {
    this.#handlers.set(poiId, handler);
    this.#ownHandlers.set(poiId, handler);
  }

  send(body: Uint8Array, { signal }: SendOptions): Promise<TransportReply> {
    if (this.#closed) return unreachable('the connection to the terminal was closed');
    if (signal.aborted) return unreachable('cancelled before it was sent');
    return new Promise((resolve) => {
      const settle = (reply: TransportReply) => {
        this.#open.delete(settle);
        signal.removeEventListener('abort', onAbort);
        resolve(reply);
      };
      const onAbort = () => settle({ type: 'lost', reason: 'cancelled while waiting for the answer' });
      this.#open.add(settle);
      signal.addEventListener('abort', onAbort, { once: true });
      // Asynchronously, as over a network: the caller reports "sent" before the answer arrives.
      setImmediate(() => this.#deliver(body, settle));
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const [poiId, handler] of this.#ownHandlers) {
      if (this.#handlers.get(poiId) === handler) this.#handlers.delete(poiId);
    }
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

const terminalsByFile = new Map<
  string,
  { terminals: VirtualTerminals; handlers: Map<string, TerminalRequestHandler> }
>();

/**
 * Opens a transport to the virtual terminals of this process. The terminals outlive the transport, and keep their
 * transactions in `file`: a payment that was open when the process ended can still be queried.
 *
 * @throws NexoError `store_unusable`, `store_damaged`
 */
export function openVirtualTransport(file: string): VirtualTransport {
  const { terminals, handlers } = terminalsByFile.get(file) ?? openTerminals(file);
  terminalsByFile.set(file, { terminals, handlers });
  return new VirtualTransport(terminals, handlers);
}

function openTerminals(file: string) {
  const handlers = new Map<string, TerminalRequestHandler>();
  const terminals = new VirtualTerminals({ store: openStore(file), pos: (poiId) => inProcessPos(handlers, poiId) });
  return { terminals, handlers };
}

/** The POS of the virtual terminal with this POIID: the handler that is registered when a message is sent. */
export function inProcessPos(handlers: ReadonlyMap<string, TerminalRequestHandler>, poiId: string): Pos {
  return {
    send(message, answered) {
      const failed = (reason: string) => answered({ type: 'failed', reason });
      // Asynchronously, as over a network.
      setImmediate(() => {
        const handler = handlers.get(poiId);
        if (handler === undefined || !('SaleToPOIRequest' in message)) return failed('no POS listens');
        handler(message.SaleToPOIRequest).then(
          (answer) => answered(answer ? { type: 'message', message: answer } : { type: 'empty' }),
          (error: Error) => failed(error.message),
        );
      });
    },
  };
}

function unreachable(reason: string): Promise<TransportReply> {
  return Promise.resolve({ type: 'unreachable', reason });
}

function replyOf(answer: WireAnswer): TransportReply {
  if (answer.type === 'drop') return { type: 'lost', reason: 'the terminal dropped the connection' };
  if (answer.status === 204) return { type: 'empty' };
  if (answer.status !== 200) return { type: 'unusable', reason: `the terminal answered HTTP ${answer.status}` };
  if (answer.body.length === 0) return { type: 'unusable', reason: 'the terminal answered HTTP 200 without a body' };
  return { type: 'message', body: answer.body };
}
