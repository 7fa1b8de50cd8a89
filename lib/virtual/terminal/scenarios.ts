import type { Nexo } from '../../protocol/types.ts';
import type { SpecialCard } from '../customer/test-cards.ts';

/** What goes wrong between the terminal and the POS, or in the terminal itself. */
export type ScenarioFault =
  | 'busy'
  | 'lostRequest'
  | 'lostResponse'
  | 'disconnect'
  | 'late'
  | 'html'
  | 'truncated'
  | 'wrongServiceId'
  | 'http500'
  | 'http204'
  | 'reboot'
  | 'rebootAfterApproval';

/** How one payment goes. Everything left out is as in an everyday contactless purchase. */
export interface Scenario {
  /** For people who look for the right amount. */
  about: string;
  /** Not approved, for this reason (ErrorCondition), which AdditionalResponse explains. */
  condition?: Nexo<'ErrorCondition'>;
  text?: string;
  /** The host's response code on the receipt. */
  responseCode?: string;
  entryMode?: Nexo<'EntryMode'>;
  /** No card was read before it ended, so there is no receipt. */
  noCard?: boolean;
  /** Which card is presented, where it is not a customer's usual one. */
  card?: SpecialCard;
  /** The same, where a card is read before the amount is known. */
  cardInAdvance?: SpecialCard;
  /** The alternative payment method (APM) that is used instead of a card. */
  apm?: string;
  /** What the host knows of the customer: a membership, or a token that is the same in all channels. */
  loyalty?: 'brand' | 'nonPaymentToken';
  /** Approved, and the customer has to sign. */
  signature?: boolean;
  /** Half of the amount is authorised, in whole units where there are any. */
  partial?: boolean;
  /** The customer adds 10 percent. */
  tip?: boolean;
  /** Waits this long for the card, in ms, whatever the terminal's delay is. */
  wait?: number;
  fault?: ScenarioFault;
}

