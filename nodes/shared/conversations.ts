import { randomBytes } from 'node:crypto';
import type { Node, NodeAPI } from 'node-red';
import { NexoError } from '../../lib/protocol/errors.ts';
import { lateReplyError } from '../../lib/session/failures.ts';
import type { Terminal } from '../../lib/terminal/terminal.ts';
import { onceStarted } from './started.ts';
import type { ReadyTerminal } from './terminals.ts';

type Begin = (ready: ReadyTerminal) => () => void;

interface Running {
  ready: ReadyTerminal;
  /** Questions are numbered anew by each start: this tells an answer to one from before from an answer to a new one. */
  start: string;
}

/** Terminals that run, by their names in the journal (SaleID/POIID). */
const running = new Map<string, Running>();
const followers = new Map<Begin, Map<Terminal, () => void>>();

/**
 * A terminal runs from now on; it is listened to once all nodes of the deploy are there.
 * @returns how to say that it is gone
 */
export function announce(RED: NodeAPI, ready: ReadyTerminal): () => void {
  const { terminal } = ready;
  const name = terminal.config.terminal;
  running.set(name, { ready, start: randomBytes(4).toString('hex') });
  const callOff = onceStarted(RED, () => {
    for (const [begin, ends] of followers) if (!ends.has(terminal)) ends.set(terminal, begin(ready));
  });
  return () => {
    callOff();
    if (running.get(name)?.ready.terminal === terminal) running.delete(name);
    for (const ends of followers.values()) {
      ends.get(terminal)?.();
      ends.delete(terminal);
    }
  };
}

/** Ties a palette node to all terminals: those that run once the flows do, and those that are started later. */
export function whileAnyRuns(RED: NodeAPI, node: Node, begin: Begin): void {
  const ends = new Map<Terminal, () => void>();
  const callOff = onceStarted(RED, () => {
    followers.set(begin, ends);
    for (const { ready } of running.values()) ends.set(ready.terminal, begin(ready));
  });
  node.on('close', (done: () => void) => {
    callOff();
    followers.delete(begin);
    for (const end of ends.values()) end();
    ends.clear();
    done();
  });
}

/** A question's name as flows get it (`msg.nexo.replyTo`): `<SaleID>/<POIID>#<number>.<start>`. */
export function replyToOf(terminal: Terminal, replyId: string): string {
  return `${replyId}.${running.get(terminal.config.terminal)?.start ?? ''}`;
}

/**
 * The question that a message answers.
 * @throws NexoError `no_reply_to`; `reply_too_late` where its terminal was stopped, or started anew, since
 */
export function questionOf(nexo: unknown): { terminal: Terminal; replyId: string } {
  const replyTo = typeof nexo === 'object' && nexo !== null && 'replyTo' in nexo ? nexo.replyTo : undefined;
  if (typeof replyTo !== 'string' || replyTo === '') {
    throw new NexoError(
      'no_reply_to',
      'Which question this answers is missing: keep the msg.nexo that came out of a listener’s print or input output.',
      { path: 'nexo.replyTo' },
    );
  }
  const [, replyId = '', name = '', start] = /^((.*)#\d+)\.(\w+)$/s.exec(replyTo) ?? [];
  const known = running.get(name);
  if (known === undefined || known.start !== start) throw lateReplyError(false);
  return { terminal: known.ready.terminal, replyId };
}
