import type { Node, NodeAPI, NodeDef } from 'node-red';
import { redact } from '../lib/protocol/redact.ts';
import { REQUESTABLE } from '../lib/session/asked.ts';
import { parseRequest, type RequestDefaults, requestPayloadOf } from '../lib/terminal/asking.ts';
import { terminalFor } from './shared/choice.ts';
import { onInput } from './shared/input.ts';
import { nexoOfExchange } from './shared/outcome.ts';
import { show } from './shared/status.ts';
import { whileRunning } from './shared/terminals.ts';

interface RequestDef extends NodeDef, RequestDefaults {
  terminal: string;
}

/** `nexo-request`: sends any message that has no node of its own. Output 1 done, 2 refused. */
export default function (RED: NodeAPI): void {
  function RequestNode(this: Node, config: RequestDef): void {
    RED.nodes.createNode(this, config);
    whileRunning(RED, this, config.terminal, () => () => undefined);
    onInput(RED, this, async (msg, send) => {
      const defaults = { message: config.message || 'DiagnosisRequest', body: config.body ?? '' };
      const { name, body } = parseRequest(msg.payload, defaults);
      const { terminal, about } = await terminalFor(RED, config.terminal, msg);
      this.status(show(RED, 'blue', 'ring', 'sending'));
      const { request, response } = await terminal.ask({ type: 'request', body });
      const payload = requestPayloadOf(name, response);
      const refused = payload.result === 'Failure';
      msg.payload = payload;
      msg.nexo = nexoOfExchange(redact(request), response, about);
      this.status(refused ? show(RED, 'red', 'ring', 'refused') : show(RED, 'green', 'dot', 'done'));
      send(refused ? [null, msg] : [msg, null]);
    });
  }
  // The dialog offers what the session sends: one list for both.
  RED.nodes.registerType('nexo-request', RequestNode, {
    settings: { nexoRequestMessages: { value: [...REQUESTABLE], exportable: true } },
  });
}
