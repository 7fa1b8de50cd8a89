import { randomBytes } from 'node:crypto';
import type { Node, NodeAPI } from 'node-red';
import type { Terminal } from '../../lib/terminal/terminal.ts';
import { onceStarted } from './after-deploy.ts';
import type { ReadyTerminal } from './terminal-node.ts';

export type Begin = (ready: ReadyTerminal) => () => void;

export interface RunningTerminal {
  ready: ReadyTerminal;
  /** Questions are numbered anew by each start: this tells an answer to one from before from an answer to a new one. */
  start: string;
}

/** Terminals that run, by their names in the journal (SaleID/POIID). */
const running = new Map<string, RunningTerminal>();
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

/** The running terminal of that name in the journal. */
export function runningAs(name: string): RunningTerminal | undefined {
  return running.get(name);
}

/** Whether it still runs: a deploy may have stopped it while something was waited for. */
export function isRunning(terminal: Terminal): boolean {
  return runningAs(terminal.config.terminal)?.ready.terminal === terminal;
}

export function runningTerminals(): ReadyTerminal[] {
  return [...running.values()].map(({ ready }) => ready);
}

/** Ties a palette node to all terminals: those that run once the flows do, and those that are started later. */
export function whileAnyRuns(RED: NodeAPI, node: Node, begin: Begin): void {
  const ends = new Map<Terminal, () => void>();
  const callOff = onceStarted(RED, () => {
    followers.set(begin, ends);
    for (const { ready } of running.values()) {
      if (!ends.has(ready.terminal)) ends.set(ready.terminal, begin(ready));
    }
  });
  node.on('close', (done: () => void) => {
    callOff();
    followers.delete(begin);
    for (const end of ends.values()) end();
    ends.clear();
    done();
  });
}
