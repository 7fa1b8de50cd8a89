import type { Node, NodeAPI, NodeDef } from 'node-red';
import { nexoOfExchange } from '../lib/contract/nexo-output.ts';
import { choiceSetting, textSetting } from '../lib/contract/settings.ts';
import { rowOf, type TotalsRow, type TransactionRow } from '../lib/contract/transaction-rows.ts';
import {
  DEFAULT_LIMIT,
  parseTransactionsQuery,
  QUERIES,
  type QueryName,
  SCOPES,
  type Scope,
  type TransactionsQuery,
} from '../lib/contract/transactions-input.ts';
import { queryTransactions } from '../lib/terminal/journal-query.ts';
import { isOpen } from '../lib/terminal/left-open.ts';
import { type FlowMessage, onInput } from './shared/input-handler.ts';
import { leftOpenFor, ruleOnLeftOpen } from './shared/left-open.ts';
import { readSettings } from './shared/node-settings.ts';
import type { ReadyTerminal } from './shared/ready-terminal.ts';
import { runningTerminals } from './shared/running-terminals.ts';
import { terminalFor, terminalsFor } from './shared/select-terminal.ts';
import { show } from './shared/status-text.ts';
import { whileRunning } from './shared/terminal-node.ts';

interface TransactionsDef extends NodeDef {
  terminal: string;
  query: QueryName;
  scope: Scope;
  limit: number | string;
}

/** `nexo-transactions`: queries the journal, and records a person's ruling on an unresolved transaction. */
export default function (RED: NodeAPI): void {
  function TransactionsNode(this: Node, config: TransactionsDef): void {
    RED.nodes.createNode(this, config);
    whileRunning(RED, this, config.terminal, () => () => undefined);
    const settings = readSettings(RED, this, () => ({
      query: choiceSetting(config.query, 'query', QUERIES),
      scope: choiceSetting(config.scope, 'scope', SCOPES),
      limit: Number(textSetting(config.limit, 'limit') || DEFAULT_LIMIT),
    }));
    onInput(RED, this, async (msg, send) => {
      const defaults = settings();
      const query = parseTransactionsQuery(msg.payload, defaults, { now: Date.now() });
      const { targets, rows } = await answer(RED, config.terminal, msg, query);
      // Terminals that share the journal need not wait until they try to open it again.
      if (query.query === 'acknowledge') for (const { terminal } of runningTerminals()) await terminal.losses.reopen();
      msg.payload = rows;
      msg.nexo = {
        ...nexoOfExchange(undefined, undefined, targets.length === 1 ? targets[0].about : null),
        query: query.query,
      };
      this.status(show(RED, 'grey', 'dot', 'rows', { count: String(rows.length) }));
      send(msg);
    });
  }
  RED.nodes.registerType('nexo-transactions', TransactionsNode);
}

interface QueryAnswer {
  targets: [ReadyTerminal, ...ReadyTerminal[]];
  rows: Rows | Rows[number][];
}

async function answer(RED: NodeAPI, id: string, msg: FlowMessage, query: TransactionsQuery): Promise<QueryAnswer> {
  if (query.query === 'rule') {
    const targets = terminalsFor(RED, id, msg);
    const record = await ruleOnLeftOpen(RED, targets[0], query.ruling);
    if (record !== undefined)
      return { targets: [targets[0]], rows: [rowOf(record, targets[0].terminal.config.profile)] };
  }
  const targets = await terminalsOf(RED, id, msg, query);
  const parts = await Promise.all(targets.map(({ terminal }) => queryTransactions(terminal, query)));
  if (query.query === 'unresolved' || query.query === 'undelivered') {
    const open = query.query === 'unresolved';
    const leftOpen = await Promise.all(targets.map((ready) => leftOpenFor(RED, ready)));
    parts.push(
      leftOpen
        .flat()
        .filter((record) => isOpen(record) === open)
        .map((record) => rowOf(record, targets[0].terminal.config.profile)),
    );
  }
  return { targets, rows: mergeRows(parts, query) };
}

/** In a pool: the terminal that has the transaction, or all that the query is about. */
async function terminalsOf(
  RED: NodeAPI,
  id: string,
  msg: FlowMessage,
  query: TransactionsQuery,
): Promise<[ReadyTerminal, ...ReadyTerminal[]]> {
  if (query.query === 'byId') return [await terminalFor(RED, id, msg, { transactionId: query.transactionId })];
  if (query.query === 'rule') {
    const { transactionId } = query.ruling;
    return [await terminalFor(RED, id, msg, { transactionId })];
  }
  const all = terminalsFor(RED, id, msg);
  if (query.query === 'journal' || query.query === 'acknowledge') return onePerJournal(all);
  // The terminals share a journal: one query reads it.
  return query.scope === 'journal' ? [all[0]] : all;
}

type Rows = Awaited<ReturnType<typeof queryTransactions>>;

/** What a journal may have lost is one list, whichever of its terminals is asked. */
function onePerJournal([first, ...more]: readonly [ReadyTerminal, ...ReadyTerminal[]]): [
  ReadyTerminal,
  ...ReadyTerminal[],
] {
  const seen = new Set([first.journal]);
  const others = more.filter(({ journal }) => {
    const isNew = journal === undefined || !seen.has(journal);
    seen.add(journal);
    return isNew;
  });
  return [first, ...others];
}

/** The rows of several terminals, in the order in which one terminal lists them. */
function mergeRows(parts: Rows[], { query, limit }: TransactionsQuery) {
  const [first = []] = parts;
  if (parts.length === 1) return first;
  if (query === 'journal' || query === 'acknowledge') return parts.flat();
  if (query === 'totals') return (parts.flat() as TotalsRow[]).sort((a, b) => a.day.localeCompare(b.day));
  // What was left open is in the lists of several terminals.
  const rows = [...new Map((parts.flat() as TransactionRow[]).map((row) => [row.transactionId, row])).values()];
  return rows.sort((a, b) => b.createdAt.localeCompare(a.createdAt)).slice(0, limit);
}
