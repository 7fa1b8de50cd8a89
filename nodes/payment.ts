import type { Node, NodeAPI, NodeDef } from 'node-red';
import { cardTransactionIdIn, withCard } from '../lib/contract/card-input.ts';
import { transactionIdIn } from '../lib/contract/fields.ts';
import { nexoOf } from '../lib/contract/nexo-output.ts';
import type { OrderDefaults } from '../lib/contract/payment-input.ts';
import { payloadOf } from '../lib/contract/payment-output.ts';
import { factsOf, resultIn } from '../lib/contract/result-input.ts';
import { booleanSetting, choiceSetting } from '../lib/contract/settings.ts';
import type { PaymentType } from '../lib/session/payment/payment-order.ts';
import type { Watcher } from '../lib/terminal/payment-watchers.ts';
import { orderOfResult } from '../lib/terminal/result-order.ts';
import { type AnonymousPayment, DoubleClicks } from './shared/double-click.ts';
import { type FlowMessage, onInput } from './shared/input-handler.ts';
import { readSettings } from './shared/node-settings.ts';
import { portOf, statusOfOutcome } from './shared/output-message.ts';
import type { ReadyTerminal } from './shared/ready-terminal.ts';
import { claimTerminal, terminalFor } from './shared/select-terminal.ts';
import { transactionHandler } from './shared/transaction-node.ts';

interface PaymentDef extends NodeDef {
  terminal: string;
  paymentType: PaymentType;
  awaitFulfilment: boolean;
  /** Absent in nodes saved before there was such a setting: a double click is one payment. */
  doubleClick?: 'one' | 'each';
}

/** A payment that is ready to start: where, and how. */
interface Start {
  ready: ReadyTerminal;
  pay(watcher: Watcher): () => void;
}

/** `nexo-payment`: a purchase or a refund. Output 1 approved, 2 not approved (no money moved), 3 unresolved. */
export default function (RED: NodeAPI): void {
  function PaymentNode(this: Node, config: PaymentDef): void {
    RED.nodes.createNode(this, config);
    const settings = readSettings(RED, this, () => settingsOf(config));
    const doubleClicks = new DoubleClicks();
    const run = transactionHandler(
      RED,
      this,
      config.terminal,
      config.paymentType === 'Refund' ? 'Refund' : 'Normal',
      (msg, record, { terminal, about }, send) => {
        const payload = payloadOf(record, terminal.config.profile);
        this.status(statusOfOutcome(RED, payload));
        send(portOf(payload.outcome, Object.assign(msg, { payload, nexo: nexoOf(terminal.config, record, about) })));
      },
    );
    onInput(RED, this, async (msg, send) => {
      const { doubleClick, ...defaults } = settings();
      const { ready, pay } = resultIn(msg.payload)
        ? await startOfResult(RED, this, config.terminal, msg, defaults)
        : await startOfOrder(
            RED,
            this,
            config.terminal,
            msg,
            defaults,
            doubleClick === 'one' ? doubleClicks : undefined,
          );
      return run(msg, send, ready, pay);
    });
  }
  RED.nodes.registerType('nexo-payment', PaymentNode);
}

type NodeDefaults = Omit<OrderDefaults, 'currency'>;

function settingsOf(config: PaymentDef): NodeDefaults & { doubleClick: 'one' | 'each' } {
  return {
    paymentType: choiceSetting(config.paymentType, 'paymentType', ['Normal', 'Refund']),
    awaitFulfilment: booleanSetting(config.awaitFulfilment, 'awaitFulfilment', false),
    doubleClick: choiceSetting(config.doubleClick, 'doubleClick', ['one', 'each']),
  };
}

function defaultsAt({ currency, maxAmount }: ReadyTerminal, defaults: NodeDefaults): OrderDefaults {
  return { ...defaults, currency, ...(maxAmount !== undefined && { maxAmount }) };
}

async function startOfOrder(
  RED: NodeAPI,
  node: Node,
  terminalId: string,
  msg: FlowMessage,
  defaults: NodeDefaults,
  doubleClicks: DoubleClicks | undefined,
): Promise<Start> {
  const payload = withCard(msg);
  const named = transactionIdIn(payload);
  if (named !== undefined || doubleClicks === undefined) {
    const ready = await terminalFor(RED, terminalId, msg, { transactionId: named, isNew: true });
    return {
      ready,
      pay: (watcher) => ready.terminal.pay(payload, defaultsAt(ready, defaults), node.id, watcher),
    };
  }
  const running = doubleClicks.find(msg);
  const payment = running ?? doubleClicks.start(msg);
  const { transactionId } = payment;
  try {
    const made = running === undefined;
    const target = { transactionId, isNew: true, generatedId: made } as const;
    const ready = await terminalFor(RED, terminalId, msg, target);
    payment.startedAt(ready.terminal);
    const pay = (watcher: Watcher) =>
      ready.terminal.pay(payload, defaultsAt(ready, defaults), node.id, watcher, { transactionId, made });
    return { ready, pay: endingWith(payment, pay) };
  } catch (error) {
    payment.end();
    throw error;
  }
}

/** A payment's start that ends its time as a double click's first message with its first result, or its refusal. */
function endingWith(payment: AnonymousPayment, pay: Start['pay']): Start['pay'] {
  return (watcher) => {
    const ended = <A extends unknown[]>(call: (...args: A) => void) => {
      return (...args: A) => {
        payment.end();
        call(...args);
      };
    };
    try {
      return pay({
        ...watcher,
        outcome: ended((record, final) => watcher.outcome(record, final)),
        failed: ended((error) => watcher.failed(error)),
      });
    } catch (error) {
      payment.end();
      throw error;
    }
  };
}

/** A result means the same order again, or the refund of its payment, at the terminal that has it. */
async function startOfResult(
  RED: NodeAPI,
  node: Node,
  terminalId: string,
  msg: FlowMessage,
  defaults: NodeDefaults,
): Promise<Start> {
  const result = resultIn(msg.payload) ?? {};
  const ready = await terminalFor(RED, terminalId, msg, { transactionId: factsOf(result).transactionId });
  const journal = await ready.terminal.journal();
  const order = await orderOfResult(journal, result, defaultsAt(ready, defaults), cardTransactionIdIn(msg.nexo));
  await claimTerminal(RED, msg, ready, order.transactionId);
  return { ready, pay: (watcher) => ready.terminal.payOrder(order, node.id, watcher) };
}
