import type { Node, NodeAPI, NodeDef } from 'node-red';
import { answerIn, type InputCommand, inputBody } from '../lib/contract/dialog-input.ts';
import { nexoOfExchange } from '../lib/contract/nexo-output.ts';
import { choiceSetting, contentSetting, textSetting } from '../lib/contract/settings.ts';
import { NexoError } from '../lib/protocol/errors.ts';
import type { DeviceBody } from '../lib/session/requests/requests.ts';
import type { Terminal } from '../lib/terminal/terminal.ts';
import { onInput } from './shared/input-handler.ts';
import { readSettings } from './shared/node-settings.ts';
import { terminalFor } from './shared/select-terminal.ts';
import { show } from './shared/status-text.ts';
import { whileRunning } from './shared/terminal-node.ts';

interface InputDef extends NodeDef {
  terminal: string;
  command: InputCommand;
  text: string;
  minLength: number | string;
  maxLength: number | string;
  timeout: number | string;
}

/** `nexo-input`: asks the customer yes or no, or for digits. */
export default function (RED: NodeAPI): void {
  function InputNode(this: Node, config: InputDef): void {
    RED.nodes.createNode(this, config);
    whileRunning(RED, this, config.terminal, () => () => undefined);
    const settings = readSettings(RED, this, () => settingsOf(config));
    onInput(RED, this, async (msg, send) => {
      const body = inputBody(msg.payload, settings());
      const { terminal, about } = await terminalFor(RED, config.terminal, msg);
      this.status(show(RED, 'blue', 'dot', 'asking'));
      const { request, response } = await askCustomer(terminal, body);
      const answer = answerIn(response);
      msg.payload = answer ?? null;
      msg.nexo = nexoOfExchange(request, response, about);
      this.status(answer === undefined ? show(RED, 'grey', 'ring', 'noAnswer') : show(RED, 'green', 'dot', 'answered'));
      send(msg);
    });
  }
  RED.nodes.registerType('nexo-input', InputNode);
}

function settingsOf(config: InputDef) {
  return {
    text: contentSetting(config.text, 'text'),
    command: choiceSetting(config.command, 'command', ['GetConfirmation', 'DigitString']),
    minLength: textSetting(config.minLength, 'minLength'),
    maxLength: textSetting(config.maxLength, 'maxLength'),
    timeout: textSetting(config.timeout, 'timeout'),
  };
}

/** A customer who presses stop, or leaves, gives no answer: a normal result, not an error. */
async function askCustomer(terminal: Terminal, body: DeviceBody) {
  try {
    return await terminal.ask({ type: 'device', body });
  } catch (error) {
    if (error instanceof NexoError && error.code === 'dialog_cancelled') {
      return { request: undefined, response: undefined };
    }
    throw error;
  }
}
