import type { Node, NodeAPI } from 'node-red';

/** Callbacks of a Node-RED, after the next deploy and after every one. */
interface Callbacks {
  once: Set<() => void>;
  always: Set<() => void>;
}

const pending = new WeakMap<object, Callbacks>();

/** One listener serves all nodes: one for each would look like a leak. */
function callbacksOf(RED: NodeAPI): Callbacks {
  const known = pending.get(RED.events);
  if (known !== undefined) return known;
  const callbacks: Callbacks = { once: new Set(), always: new Set() };
  pending.set(RED.events, callbacks);
  RED.events.on('flows:started', () => {
    const due = [...callbacks.once];
    callbacks.once.clear();
    for (const one of [...due, ...callbacks.always]) one();
  });
  return callbacks;
}

/**
 * Calls back once all nodes of a deploy exist.
 * @returns a function that cancels the callback
 */
export function afterDeploy(RED: NodeAPI, callback: () => void): () => void {
  const { once } = callbacksOf(RED);
  once.add(callback);
  return () => once.delete(callback);
}

/** Calls back after each deploy from now on, once all that waited for it has run: the nodes have subscribed. */
export function afterSubscriptions(RED: NodeAPI, callback: () => void): void {
  callbacksOf(RED).always.add(callback);
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
