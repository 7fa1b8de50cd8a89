import type { Node, NodeAPI, NodeDef } from 'node-red';
import { nexoOfExchange } from '../lib/contract/nexo-output.ts';
import { printBody } from '../lib/contract/print-input.ts';
import { booleanSetting, contentSetting } from '../lib/contract/settings.ts';
import { onInput } from './shared/input-handler.ts';
import { readSettings } from './shared/node-settings.ts';
import { terminalFor } from './shared/select-terminal.ts';
import { show } from './shared/status-text.ts';
import { whileRunning } from './shared/terminal-node.ts';

interface PrintDef extends NodeDef {
  terminal: string;
  text: string;
  feed: boolean;
}

/** `nexo-print`: prints a receipt or formatted lines, on a terminal that has a printer. */
export default function (RED: NodeAPI): void {
  function PrintNode(this: Node, config: PrintDef): void {
    RED.nodes.createNode(this, config);
    whileRunning(RED, this, config.terminal, () => () => undefined);
    const settings = readSettings(RED, this, () => ({
      text: contentSetting(config.text, 'text'),
      feed: booleanSetting(config.feed, 'feed', true),
    }));
    onInput(RED, this, async (msg, send) => {
      const body = printBody(msg.payload, settings());
      const { terminal, about } = await terminalFor(RED, config.terminal, msg);
      this.status(show(RED, 'blue', 'ring', 'printing'));
      const { request, response } = await terminal.ask({ type: 'device', body });
      msg.payload = { printed: true };
      msg.nexo = nexoOfExchange(request, response, about);
      this.status(show(RED, 'green', 'dot', 'printed'));
      send(msg);
    });
  }
  RED.nodes.registerType('nexo-print', PrintNode);
}
