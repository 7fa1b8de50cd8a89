import type { Node, NodeAPI, NodeDef } from 'node-red';
import { parseStatusQuery, statusOf } from '../lib/terminal/status.ts';
import { terminalFor } from './shared/choice.ts';
import { onInput } from './shared/input.ts';
import { nexoOfExchange, statusOfOutcome } from './shared/outcome.ts';
import { show } from './shared/status.ts';
import { whileRunning } from './shared/terminals.ts';

interface StatusDef extends NodeDef {
  terminal: string;
}

/** `nexo-status`: how the last, or a named, transaction ended, and what the terminal's session is doing. */
export default function (RED: NodeAPI): void {
  function StatusNode(this: Node, config: StatusDef): void {
    RED.nodes.createNode(this, config);
    whileRunning(RED, this, config.terminal, () => () => undefined);
    onInput(RED, this, async (msg, send) => {
      const query = parseStatusQuery(msg.payload);
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
