import type { Node, NodeAPI, NodeDef } from 'node-red';
import { nexoOfExchange } from '../lib/contract/nexo-output.ts';
import { maintenanceAllowedIn } from '../lib/contract/operator-input.ts';
import { booleanSetting } from '../lib/contract/settings.ts';
import { forEachTerminal } from './shared/each-terminal.ts';
import { onInput } from './shared/input-handler.ts';
import { readSettings } from './shared/node-settings.ts';
import { isPool, terminalsFor } from './shared/select-terminal.ts';
import { showSession } from './shared/session-status.ts';
import { show } from './shared/status-text.ts';
import { whileRunning } from './shared/terminal-node.ts';

interface LogoutDef extends NodeDef {
  terminal: string;
  maintenanceAllowed: boolean;
}

/** `nexo-logout`: ends the login session; with permission, the terminal can update after that. */
export default function (RED: NodeAPI): void {
  function LogoutNode(this: Node, config: LogoutDef): void {
    RED.nodes.createNode(this, config);
    whileRunning(RED, this, config.terminal, ({ terminal }) =>
      isPool(RED, config.terminal) ? () => undefined : showSession(RED, this, terminal),
    );
    const settings = readSettings(RED, this, () =>
      booleanSetting(config.maintenanceAllowed, 'maintenanceAllowed', false),
    );
    onInput(RED, this, async (msg, send) => {
      const maintenanceAllowed = maintenanceAllowedIn(msg.payload, settings());
      const done = await forEachTerminal(terminalsFor(RED, config.terminal, msg), async ({ terminal, about }) => {
        const { request, response } = await terminal.ask({ type: 'logout', maintenanceAllowed });
        return { payload: { loggedIn: false }, nexo: nexoOfExchange(request, response, about) };
      });
      Object.assign(msg, done);
      this.status(show(RED, 'grey', 'ring', 'loggedOut'));
      send(msg);
    });
  }
  RED.nodes.registerType('nexo-logout', LogoutNode);
}
