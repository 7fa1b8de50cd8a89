import type { Node, NodeAPI, NodeDef } from 'node-red';
import { displayBody } from '../lib/contract/dialog-input.ts';
import { nexoOfExchange } from '../lib/contract/nexo-output.ts';
import { contentSetting } from '../lib/contract/settings.ts';
import { onInput } from './shared/input-handler.ts';
import { readSettings } from './shared/node-settings.ts';
import { terminalFor } from './shared/select-terminal.ts';
import { show } from './shared/status-text.ts';
import { whileRunning } from './shared/terminal-node.ts';

interface DisplayDef extends NodeDef {
  terminal: string;
  text: string;
}

/** `nexo-display`: shows the customer a text on the terminal, until the next request. */
export default function (RED: NodeAPI): void {
  function DisplayNode(this: Node, config: DisplayDef): void {
    RED.nodes.createNode(this, config);
    whileRunning(RED, this, config.terminal, () => () => undefined);
    const settings = readSettings(RED, this, () => ({ text: contentSetting(config.text, 'text') }));
    onInput(RED, this, async (msg, send) => {
      const body = displayBody(msg.payload, settings());
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
