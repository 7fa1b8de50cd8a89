import type { Node, NodeAPI, NodeDef } from 'node-red';
import { nexoOfReversal } from '../lib/contract/nexo-output.ts';
import { parseReason, parseReversal, type ReversalQuery } from '../lib/contract/reversal-input.ts';
import { type ReversalPayload, reversalPayloadOf } from '../lib/contract/reversal-output.ts';
import { NexoError } from '../lib/protocol/errors.ts';
import type { ReversalRecord } from '../lib/session/record.ts';
import { explainRefusal } from '../lib/terminal/explain-refusal.ts';
import { reversalTarget } from '../lib/terminal/reversal-target.ts';
import { type FlowMessage, onInput } from './shared/input-handler.ts';
import { outputs, statusOfReversal } from './shared/output-message.ts';
import { poolFor, terminalFor, terminalsFor } from './shared/select-terminal.ts';
import type { ReadyTerminal } from './shared/terminal-node.ts';
import { transactions } from './shared/transaction-node.ts';

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
      const query = parseReversal(msg);
      const reason = parseReason(msg.payload, config.reason || 'MerchantCancel');
      const ready = await terminalOf(RED, config.terminal, msg, query);
      const { terminal } = ready;
      const transactionId = await reversalTarget(terminal, query);
      await follow(
        msg,
        send,
        ready,
        (watcher) => terminal.reverse(transactionId, reason, this.id, watcher),
        (error) => explainRefusal(terminal, error, transactionId),
      );
    });
  }
  RED.nodes.registerType('nexo-reversal', ReversalNode);
}

/** A poiTransaction says which terminal it is of only by being the last one there. */
async function terminalOf(RED: NodeAPI, id: string, msg: FlowMessage, query: ReversalQuery): Promise<ReadyTerminal> {
  const { poiTransaction, transactionId } = query;
  if (poiTransaction === undefined) return terminalFor(RED, id, msg, { transactionId });
  if (poiTransaction.timestamp === undefined && (poolFor(RED, id, msg)?.size ?? 1) > 1) throw timestampError();
  const all = terminalsFor(RED, id, msg);
  const looks = await Promise.allSettled(all.map(({ terminal }) => reversalTarget(terminal, query)));
  const found = all.filter((_, index) => looks[index]?.status === 'fulfilled');
  if (found.length > 1) return terminalFor(RED, id, msg);
  return found[0] ?? all[0];
}

/** Each terminal numbers its transactions by itself: the id alone may be the last one of another terminal as well. */
function timestampError(): NexoError {
  return new NexoError(
    'which_terminal',
    'Of a pool, which terminal the poiTransaction is of cannot be told by its id alone: nothing was sent. Send its timestamp as well, as it came out of the payment node, or { transactionId }.',
    { path: 'payload.poiTransaction.timestamp' },
  );
}

function portOf({ outcome }: ReversalPayload): 0 | 1 | 2 {
  if (outcome === 'reversed') return 0;
  return outcome === 'unresolved' ? 2 : 1;
}
