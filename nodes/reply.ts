import type { Node, NodeAPI, NodeDef } from 'node-red';
import { replyValueOf } from '../lib/contract/reply-input.ts';
import { onInput } from './shared/input-handler.ts';
import { questionOf } from './shared/reply-id.ts';
import { show } from './shared/status-text.ts';

/** `nexo-reply`: answers a question of the terminal that came out of a listener. */
export default function (RED: NodeAPI): void {
  function ReplyNode(this: Node, config: NodeDef): void {
    RED.nodes.createNode(this, config);
    onInput(RED, this, async ({ payload, nexo }) => {
      const { terminal, replyId } = questionOf(nexo);
      await terminal.reply(replyId, replyValueOf(payload));
      this.status(show(RED, 'green', 'dot', 'answered'));
    });
  }
  RED.nodes.registerType('nexo-reply', ReplyNode);
}
