import type { Node, NodeAPI, NodeDef } from 'node-red';
import { nexoOfExchange } from '../lib/contract/nexo-output.ts';
import { operatorIn } from '../lib/contract/operator-input.ts';
import { loginPayloadOf } from '../lib/contract/session-output.ts';
import type { Operator } from '../lib/session/requests/request-data.ts';
import { forEachTerminal } from './shared/each-terminal.ts';
import { onInput } from './shared/input-handler.ts';
import type { ReadyTerminal } from './shared/ready-terminal.ts';
import { isPool, terminalsFor } from './shared/select-terminal.ts';
import { showSession } from './shared/session-status.ts';
import { show } from './shared/status-text.ts';
import { whileRunning } from './shared/terminal-node.ts';

interface LoginDef extends NodeDef {
  terminal: string;
}

/** `nexo-login`: opens the login session. A terminal set to log in automatically does it with its first payment. */
export default function (RED: NodeAPI): void {
  function LoginNode(this: Node, config: LoginDef): void {
    RED.nodes.createNode(this, config);
    whileRunning(RED, this, config.terminal, ({ terminal }) =>
      isPool(RED, config.terminal) ? () => undefined : showSession(RED, this, terminal),
    );
    onInput(RED, this, async (msg, send) => {
      const targets = terminalsFor(RED, config.terminal, msg);
      const operator = operatorIn(msg.payload);
      this.status(show(RED, 'blue', 'ring', 'loggingIn'));
      Object.assign(msg, await forEachTerminal(targets, (ready) => login(ready, operator)));
      this.status(show(RED, 'green', 'dot', 'loggedIn'));
      send(msg);
    });
  }
  RED.nodes.registerType('nexo-login', LoginNode);
}

async function login({ terminal, about }: ReadyTerminal, operator: Operator | undefined) {
  const { request, response } = await terminal.ask({ type: 'login', ...(operator && { operator }) });
  return { payload: loginPayloadOf(response), nexo: nexoOfExchange(request, response, about) };
}
