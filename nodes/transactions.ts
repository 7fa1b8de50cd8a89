import type { Node, NodeAPI, NodeDef } from 'node-red';
import { askLedger, DEFAULT_LIMIT, parseLedgerQuery, type QueryName, type Scope } from '../lib/terminal/ledger.ts';
import { onInput } from './shared/input.ts';
import { nexoOfExchange } from './shared/outcome.ts';
import { show } from './shared/status.ts';
import { terminalOf, whileRunning } from './shared/terminals.ts';

interface TransactionsDef extends NodeDef {
  terminal: string;
  query: QueryName;
  scope: Scope;
  limit: number | string;
}

/** `nexo-transactions`: looks into the journal, and records what a person ruled about an unresolved transaction. */
export default function (RED: NodeAPI): void {
  function TransactionsNode(this: Node, config: TransactionsDef): void {
    RED.nodes.createNode(this, config);
    whileRunning(RED, this, config.terminal, () => () => undefined);
    onInput(RED, this, async (msg, send) => {
      const { terminal, about } = terminalOf(RED, config.terminal);
      const defaults = {
        query: config.query || 'unresolved',
        scope: config.scope || 'terminal',
        limit: Number(config.limit || DEFAULT_LIMIT),
      };
      const query = parseLedgerQuery(msg.payload, defaults, { now: Date.now() });
      const rows = await askLedger(terminal, query);
      msg.payload = rows;
      msg.nexo = { ...nexoOfExchange(undefined, undefined, about), query: query.query };
      this.status(show(RED, 'grey', 'dot', 'rows', { count: String(rows.length) }));
      send(msg);
    });
  }
  RED.nodes.registerType('nexo-transactions', TransactionsNode);
}
