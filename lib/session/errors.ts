import { NexoError } from '../protocol/errors.ts';
import type { SaleToPOIRequest } from '../protocol/types.ts';
import { sameOrder } from './payment/payment-order.ts';
import type { Reason, TransactionRecord } from './record.ts';

export function abortError(reason: string): NexoError {
  return new NexoError(
    'abort_not_taken',
    `The terminal did not accept the abort: ${reason} The payment continues; the payment node reports its outcome. Send the abort again if it is still needed.`,
  );
}

export function logoutError(reason: string): NexoError {
  return new NexoError('logout_failed', `Logout failed: ${reason} The login session may still be open.`);
}

export function mismatchError(record: TransactionRecord): NexoError {
  return new NexoError(
    'transaction_mismatch',
    `transactionId "${record.transactionId}" was used before, with another amount, currency or type: nothing was sent. Use a new transactionId for a new payment.`,
    { path: 'payload.transactionId' },
  );
}

function elsewhereError(record: TransactionRecord): NexoError {
  return new NexoError(
    'transaction_elsewhere',
    `transactionId "${record.transactionId}" was used before on another terminal: nothing was sent. Query its status for its outcome, or use a new transactionId.`,
    { path: 'payload.transactionId' },
  );
}

/** Nothing was sent, and whether a payment with that transactionId was made before cannot be seen. */
export function unreadableJournalError(transactionId: string, reason: string): NexoError {
  return new NexoError(
    'journal_unreadable',
    `Nothing was sent for "${transactionId}". Whether it was paid before cannot be seen, since the journal cannot be read: ${reason} Look at the terminal's last receipt before you take the money again, make the journal readable, then send the same transactionId again.`,
    { path: 'payload.transactionId' },
  );
}

export function notHeldError(transactionId: string): NexoError {
  return new NexoError(
    'not_awaiting',
    `Transaction "${transactionId}" does not wait for this: it is unknown here, or closed already. Nothing was changed.`,
    { path: 'payload.transactionId' },
  );
}

export function notLastError(transactionId: string): NexoError {
  return new NexoError(
    'not_last',
    `Transaction "${transactionId}" is not the last approved one of this terminal: a reversal is too late. Make a refund instead.`,
    { path: 'payload.transactionId' },
  );
}

export function notReversibleError(record: TransactionRecord): NexoError {
  const ruled = 'was ruled on by a person, and the terminal has not confirmed it yet';
  const why =
    record.state === 'ruled'
      ? ruled
      : record.outcome === 'reversed'
        ? 'has been reversed already'
        : `ended as ${record.outcome}, not as approved`;
  return new NexoError('not_reversible', `Transaction "${record.transactionId}" ${why}: there is nothing to reverse.`, {
    path: 'payload.transactionId',
  });
}

export function notUnresolvedError(transactionId: string): NexoError {
  return new NexoError(
    'not_unresolved',
    `Transaction "${transactionId}" is not unresolved on this terminal: there is nothing to rule on.`,
    { path: 'payload.transactionId' },
  );
}

export function lateReplyError(known: boolean): NexoError {
  const why = known ? 'was answered already, or its time is over' : 'is not known here';
  return new NexoError('reply_too_late', `The question that this answers ${why}: the reply was not sent.`, {
    path: 'nexo.replyTo',
  });
}

export function unfitReplyError(request: SaleToPOIRequest): NexoError {
  const command = request.InputRequest?.InputData.InputCommand;
  const wanted = command === undefined || command === 'GetConfirmation' ? 'true or false' : `text that fits ${command}`;
  return new NexoError('reply_unfit', `The terminal waits for ${wanted}: send that as msg.payload.`, {
    path: 'payload',
  });
}

/** A dialog that the customer or an abort ended, which happens every day, has a code of its own. */
export function dialogError({ condition, message }: Reason): NexoError {
  const cancelled = condition === 'Cancel' || condition === 'Aborted';
  return new NexoError(
    cancelled ? 'dialog_cancelled' : 'dialog_failed',
    `The terminal did not carry out the request (${condition}): ${message}`.trim(),
  );
}

/** The error of a repeated transactionId, if it has one. */
export function repeatError(existing: TransactionRecord, repeat: TransactionRecord): NexoError | undefined {
  if (existing.terminal !== repeat.terminal) return elsewhereError(existing);
  return sameOrder(existing, repeat) ? undefined : mismatchError(existing);
}

/** Why the named transaction cannot be reversed, if it cannot. @param last the terminal's last transaction */
export function reversalError(
  last: TransactionRecord | undefined,
  name: string,
  inProgress: boolean,
): NexoError | undefined {
  if (last?.transactionId !== name || inProgress) return notLastError(name);
  const approved = last.outcome === 'approved' || last.outcome === 'partial';
  return approved && last.state !== 'ruled' ? undefined : notReversibleError(last);
}

/** A request that failed: without an answer its effect is not known. */
export function askError(name: string, { condition, message }: Reason): NexoError {
  if (condition === 'NoAnswer') {
    return new NexoError('no_answer', `The terminal did not answer ${name}; it may have carried it out: ${message}`);
  }
  return new NexoError('not_sent', `${name} was not sent (${condition}): ${message}`);
}

// The session's own reasons for not starting a payment.

export const ABORTED: Reason = { condition: 'Aborted', message: 'Aborted before the payment was sent.' };
export const BUSY: Reason = { condition: 'Busy', message: 'Another payment is in progress on this terminal.' };
export const LINE_FULL: Reason = { condition: 'Busy', message: 'Too many payments wait for this terminal.' };
/** The terminal holds a card, or reads one, for another transaction: any payment would charge that card. */
export const BEHIND_CARD: Reason = {
  condition: 'Busy',
  message:
    'The terminal waits with a card that was read for another payment: pay that one, abort it, or wait until the card is released.',
};
export const WAITED: Reason = { condition: 'Busy', message: 'The terminal was busy for too long.' };
export const UNRESOLVED: Reason = {
  condition: 'Unresolved',
  message: 'An earlier payment on this terminal has no certain outcome yet: nothing else is started until it has.',
};

/** The record for a caller that repeats an order whose outcome was reported as unresolved. */
export function stillUnresolved(record: TransactionRecord): TransactionRecord {
  const message = 'Its outcome is not certain yet: the terminal is asked until it is.';
  return { ...record, outcome: 'unresolved', error: { condition: 'Unresolved', message } };
}
export const STILL_UNRESOLVED: Reason = {
  condition: 'Unresolved',
  message: 'Its outcome was not known when Node-RED stopped: the terminal is asked again.',
};

export const STOPPED: Reason = { condition: 'Restart', message: 'Stopped before the payment was sent.' };

// Why no card was read.

export const CARD_WAITED: Reason = {
  condition: 'Busy',
  message: 'The terminal was busy for too long: no card was read.',
};
export const CARD_ABORTED: Reason = { condition: 'Aborted', message: 'Aborted: no card was read, or none is kept.' };
export const NO_SERVICE: Reason = {
  condition: 'NotAllowed',
  message: 'No card has been read for this transaction: read one first.',
};
export const PAYING: Reason = { condition: 'Busy', message: 'The payment of this transaction is in progress already.' };

export const SIGNATURE_ASKED = 'it waits for the signature to be checked. Answer that question first.';
