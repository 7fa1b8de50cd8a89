import type { NodeAPI, NodeStatus, NodeStatusFill, NodeStatusShape } from 'node-red';

/** What a text may leave open; each stands for itself until `show` fills it in. */
const PLACES = { amount: '__amount__', currency: '__currency__', count: '__count__', card: '__card__' };
const texts = new WeakMap<NodeAPI, Map<string, string>>();

/**
 * A node status with a text of the node's own catalogue.
 * @param values for the text's `__name__` places
 */
export function show(
  RED: NodeAPI,
  fill: NodeStatusFill,
  shape: NodeStatusShape,
  key: string,
  values?: Readonly<Record<string, string>>,
): NodeStatus {
  const text = textOf(RED, key);
  return { fill, shape, text: values ? text.replace(/__(\w+)__/g, (_, name: string) => values[name] ?? '') : text };
}

/** Statuses change several times a payment, and looking a text up costs more than the rest of it: so once each. */
function textOf(RED: NodeAPI, key: string): string {
  const known = texts.get(RED) ?? new Map<string, string>();
  texts.set(RED, known);
  const text = known.get(key) ?? RED._(`status.${key}`, PLACES);
  known.set(key, text);
  return text;
}
