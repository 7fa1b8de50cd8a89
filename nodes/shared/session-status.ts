import type { Node, NodeAPI, NodeStatus } from 'node-red';
import type { SessionState } from '../../lib/session/effects.ts';
import type { Terminal } from '../../lib/terminal/terminal.ts';
import { show } from './status-text.ts';

/**
 * Shows the state of the terminal's session as a node's status.
 * @returns functions that stop it, and that show what else has changed
 */
export function followState(
  node: Node,
  terminal: Terminal,
  statusOf: (state: SessionState) => NodeStatus,
): { stop: () => void; refresh: () => void } {
  let shown: string | undefined;
  const show = (state: SessionState) => {
    const status = statusOf(state);
    if (status.text !== shown) node.status(status);
    shown = status.text;
  };
  return { stop: terminal.onState(show), refresh: () => show(terminal.state) };
}

/** Shows whether the login session is open. */
export function showSession(RED: NodeAPI, node: Node, terminal: Terminal): () => void {
  const { stop } = followState(node, terminal, (state) => {
    if (state === 'loggedOut') return show(RED, 'grey', 'ring', 'loggedOut');
    if (state === 'unreachable') return show(RED, 'red', 'ring', 'unreachable');
    if (state === 'loggingIn') return show(RED, 'blue', 'ring', 'loggingIn');
    return show(RED, 'green', 'dot', 'loggedIn');
  });
  return stop;
}
