import type { Node, NodeAPI, NodeDef } from 'node-red';
import { nexoOfExchange } from '../lib/contract/nexo-output.ts';
import { choiceSetting } from '../lib/contract/settings.ts';
import { parseStatusQuery } from '../lib/contract/status-input.ts';
import { WHICH, type Which } from '../lib/contract/transaction-choice.ts';
import { statusOf } from '../lib/terminal/transaction-status.ts';
import { onInput } from './shared/input-handler.ts';
import { readSettings } from './shared/node-settings.ts';
import { statusOfOutcome } from './shared/output-message.ts';
import { terminalFor } from './shared/select-terminal.ts';
import { show } from './shared/status-text.ts';
import { whileRunning } from './shared/terminal-node.ts';

interface StatusDef extends NodeDef {
  terminal: string;
  /** Absent in nodes saved before there was such a setting: as the message says. */
  which?: Which;
}

/** `nexo-status`: how the last transaction, or a given one, ended, and the state of the terminal's session. */
export default function (RED: NodeAPI): void {
  function StatusNode(this: Node, config: StatusDef): void {
    RED.nodes.createNode(this, config);
    whileRunning(RED, this, config.terminal, () => () => undefined);
    const which = readSettings(RED, this, () => choiceSetting(config.which, 'which', WHICH));
    onInput(RED, this, async (msg, send) => {
      const query = parseStatusQuery(msg.payload, which());
      const { transactionId } = query;
      const { terminal, currency, about } = await terminalFor(RED, config.terminal, msg, { transactionId });
      this.status(show(RED, 'blue', 'ring', 'recovering'));
      const { payload, request, response } = await statusOf(terminal, query, currency);
      msg.payload = payload;
      msg.nexo = nexoOfExchange(request, response, about);
      this.status(statusOfOutcome(RED, payload));
      send(msg);
    });
  }
  RED.nodes.registerType('nexo-status', StatusNode);
}
