import { specialCards, type TestCard } from '../customer/test-cards.ts';
import type { ReadCard } from './card-acquisition.ts';
import type { ReceivedOrder } from './payment-order.ts';
import type { Scenario } from './scenarios.ts';

/** What is paid with, and what of the scenario that leaves. */
export interface PaymentMeans {
  /** Undefined: the next customer's card. */
  card: TestCard | undefined;
  scenario: Scenario;
}

/** Where the card comes from: it is presented now, was read before, and then perhaps with its PIN, or there is none to see. */
export type CardFrom = 'customer' | 'read' | 'proceeded' | 'none';

export function cardFrom(order: ReceivedOrder, read: ReadCard | undefined): CardFrom {
  if (order.keyed || order.apmReference !== undefined) return 'none';
  if (!read) return 'customer';
  return read.pinAt === undefined ? 'read' : 'proceeded';
}

/** Nobody presents anything where a card was read, its number was sent, or money goes back by a reference. */
export function paymentMeans(order: ReceivedOrder, scenario: Scenario, read: ReadCard | undefined): PaymentMeans {
  const from = cardFrom(order, read);
  if (from === 'customer') return { card: scenario.card && specialCards[scenario.card], scenario };
  const { apm: _, entryMode: __, card: ___, ...rest } = presented(scenario);
  return { card: read?.card ?? order.keyed, scenario: read ? { ...rest, entryMode: read.entryMode } : rest };
}

/** The scenario without a card that nobody presents, or that is of another kind. */
function presented(scenario: Scenario): Scenario {
  if (!scenario.noCard && scenario.card !== 'unspecified') return scenario;
  const { noCard: _, condition: __, text: ___, responseCode: ____, ...rest } = scenario;
  return rest;
}
