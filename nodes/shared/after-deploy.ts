import type { Node, NodeAPI } from 'node-red';

interface Callbacks {
  /** For the end of the deploy that is in progress. */
  due: Set<() => void>;
  /** For the end of each further deploy. */
  later: Set<() => void>;
  /** For the end of every deploy, after all others: the nodes have subscribed. */
  last: Set<() => void>;
}

const pending = new WeakMap<object, Callbacks>();

/**
 * Calls back once all nodes of a deploy exist.
 * @returns a function that cancels the callback
 */
export function afterDeploy(RED: NodeAPI, callback: () => void): () => void {
  const { due } = callbacksOf(RED);
  due.add(callback);
  return () => due.delete(callback);
}

/** Calls back at the end of this deploy and of each later one. @returns a function that ends that */
export function afterEachDeploy(RED: NodeAPI, callback: () => void): () => void {
  const { later } = callbacksOf(RED);
  later.add(callback);
  return () => later.delete(callback);
}

/** Calls back after each deploy from now on, once all that waited for it has run: the nodes have subscribed. */
export function afterSubscriptions(RED: NodeAPI, callback: () => void): void {
  callbacksOf(RED).last.add(callback);
}

function callbacksOf({ events }: NodeAPI): Callbacks {
  const known = pending.get(events);
  if (known !== undefined) return known;
  const callbacks: Callbacks = { due: new Set(), later: new Set(), last: new Set() };
  pending.set(events, callbacks);
  events.on('flows:started', () => {
    for (const one of [...callbacks.later]) one();
    // What a callback starts adds callbacks of its own, for the same deploy.
    while (callbacks.due.size > 0) {
      const due = [...callbacks.due];
      callbacks.due.clear();
      for (const one of due) one();
    }
    for (const one of callbacks.last) one();
  });
  return callbacks;
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
