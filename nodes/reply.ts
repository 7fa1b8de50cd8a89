import type { Node, NodeAPI, NodeDef } from 'node-red';
import { NexoError } from '../lib/protocol/errors.ts';
import { onInput } from './shared/input-handler.ts';
import { questionOf } from './shared/reply-id.ts';
import { show } from './shared/status-text.ts';

/** `nexo-reply`: answers a question of the terminal's that came out of a listener. */
export default function (RED: NodeAPI): void {
  function ReplyNode(this: Node, config: NodeDef): void {
    RED.nodes.createNode(this, config);
    onInput(RED, this, async ({ payload, nexo }) => {
      const { terminal, replyId } = questionOf(nexo);
      if (typeof payload !== 'boolean' && typeof payload !== 'string') {
        throw new NexoError('reply_unfit', 'Answer with msg.payload = true, false, or the digits as text.', {
          path: 'payload',
        });
      }
      await terminal.reply(replyId, payload);
      this.status(show(RED, 'green', 'dot', 'answered'));
    });
  }
  RED.nodes.registerType('nexo-reply', ReplyNode);
}
