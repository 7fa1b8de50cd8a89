import type { NodeAPI, NodeStatus } from 'node-red';
import type { PaymentPayload } from '../../lib/contract/payment-output.ts';
import type { ReversalPayload } from '../../lib/contract/reversal-output.ts';
import type { Phase } from '../../lib/session/effects.ts';
import type { Outcome } from '../../lib/session/record.ts';
import type { FlowMessage } from './input-handler.ts';
import { show } from './status-text.ts';

/** The output of each outcome: 1 approved, 2 not approved (certain: no money moved), 3 unresolved. */
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
export function portOf(outcome: Outcome, msg: FlowMessage): (FlowMessage | null)[] {
  return outputs(PORTS[outcome], msg);
}

/** The message on one of three outputs. */
export function outputs(port: 0 | 1 | 2, msg: FlowMessage): (FlowMessage | null)[] {
  const all: (FlowMessage | null)[] = [null, null, null];
  all[port] = msg;
  return all;
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

/** The status after a fulfilment or a reversal. `stands`: the text for a payment that was to be reversed, and was not. */
export function statusOfReversal(RED: NodeAPI, payload: ReversalPayload, stands: string): NodeStatus {
  const { outcome, amount, currency, delivered } = payload;
  if (outcome === 'unresolved') return show(RED, 'red', 'dot', outcome);
  if (outcome === 'reversed') return show(RED, 'green', 'ring', outcome, { amount: amount ?? '', currency });
  if (delivered) return show(RED, 'green', 'dot', 'delivered', { amount: amount ?? '', currency });
  return show(RED, 'red', 'dot', stands);
}

/** The status while a payment or reversal is in progress. */
export function statusOfPhase(RED: NodeAPI, phase: Phase): NodeStatus {
  switch (phase) {
    case 'waitingForCard':
      return show(RED, 'blue', 'dot', phase);
    case 'recovering':
    case 'busy':
      return show(RED, 'yellow', 'ring', phase);
    case 'aborting':
      return show(RED, 'yellow', 'dot', phase);
    default:
      return show(RED, 'blue', 'ring', phase);
  }
}
