/** Selects the terminal of a message: `msg.terminal`, or the node's own setting, which can be a pool. */
import type { NodeAPI } from 'node-red';
import { terminalIdIn, terminalNameIn, transactionAbout } from '../../lib/contract/target-input.ts';
import type { ErrorCode } from '../../lib/protocol/error-codes.ts';
import { NexoError } from '../../lib/protocol/errors.ts';
import type { SessionState } from '../../lib/session/effects.ts';
import type { Pool } from '../../lib/terminal/pool.ts';
import { terminalStopped } from '../../lib/terminal/session-runner.ts';
import type { FlowMessage } from './input-handler.ts';
import { runningPools, transactionOwners } from './pool-node.ts';
import type { ReadyTerminal } from './ready-terminal.ts';
import { isRunning, runningTerminals } from './running-terminals.ts';
import { readyOf, type TerminalNode, terminalNodeOf } from './terminal-node.ts';

/** What decides which terminal of a pool gets a message. */
export interface TargetQuery {
  /** The transaction that the message is about: it goes to the terminal that has it. */
  transactionId?: string | undefined;
  /** Starts a transaction, on any free terminal. Otherwise the message must name its terminal, or come from it. */
  isNew?: true;
  /** The transactionId was generated for this message: it cannot have been used before. */
  generatedId?: boolean;
}

/**
 * The terminal that a message is for.
 *
 * @param id the node's own setting
 * @throws NexoError by rejection; nothing may be sent: `no_terminal`, `terminal_disabled`, what is wrong with the terminal's
 *   settings, `unknown_terminal`, `ambiguous_terminal`, `which_terminal`, `pool_empty`, `pool_unsure`,
 *   `transaction_unsure`, `transaction_elsewhere`, `terminal_stopped`
 */
export async function terminalFor(
  RED: NodeAPI,
  id: string | undefined,
  msg: FlowMessage,
  query: TargetQuery = {},
): Promise<ReadyTerminal> {
  const named = namedIn(RED, msg);
  const node = named ?? terminalNodeOf(RED, id);
  if (node.pool !== undefined) return ensureRunning(await poolMemberFor(node, msg, query));
  const ready = readyOf(node);
  const { transactionId, isNew, generatedId } = query;
  if (!isNew || generatedId || transactionId === undefined) return ready;
  return claim(ready, transactionId, named !== undefined);
}

/**
 * Claims a transactionId for the terminal that a message is for already.
 * @throws NexoError by rejection, as `terminalFor`
 */
export async function claimTerminal(
  RED: NodeAPI,
  msg: FlowMessage,
  ready: ReadyTerminal,
  transactionId: string,
): Promise<void> {
  await claim(ready, transactionId, namedIn(RED, msg) !== undefined);
}

async function claim(ready: ReadyTerminal, transactionId: string, named: boolean): Promise<ReadyTerminal> {
  // Another terminal's broken journal does not stop a node that has its own terminal, unless a pool can have used both.
  const claiming = transactionOwners.claim(transactionId, ready, named ? undefined : inPool);
  if (claiming === undefined) return ready;
  await claiming;
  return ensureRunning(ready);
}

function inPool(terminal: object): boolean {
  return runningPools().some(({ pool }) => pool?.members.some((member) => member.terminal === terminal));
}

/** A deploy may have stopped it while journals were read. @throws NexoError `terminal_stopped` */
function ensureRunning(ready: ReadyTerminal): ReadyTerminal {
  if (!isRunning(ready.terminal)) throw terminalStopped();
  return ready;
}

/** All terminals of a message, for actions that apply to each of a pool. @throws NexoError as above */
export function terminalsFor(
  RED: NodeAPI,
  id: string | undefined,
  msg: FlowMessage,
): [ReadyTerminal, ...ReadyTerminal[]] {
  const node = namedIn(RED, msg) ?? terminalNodeOf(RED, id);
  if (node.pool === undefined) return [readyOf(node)];
  const [first = node.pool.free(), ...more] = node.pool.members;
  return [first, ...more];
}

/** The pool of a message, if it has one. @throws NexoError as above */
export function poolFor(RED: NodeAPI, id: string | undefined, msg: FlowMessage): Pool<ReadyTerminal> | undefined {
  return (namedIn(RED, msg) ?? terminalNodeOf(RED, id)).pool;
}

