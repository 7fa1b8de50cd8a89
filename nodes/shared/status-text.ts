import type { NodeAPI, NodeStatus, NodeStatusFill, NodeStatusShape } from 'node-red';

/** Where the texts stand that several nodes show: in the terminal's catalogue, under `common`. */
const COMMON = '@nexoflows/node-red-nexo-retailer/terminal:common.';
/** The variables of the texts; each stands for itself until `show` fills it in. */
const VARIABLES = { amount: '__amount__', currency: '__currency__', count: '__count__', card: '__card__' };
const texts = new WeakMap<NodeAPI, Map<string, string>>();

/**
 * A node status with a text of the node's own catalogue, or of those that several nodes show.
 * @param key of the text, below `status`
 * @param values of the text's `__name__` variables
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

/** Cached: a payment changes its status several times, and Node-RED's lookup costs more than the rest of a change. */
function textOf(RED: NodeAPI, key: string): string {
  const known = texts.get(RED) ?? new Map<string, string>();
  texts.set(RED, known);
  const text = known.get(key) ?? lookUp(RED, `status.${key}`);
  known.set(key, text);
  return text;
}

/** Node-RED gives the key back if a catalogue does not have it. */
function lookUp(RED: NodeAPI, key: string): string {
  const own = RED._(key, VARIABLES);
  if (own !== key) return own;
  const common = RED._(`${COMMON}${key}`, VARIABLES);
  return common === `common.${key}` ? key : common;
}
