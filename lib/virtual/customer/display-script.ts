import type { Nexo } from '../../protocol/types.ts';
import { entryMode } from '../terminal/payment.ts';
import type { CardFrom } from '../terminal/payment-means.ts';
import type { ReceivedOrder } from '../terminal/payment-order.ts';
import type { Scenario } from '../terminal/scenarios.ts';
import type { StoredTransaction } from '../terminal/transaction-records.ts';
import type { TextName } from './display-texts.ts';

/** A text on the display, or an action of the customer, at a time in ms after the start of a payment. */
export type DisplayStep = { at: number } & ({ show: TextName; entered?: string } | { event: 'CardInserted' });

/** The amount from which a contactless card requires its PIN, in whole units of the currency. */
const PIN_THRESHOLD: Readonly<Record<string, number>> = { SEK: 400, NOK: 500, DKK: 350 };
const DEFAULT_PIN_THRESHOLD = 50;
/** Waiting time from which the cashier is asked to help the customer, in ms. */
const HELP_AFTER = 10_000;

/**
 * The displays and card events of a payment until the authorisation begins, in order.
 *
 * @param wait ms until the authorisation begins
 */
export function displayScript(order: ReceivedOrder, scenario: Scenario, wait: number, from: CardFrom): DisplayStep[] {
  const mode = entryMode(order, scenario);
  if (from === 'read' && mode === 'ICC' && order.paymentType === 'Normal') return pinSteps(wait);
  if (from !== 'customer') return [{ at: 0, show: 'pleaseWait' }];
  const steps: DisplayStep[] = [{ at: 0, show: 'presentCard' }];
  if (wait >= HELP_AFTER) steps.push({ at: wait * 0.25, show: 'customerNeedsHelp' });
  if (scenario.noCard) return steps;
  if (mode === 'ICC') steps.push({ at: wait * 0.4, event: 'CardInserted' });
  if (!requiresPin(order, mode)) return [...steps, { at: wait * 0.5, show: 'pleaseWait' }];
  return [...steps, ...pinSteps(wait)];
}

function pinSteps(wait: number): DisplayStep[] {
  return [0, 1, 2, 3, 4].map((count) => ({
    at: wait * (0.5 + count * 0.1),
    show: 'enterPin',
    entered: '*'.repeat(count),
  }));
}

function requiresPin(order: ReceivedOrder, mode: Nexo<'EntryMode'>): boolean {
  if (order.paymentType === 'Refund') return false;
  const threshold = (PIN_THRESHOLD[order.currency] ?? DEFAULT_PIN_THRESHOLD) * 10 ** order.digits;
  return mode === 'ICC' || (mode === 'Contactless' && order.minor >= threshold);
}

/** The texts that show the end of a transaction. */
export function endTexts(body: StoredTransaction['body']): TextName[] {
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
