import type { NodeAPI, NodeDef, NodeMessage } from 'node-red';
import type { RulingRequest } from '../../lib/contract/ruling-input.ts';
import { rowOf } from '../../lib/contract/transaction-rows.ts';
import { fromMinor } from '../../lib/protocol/amounts.ts';
import { NexoError } from '../../lib/protocol/errors.ts';
import { swedbankPay } from '../../lib/protocol/profiles/swedbank-pay.ts';
import type { TransactionRecord } from '../../lib/session/record.ts';
import { isOpen, leftOpenIn, ruleLeftOpen } from '../../lib/terminal/left-open.ts';
import type { Predecessor } from '../../lib/terminal/predecessors.ts';
import { rule } from '../../lib/terminal/ruling.ts';
import { afterDeploy } from './after-deploy.ts';
import { errorForCatch } from './input-handler.ts';
import { type KnownJournal, knownJournals } from './known-journals.ts';
import type { ReadyTerminal } from './ready-terminal.ts';
import { runningAs, runningTerminals } from './running-terminals.ts';
import type { TerminalNode } from './terminal-node.ts';

/** A transaction that is open, or was not delivered, under a name that no running terminal has with its journal. */
export interface LeftOpen {
  record: TransactionRecord;
  journal: KnownJournal;
}

/** Errors reported so far, so that a deploy does not repeat them. */
const reported = new Set<string>();
/** How many each terminal node has reported. */
const counts = new WeakMap<TerminalNode, number>();

/** Everything that was left open in the journals. A journal that cannot be read is left out: its terminals report that. */
export async function findLeftOpen(RED: NodeAPI): Promise<LeftOpen[]> {
  const found = await Promise.all(
    knownJournals(RED).map(async (journal) => {
      const runs = (name: string) => runningAs(name)?.ready.journal === journal.key;
      try {
        const records = await journal.read((opened) => leftOpenIn(opened, runs));
        return records.map((record) => ({ record, journal }));
      } catch (error) {
        if (!journal.used) RED.log.warn(`nexo: journal ${journal.key} cannot be read: ${messageOf(error)}`);
        return [];
      }
    }),
  );
  return found.flat();
}

/**
 * What the lists of a terminal show of what was left open: what it made under earlier settings; and, in its journal or in
 * one that no terminal keeps, what no running terminal has made.
 */
export async function leftOpenFor(RED: NodeAPI, { journal: key, about }: ReadyTerminal): Promise<TransactionRecord[]> {
  const found = await findLeftOpen(RED);
  const shown = found.filter(({ record, journal }) => {
    const successor = successorOf(record.terminal, journal.key);
    if (successor !== undefined) return successor.about.id === about.id;
    return journal.key === key || !journal.used;
  });
  return shown.map(({ record }) => record);
}

/**
 * Ends a transaction that was left open as a person rules, if that is one.
 * @returns its record
 */
export async function ruleOnLeftOpen(
  RED: NodeAPI,
  { terminal }: ReadyTerminal,
  ruling: RulingRequest,
): Promise<TransactionRecord | undefined> {
  const found = (await findLeftOpen(RED)).find(({ record }) => record.transactionId === ruling.transactionId);
  if (found === undefined || !isOpen(found.record)) return undefined;
  const asking = runningTerminals().find((ready) => ready.terminal.hasOpen(ruling.transactionId))?.terminal;
  const journal = await found.journal.open();
  try {
    if (asking !== undefined) return await rule(asking, journal, ruling, found.record.terminal);
    const { record, handle } = await ruleLeftOpen(journal, found.record, ruling, Date.now());
    terminal.deliver(record, handle);
    await reportLeftOpen(RED);
    return record;
  } finally {
    await journal.close();
  }
}

/**
 * The earlier settings of a terminal: other SaleIDs, or other journals, under its POIID. Which settings no terminal has any
 * more is known once all nodes of the deploy exist.
 */
export function predecessorsAfterDeploy(RED: NodeAPI, node: TerminalNode): () => Promise<Predecessor[]> {
  const deployed = new Promise<void>((resolve) => void afterDeploy(RED, resolve));
  return () => deployed.then(() => predecessorsOf(RED, node));
}

