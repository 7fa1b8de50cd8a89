import type { Node, NodeAPI } from 'node-red';
import type { TerminalReference } from '../../lib/contract/nexo-output.ts';
import { NexoError } from '../../lib/protocol/errors.ts';
import type { Pool } from '../../lib/terminal/pool.ts';
import { terminalStopped } from '../../lib/terminal/session-runner.ts';
import type { Terminal } from '../../lib/terminal/terminal.ts';
import { onceStarted } from './after-deploy.ts';
import { whileAnyRuns } from './running-terminals.ts';

/** What a `nexo-terminal` node offers to the palette nodes that use it. */
export interface TerminalNode extends Node {
  /** Absent where the settings are wrong (`problem` says how), and of a pool. */
  terminal?: Terminal;
  /** Of a pool alone: the terminals of which any may take a new customer. */
  pool?: Pool<ReadyTerminal>;
  /** Which journal it keeps: the same for those that share one. Absent of a pool. */
  journal?: string;
  problem?: NexoError;
  currency: string;
  title: string;
  /** Nodes that use it, by id: Node-RED passes its status and errors on to their Status and Catch nodes. */
  users: Record<string, Node>;
}

export interface ReadyTerminal {
  terminal: Terminal;
  currency: string;
  journal?: string;
  /** As it goes into `msg.nexo.terminal`. */
  about: TerminalReference;
}

/**
 * The terminal, or the pool of them, that a palette node is set to.
 * @throws NexoError `no_terminal`, `terminal_disabled`
 */
export function terminalNodeOf(RED: NodeAPI, id: string | undefined): TerminalNode {
  if (!id) throw new NexoError('no_terminal', 'No terminal is chosen: open this node, pick a terminal, and deploy.');
  const node = RED.nodes.getNode(id) as TerminalNode | null;
  if (node) return node;
  throw new NexoError(
    'terminal_disabled',
    'The terminal of this node is disabled or no longer there: enable it, or pick another one, and deploy.',
  );
}

/** A terminal node as palette nodes use it. @throws NexoError what is wrong with its settings */
export function readyOf({ id, terminal, journal, currency, title, problem }: TerminalNode): ReadyTerminal {
  if (terminal === undefined) throw problem ?? terminalStopped();
  const { poiId, saleId } = terminal.config;
  const about = { id, name: title, poiId, saleId };
  return { terminal, currency, about, ...(journal !== undefined && { journal }) };
}

/**
 * Ties a palette node to its terminal, or to each terminal of its pool: `begin` is called once all nodes of the deploy are
 * there (what it sends would be lost before), what it returns when the node goes.
 */
export function whileRunning(
  RED: NodeAPI,
  node: Node,
  id: string | undefined,
  begin: (ready: ReadyTerminal) => () => void,
): void {
  const config = (id ? RED.nodes.getNode(id) : null) as TerminalNode | null;
  if (!config) return;
  if (config.pool) return whileMembersRun(RED, node, config.pool, begin);
  let end: () => void = () => undefined;
  config.users[node.id] = node;
  const callOff = onceStarted(RED, () => {
    if (config.terminal) end = begin(readyOf(config));
  });
  node.on('close', (done: () => void) => {
    callOff();
    if (config.users[node.id] === node) delete config.users[node.id];
    end();
    done();
  });
}

/** A deploy may start a pool's terminals anew without the nodes that use the pool. */
function whileMembersRun(
  RED: NodeAPI,
  node: Node,
  pool: Pool<ReadyTerminal>,
  begin: (ready: ReadyTerminal) => () => void,
): void {
  whileAnyRuns(RED, node, (ready) => {
    if (!pool.members.some(({ terminal }) => terminal === ready.terminal)) return () => undefined;
    const { users } = terminalNodeOf(RED, ready.about.id);
    users[node.id] = node;
    const end = begin(ready);
    return () => {
      if (users[node.id] === node) delete users[node.id];
      end();
    };
  });
}
