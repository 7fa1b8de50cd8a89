import type { Node, NodeAPI } from 'node-red';
import { NexoError } from '../../lib/protocol/errors.ts';
import type { Terminal } from '../../lib/terminal/terminal.ts';
import { onceStarted } from './started.ts';

/** What a `nexo-terminal` node offers to the palette nodes that use it. */
export interface TerminalNode extends Node {
  /** Absent where the settings are wrong; `problem` says how. */
  terminal?: Terminal;
  problem?: NexoError;
  currency: string;
  title: string;
  /** Nodes that use it, by id: Node-RED passes its status and errors on to their Status and Catch nodes. */
  users: Record<string, Node>;
}

export interface ReadyTerminal {
  terminal: Terminal;
  currency: string;
  /** As it goes into `msg.nexo.terminal`. */
  about: { id: string; name: string; poiId: string; saleId: string };
}

/**
 * The terminal a palette node is set to.
 * @throws NexoError `no_terminal`, `terminal_disabled`, or what is wrong with its settings
 */
export function terminalOf(RED: NodeAPI, id: string | undefined): ReadyTerminal {
  if (!id) throw new NexoError('no_terminal', 'No terminal is chosen: open this node, pick a terminal, and deploy.');
  const node = RED.nodes.getNode(id) as TerminalNode | null;
  if (!node) {
    throw new NexoError(
      'terminal_disabled',
      'The terminal of this node is disabled or no longer there: enable it, or pick another one, and deploy.',
    );
  }
  return readyOf(node);
}

/** A terminal node as palette nodes use it. @throws NexoError what is wrong with its settings */
export function readyOf({ id, terminal, currency, title, problem }: TerminalNode): ReadyTerminal {
  if (terminal === undefined) {
    throw problem ?? new NexoError('terminal_stopped', 'The terminal was stopped: deploy again.');
  }
  const { poiId, saleId } = terminal.config;
  return { terminal, currency, about: { id, name: title, poiId, saleId } };
}

/**
 * Ties a palette node to its terminal: `begin` is called once all nodes of the deploy are there (what it sends would be
 * lost before), what it returns when the node goes.
 */
export function whileRunning(
  RED: NodeAPI,
  node: Node,
  id: string | undefined,
  begin: (ready: ReadyTerminal) => () => void,
): void {
  const config = (id ? RED.nodes.getNode(id) : null) as TerminalNode | null;
  if (!config) return;
  let end: () => void = () => undefined;
  config.users[node.id] = node;
  const callOff = onceStarted(RED, () => {
    if (config.terminal) end = begin(terminalOf(RED, id));
  });
  node.on('close', (done: () => void) => {
    callOff();
    if (config.users[node.id] === node) delete config.users[node.id];
    end();
    done();
  });
}
