import type { Node, NodeAPI, NodeDef } from 'node-red';
import { withCard } from '../lib/contract/card-input.ts';
import { transactionIdIn } from '../lib/contract/fields.ts';
import { nexoOf } from '../lib/contract/nexo-output.ts';
import { payloadOf } from '../lib/contract/payment-output.ts';
import type { PaymentType } from '../lib/session/payment/payment-order.ts';
import { onInput } from './shared/input-handler.ts';
import { portOf, statusOfOutcome } from './shared/output-message.ts';
import { terminalFor } from './shared/select-terminal.ts';
import { transactionHandler } from './shared/transaction-node.ts';

interface PaymentDef extends NodeDef {
  terminal: string;
  paymentType: PaymentType;
  awaitFulfilment: boolean;
}

/** `nexo-payment`: a purchase or a refund. Output 1 approved, 2 not approved (no money moved), 3 unresolved. */
export default function (RED: NodeAPI): void {
  function PaymentNode(this: Node, config: PaymentDef): void {
    RED.nodes.createNode(this, config);
    const run = transactionHandler(
      RED,
      this,
      config.terminal,
      config.paymentType || 'Normal',
      (msg, record, { terminal, about }, send) => {
        const payload = payloadOf(record);
        this.status(statusOfOutcome(RED, payload));
        send(portOf(payload.outcome, Object.assign(msg, { payload, nexo: nexoOf(terminal.config, record, about) })));
      },
    );
    onInput(RED, this, async (msg, send) => {
      const payload = withCard(msg);
      const transactionId = transactionIdIn(payload);
      const ready = await terminalFor(RED, config.terminal, msg, { transactionId, isNew: true });
      const defaults = {
        currency: ready.currency,
        paymentType: config.paymentType || 'Normal',
        awaitFulfilment: config.awaitFulfilment === true,
      };
      return run(msg, send, ready, (watcher) => ready.terminal.pay(payload, defaults, this.id, watcher));
    });
  }
  RED.nodes.registerType('nexo-payment', PaymentNode);
}
