import { randomBytes } from 'node:crypto';
import type { Node, NodeAPI } from 'node-red';
import type { Terminal } from '../../lib/terminal/terminal.ts';
import { afterDeploy } from './after-deploy.ts';
import type { ReadyTerminal } from './ready-terminal.ts';

/** Attaches a node to a terminal; returns a function that detaches it. */
export type Attach = (ready: ReadyTerminal) => () => void;

export interface RegisteredTerminal {
  ready: ReadyTerminal;
  /** Identifies the start: questions are numbered from 1 at each, and a reply to an earlier one must not match. */
  start: string;
}

/** Running terminals by their names in the journal (SaleID/POIID). */
const running = new Map<string, RegisteredTerminal>();
/** What each subscriber is attached to, with the function that detaches it. */
const subscribers = new Map<Attach, Map<Terminal, () => void>>();

/**
 * Registers a terminal as running. Subscribers are attached once all nodes of the deploy exist.
 * @returns a function that unregisters it
 */
export function registerTerminal(RED: NodeAPI, ready: ReadyTerminal): () => void {
  const { terminal } = ready;
  const name = terminal.config.terminal;
  running.set(name, { ready, start: randomBytes(4).toString('hex') });
  const cancel = afterDeploy(RED, () => {
    for (const [attach, attached] of subscribers) {
      if (!attached.has(terminal)) attached.set(terminal, attach(ready));
    }
  });
  return () => {
    cancel();
    if (running.get(name)?.ready.terminal === terminal) running.delete(name);
    for (const attached of subscribers.values()) {
      attached.get(terminal)?.();
      attached.delete(terminal);
    }
  };
}

/** The running terminal of that name in the journal. */
export function runningAs(name: string): RegisteredTerminal | undefined {
  return running.get(name);
}

/** Whether a terminal still runs: a deploy may have stopped it during an `await`. */
export function isRunning(terminal: Terminal): boolean {
  return runningAs(terminal.config.terminal)?.ready.terminal === terminal;
}

export function runningTerminals(): ReadyTerminal[] {
  return [...running.values()].map(({ ready }) => ready);
}

/** Attaches a palette node to all terminals: those that run once the flows do, and those that are started later. */
export function whileEachRuns(RED: NodeAPI, node: Node, attach: Attach): void {
  const attached = new Map<Terminal, () => void>();
  const cancel = afterDeploy(RED, () => {
    subscribers.set(attach, attached);
    for (const { ready } of running.values()) {
      if (!attached.has(ready.terminal)) attached.set(ready.terminal, attach(ready));
    }
  });
  node.on('close', (done: () => void) => {
    cancel();
    subscribers.delete(attach);
    for (const detach of attached.values()) detach();
    attached.clear();
    done();
  });
}
