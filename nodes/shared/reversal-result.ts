import type { Node, NodeAPI } from 'node-red';
import { nexoOfReversal } from '../../lib/contract/nexo-output.ts';
import { type ReversalPayload, reversalPayloadOf } from '../../lib/contract/reversal-output.ts';
import { outputs, statusOfReversal } from './output-message.ts';
import { transactionHandler } from './transaction-node.ts';

export interface ReversalResultOptions {
  kind: 'fulfil' | 'reversal';
  /** The output of a result. */
  portOf: (payload: ReversalPayload) => 0 | 1 | 2;
  /** The status of a payment that was to be reversed, and stands. */
  notReversed: string;
}

/** A `transactionHandler` for a node that reverses a payment, or confirms that it stands. */
export function reversalHandler(
  RED: NodeAPI,
  node: Node,
  terminalId: string | undefined,
  { kind, portOf, notReversed }: ReversalResultOptions,
) {
  return transactionHandler(RED, node, terminalId, kind, (msg, record, { terminal, about }, send) => {
    const payload = reversalPayloadOf(record, terminal.config.profile);
    node.status(statusOfReversal(RED, payload, notReversed));
    send(
      outputs(portOf(payload), Object.assign(msg, { payload, nexo: nexoOfReversal(terminal.config, record, about) })),
    );
  });
}
