import type { Nexo } from '../../protocol/types.ts';
import type { TestCard } from '../customer/test-cards.ts';

export type LoyaltyKind = 'brand' | 'nonPaymentToken';

/**
 * The LoyaltyResults of a payment response (page *Payment response*, Loyalty Result), one for each account. The page says
 * that one result "may contain more than one LoyaltyAccount or none"; nexo's schema has exactly one, which both allow.
 */
export function loyaltyResults(kinds: readonly LoyaltyKind[], card: TestCard): Nexo<'LoyaltyResult'>[] {
  return kinds.map((kind) => ({
    LoyaltyAccount: [
      kind === 'nonPaymentToken'
        ? account('nonPaymentToken', uuidOf(card))
        : account('Demo Club', `86dd${card.maskedPan.slice(-4)}5be7c4512d7af9dae89dd22868936500`),
    ],
  }));
}

function account(LoyaltyBrand: string, Text: string): Nexo<'LoyaltyAccount'> {
  return {
    LoyaltyBrand,
    LoyaltyAccountID: {
      EntryMode: ['File'],
      IdentificationType: 'AccountNumber',
      IdentificationSupport: 'LinkedCard',
      Text,
    },
  };
}

/** A UUID that is the same for each use of a card. */
function uuidOf({ token }: TestCard): string {
  const hex = token.slice(-32).toLowerCase().padStart(32, '0');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
