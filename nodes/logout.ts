import type { Node, NodeAPI, NodeDef } from 'node-red';
import { onInput } from './shared/input.ts';
import { nexoOfExchange } from './shared/outcome.ts';
import { showSession } from './shared/session.ts';
import { show } from './shared/status.ts';
import { terminalOf, whileRunning } from './shared/terminals.ts';

interface LogoutDef extends NodeDef {
  terminal: string;
  maintenanceAllowed: boolean;
}

/** `nexo-logout`: ends the login session; the terminal may then update itself, if that is allowed. */
export default function (RED: NodeAPI): void {
  function LogoutNode(this: Node, config: LogoutDef): void {
    RED.nodes.createNode(this, config);
    whileRunning(RED, this, config.terminal, ({ terminal }) => showSession(RED, this, terminal));
    onInput(RED, this, async (msg, send) => {
      const { terminal, about } = terminalOf(RED, config.terminal);
      const result = await terminal.ask({ type: 'logout', maintenanceAllowed: allowed(msg.payload, config) });
      msg.payload = { loggedIn: false };
      msg.nexo = nexoOfExchange(result.request, result.response, about);
      this.status(show(RED, 'grey', 'ring', 'loggedOut'));
      send(msg);
    });
  }
  RED.nodes.registerType('nexo-logout', LogoutNode);
}

/** `msg.payload.maintenanceAllowed` over the node's setting. */
function allowed(payload: unknown, config: LogoutDef): boolean {
  const own = (payload as { maintenanceAllowed?: unknown } | null | undefined)?.maintenanceAllowed;
  return typeof own === 'boolean' ? own : config.maintenanceAllowed === true;
}
