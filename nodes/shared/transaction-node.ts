import type { Node, NodeAPI } from 'node-red';
import type { NexoError } from '../../lib/protocol/errors.ts';
import type { TransactionRecord } from '../../lib/session/record.ts';
import type { ResultKind, Watcher } from '../../lib/terminal/payment-watchers.ts';
import type { Terminal } from '../../lib/terminal/terminal.ts';
import type { FlowMessage, Send } from './input-handler.ts';
import { statusOfPhase } from './output-message.ts';
import type { ReadyTerminal } from './ready-terminal.ts';
import { whileEachRuns } from './running-terminals.ts';
import { type TerminalNode, whileRunning } from './terminal-node.ts';
import { ThrottledStatus } from './throttled-status.ts';

/** Sends the result of a transaction, as `msg`. */
type SendResult = (msg: FlowMessage, record: TransactionRecord, ready: ReadyTerminal, send: Send) => void;
/** Starts a transaction that the watcher follows; returns a function that detaches the watcher. Throws what is wrong. */
type StartTransaction = (watcher: Watcher) => () => void;
/** Adds to a refusal what the session does not know. */
type Explain = (error: NexoError) => Promise<NexoError>;
/** Starts a transaction for a message; resolves once the certain result was sent. */
type RunTransaction = (
  msg: FlowMessage,
  send: Send,
  ready: ReadyTerminal,
  start: StartTransaction,
  explain?: Explain,
) => Promise<void>;

/**
 * For a node that moves money. Its messages wait for the certain result; `unresolved` can be sent before. A result
 * without its message, found after a restart or a deploy, is sent as a message of its own.
 *
 * @param terminalId the node's own setting; messages can go to any other terminal
 * @param kind of the results: those of its own terminal whose node is not there leave this one
 */
export function transactionHandler(
  RED: NodeAPI,
  node: Node,
  terminalId: string | undefined,
  kind: ResultKind,
  sendResult: SendResult,
): RunTransaction {
  /** Functions that detach the watchers of transactions in progress, by terminal. */
  const inProgress = new Map<Terminal, Set<() => void>>();
  const throttled = new ThrottledStatus(node);
  const progress: Pick<Watcher, 'phase' | 'display'> = {
    phase: (phase) => throttled.status(statusOfPhase(RED, phase)),
    display: (text) => throttled.text(text),
  };
  const showAndSend: SendResult = (...result) => {
    throttled.stop();
    sendResult(...result);
  };

  whileRunning(RED, node, terminalId, () => () => undefined);
  // A message can name any terminal, and its result belongs to this node whichever it was.
  whileEachRuns(RED, node, (ready) => {
    const { terminal } = ready;
    const adopts = isTerminalOf(RED, terminalId, ready) ? kind : undefined;
    const detach = takeResults(RED, node, ready, { progress, sendResult: showAndSend, adopts });
    return () => {
      detach();
      throttled.stop();
      for (const detachWatcher of inProgress.get(terminal) ?? []) detachWatcher();
      inProgress.delete(terminal);
    };
  });
  return (msg, send, ready, start, explain) =>
    new Promise((resolve, reject) => {
      let ended = false;
      let detach: (() => void) | undefined;
      const end = () => {
        ended = true;
        if (detach) inProgress.get(ready.terminal)?.delete(detach);
      };
      detach = start({
        ...progress,
        outcome: (record, final) => {
          try {
            showAndSend(final ? msg : RED.util.cloneMessage(msg), record, ready, send);
          } catch (error) {
            // The message ends with the error; the outcome was not delivered.
            if (final) reject(error);
            throw error;
          } finally {
            if (final) end();
          }
          if (final) resolve();
        },
        failed: (error) => {
          end();
          if (explain) explain(error).then(reject, reject);
          else reject(error);
        },
      });
      // A terminal without its journal fails at once, and so does one that was stopped.
      if (!ended) addTo(inProgress, ready.terminal, detach);
    });
}

interface TakeOptions {
  progress: Pick<Watcher, 'phase' | 'display'>;
  sendResult: SendResult;
  /** Results of that kind whose own node is not there are taken too. */
  adopts: ResultKind | undefined;
}

/** Sends results of transactions from before a restart or a deploy, as messages of their own. */
function takeResults(
  RED: NodeAPI,
  node: Node,
  ready: ReadyTerminal,
  { progress, sendResult, adopts }: TakeOptions,
): () => void {
  const watcher: Watcher = {
    ...progress,
    outcome: (record) =>
      sendResult({ _msgid: RED.util.generateId() }, { ...record, recovered: true }, ready, (msg) => node.send(msg)),
    failed: () => undefined,
  };
  return ready.terminal.subscribe(node.id, watcher, adopts);
}

/** Whether a node's own setting names the terminal, or a pool that it belongs to. */
function isTerminalOf(RED: NodeAPI, id: string | undefined, { terminal, about }: ReadyTerminal): boolean {
  if (id === about.id) return true;
  const setting = (id ? RED.nodes.getNode(id) : null) as TerminalNode | null;
  return setting?.pool?.members.some((member) => member.terminal === terminal) === true;
}

function addTo<K, V>(sets: Map<K, Set<V>>, key: K, value: V): void {
  const set = sets.get(key) ?? new Set();
  sets.set(key, set.add(value));
}
