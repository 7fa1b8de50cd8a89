import type { Node, NodeAPI, NodeDef } from 'node-red';
import { parseReason, parseReversal, type ReversalQuery } from '../lib/contract/reversal-input.ts';
import type { ReversalPayload } from '../lib/contract/reversal-output.ts';
import { choiceSetting } from '../lib/contract/settings.ts';
import { WHICH, type Which } from '../lib/contract/transaction-choice.ts';
import { NexoError } from '../lib/protocol/errors.ts';
import type { ReversalRecord } from '../lib/session/record.ts';
import { explainRefusal } from '../lib/terminal/explain-refusal.ts';
import { reversalTarget } from '../lib/terminal/reversal-target.ts';
import { type FlowMessage, onInput } from './shared/input-handler.ts';
import { readSettings } from './shared/node-settings.ts';
import type { ReadyTerminal } from './shared/ready-terminal.ts';
import { reversalHandler } from './shared/reversal-result.ts';
import { poolFor, terminalFor, terminalsFor } from './shared/select-terminal.ts';

interface ReversalDef extends NodeDef {
  terminal: string;
  reason: ReversalRecord['reason'];
  /** Absent in nodes saved before there was such a setting: as the message says. */
  which?: Which;
}

/** `nexo-reversal`: reverses the last approved payment. Output 1 reversed, 2 not reversed, 3 unresolved. */
export default function (RED: NodeAPI): void {
  function ReversalNode(this: Node, config: ReversalDef): void {
    RED.nodes.createNode(this, config);
    const run = reversalHandler(RED, this, config.terminal, { kind: 'reversal', portOf, notReversed: 'notReversed' });
    const settings = readSettings(RED, this, () => ({
      which: choiceSetting(config.which, 'which', WHICH),
      reason: choiceSetting(config.reason, 'reason', ['MerchantCancel', 'Malfunction']),
    }));
    onInput(RED, this, async (msg, send) => {
      const { which, reason: fallback } = settings();
      const query = parseReversal(msg, which);
      const reason = parseReason(msg.payload, fallback);
      const ready = await terminalOf(RED, config.terminal, msg, query);
      const { terminal } = ready;
      const transactionId = await reversalTarget(terminal, query);
      await run(
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

/** A poiTransaction does not name its terminal: it is the one whose last transaction it is. */
async function terminalOf(RED: NodeAPI, id: string, msg: FlowMessage, query: ReversalQuery): Promise<ReadyTerminal> {
  const { poiTransaction, transactionId } = query;
  if (poiTransaction === undefined) return terminalFor(RED, id, msg, { transactionId });
  if (poiTransaction.timestamp === undefined && (poolFor(RED, id, msg)?.size ?? 1) > 1) throw timestampError();
  const all = terminalsFor(RED, id, msg);
  const targets = await Promise.allSettled(all.map(({ terminal }) => reversalTarget(terminal, query)));
  const found = all.filter((_, index) => targets[index]?.status === 'fulfilled');
  if (found.length > 1) return terminalFor(RED, id, msg);
  // Otherwise the one that knows it as an earlier transaction says why it cannot be reversed.
  const knows = targets.findIndex((target) => target.status === 'rejected' && target.reason.code === 'not_last');
  return found[0] ?? all[knows] ?? all[0];
}

/** Terminals number their transactions independently: the id alone can be the last one of another terminal as well. */
function timestampError(): NexoError {
  return new NexoError(
    'which_terminal',
    'In a pool, the id of a poiTransaction does not identify its terminal: nothing was sent. Send its timestamp as well, as it left the payment node, or { transactionId }.',
    { path: 'payload.poiTransaction.timestamp' },
  );
}

function portOf({ outcome }: ReversalPayload): 0 | 1 | 2 {
  if (outcome === 'reversed') return 0;
  return outcome === 'unresolved' ? 2 : 1;
}
