import type { Node, NodeAPI, NodeDef } from 'node-red';
import { nexoOfExchange } from '../lib/contract/nexo-output.ts';
import {
  messageSetting,
  parseRequest,
  REQUESTABLE,
  type RequestDefaults,
  requestPayloadOf,
} from '../lib/contract/raw-request.ts';
import { jsonSetting, textSetting } from '../lib/contract/settings.ts';
import { redact } from '../lib/protocol/redact.ts';
import { onInput } from './shared/input-handler.ts';
import { readSettings } from './shared/node-settings.ts';
import { terminalFor } from './shared/select-terminal.ts';
import { show } from './shared/status-text.ts';
import { whileRunning } from './shared/terminal-node.ts';

interface RequestDef extends NodeDef, RequestDefaults {
  terminal: string;
}

/** `nexo-request`: sends any message that has no node of its own. Output 1 done, 2 refused. */
export default function (RED: NodeAPI): void {
  function RequestNode(this: Node, config: RequestDef): void {
    RED.nodes.createNode(this, config);
    whileRunning(RED, this, config.terminal, () => () => undefined);
    const settings = readSettings(RED, this, () => ({
      message: messageSetting(textSetting(config.message, 'message')),
      body: jsonSetting(config.body, 'body'),
    }));
    onInput(RED, this, async (msg, send) => {
      const raw = parseRequest(msg.payload, settings());
      const { terminal, about } = await terminalFor(RED, config.terminal, msg);
      this.status(show(RED, 'blue', 'ring', 'sending'));
      const { request, response } = await terminal.ask({ type: 'request', ...raw });
      const payload = requestPayloadOf(raw.name, response);
      const refused = payload.result === 'Failure';
      msg.payload = payload;
      msg.nexo = nexoOfExchange(redact(request), response, about);
      this.status(refused ? show(RED, 'red', 'ring', 'refused') : show(RED, 'green', 'dot', 'done'));
      send(refused ? [null, msg] : [msg, null]);
    });
  }
  // The dialog offers the messages that the session sends: one list for both.
  RED.nodes.registerType('nexo-request', RequestNode, {
    settings: { nexoRequestMessages: { value: [...REQUESTABLE], exportable: true } },
  });
}
