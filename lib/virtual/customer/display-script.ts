import type { Nexo } from '../../protocol/types.ts';
import { entryMode } from '../terminal/payment.ts';
import type { CardFrom } from '../terminal/payment-means.ts';
import type { ReceivedOrder } from '../terminal/payment-order.ts';
import type { Scenario } from '../terminal/scenarios.ts';
import type { StoredTransaction } from '../terminal/transaction-records.ts';
import type { TextName } from './display-texts.ts';

/** Something the customer does or reads, so many ms after the start of a payment. */
export type DisplayStep = { at: number } & ({ show: TextName; entered?: string } | { event: 'CardInserted' });

/** From this amount on a contactless card wants its PIN, in whole units of the currency. */
const PIN_FROM: Readonly<Record<string, number>> = { SEK: 400, NOK: 500, DKK: 350 };
const PIN_FROM_ELSEWHERE = 50;
/** A customer who takes so long needs help, in ms. */
const LONG = 10_000;

/**
 * What there is to see until the authorisation begins, in order.
 *
 * @param wait how long that takes, in ms
 */
export function displayScript(order: ReceivedOrder, scenario: Scenario, wait: number, from: CardFrom): DisplayStep[] {
  const mode = entryMode(order, scenario);
  if (from === 'read' && mode === 'ICC' && order.paymentType === 'Normal') return typing(wait);
  if (from !== 'customer') return [{ at: 0, show: 'pleaseWait' }];
  const cues: DisplayStep[] = [{ at: 0, show: 'presentCard' }];
  if (wait >= LONG) cues.push({ at: wait * 0.25, show: 'customerNeedsHelp' });
  if (scenario.noCard) return cues;
  if (mode === 'ICC') cues.push({ at: wait * 0.4, event: 'CardInserted' });
  if (!wantsPin(order, mode)) return [...cues, { at: wait * 0.5, show: 'pleaseWait' }];
  return [...cues, ...typing(wait)];
}

function typing(wait: number): DisplayStep[] {
  return [0, 1, 2, 3, 4].map((count) => ({
    at: wait * (0.5 + count * 0.1),
    show: 'enterPin',
    entered: '*'.repeat(count),
  }));
}

function wantsPin(order: ReceivedOrder, mode: Nexo<'EntryMode'>): boolean {
  if (order.paymentType === 'Refund') return false;
  const from = (PIN_FROM[order.currency] ?? PIN_FROM_ELSEWHERE) * 10 ** order.digits;
  return mode === 'ICC' || (mode === 'Contactless' && order.minor >= from);
}

/** What there is to see when a transaction has ended. */
export function ending(body: StoredTransaction['body']): TextName[] {
  const response = body.PaymentResponse ?? body.ReversalResponse ?? body.CardAcquisitionResponse;
  const { Result, ErrorCondition } = response?.Response ?? {};
  if (Result !== 'Failure')
    return [body.CardAcquisitionResponse ? 'pleaseWait' : body.ReversalResponse ? 'reversed' : 'approved'];
  switch (ErrorCondition) {
    case 'Aborted':
      return ['aborted'];
    case 'Cancel':
      return ['cancelled'];
    case 'WrongPIN':
      return ['wrongPin', 'declined'];
    case 'InvalidCard':
      return body.CardAcquisitionResponse ? ['cardNotAccepted'] : ['cardNotAccepted', 'declined'];
    case 'UnreachableHost':
      return ['noContact', 'declined'];
    default:
      return ['declined'];
  }
}
