import type { NodeAPI, NodeStatus } from 'node-red';
import type { Message as NexoMessage, SaleToPOIResponse } from '../../lib/protocol/types.ts';
import type { PaymentPayload } from '../../lib/session/payload.ts';
import type { Outcome, TransactionRecord } from '../../lib/session/record.ts';
import { type Identity, paymentRequest } from '../../lib/session/requests.ts';
import type { Message } from './input.ts';
import { show } from './status.ts';
import type { ReadyTerminal } from './terminals.ts';

/** Output of each outcome: 1 approved, 2 not approved (certain: no money moved), 3 unresolved. */
const PORTS: Record<Outcome, 0 | 1 | 2> = {
  approved: 0,
  partial: 0,
  declined: 1,
  aborted: 1,
  not_started: 1,
  reversed: 1,
  unresolved: 2,
};

/** The message on the output of its outcome. */
export function portOf(outcome: Outcome, msg: Message): (Message | null)[] {
  const outputs: (Message | null)[] = [null, null, null];
  outputs[PORTS[outcome]] = msg;
  return outputs;
}

/** `msg.nexo` of a payment: its messages as decoded, without card secrets. */
export function nexoOf(identity: Identity, record: TransactionRecord, terminal: ReadyTerminal['about']) {
  const request = record.serviceId === '' ? undefined : paymentRequest(identity, record);
  return nexoOfExchange(request, record.response, terminal);
}

/** `msg.nexo` of any exchange; null where there was no such message. */
export function nexoOfExchange(
  request: NexoMessage | undefined,
  response: SaleToPOIResponse | undefined,
  terminal: ReadyTerminal['about'],
) {
  return { request: request ?? null, response: response ? { SaleToPOIResponse: response } : null, terminal };
}

export function statusOfOutcome(RED: NodeAPI, payload: PaymentPayload): NodeStatus {
  const { outcome, amount, currency } = payload;
  switch (outcome) {
    case 'approved':
      return show(RED, 'green', 'dot', outcome, { amount: amount ?? '', currency });
    case 'partial':
      return show(RED, 'yellow', 'dot', outcome, { amount: amount ?? '', currency });
    case 'declined':
      return show(RED, 'red', 'ring', outcome);
    case 'unresolved':
      return show(RED, 'red', 'dot', outcome);
    default:
      return show(RED, 'grey', 'ring', outcome);
  }
}
