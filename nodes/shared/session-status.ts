import type { Node, NodeAPI, NodeStatus } from 'node-red';
import type { SessionState } from '../../lib/session/effects.ts';
import type { Terminal } from '../../lib/terminal/terminal.ts';
import { show } from './status-text.ts';

/** Shows the state of the terminal's session as a node's status. Returns a function that stops it. */
export function followState(node: Node, terminal: Terminal, statusOf: (state: SessionState) => NodeStatus): () => void {
  let shown: string | undefined;
  return terminal.onState((state) => {
    const status = statusOf(state);
    if (status.text !== shown) node.status(status);
    shown = status.text;
  });
}

/** Shows whether the login session is open. */
export function showSession(RED: NodeAPI, node: Node, terminal: Terminal): () => void {
  return followState(node, terminal, (state) => {
    if (state === 'loggedOut') return show(RED, 'grey', 'ring', 'loggedOut');
    if (state === 'unreachable') return show(RED, 'red', 'ring', 'unreachable');
    if (state === 'loggingIn') return show(RED, 'blue', 'ring', 'loggingIn');
    return show(RED, 'green', 'dot', 'loggedIn');
  });
}