async function predecessorsOf(RED: NodeAPI, node: TerminalNode): Promise<Predecessor[]> {
  const found = new Map<string, Predecessor>();
  for (const { record, journal } of await findLeftOpen(RED)) {
    if (successorOf(record.terminal, journal.key)?.about.id !== node.id) continue;
    const { poiId } = node.terminal?.config ?? { poiId: '' };
    const saleId = record.terminal.slice(0, -`/${poiId}`.length);
    found.set(`${record.terminal} ${journal.key}`, { saleId, journal: () => journal.open() });
  }
  return [...found.values()];
}

/** The one running terminal that stands where a terminal of that name stood: one of its journal, where there is one. */
function successorOf(name: string, key: string): ReadyTerminal | undefined {
  const there = runningTerminals().filter(({ about }) => name.endsWith(`/${about.poiId}`));
  return there.find(({ journal }) => journal === key) ?? there[0];
}

/** Reports what was left open by errors of terminal nodes: once, and again when it changes. */
export async function reportLeftOpen(RED: NodeAPI): Promise<void> {
  const groups = Map.groupBy(await findLeftOpen(RED), ({ record, journal }) => `${record.terminal}\n${journal.key}`);
  const totals = new Map<TerminalNode, number>();
  for (const group of groups.values()) {
    const [{ record, journal } = { record: undefined, journal: undefined }] = group;
    if (record === undefined) continue;
    const successor = successorOf(record.terminal, journal.key);
    const error = leftOpenError(record.terminal, group, successor);
    const node = reporterOf(RED, journal.key, successor);
    if (node && !successor) totals.set(node, (totals.get(node) ?? 0) + group.length);
    if (reported.has(error.message)) continue;
    reported.add(error.message);
    const msg = { payload: group.map((one) => rowOf(one.record, swedbankPay)) } as NodeMessage;
    if (node) node.error(errorForCatch(error), msg);
    else RED.log.error(`nexo: ${error.message}`);
  }
  eachTerminalNode(RED, (node) => {
    const count = totals.get(node) ?? 0;
    if (count === leftOpenCount(node)) return;
    counts.set(node, count);
    node.showState?.();
  });
}

/** How many transactions a terminal node has reported that no terminal asks about. */
export function leftOpenCount(node: TerminalNode): number {
  return counts.get(node) ?? 0;
}

/** The terminal node whose Catch nodes get the error: the successor's, one of the same journal, or any. */
function reporterOf(RED: NodeAPI, key: string, successor: ReadyTerminal | undefined): TerminalNode | undefined {
  const all: TerminalNode[] = [];
  eachTerminalNode(RED, (node) => all.push(node));
  return (
    all.find(({ id }) => id === successor?.about.id) ??
    all.find(({ journal, terminal }) => terminal !== undefined && journal === key) ??
    all.find(({ terminal }) => terminal !== undefined) ??
    all[0]
  );
}

function eachTerminalNode(RED: NodeAPI, call: (node: TerminalNode) => void): void {
  RED.nodes.eachNode(({ id, type }: NodeDef) => {
    const node = type === 'nexo-terminal' ? (RED.nodes.getNode(id) as TerminalNode | null) : null;
    if (node && node.pool === undefined) call(node);
  });
}

function leftOpenError(name: string, group: readonly LeftOpen[], successor: ReadyTerminal | undefined): NexoError {
  const list = group
    .map(({ record: { transactionId, amount, currency, state } }) => {
      return `${transactionId} (${fromMinor(amount, currency)} ${currency}, ${state})`;
    })
    .join(', ');
  const next =
    successor === undefined
      ? 'No terminal asks about them. Restore the settings that they were made with, or rule on them with a transactions node.'
      : `Terminal ${successor.about.name} asks about them under those settings, and takes nothing else until they have ended.`;
  return new NexoError(
    'left_open',
    `${list} of ${name} (SaleID/POIID): open or not delivered, and no running terminal has these settings with that journal. ${next}`,
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
