import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReversalPayload } from '../../lib/contract/reversal-output.ts';
import type { StoredTransaction } from '../../lib/virtual/terminal/transaction-records.ts';
import type { Report } from './collector.ts';
import { type FlowNode, Lane } from './node-red-flow.ts';
import type { Rig } from './node-red-rig.ts';

const THREE = new Set(['nexo-fulfil', 'nexo-reversal']);

/** A lane whose fulfil and reversal nodes report all three outputs. */
export class ThreeWayLane extends Lane {
  override flow(port: number, collector: string): FlowNode[] {
    const nodes = super.flow(port, collector);
    const reporterOf = (node: FlowNode) => nodes.find(({ id }) => id === reporterId(node, 1));
    return nodes.flatMap((node): FlowNode[] => {
      const first = THREE.has(node.type) ? reporterOf(node) : undefined;
      if (first === undefined) return [node];
      const more = [2, 3].map((output) => ({
        ...first,
        id: reporterId(node, output),
        func: String(first.func).replace('"port":1', `"port":${output}`),
      }));
      return [{ ...node, wires: [1, 2, 3].map((output) => [reporterId(node, output)]) }, ...more];
    });
  }
}

function reporterId({ id, z }: FlowNode, output: number): string {
  const lane = String(z);
  return `${lane}-report-${id.slice(lane.length + 1)}-${output}`;
}

/** The payload of a fulfil or reversal node's message. */
export function reversalOf({ msg }: Report): ReversalPayload {
  return msg.payload as unknown as ReversalPayload;
}

/** What a test usually looks at. */
export function summary(report: Report) {
  const { outcome, amount, reversed, delivered, error, transactionId } = reversalOf(report);
  const condition = error?.condition ?? null;
  return { port: report.port, outcome, amount, reversed, delivered, condition, transactionId };
}

/** Sends what came out of a payment, with another payload, into the next node, as a wire through a machine would. */
export async function passOn(rig: Rig, lane: Lane, from: Report, to: string, payload: unknown): Promise<Report> {
  const msgid = await rig.feed(lane, to, { payload, nexo: from.msg.nexo });
  return rig.collector.next({ lane: lane.name, kind: 'output', node: to, msgid });
}

/** The error, and the path it names, of a message that a node refuses. */
export async function refused(rig: Rig, lane: Lane, node: string, msg: Record<string, unknown>) {
  const error = await rig.caught(lane, await rig.feed(lane, node, msg));
  return { code: error.code, path: error.cause?.path, message: error.message };
}

/** Whether the terminal, by its own file in that folder, moved money for a SaleTransactionID and gave it back. */
export function givenBack(folder: string, transactionId: string): boolean {
  const lines = readFileSync(join(folder, 'terminal.jsonl'), 'utf8').split('\n').filter(Boolean);
  const records = lines.map((line) => JSON.parse(line) as StoredTransaction);
  const moved = records.flatMap(({ moved }) => (moved?.transactionId === transactionId ? moved : []));
  const undone = new Set(records.map(({ reversed }) => reversed));
  return moved.length > 0 && moved.every(({ poiTransactionId }) => undone.has(poiTransactionId));
}

/** A time zone in which it is about noon: a test of one day must not meet midnight. */
export function noonZone(): string {
  const ahead = 12 - new Date().getUTCHours();
  // The names count westwards: UTC+2 is Etc/GMT-2.
  return ahead === 0 ? 'Etc/GMT' : `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;
}
