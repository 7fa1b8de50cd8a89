import type { NodeAPI } from 'node-red';

const waiting = new WeakMap<object, Set<() => void>>();

/**
 * Calls back once all nodes of a deploy are there. One listener serves all nodes: one each would look like a leak.
 * @returns how to call it off
 */
export function onceStarted(RED: NodeAPI, begin: () => void): () => void {
  const known = waiting.get(RED.events);
  const callbacks = known ?? new Set();
  if (known === undefined) {
    waiting.set(RED.events, callbacks);
    RED.events.on('flows:started', () => {
      const due = [...callbacks];
      callbacks.clear();
      for (const callback of due) callback();
    });
  }
  callbacks.add(begin);
  return () => callbacks.delete(begin);
}
