import type { Node, NodeAPI, NodeMessageInFlow, NodeStatus } from 'node-red';
import { NexoError } from '../../lib/protocol/errors.ts';
import { show } from './status-text.ts';

export type FlowMessage = NodeMessageInFlow & { nexo?: unknown };
export type Send = (msg: FlowMessage | (FlowMessage | null)[]) => void;

/**
 * Gives a node its input handler. Whatever the handler does, `done` is called once: an error reaches Catch nodes with
 * its code and path, and shows in the node's status; no promise is left unhandled (that would end Node-RED).
 */
export function onInput(RED: NodeAPI, node: Node, handler: (msg: FlowMessage, send: Send) => Promise<void>): void {
  node.on('input', (msg, send, done) => {
    // A synchronous throw becomes a rejection, so that there is one way out.
    const run = async () => handler(msg, send as Send);
    run().then(
      () => done(),
      (error: unknown) => {
        node.status(statusOfError(RED, error));
        done(forCatch(error));
      },
    );
  });
}

/** Of an error Node-RED tells Catch nodes its message, code, stack and cause, nothing else: the path goes as the cause. */
export function forCatch(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  if (error instanceof NexoError && error.path !== undefined) error.cause = { path: error.path };
  return error;
}

function statusOfError(RED: NodeAPI, error: unknown): NodeStatus {
  const code = error instanceof NexoError ? error.code : '';
  if (code === 'no_terminal') return show(RED, 'red', 'ring', 'noTerminal');
  if (code === 'terminal_disabled') return show(RED, 'grey', 'ring', 'disabled');
  return show(RED, 'red', 'ring', 'error');
}
