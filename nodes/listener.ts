import type { Node, NodeAPI, NodeDef } from 'node-red';
import { notificationMessage } from '../lib/contract/nexo-output.ts';
import type { NotificationKind } from '../lib/session/inbound/terminal-notification.ts';
import type { TerminalNotification } from '../lib/terminal/notification-hub.ts';
import type { FlowMessage } from './shared/input-handler.ts';
import type { ReadyTerminal } from './shared/ready-terminal.ts';
import { replyToAt } from './shared/reply-id.ts';
import { whileEachRuns } from './shared/running-terminals.ts';
import { show } from './shared/status-text.ts';
import { whileRunning } from './shared/terminal-node.ts';
import { ThrottledStatus } from './shared/throttled-status.ts';

interface ListenerDef extends NodeDef {
  /** Empty: all terminals. */
  terminal: string;
  wires?: string[][];
}

const PORTS: Record<NotificationKind, number> = { display: 0, event: 1, print: 2, input: 3 };

/** `nexo-listener`: sends the terminal's own messages into the flow. Outputs 1 display, 2 event, 3 print, 4 input. */
export default function (RED: NodeAPI): void {
  function ListenerNode(this: Node, config: ListenerDef): void {
    RED.nodes.createNode(this, config);
    const throttled = new ThrottledStatus(this);
    // Without a wire at the input output there is no reply, so a signature must not wait for one.
    const answers = (config.wires?.[PORTS.input] ?? []).length > 0;
    const attach = (ready: ReadyTerminal) => {
      this.status(show(RED, 'green', 'ring', 'listening'));
      return ready.terminal.notifications.listen((notification) => {
        const { kind, text } = notification.payload;
        if (kind === 'display') throttled.text(text);
        if (kind === 'input') throttled.text(text, 'yellow');
        const outputs: (Partial<FlowMessage> | null)[] = [null, null, null, null];
        outputs[PORTS[kind]] = messageOf(notification, ready);
        this.send(outputs);
      }, answers);
    };
    if (config.terminal) whileRunning(RED, this, config.terminal, attach);
    else whileEachRuns(RED, this, attach);
    if (config.terminal && !RED.nodes.getNode(config.terminal)) this.status(show(RED, 'grey', 'ring', 'disabled'));
    this.on('close', () => throttled.stop());
  }
  RED.nodes.registerType('nexo-listener', ListenerNode);
}

/** A message of its own for each listener. */
function messageOf(
  { request, payload, replyId }: TerminalNotification,
  { terminal, about }: ReadyTerminal,
): Partial<FlowMessage> {
  const replyTo = replyId === undefined ? undefined : replyToAt(terminal, replyId);
  return notificationMessage(request, payload, about, replyTo, terminal.config.profile.receipts);
}
