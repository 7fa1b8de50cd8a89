import type { Node, NodeAPI, NodeDef, NodeStatus } from 'node-red';
import type { Phase } from '../lib/session/effects.ts';
import type { PaymentType } from '../lib/session/order.ts';
import { payloadOf } from '../lib/session/payload.ts';
import type { TransactionRecord } from '../lib/session/record.ts';
import { type Message, onInput, type Send } from './shared/input.ts';
import { nexoOf, portOf, statusOfOutcome } from './shared/outcome.ts';
import { show } from './shared/status.ts';
import { type ReadyTerminal, terminalOf, whileRunning } from './shared/terminals.ts';

interface PaymentDef extends NodeDef {
  terminal: string;
  paymentType: PaymentType;
}

/** `nexo-payment`: a purchase or a refund. Output 1 approved, 2 not approved (no money moved), 3 unresolved. */
export default function (RED: NodeAPI): void {
  function PaymentNode(this: Node, config: PaymentDef): void {
    RED.nodes.createNode(this, config);
    const inProgress = new Set<() => void>();
    const watch = (phase: Phase) => this.status(statusOfPhase(RED, phase));
    const tell = (msg: Message, record: TransactionRecord, { terminal, about }: ReadyTerminal, send: Send) => {
      const payload = payloadOf(record);
      this.status(statusOfOutcome(RED, payload));
      send(portOf(payload.outcome, Object.assign(msg, { payload, nexo: nexoOf(terminal.config, record, about) })));
    };

    onInput(RED, this, (msg, send) => {
      const ready = terminalOf(RED, config.terminal);
      const defaults = { currency: ready.currency, paymentType: config.paymentType || 'Normal' };
      return new Promise((resolve, reject) => {
        const forget = ready.terminal.pay(msg.payload, defaults, this.id, {
          phase: watch,
          outcome: (record, final) => {
            tell(final ? msg : RED.util.cloneMessage(msg), record, ready, send);
            if (!final) return;
            inProgress.delete(forget);
            resolve();
          },
          failed: (error) => {
            inProgress.delete(forget);
            reject(error);
          },
        });
        inProgress.add(forget);
      });
    });

    // Outcomes whose message is gone, found after a restart or a deploy, leave this node as messages of their own.
    const send: Send = (msg) => this.send(msg);
    whileRunning(RED, this, config.terminal, (ready) => {
      const leave = ready.terminal.adopt(this.id, {
        phase: watch,
        outcome: (record) => tell({ _msgid: RED.util.generateId() }, { ...record, recovered: true }, ready, send),
        failed: () => undefined,
      });
      return () => {
        leave();
        for (const forget of inProgress) forget();
      };
    });
  }
  RED.nodes.registerType('nexo-payment', PaymentNode);
}

function statusOfPhase(RED: NodeAPI, phase: Phase): NodeStatus {
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
