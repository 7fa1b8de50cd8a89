import type { Node, NodeAPI, NodeDef } from 'node-red';
import { displayBody } from '../lib/terminal/dialogs.ts';
import { terminalFor } from './shared/choice.ts';
import { onInput } from './shared/input.ts';
import { nexoOfExchange } from './shared/outcome.ts';
import { show } from './shared/status.ts';
import { whileRunning } from './shared/terminals.ts';

interface DisplayDef extends NodeDef {
  terminal: string;
  text: string;
}

/** `nexo-display`: shows the customer a text on the terminal, until the next request takes it away. */
export default function (RED: NodeAPI): void {
  function DisplayNode(this: Node, config: DisplayDef): void {
    RED.nodes.createNode(this, config);
    whileRunning(RED, this, config.terminal, () => () => undefined);
    onInput(RED, this, async (msg, send) => {
      const body = displayBody(msg.payload, config);
      const { terminal, about } = await terminalFor(RED, config.terminal, msg);
      this.status(show(RED, 'blue', 'ring', 'sending'));
      const { request, response } = await terminal.ask({ type: 'device', body });
      msg.payload = { displayed: true };
      msg.nexo = nexoOfExchange(request, response, about);
      this.status(show(RED, 'green', 'dot', 'displayed'));
      send(msg);
    });
  }
  RED.nodes.registerType('nexo-display', DisplayNode);
}