/** Every scenario, by the name that scripts and transaction ids use. */
export const scenarios = {
  approved: { about: 'approved, contactless' },
  declined: {
    about: 'declined by the issuer (Refusal)',
    condition: 'Refusal',
    text: 'Declined by the issuer',
    responseCode: '05',
    entryMode: 'ICC',
  },
  wrongPin: {
    about: 'wrong PIN (WrongPIN)',
    condition: 'WrongPIN',
    text: 'The PIN is wrong',
    responseCode: '55',
    entryMode: 'ICC',
  },
  invalidCard: {
    about: 'a card that is not accepted (InvalidCard)',
    condition: 'InvalidCard',
    text: 'The card is not valid here',
    responseCode: '14',
    entryMode: 'ICC',
  },
  cancelled: {
    about: 'the customer presses stop, after the card was read (Cancel)',
    condition: 'Cancel',
    text: 'Cancelled by the customer',
    responseCode: '17',
    entryMode: 'ICC',
  },
  signature: { about: 'approved, the customer has to sign (SignatureBlock)', signature: true, entryMode: 'MagStripe' },
  slow: { about: 'approved after 20 s: time to try an abort', wait: 20_000 },
  partial: { about: 'half of the amount is approved (Partial)', partial: true },
  mobile: { about: 'approved, paid with Swish instead of a card', apm: 'Swish' },
  tip: { about: 'approved, with a tip of 10 %', tip: true, entryMode: 'ICC' },
  restricted: {
    about: 'a fuel card that does not pay for these products (PaymentRestriction)',
    condition: 'PaymentRestriction',
    text: 'Some products cannot be paid with this card',
    responseCode: '57',
    entryMode: 'ICC',
    card: 'fuel',
  },
  hostDown: {
    about: 'the terminal does not reach its host (UnreachableHost)',
    condition: 'UnreachableHost',
    text: 'No contact with the host',
    responseCode: '91',
    entryMode: 'ICC',
  },
  noCustomer: {
    about: 'nobody presents a card (Cancel, no receipt)',
    condition: 'Cancel',
    text: 'No card was presented',
    noCard: true,
  },
  chip: { about: 'approved, with chip and PIN', entryMode: 'ICC' },
  fuelCard: {
    about: 'a fuel card that pays for the products 24601 and 24602, and for no others (PaymentRestriction)',
    card: 'fuel',
    entryMode: 'ICC',
  },
  combined: { about: 'approved, with a card for payment and loyalty', card: 'combined', loyalty: 'brand' },
  loyalty: {
    about: 'a loyalty card where one is read in advance; a payment is approved, with a membership',
    cardInAdvance: 'loyalty',
    loyalty: 'brand',
  },
  otherCard: {
    about: 'a card that is neither for payment nor for loyalty (a payment: InvalidCard)',
    card: 'unspecified',
    condition: 'InvalidCard',
    text: 'This is no payment card',
    responseCode: '14',
  },
  nonPaymentToken: { about: 'approved, with a nonPaymentToken', loyalty: 'nonPaymentToken' },
  vipps: { about: 'approved, paid with Vipps instead of a card', apm: 'Vipps' },
  mobilePay: { about: 'approved, paid with MobilePay instead of a card', apm: 'MobilePay' },
  busy: { about: 'the terminal is busy and does not start', fault: 'busy' },
  lostResponse: { about: 'approved, but the connection drops before the answer', fault: 'lostResponse' },
  lostRequest: { about: 'the connection drops, the terminal never saw the request', fault: 'lostRequest' },
  late: { about: 'approved, but the answer arrives 30 s late', fault: 'late' },
  disconnect: { about: 'the connection drops at once, the payment goes on and is approved', fault: 'disconnect' },
  html: { about: 'approved, but the answer is an HTML page', fault: 'html' },
  truncated: { about: 'approved, but the answer is cut off in the middle', fault: 'truncated' },
  wrongServiceId: { about: 'approved, but the answer has another ServiceID', fault: 'wrongServiceId' },
  http500: { about: 'approved, but the answer is HTTP 500', fault: 'http500' },
  http204: { about: 'approved, but the answer is HTTP 204', fault: 'http204' },
  reboot: { about: 'the terminal restarts before the card: no payment, no session', fault: 'reboot' },
  rebootAfterApproval: { about: 'approved, then the terminal restarts: no answer', fault: 'rebootAfterApproval' },
} as const satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof scenarios;

/**
 * The magic amounts, by their two decimals; every other amount is approved. Kept clear of everyday prices: what has no
 * amount is chosen by its name.
 */
export const byDecimals: Readonly<Record<string, ScenarioName>> = {
  '01': 'declined',
  '02': 'wrongPin',
  '03': 'invalidCard',
  '04': 'cancelled',
  '05': 'signature',
  '06': 'slow',
  '07': 'partial',
  '08': 'mobile',
  '09': 'tip',
  '11': 'restricted',
  '12': 'busy',
  '13': 'hostDown',
  '14': 'noCustomer',
  '21': 'lostResponse',
  '22': 'lostRequest',
  '23': 'late',
  '24': 'disconnect',
  '31': 'html',
  '32': 'truncated',
  '33': 'wrongServiceId',
  '34': 'http500',
  '35': 'http204',
  '41': 'reboot',
  '42': 'rebootAfterApproval',
};

/** Whether `name` is one of the scenarios, and not merely something every object has. */
export function isScenario(name: string): name is ScenarioName {
  return Object.hasOwn(scenarios, name);
}

/**
 * The scenario of a payment: its TransactionID may begin with a scenario's name and a hyphen (`declined-4711`);
 * otherwise the two decimals of the amount decide.
 *
 * @param minor the amount in minor units
 * @param digits how many decimals its currency has: only those with two have magic amounts
 */
export function scenarioFor(transactionId: string, minor: number, digits: number): ScenarioName {
  const prefix = transactionId.slice(0, Math.max(0, transactionId.indexOf('-')));
  if (isScenario(prefix)) return prefix;
  if (digits !== 2) return 'approved';
  return byDecimals[String(minor % 100).padStart(2, '0')] ?? 'approved';
}
