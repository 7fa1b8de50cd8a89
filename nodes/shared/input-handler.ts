import type { Node, NodeAPI, NodeMessageInFlow, NodeStatus } from 'node-red';
import { NexoError } from '../../lib/protocol/errors.ts';
import { show } from './status-text.ts';

export type FlowMessage = NodeMessageInFlow & { nexo?: unknown };
export type Send = (msg: FlowMessage | (FlowMessage | null)[]) => void;

/**
 * Sets a node's input handler. `done` is called exactly once. An error goes to Catch nodes with its code and path, and to
 * the node's status. No promise is left unhandled: that would end Node-RED.
 */
export function onInput(RED: NodeAPI, node: Node, handler: (msg: FlowMessage, send: Send) => Promise<void>): void {
  node.on('input', (msg, send, done) => {
    // A synchronous throw becomes a rejection: one path for all errors.
    const run = async () => handler(msg, send as Send);
    run().then(
      () => done(),
      (error: unknown) => {
        node.status(statusOfError(RED, error));
        done(errorForCatch(error));
      },
    );
  });
}

/** Node-RED passes an error's message, code, stack and cause to Catch nodes, and nothing else: the path is the cause. */
export function errorForCatch(error: unknown): Error {
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
