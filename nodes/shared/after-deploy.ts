import type { Node, NodeAPI } from 'node-red';

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

/**
 * For a configuration node: what it has to say goes to the Catch and Status nodes of its users, of whom none is there
 * before the flows run. Said earlier, it is kept until then.
 */
export function saysOnceStarted(RED: NodeAPI, node: Node): (say: () => void) => void {
  let early: (() => void)[] | undefined = [];
  const callOff = onceStarted(RED, () => {
    const due = early ?? [];
    early = undefined;
    for (const say of due) say();
  });
  node.on('close', () => callOff());
  return (say) => {
    if (early) early.push(say);
    else say();
  };
}
