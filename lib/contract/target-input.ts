/** Reads which terminal and which transaction a message is about. */
import { fieldsOf, type IncomingMessage, isGiven, noTransactionId, textIn, transactionIdIn } from './fields.ts';
import { hasEmptyId } from './transaction-choice.ts';

/** `msg.terminal`: a node id, name or POIID. `shown` is how an error message quotes it. */
export interface TerminalName {
  /** Undefined for an object without an id: it names no terminal. */
  name: string | undefined;
  shown: string;
}

/** The terminal that `msg.terminal` names; `msg.terminal = msg.nexo.terminal` does so too. Undefined: it names none. */
export function terminalNameIn(msg: IncomingMessage): TerminalName | undefined {
  const { terminal } = msg as { terminal?: unknown };
  if (!isGiven(terminal)) return undefined;
  if (typeof terminal !== 'object') {
    const name = String(terminal);
    return { name, shown: quoted(name) };
  }
  const { id } = fieldsOf(terminal);
  return typeof id === 'string' ? { name: id, shown: quoted(id) } : { name: undefined, shown: 'This msg.terminal' };
}

/** The id of the terminal that the message comes from, by its `msg.nexo`. */
export function terminalIdIn({ nexo }: IncomingMessage): unknown {
  return fieldsOf(fieldsOf(nexo).terminal).id;
}

/**
 * The transaction that a message is about: the payload's, that of a payment before, or that of a card before.
 * @throws NexoError `invalid_transaction_id`; `no_transaction_id` for an empty one, which must not mean another
 */
export function transactionAbout({ payload, nexo }: IncomingMessage): string | undefined {
  if (hasEmptyId(payload, ['transactionId'])) {
    throw noTransactionId('payload.transactionId is empty: send that of the payment, or leave it out.');
  }
  return transactionIdIn(payload) ?? textIn(nexo, 'transactionId') ?? textIn(nexo, 'cardTransactionId');
}

function quoted(name: string): string {
  return `"${name.slice(0, 64)}"`;
}
