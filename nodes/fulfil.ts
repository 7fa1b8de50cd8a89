import type { Node, NodeAPI, NodeDef } from 'node-red';
import { nexoOfReversal } from '../lib/contract/nexo-output.ts';
import { parseFulfilment } from '../lib/contract/reversal-input.ts';
import { type ReversalPayload, reversalPayloadOf } from '../lib/contract/reversal-output.ts';
import { explainRefusal } from '../lib/terminal/explain-refusal.ts';
import { onInput } from './shared/input-handler.ts';
import { outputs, statusOfReversal } from './shared/output-message.ts';
import { terminalFor } from './shared/select-terminal.ts';
import { transactions } from './shared/transaction-node.ts';

interface FulfilDef extends NodeDef {
  terminal: string;
}

/** `nexo-fulfil`: tells whether the goods came out. Output 1 delivered, 2 reversed, 3 unresolved or still charged. */
export default function (RED: NodeAPI): void {
  function FulfilNode(this: Node, config: FulfilDef): void {
    RED.nodes.createNode(this, config);
    const follow = transactions(RED, this, config.terminal, (msg, record, { terminal, about }, send) => {
      const payload = reversalPayloadOf(record);
      this.status(statusOfReversal(RED, payload, 'stillCharged'));
      send(
        outputs(portOf(payload), Object.assign(msg, { payload, nexo: nexoOfReversal(terminal.config, record, about) })),
      );
    });
    onInput(RED, this, async (msg, send) => {
      const { transactionId, delivered } = parseFulfilment(msg);
      const ready = await terminalFor(RED, config.terminal, msg, { transactionId });
      const { terminal } = ready;
      await follow(
        msg,
        send,
        ready,
        (watcher) => terminal.fulfil(transactionId, delivered, this.id, watcher),
        (error) => explainRefusal(terminal, error, transactionId),
      );
    });
  }
  RED.nodes.registerType('nexo-fulfil', FulfilNode);
}

/** Without goods and not reversed, for certain or not, somebody has to look: output 3. */
function portOf({ outcome, delivered }: ReversalPayload): 0 | 1 | 2 {
  if (outcome === 'reversed') return 1;
  return delivered && outcome !== 'unresolved' ? 0 : 2;
}
