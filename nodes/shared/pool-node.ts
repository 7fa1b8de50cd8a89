import type { NodeAPI, NodeDef } from 'node-red';
import { settingError } from '../../lib/protocol/errors.ts';
import { Pool } from '../../lib/terminal/pool.ts';
import { type MissingTerminal, TransactionOwners } from '../../lib/terminal/transaction-owners.ts';
import { journalKeyOf } from './built-in-journal.ts';
import type { ReadyTerminal } from './ready-terminal.ts';
import { isRunning, runningTerminals } from './running-terminals.ts';
import { readyOf, type TerminalNode } from './terminal-node.ts';

/** The settings of a `nexo-terminal` whose `connection` is `pool`. */
export interface PoolDef {
  /** Ids of `nexo-terminal` nodes. Absent in terminals saved before this setting existed. */
  pool?: string[];
}

/** The terminal of each transactionId that several terminals could have got. */
export const transactionOwners = new TransactionOwners(runningTerminals);
const pools = new Map<string, TerminalNode>();

export function isPoolDef({ connection }: { connection: string }): boolean {
  return connection === 'pool';
}

/** Running pools. */
export function runningPools(): TerminalNode[] {
  return [...pools.values()];
}

/**
 * Starts a terminal node as a pool.
 * @throws NexoError `invalid_config` if it has no terminals
 */
export function startPool(RED: NodeAPI, node: TerminalNode, { pool: ids = [] }: PoolDef): void {
  if (ids.length === 0) {
    throw settingError('pool', 'The pool has no terminals: open it, add some, and deploy.');
  }
  node.pool = new Pool(
    () => ids.flatMap((id) => memberOf(RED, id)),
    transactionOwners,
    () => ids.filter((id) => memberOf(RED, id).length === 0).map((id) => missingOf(RED, id)),
  );
  pools.set(node.id, node);
  node.on('close', (done: () => void) => {
    if (pools.get(node.id) === node) pools.delete(node.id);
    done();
  });
}

/** A member that runs; none if it is disabled, set up incorrectly, or being deployed. */
function memberOf(RED: NodeAPI, id: string): ReadyTerminal[] {
  const node = RED.nodes.getNode(id) as TerminalNode | null;
  return node?.terminal && isRunning(node.terminal) ? [readyOf(node)] : [];
}

/** What is known of a member that does not run: a disabled node is only in the flow file. */
function missingOf(RED: NodeAPI, id: string): MissingTerminal {
  let missing: MissingTerminal = { name: id };
  RED.nodes.eachNode((def: NodeDef & { poiId?: string; journal?: string }) => {
    if (def.id === id) missing = { name: def.name || def.poiId || id, journal: journalKeyOf(def) };
  });
  return missing;
}
