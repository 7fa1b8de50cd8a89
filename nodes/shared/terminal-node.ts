import type { Node, NodeAPI } from 'node-red';
import { NexoError } from '../../lib/protocol/errors.ts';
import type { Pool } from '../../lib/terminal/pool.ts';
import { terminalStopped } from '../../lib/terminal/session-runner.ts';
import type { Terminal } from '../../lib/terminal/terminal.ts';
import type { ReadyTerminal } from './ready-terminal.ts';
import { type Attach, whileEachRuns } from './running-terminals.ts';

/** The settings by which a terminal finds its transactions. Empty: not set. */
export type IdentitySettings = Record<'poiId' | 'saleId' | 'journal', string>;

/** The interface of a `nexo-terminal` node for the palette nodes that use it. */
export interface TerminalNode extends Node {
  /** Absent if the settings are wrong (see `problem`), and in a pool. */
  terminal?: Terminal;
  /** Of a pool only: its terminals. */
  pool?: Pool<ReadyTerminal>;
  /** Identifies its journal: the same for terminals that share one. Absent in a pool. */
  journal?: string;
  problem?: NexoError;
  currency: string;
  /** The highest amount, in that currency; absent: the currency's default. */
  maxAmount?: string;
  title: string;
  /** Nodes that use it, by id: Node-RED passes its status and errors to their Status and Catch nodes. */
  users: Record<string, Node>;
  /** As they are saved, with the values of environment variables. */
  identity?: IdentitySettings;
  /** Shows the state of its session as its status. */
  showState?(): void;
}

/**
 * The terminal or pool of a palette node's setting.
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

/** A terminal, for palette nodes. @throws NexoError wrong settings */
export function readyOf({ id, terminal, journal, currency, maxAmount, title, problem }: TerminalNode): ReadyTerminal {
  if (terminal === undefined) throw problem ?? terminalStopped();
  const { poiId, saleId } = terminal.config;
  const about = { id, name: title, poiId, saleId };
  const limit = maxAmount !== undefined && { maxAmount };
  return { terminal, currency, about, ...limit, ...(journal !== undefined && { journal }) };
}

/**
 * Attaches a palette node to its terminal, or to each terminal of its pool: once all nodes of the deploy exist, as messages
 * sent before would be lost. It is detached when the node closes.
 */
export function whileRunning(RED: NodeAPI, node: Node, id: string | undefined, attach: Attach): void {
  const config = (id ? RED.nodes.getNode(id) : null) as TerminalNode | null;
  if (!config) return;
  if (config.pool) return whileMembersRun(RED, node, config.pool, attach);
  config.users[node.id] = node;
  // A terminal that cannot start now may start later, with another deploy.
  whileEachRuns(RED, node, (ready) => (ready.about.id === id ? attach(ready) : () => undefined));
  node.on('close', (done: () => void) => {
    if (config.users[node.id] === node) delete config.users[node.id];
    done();
  });
}

/** A deploy can restart a pool's terminals without the nodes that use the pool. */
function whileMembersRun(RED: NodeAPI, node: Node, pool: Pool<ReadyTerminal>, attach: Attach): void {
  whileEachRuns(RED, node, (ready) => {
    if (!pool.members.some(({ terminal }) => terminal === ready.terminal)) return () => undefined;
    const { users } = terminalNodeOf(RED, ready.about.id);
    users[node.id] = node;
    const detach = attach(ready);
    return () => {
      if (users[node.id] === node) delete users[node.id];
      detach();
    };
  });
}
