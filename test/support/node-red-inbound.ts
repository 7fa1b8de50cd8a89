import assert from 'node:assert/strict';
import type { Receipt } from '../../lib/protocol/receipts/receipts.ts';
import type { NotificationKind } from '../../lib/session/inbound/terminal-notification.ts';
import type { Report } from './collector.ts';
import type { FlowNode, Lane } from './node-red-flow.ts';
import type { Rig } from './node-red-rig.ts';

/** A listener's message. */
export interface ListenerMessage {
  /** With the properties of its kind. */
  payload: { kind: NotificationKind; lines: string[]; text: string } & Partial<
    Record<'event' | 'details' | 'qualifier' | 'command' | 'device', string>
  > & { receipt?: Receipt | null; maintenanceRequired?: boolean };
  nexo: { request: unknown; terminal: { id: string; poiId: string }; replyTo?: string };
}

/** The outputs of a listener. */
export const PORTS = { display: 1, event: 2, print: 3, input: 4 } as const;

/** The messages of a terminal to a lane whose nodes are called `listener` and `reply`. */
export function terminalMessages(rig: Rig, lane: Lane) {
  const wanted = (port: number) => ({ lane: lane.name, kind: 'output', node: 'listener', port }) as const;
  const next = async (kind: keyof typeof PORTS, count = 1) =>
    messageOf(await rig.collector.next(wanted(PORTS[kind]), { count }));
  return {
    next,
    /** The receipt to print and the question that follows it. @param count 2: the second ones, and so on */
    signature: async (count = 1) => ({ print: await next('print', count), question: await next('input', count) }),
    /** Answers, and waits until the answer is accepted. */
    reply: async ({ nexo }: ListenerMessage, payload: unknown) => {
      const msgid = await rig.feed(lane, 'reply', { payload, nexo });
      const ends = ['complete', 'catch'] as const;
      const end = await rig.collector.until(
        () => ends.flatMap((kind) => rig.collector.all({ lane: lane.name, kind, msgid }))[0],
        `the end of ${msgid}`,
      );
      assert.equal(end.kind, 'complete', end.msg.error?.message);
    },
    /** The display texts so far. */
    texts: () => rig.collector.all(wanted(PORTS.display)).map((report) => messageOf(report).payload.text),
    events: () => rig.collector.all(wanted(PORTS.event)).map((report) => messageOf(report).payload.event),
    messages: () => rig.collector.all({ lane: lane.name, kind: 'output', node: 'listener' }).map(messageOf),
  };
}

function messageOf({ msg }: Report): ListenerMessage {
  return msg as unknown as ListenerMessage;
}

/** A listener of a lane's terminal whose question output leads nowhere. */
export function displayOnly(lane: Lane): FlowNode[] {
  const sink = { id: `${lane.name}-sink`, type: 'junction', z: lane.name, wires: [[]] };
  const wires = [[sink.id], [], [], []];
  return [{ id: `${lane.name}-shown`, type: 'nexo-listener', z: lane.name, terminal: lane.terminalId, wires }, sink];
}

/** A `nexo-endpoint` for terminals on this machine. */
export function endpointNode(id: string, port: number): FlowNode {
  return {
    id,
    type: 'nexo-endpoint',
    name: '',
    address: '127.0.0.1',
    port,
    allow: '',
    mount: false,
    secure: false,
    tls: '',
    version: 1,
  };
}