/** Whether a node's own setting is a pool. */
export function isPool(RED: NodeAPI, id: string | undefined): boolean {
  return ((id ? RED.nodes.getNode(id) : null) as TerminalNode | null)?.pool !== undefined;
}

async function poolMemberFor(
  { pool, title }: TerminalNode,
  msg: FlowMessage,
  { transactionId, isNew, generatedId }: TargetQuery,
): Promise<ReadyTerminal> {
  if (pool === undefined) throw new Error(`${title} is no pool`);
  if (isNew) return transactionId === undefined || generatedId ? pool.free(transactionId) : pool.take(transactionId);
  const found = transactionId === undefined ? undefined : await pool.find(transactionId);
  if (found !== undefined) return found;
  const from = terminalIdIn(msg);
  const member = pool.members.find(({ about }) => about.id === from);
  if (member !== undefined) return member;
  // None has it: any terminal reports that.
  if (transactionId !== undefined) return pool.members[0] ?? pool.free();
  throw whichError(title, pool.members);
}

/** States in which a customer is at the terminal. */
const BUSY: ReadonlySet<SessionState> = new Set(['paying', 'held', 'cardRead', 'recovering', 'loggingIn']);

/**
 * The terminal that an abort goes to. In a pool: the one with the transaction that the message is about, or, without one,
 * the only busy terminal. Another customer's payment must not be aborted by a guess.
 *
 * @returns undefined if there is nothing to abort
 * @throws NexoError by rejection, as `terminalFor`
 */
export async function terminalToAbort(
  RED: NodeAPI,
  id: string | undefined,
  msg: FlowMessage,
): Promise<ReadyTerminal | undefined> {
  const { pool, title } = namedIn(RED, msg) ?? terminalNodeOf(RED, id);
  if (pool === undefined) return terminalFor(RED, id, msg);
  const transactionId = transactionAbout(msg);
  if (transactionId !== undefined) {
    const ready = await pool.find(transactionId);
    const current = ready?.terminal.current?.transactionId ?? transactionId;
    return current === transactionId ? ready : undefined;
  }
  const busy = pool.members.filter(({ terminal }) => terminal.load > 0 || BUSY.has(terminal.state));
  if (busy.length > 1) throw whichError(title, busy);
  return busy[0];
}

/** The terminal or pool that `msg.terminal` names, by node id, name or POIID; undefined without a name. */
function namedIn(RED: NodeAPI, msg: FlowMessage): TerminalNode | undefined {
  const given = terminalNameIn(msg);
  if (given === undefined) return undefined;
  const { name: wanted, shown } = given;
  const known = [
    ...runningTerminals().map(({ about }) => about),
    ...runningPools().map(({ id, title }) => ({ id, name: title, poiId: undefined })),
  ];
  const byId = known.filter(({ id }) => id === wanted);
  const alike = known.filter(({ name, poiId }) => wanted !== undefined && (name === wanted || poiId === wanted));
  const found = byId.length > 0 ? byId : alike;
  const [first, ...more] = found;
  if (first !== undefined && more.length === 0) return terminalNodeOf(RED, first.id);
  const names = known.map(({ name }) => name);
  throw first === undefined
    ? wrong(
        'unknown_terminal',
        `${shown} is no terminal that runs here: nothing was sent. Set msg.terminal to one of: ${names.join(', ') || '(none runs)'}.`,
      )
    : wrong(
        'ambiguous_terminal',
        `${shown} names ${found.length} terminals: nothing was sent. Use a node id: ${found.map(({ id, name }) => `${id} (${name})`).join(', ')}.`,
      );
}

function whichError(title: string, members: readonly ReadyTerminal[]): NexoError {
  const names = members.map(({ about }) => about.name).join(', ');
  return wrong(
    'which_terminal',
    `It is not certain which terminal of the pool ${title} is meant: nothing was sent. Keep the msg.nexo of the node before, or set msg.terminal to one of ${names}.`,
  );
}

function wrong(code: ErrorCode, message: string): NexoError {
  return new NexoError(code, message, { path: 'terminal' });
}
