import type { Reason } from './record.ts';

// Our own reasons for not starting a payment.

export const ABORTED: Reason = { condition: 'Aborted', message: 'Aborted before the payment was sent.' };
export const BUSY: Reason = { condition: 'Busy', message: 'Another payment is in progress on this terminal.' };
export const LINE_FULL: Reason = { condition: 'Busy', message: 'Too many payments wait for this terminal.' };
export const WAITED: Reason = { condition: 'Busy', message: 'The terminal was busy for too long.' };
export const UNRESOLVED: Reason = {
  condition: 'Unresolved',
  message: 'An earlier payment on this terminal has no certain outcome yet: nothing else is started until it has.',
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

export const SIGNATURE_ASKED = 'it waits for the signature to be checked. Answer that with nexo-reply.';
