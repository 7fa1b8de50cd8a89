import type { NodeAPI, NodeDef } from 'node-red';
import { settingError } from '../../lib/protocol/errors.ts';
import { Pool } from '../../lib/terminal/pool.ts';
import { type MissingTerminal, TransactionOwners } from '../../lib/terminal/transaction-owners.ts';
import { journalKeyOf } from './built-in-journal.ts';
import { isRunning, runningTerminals } from './running-terminals.ts';
import { type ReadyTerminal, readyOf, type TerminalNode } from './terminal-node.ts';

/** The settings of a `nexo-terminal` whose `connection` is `pool`: any of several others. */
export interface PoolDef {
  /** Ids of `nexo-terminal` nodes. Absent in terminals saved before there was such a setting. */
  pool?: string[];
}

/** Which terminal every transactionId went to that could have gone to several. */
export const assignments = new TransactionOwners(runningTerminals);
const pools = new Map<string, TerminalNode>();

export function isPoolDef({ connection }: { connection: string }): boolean {
  return connection === 'pool';
}

/** The pools that run. */
export function runningPools(): TerminalNode[] {
  return [...pools.values()];
}

/**
 * Makes a terminal node a pool.
 * @throws NexoError `invalid_config` where it has no terminals
 */
export function becomePool(RED: NodeAPI, node: TerminalNode, { pool: ids = [] }: PoolDef): void {
  if (ids.length === 0) {
    throw settingError('pool', 'The pool has no terminals: open it, add some, and deploy.');
  }
  node.pool = new Pool(
    () => ids.flatMap((id) => memberOf(RED, id)),
    assignments,
    () => ids.filter((id) => memberOf(RED, id).length === 0).map((id) => missingOf(RED, id)),
  );
  pools.set(node.id, node);
  node.on('close', (done: () => void) => {
    if (pools.get(node.id) === node) pools.delete(node.id);
    done();
  });
}

/** A member that runs; those that are disabled, set up wrongly, or being deployed anew are passed over. */
function memberOf(RED: NodeAPI, id: string): ReadyTerminal[] {
  const node = RED.nodes.getNode(id) as TerminalNode | null;
  return node?.terminal && isRunning(node.terminal) ? [readyOf(node)] : [];
}

/** What can be told of a member that does not run: a disabled node is only in the flow file. */
function missingOf(RED: NodeAPI, id: string): MissingTerminal {
  let missing: MissingTerminal = { name: id };
  RED.nodes.eachNode((def: NodeDef & { poiId?: string; journal?: string }) => {
    if (def.id === id) missing = { name: def.name || def.poiId || id, journal: journalKeyOf(def) };
  });
  return missing;
}
