import type { Nexo } from '../../protocol/types.ts';
import type { SpecialCard } from '../customer/test-cards.ts';

/** A fault on the connection or in the terminal. */
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

/** The course of one payment. Absent fields are those of an approved contactless purchase. */
export interface Scenario {
  /** Description for the help. */
  description: string;
  /** ErrorCondition of a payment that is not approved. */
  condition?: Nexo<'ErrorCondition'>;
  /** AdditionalResponse of a payment that is not approved. */
  text?: string;
  /** The host's response code on the receipt. */
  responseCode?: string;
  entryMode?: Nexo<'EntryMode'>;
  /** The payment ends before a card is read, so there is no receipt. */
  noCard?: boolean;
  /** The card that is presented. Absent: the customer's usual card. */
  card?: SpecialCard;
  /** The card that is presented where a card is read before the amount is known. */
  cardInAdvance?: SpecialCard;
  /** The alternative payment method (APM) that is used instead of a card. */
  apm?: string;
  /** The LoyaltyResult: a membership, or a token that is the same in all channels. */
  loyalty?: 'brand' | 'nonPaymentToken';
  /** Approved, and the customer has to sign. */
  signature?: boolean;
  /** Half of the amount is authorised, rounded down to whole units where possible. */
  partial?: boolean;
  /** Swedbank Pay's pages do not say what a terminal answers: the help marks it. */
  isOurReading?: true;
  /** The customer adds 10 percent. */
  tip?: boolean;
  /** Time until the card is read, in ms, instead of the terminal's delay. */
  wait?: number;
  fault?: ScenarioFault;
}

/** The scenarios, by the names that scripts and transaction ids use. */
export const scenarios = {
  approved: { description: 'approved, contactless' },
  declined: {
    description: 'declined by the issuer (Refusal)',
    condition: 'Refusal',
    text: 'Declined by the issuer',
    responseCode: '05',
    entryMode: 'ICC',
  },
  wrongPin: {
    description: 'wrong PIN (WrongPIN)',
    condition: 'WrongPIN',
    text: 'The PIN is wrong',
    responseCode: '55',
    entryMode: 'ICC',
  },
  invalidCard: {
    description: 'a card that is not accepted (InvalidCard)',
    condition: 'InvalidCard',
    text: 'The card is not valid here',
    responseCode: '14',
    entryMode: 'ICC',
  },
  cancelled: {
    description: 'the customer presses stop, after the card was read (Cancel)',
    condition: 'Cancel',
    text: 'Cancelled by the customer',
    responseCode: '17',
    entryMode: 'ICC',
  },
  signature: {
    description: 'approved, the customer has to sign (SignatureBlock)',
    signature: true,
    entryMode: 'MagStripe',
  },
  slow: { description: 'approved after 20 s: time to try an abort', wait: 20_000 },
  partial: { description: 'half of the amount is approved (Partial)', partial: true, isOurReading: true },
  mobile: { description: 'approved, paid with Swish instead of a card', apm: 'Swish' },
  tip: { description: 'approved, with a tip of 10 %', tip: true, entryMode: 'ICC' },
  restricted: {
    description: 'a fuel card that does not pay for these products (PaymentRestriction)',
    condition: 'PaymentRestriction',
    text: 'Some products cannot be paid with this card',
    responseCode: '57',
    entryMode: 'ICC',
    card: 'fuel',
  },
  hostDown: {
    description: 'the terminal does not reach its host (UnreachableHost)',
    condition: 'UnreachableHost',
    text: 'No contact with the host',
    responseCode: '91',
    entryMode: 'ICC',
  },
  noCustomer: {
    description: 'no card is presented (Cancel, no receipt)',
    condition: 'Cancel',
    text: 'No card was presented',
    noCard: true,
  },
  chip: { description: 'approved, with chip and PIN', entryMode: 'ICC' },
  fuelCard: {
    description: 'a fuel card that pays for the products 24601 and 24602, and for no others (PaymentRestriction)',
    card: 'fuel',
    entryMode: 'ICC',
  },
  combined: { description: 'approved, with a card for payment and loyalty', card: 'combined', loyalty: 'brand' },
  loyalty: {
    description: 'a loyalty card where one is read in advance; a payment is approved, with a membership',
    cardInAdvance: 'loyalty',
    loyalty: 'brand',
  },
  otherCard: {
    description: 'a card that is neither for payment nor for loyalty (a payment: InvalidCard)',
    card: 'unspecified',
    condition: 'InvalidCard',
    text: 'This is no payment card',
    responseCode: '14',
  },
  nonPaymentToken: { description: 'approved, with a nonPaymentToken', loyalty: 'nonPaymentToken' },
  vipps: { description: 'approved, paid with Vipps instead of a card', apm: 'Vipps' },
  mobilePay: { description: 'approved, paid with MobilePay instead of a card', apm: 'MobilePay' },
  busy: { description: 'the terminal is busy and does not start', fault: 'busy' },
  lostResponse: { description: 'approved, but the connection drops before the answer', fault: 'lostResponse' },
  lostRequest: { description: 'the connection drops, the terminal never saw the request', fault: 'lostRequest' },
  late: { description: 'approved, but the answer arrives 30 s late', fault: 'late' },
  disconnect: { description: 'the connection drops at once, the payment goes on and is approved', fault: 'disconnect' },
  html: { description: 'approved, but the answer is an HTML page', fault: 'html' },
  truncated: { description: 'approved, but the answer is cut off in the middle', fault: 'truncated' },
  wrongServiceId: { description: 'approved, but the answer has another ServiceID', fault: 'wrongServiceId' },
  http500: { description: 'approved, but the answer is HTTP 500', fault: 'http500' },
  http204: { description: 'approved, but the answer is HTTP 204', fault: 'http204' },
  reboot: { description: 'the terminal restarts before the card: no payment, no session', fault: 'reboot' },
  rebootAfterApproval: { description: 'approved, then the terminal restarts: no answer', fault: 'rebootAfterApproval' },
} as const satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof scenarios;

/**
 * The scenarios of amounts, by their two decimals. Other amounts are approved. Decimals of common prices are not used:
 * the remaining scenarios are chosen by name.
 */
export const scenarioByDecimals: Readonly<Record<string, ScenarioName>> = {
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

/** Whether `name` is a scenario. Inherited properties of objects are not. */
export function isScenario(name: string): name is ScenarioName {
  return Object.hasOwn(scenarios, name);
}

/**
 * The scenario of a payment. A TransactionID that begins with a scenario's name and a hyphen (`declined-4711`) chooses that
 * scenario; otherwise the two decimals of the amount do.
 *
 * @param minor the amount in minor units
 * @param digits number of decimals of the currency; amounts choose scenarios only where it is 2
 */
export function scenarioFor(transactionId: string, minor: number, digits: number): ScenarioName {
  const prefix = transactionId.slice(0, Math.max(0, transactionId.indexOf('-')));
  if (isScenario(prefix)) return prefix;
  if (digits !== 2) return 'approved';
  return scenarioByDecimals[String(minor % 100).padStart(2, '0')] ?? 'approved';
}
