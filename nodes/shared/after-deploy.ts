import type { Node, NodeAPI } from 'node-red';

const pending = new WeakMap<object, Set<() => void>>();

/**
 * Calls back once all nodes of a deploy exist. One listener serves all nodes: one for each would look like a leak.
 * @returns a function that cancels the callback
 */
export function afterDeploy(RED: NodeAPI, callback: () => void): () => void {
  const known = pending.get(RED.events);
  const callbacks = known ?? new Set();
  if (known === undefined) {
    pending.set(RED.events, callbacks);
    RED.events.on('flows:started', () => {
      const due = [...callbacks];
      callbacks.clear();
      for (const one of due) one();
    });
  }
  callbacks.add(callback);
  return () => callbacks.delete(callback);
}

/**
 * For a configuration node, whose status and errors go to the Status and Catch nodes of its users: those do not exist
 * before the flows run.
 * @returns a function that runs an action, not before the flows run
 */
export function deferUntilDeployed(RED: NodeAPI, node: Node): (action: () => void) => void {
  let deferred: (() => void)[] | undefined = [];
  const cancel = afterDeploy(RED, () => {
    const due = deferred ?? [];
    deferred = undefined;
    for (const action of due) action();
  });
  node.on('close', () => cancel());
  return (action) => {
    if (deferred) deferred.push(action);
    else action();
  };
}
