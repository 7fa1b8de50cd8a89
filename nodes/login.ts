import type { Node, NodeAPI, NodeDef } from 'node-red';
import { onInput } from './shared/input.ts';
import { nexoOfExchange } from './shared/outcome.ts';
import { showSession } from './shared/session.ts';
import { show } from './shared/status.ts';
import { terminalOf, whileRunning } from './shared/terminals.ts';

interface LoginDef extends NodeDef {
  terminal: string;
}

/** `nexo-login`: opens the login session. Payments do it by themselves where the terminal is set to. */
export default function (RED: NodeAPI): void {
  function LoginNode(this: Node, config: LoginDef): void {
    RED.nodes.createNode(this, config);
    whileRunning(RED, this, config.terminal, ({ terminal }) => showSession(RED, this, terminal));
    onInput(RED, this, async (msg, send) => {
      const { terminal, about } = terminalOf(RED, config.terminal);
      this.status(show(RED, 'blue', 'ring', 'loggingIn'));
      const result = await terminal.ask({ type: 'login' });
      const system = result.response.LoginResponse?.POISystemData;
      msg.payload = {
        loggedIn: true,
        serialNumber: system?.POITerminalData?.POISerialNumber ?? null,
        software: system?.POISoftware ?? null,
        capabilities: system?.POITerminalData?.POICapabilities ?? [],
        status: system?.POIStatus ?? null,
      };
      msg.nexo = nexoOfExchange(result.request, result.response, about);
      this.status(show(RED, 'green', 'dot', 'loggedIn'));
      send(msg);
    });
  }
  RED.nodes.registerType('nexo-login', LoginNode);
}
