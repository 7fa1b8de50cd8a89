import type { Nexo } from '../protocol/types.ts';

/** What a terminal tells about a card. None of these exists. */
export interface TestCard {
  /** PaymentBrand: two digits and the product. */
  brand: string;
  /** ApplicationLabel on the receipt. */
  label: string;
  applicationId: string;
  /** First six and last four digits. */
  maskedPan: string;
  /** The card number alias (CNA) of Swedbank Pay, made from the card alone. */
  token: string;
  /** Payment account reference (PAR). */
  accountReference: string;
}

/** The customers' cards, used in turn. The first is the one of the published samples. */
export const cards: readonly [TestCard, ...TestCard[]] = [
  {
    brand: '01,Mastercard Debit',
    label: 'Mastercard',
    applicationId: 'A0000000041010',
    maskedPan: '516815******9659',
    token: '6FD9550491A5EA28850181E76297295740E2F3781A3FB9D0561343179D6AA3017A6CAB',
    accountReference: '5c0e2bdfe30fb6e3d7dd1eee887de',
  },
  {
    brand: '02,Visa Debit',
    label: 'Visa Debit',
    applicationId: 'A0000000031010',
    maskedPan: '453903******6011',
    token: '6FD9552B7E0C41D59A83F6204417BB95E01D7C3A68F2095B4CE1877D30A9F4512EC60B',
    accountReference: '81b7a40ce9d25f03c6e48b91d70f2',
  },
  {
    brand: '01,Mastercard Credit',
    label: 'Mastercard',
    applicationId: 'A0000000041010',
    maskedPan: '535583******0024',
    token: '6FD955D17303A9C2E45B80F6619D24A7C835EF104B72A69D3F0815C7E2B46A90D3817F',
    accountReference: 'f20d9e6b1c8a47355e90b2d64ca17',
  },
];

/** Which card a terminal's n-th customer (from 0) pays with. */
export function cardOf(customer: number): TestCard {
  return cards[customer % cards.length] ?? cards[0];
}

/** A card as PaymentInstrumentData says it. The token only where it was asked for. */
export function instrumentOf(
  card: TestCard,
  entryMode: Nexo<'EntryMode'>,
  options: { token: boolean; allowedProducts?: string[] },
): Nexo<'PaymentInstrumentData'> {
  return {
    PaymentInstrumentType: 'Card',
    CardData: {
      PaymentBrand: card.brand,
      MaskedPAN: card.maskedPan,
      PaymentAccountRef: card.accountReference,
      EntryMode: [entryMode],
      ...(options.allowedProducts ? { AllowedProductCode: options.allowedProducts } : {}),
      ...(options.token ? { PaymentToken: { TokenRequestedType: 'Customer', TokenValue: card.token } } : {}),
    },
  };
}
