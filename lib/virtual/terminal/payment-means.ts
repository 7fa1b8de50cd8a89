import type { Nexo } from '../../protocol/types.ts';
import { specialCards, type TestCard } from '../customer/test-cards.ts';
import type { TransactionFacts } from './payment.ts';
import type { ReceivedOrder } from './payment-order.ts';
import type { Scenario } from './scenarios.ts';

/** A payment card that was read before the amount was known. */
export interface ReadCard {
  card: TestCard;
  entryMode: Nexo<'EntryMode'>;
  /** The terminal's data of its CardAcquisition. */
  facts: TransactionFacts;
  saleData: Nexo<'SaleData'>;
  /** When the PIN entry ends, in ms since 1970; undefined: the PIN has not been requested. */
  pinAt?: number;
}

/** The means of a payment, and the scenario without the parts that do not apply to it. */
export interface PaymentMeans {
  /** Undefined: the next customer's card. */
  card: TestCard | undefined;
  scenario: Scenario;
}

/**
 * Where the card comes from: `customer`: it is presented now; `read`: it was read in advance; `proceeded`: it was read in
 * advance and the PIN entry has begun; `none`: no card is presented.
 */
export type CardFrom = 'customer' | 'read' | 'proceeded' | 'none';

/** Where the card of an order comes from. @param read the card that was read in advance, if any */
export function cardFrom(order: ReceivedOrder, read: ReadCard | undefined): CardFrom {
  if (order.keyed || order.apmReference !== undefined) return 'none';
  if (!read) return 'customer';
  return read.pinAt === undefined ? 'read' : 'proceeded';
}

/** No card is presented where one was read in advance, its number was sent, or a refund names a reference. */
export function paymentMeans(order: ReceivedOrder, scenario: Scenario, read: ReadCard | undefined): PaymentMeans {
  const from = cardFrom(order, read);
  if (from === 'customer') return { card: scenario.card && specialCards[scenario.card], scenario };
  const { apm: _, entryMode: __, card: ___, ...rest } = withoutPresentation(scenario);
  return { card: read?.card ?? order.keyed, scenario: read ? { ...rest, entryMode: read.entryMode } : rest };
}

/** The scenario without the parts that concern the presentation of a card. */
function withoutPresentation(scenario: Scenario): Scenario {
  if (!scenario.noCard && scenario.card !== 'unspecified') return scenario;
  const { noCard: _, condition: __, text: ___, responseCode: ____, ...rest } = scenario;
  return rest;
}
