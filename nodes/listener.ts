import type { Node, NodeAPI, NodeDef } from 'node-red';
import { redact } from '../lib/protocol/redact.ts';
import { type NotificationKind, notificationOf } from '../lib/session/inbound/terminal-notification.ts';
import type { TerminalNotification } from '../lib/terminal/notification-hub.ts';
import type { FlowMessage } from './shared/input-handler.ts';
import { replyToOf } from './shared/reply-id.ts';
import { whileAnyRuns } from './shared/running-terminals.ts';
import { show } from './shared/status-text.ts';
import { type ReadyTerminal, whileRunning } from './shared/terminal-node.ts';
import { ThrottledStatus } from './shared/throttled-status.ts';

interface ListenerDef extends NodeDef {
  /** Empty: all terminals. */
  terminal: string;
  wires?: string[][];
}

const PORTS: Record<NotificationKind, number> = { display: 0, event: 1, print: 2, input: 3 };

/** `nexo-listener`: what the terminal tells the POS. Outputs 1 display, 2 event, 3 print, 4 input. */
export default function (RED: NodeAPI): void {
  function ListenerNode(this: Node, config: ListenerDef): void {
    RED.nodes.createNode(this, config);
    const screen = new ThrottledStatus(this);
    // Nobody answers through an output that leads nowhere: then a signature is not to wait for it.
    const answers = (config.wires?.[PORTS.input] ?? []).length > 0;
    const begin = (ready: ReadyTerminal) => {
      this.status(show(RED, 'green', 'ring', 'listening'));
      return ready.terminal.notifications.listen((notice) => {
        const { kind, text } = notice.payload;
        if (kind === 'display') screen.text(text);
        if (kind === 'input') screen.text(text, 'yellow');
        const outputs: (Partial<FlowMessage> | null)[] = [null, null, null, null];
        outputs[PORTS[kind]] = messageOf(notice, ready);
        this.send(outputs);
      }, answers);
    };
    if (config.terminal) whileRunning(RED, this, config.terminal, begin);
    else whileAnyRuns(RED, this, begin);
    if (config.terminal && !RED.nodes.getNode(config.terminal)) this.status(show(RED, 'grey', 'ring', 'disabled'));
    this.on('close', () => screen.stop());
  }
  RED.nodes.registerType('nexo-listener', ListenerNode);
}

/** A message of its own for every listener, without card secrets. */
function messageOf(
  { request: asSent, payload, replyId }: TerminalNotification,
  { terminal, about }: ReadyTerminal,
): Partial<FlowMessage> {
  const request = redact({ SaleToPOIRequest: asSent });
  const redacted = 'SaleToPOIRequest' in request ? notificationOf(request.SaleToPOIRequest) : undefined;
  return {
    payload: redacted ?? payload,
    nexo: { request, terminal: { ...about }, ...(replyId !== undefined && { replyTo: replyToOf(terminal, replyId) }) },
  };
}
