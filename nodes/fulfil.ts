import type { Node, NodeAPI, NodeDef } from 'node-red';
import { parseFulfilment } from '../lib/contract/reversal-input.ts';
import type { ReversalPayload } from '../lib/contract/reversal-output.ts';
import { explainRefusal } from '../lib/terminal/explain-refusal.ts';
import { onInput } from './shared/input-handler.ts';
import { reversalHandler } from './shared/reversal-result.ts';
import { terminalFor } from './shared/select-terminal.ts';

interface FulfilDef extends NodeDef {
  terminal: string;
}

/** `nexo-fulfil`: whether the goods of a payment were delivered. Output 1 delivered, 2 reversed, 3 unresolved or still charged. */
export default function (RED: NodeAPI): void {
  function FulfilNode(this: Node, config: FulfilDef): void {
    RED.nodes.createNode(this, config);
    const run = reversalHandler(RED, this, config.terminal, { kind: 'fulfil', portOf, notReversed: 'stillCharged' });
    onInput(RED, this, async (msg, send) => {
      const { transactionId, delivered } = parseFulfilment(msg);
      const ready = await terminalFor(RED, config.terminal, msg, { transactionId });
      const { terminal } = ready;
      await run(
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

/** Not delivered and not reversed, for certain or not, needs attention: output 3. */
function portOf({ outcome, delivered }: ReversalPayload): 0 | 1 | 2 {
  if (outcome === 'reversed') return 1;
  return delivered && outcome !== 'unresolved' ? 0 : 2;
}
