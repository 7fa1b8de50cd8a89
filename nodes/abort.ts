import type { Node, NodeAPI, NodeDef } from 'node-red';
import { nexoOfExchange } from '../lib/contract/nexo-output.ts';
import { abortPayloadOf } from '../lib/contract/session-output.ts';
import { onInput } from './shared/input-handler.ts';
import { terminalToAbort } from './shared/select-terminal.ts';
import { show } from './shared/status-text.ts';
import { whileRunning } from './shared/terminal-node.ts';

interface AbortDef extends NodeDef {
  terminal: string;
}

/** `nexo-abort`: asks the terminal to stop what it is doing. The payment's own node sends its outcome. */
export default function (RED: NodeAPI): void {
  function AbortNode(this: Node, config: AbortDef): void {
    RED.nodes.createNode(this, config);
    whileRunning(RED, this, config.terminal, () => () => undefined);
    onInput(RED, this, async (msg, send) => {
      const ready = await terminalToAbort(RED, config.terminal, msg);
      this.status(show(RED, 'yellow', 'ring', 'aborting'));
      const result = await ready?.terminal.ask({ type: 'abort' });
      msg.payload = abortPayloadOf(result);
      msg.nexo = nexoOfExchange(result?.request, undefined, ready?.about ?? null);
      this.status(result?.sent ? show(RED, 'grey', 'dot', 'sent') : show(RED, 'grey', 'ring', 'nothing'));
      send(msg);
    });
  }
  RED.nodes.registerType('nexo-abort', AbortNode);
}
