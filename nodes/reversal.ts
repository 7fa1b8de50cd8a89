import type { Node, NodeAPI, NodeDef } from 'node-red';
import { type ReversalPayload, reversalPayloadOf } from '../lib/session/payload.ts';
import type { ReversalRecord } from '../lib/session/record.ts';
import { nameOf, parseReason, parseReversal } from '../lib/terminal/afterwards.ts';
import { explained } from '../lib/terminal/refusals.ts';
import { onInput } from './shared/input.ts';
import { nexoOfReversal, outputs, statusOfReversal } from './shared/outcome.ts';
import { terminalOf } from './shared/terminals.ts';
import { transactions } from './shared/transaction.ts';

interface ReversalDef extends NodeDef {
  terminal: string;
  reason: ReversalRecord['reason'];
}

/** `nexo-reversal`: takes the last approved payment back. Output 1 reversed, 2 not reversed, 3 unresolved. */
export default function (RED: NodeAPI): void {
  function ReversalNode(this: Node, config: ReversalDef): void {
    RED.nodes.createNode(this, config);
    const follow = transactions(RED, this, config.terminal, (msg, record, { terminal, about }, send) => {
      const payload = reversalPayloadOf(record);
      this.status(statusOfReversal(RED, payload, 'notReversed'));
      send(
        outputs(portOf(payload), Object.assign(msg, { payload, nexo: nexoOfReversal(terminal.config, record, about) })),
      );
    });
    onInput(RED, this, async (msg, send) => {
      const ready = terminalOf(RED, config.terminal);
      const { terminal } = ready;
      const query = parseReversal(msg);
      const reason = parseReason(msg.payload, config.reason || 'MerchantCancel');
      const transactionId = await nameOf(terminal, query);
      await follow(
        msg,
        send,
        ready,
        (watcher) => terminal.reverse(transactionId, reason, this.id, watcher),
        (error) => explained(terminal, error, transactionId),
      );
    });
  }
  RED.nodes.registerType('nexo-reversal', ReversalNode);
}

function portOf({ outcome }: ReversalPayload): 0 | 1 | 2 {
  if (outcome === 'reversed') return 0;
  return outcome === 'unresolved' ? 2 : 1;
}
