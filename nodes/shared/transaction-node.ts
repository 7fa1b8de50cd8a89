import type { Node, NodeAPI } from 'node-red';
import type { NexoError } from '../../lib/protocol/errors.ts';
import type { TransactionRecord } from '../../lib/session/record.ts';
import type { Watcher } from '../../lib/terminal/payment-watchers.ts';
import type { Terminal } from '../../lib/terminal/terminal.ts';
import type { FlowMessage, Send } from './input-handler.ts';
import { statusOfPhase } from './output-message.ts';
import { whileAnyRuns } from './running-terminals.ts';
import { type ReadyTerminal, whileRunning } from './terminal-node.ts';
import { ThrottledStatus } from './throttled-status.ts';

/** Sends what became of a transaction on its way, as `msg`. */
type Tell = (msg: FlowMessage, record: TransactionRecord, ready: ReadyTerminal, send: Send) => void;
/** Starts something that moves money, for the watcher to hear of; returns how the watcher leaves. Throws what is wrong. */
type Begin = (watcher: Watcher) => () => void;
/** Says more about a refusal than the session can. */
type Explain = (error: NexoError) => Promise<NexoError>;

/**
 * For a node that moves money: its messages wait for the certain outcome, one may leave before (`unresolved`), and an
 * outcome whose message is gone, found after a restart or a deploy, leaves the node as a message of its own.
 *
 * @param terminalId the node's own setting; messages may go to any other terminal
 * @returns what an input handler waits for: resolved once the certain outcome has left
 */
export function transactions(RED: NodeAPI, node: Node, terminalId: string | undefined, tell: Tell) {
  const inProgress = new Map<Terminal, Set<() => void>>();
  const begunAt = (terminal: Terminal) => {
    const begun = inProgress.get(terminal) ?? new Set();
    inProgress.set(terminal, begun);
    return begun;
  };
  const screen = new ThrottledStatus(node);
  const watching: Pick<Watcher, 'phase' | 'display'> = {
    phase: (phase) => screen.status(statusOfPhase(RED, phase)),
    display: (text) => screen.text(text),
  };
  const sendNew: Send = (msg) => node.send(msg);

  whileRunning(RED, node, terminalId, () => () => undefined);
  // A message may name any terminal, and its outcome belongs to this node whichever it was.
  whileAnyRuns(RED, node, (ready) => {
    const begun = begunAt(ready.terminal);
    const leave = ready.terminal.subscribe(node.id, {
      ...watching,
      outcome: (record) => {
        screen.stop();
        tell({ _msgid: RED.util.generateId() }, { ...record, recovered: true }, ready, sendNew);
      },
      failed: () => undefined,
    });
    return () => {
      leave();
      screen.stop();
      for (const forget of begun) forget();
      inProgress.delete(ready.terminal);
    };
  });

  return (msg: FlowMessage, send: Send, ready: ReadyTerminal, begin: Begin, explain?: Explain): Promise<void> =>
    new Promise((resolve, reject) => {
      let forget: (() => void) | undefined;
      let over = false;
      const end = () => {
        over = true;
        if (forget) inProgress.get(ready.terminal)?.delete(forget);
      };
      forget = begin({
        ...watching,
        outcome: (record, final) => {
          screen.stop();
          tell(final ? msg : RED.util.cloneMessage(msg), record, ready, send);
          if (!final) return;
          end();
          resolve();
        },
        failed: (error) => {
          end();
          if (explain) explain(error).then(reject, reject);
          else reject(error);
        },
      });
      // Without its journal a terminal answers at once, and so does one that was stopped.
      if (!over) begunAt(ready.terminal).add(forget);
    });
}
