import type { Node, NodeAPI, NodeDef, NodeStatus } from 'node-red';
import { type CardDefaults, parseCard } from '../lib/contract/card-input.ts';
import { type CardPayload, cardPayloadOf } from '../lib/contract/card-output.ts';
import { noTransactionId } from '../lib/contract/fields.ts';
import { nexoOfExchange } from '../lib/contract/nexo-output.ts';
import type { CardRequest } from '../lib/session/requests/request-data.ts';
import { newTransactionId } from '../lib/terminal/ids.ts';
import { type FlowMessage, onInput } from './shared/input-handler.ts';
import { statusOfPhase } from './shared/output-message.ts';
import type { ReadyTerminal } from './shared/ready-terminal.ts';
import { type TargetQuery, terminalFor } from './shared/select-terminal.ts';
import { show } from './shared/status-text.ts';
import { whileRunning } from './shared/terminal-node.ts';

interface CardDef extends NodeDef, CardDefaults {
  terminal: string;
}

/** `nexo-card`: reads a card before the amount is known. Output 1 card, 2 no card. */
export default function (RED: NodeAPI): void {
  function CardNode(this: Node, config: CardDef): void {
    RED.nodes.createNode(this, config);
    whileRunning(RED, this, config.terminal, () => () => undefined);
    onInput(RED, this, async (msg, send) => {
      const { ready, ask } = await cardRequestFor(RED, config, msg);
      this.status(statusWhile(RED, ask.action));
      const result = await ready.terminal.ask({ type: 'card', ...ask }, (phase) => {
        this.status(statusOfPhase(RED, phase));
      });
      const payload = cardPayloadOf(result);
      msg.payload = payload;
      const exchange = nexoOfExchange(result.request, result.response, ready.about);
      msg.nexo = { ...exchange, cardTransactionId: payload.transactionId };
      this.status(statusAfter(RED, ask.action, payload));
      send(hasCard(ask.action, payload) ? [msg, null] : [null, msg]);
    });
  }
  RED.nodes.registerType('nexo-card', CardNode);
}

/** The request, and the terminal that it goes to. @throws NexoError by rejection, also `no_transaction_id` */
async function cardRequestFor(
  RED: NodeAPI,
  config: CardDef,
  msg: FlowMessage,
): Promise<{ ready: ReadyTerminal; ask: CardRequest }> {
  const defaults = { action: config.action || 'read', paymentType: config.paymentType || 'Normal' };
  const { transactionId: given, ...request } = parseCard(msg, defaults);
  const isNew = request.action === 'read';
  const transactionId = given ?? (isNew ? newTransactionId() : undefined);
  const target: TargetQuery = { transactionId, generatedId: given === undefined, ...(isNew && { isNew }) };
  const ready = await terminalFor(RED, config.terminal, msg, target);
  // A message without an id, such as a button's, is about the card that is at the terminal now.
  const known = transactionId ?? ready.terminal.cardFor;
  if (known === undefined) {
    throw noTransactionId(
      'No card was read here that this could be about: keep the msg.nexo of the card, or send { transactionId }.',
    );
  }
  return { ready, ask: { ...request, transactionId: known } };
}

/** Whether a card is at the terminal after the action. An abort leaves none. */
function hasCard(action: CardRequest['action'], { card, error }: CardPayload): boolean {
  return action === 'continue' ? error === null : action === 'read' && card !== null;
}

function statusWhile(RED: NodeAPI, action: CardRequest['action']): NodeStatus {
  if (action === 'continue') return show(RED, 'blue', 'ring', 'continuing');
  if (action === 'abort') return show(RED, 'yellow', 'ring', 'aborting');
  return show(RED, 'blue', 'dot', 'waitingForCard');
}

function statusAfter(RED: NodeAPI, action: CardRequest['action'], payload: CardPayload): NodeStatus {
  const { card, error } = payload;
  if (action === 'abort' && error === null) return show(RED, 'grey', 'ring', 'aborted');
  if (!hasCard(action, payload)) return show(RED, 'grey', 'ring', 'noCard');
  if (action === 'continue') return show(RED, 'green', 'ring', 'continued');
  // The last digits can be shown; a token identifies the customer.
  const text = [card?.brand, card?.maskedPan?.slice(-4)].filter(Boolean).join(' ');
  return show(RED, 'green', 'dot', 'cardRead', { card: text });
}
