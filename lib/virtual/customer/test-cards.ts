import type { Nexo } from '../../protocol/types.ts';

/** The data of a card that a terminal returns. None of these cards exists. */
export interface TestCard {
  /** PaymentBrand: two digits and the product. */
  brand: string;
  /** ApplicationLabel on the receipt. */
  label: string;
  applicationId: string;
  /** First six and last four digits. */
  maskedPan: string;
  /** The card number alias (CNA) of Swedbank Pay; the same for each use of a card. */
  token: string;
  /** Payment account reference (PAR), where the issuer has one. */
  accountReference?: string;
  /** The product codes it pays for. Absent: all products. */
  products?: readonly string[];
}

/** The customers' cards, used in turn. The first is that of the published samples. */
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
    brand: '01,Visa Debit',
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

/** Cards for scenarios. Brand prefix `01`: payment card; `02`: payment and loyalty; `03`: loyalty; `04`: neither. */
export const specialCards = {
  combined: {
    brand: '02,Demo Club Mastercard',
    label: 'Mastercard',
    applicationId: 'A0000000041010',
    maskedPan: '522222******1881',
    token: '6FD955A04C19E7385D62BF01934EA8D7C50B2F86E3197A4D80C5F26BE1943D07A8520E',
    accountReference: '2a94f07be3d158c6b90e7f41ad6c3',
  },
  loyalty: {
    brand: '03,Demo Club',
    label: 'Demo Club',
    applicationId: 'A0000000990001',
    maskedPan: '963000******4711',
    token: '6FD9557E23B85D01F96AC4E80B7D3512A6F94C08E1D35B7290AF46C8137E5D02B94AC1',
  },
  unspecified: {
    brand: '04,Demo Staff',
    label: 'Demo Staff',
    applicationId: 'A0000000990002',
    maskedPan: '964000******0815',
    token: '6FD9553C90E1A7F84B26D50397CE1B48F2A06D75C3894E1B0D7F52A6389C4E10F7B25D',
  },
  fuel: {
    brand: '02,TheBestFuelCard',
    label: 'TheBestFuelCard',
    applicationId: 'A0000000990003',
    maskedPan: '123450******2020',
    token: '6FD955C23A48A041D881003CDBF836DC59F89CE0ECA8288129696CDF9BB8B8DD67F233',
    products: ['24601', '24602'],
  },
} as const satisfies Record<string, TestCard>;

export type SpecialCard = keyof typeof specialCards;

/** The card of a terminal's n-th customer, counted from 0. */
export function testCardOf(customer: number): TestCard {
  return cards[customer % cards.length] ?? cards[0];
}

/** Whether it is a payment card. */
export function isPaymentCard({ brand }: TestCard): boolean {
  return brand.startsWith('01,') || brand.startsWith('02,');
}

/** The card of an earlier response, by its masked number. */
export function cardOfResponse(data: Nexo<'CardData'> | undefined): TestCard | undefined {
  const { PaymentBrand: brand, MaskedPAN: maskedPan } = data ?? {};
  if (brand === undefined || maskedPan === undefined) return undefined;
  const known = [...cards, ...Object.values(specialCards)].find((one) => one.maskedPan === maskedPan);
  return known ?? { brand, label: brand.replace(/^\d\d,/, ''), applicationId: '', maskedPan, token: '' };
}

/**
 * The PaymentInstrumentData of a card.
 * @param options token: the request asked for a token; inAdvance: the card is read before the payment, so there is no PAR
 *   yet (the issuer sends it); allowedProducts: the products that a restricted card pays for
 */
export function instrumentDataOf(
  card: TestCard,
  entryMode: Nexo<'EntryMode'>,
  options: { token: boolean; inAdvance?: boolean; allowedProducts?: readonly string[] },
): Nexo<'PaymentInstrumentData'> {
  return {
    PaymentInstrumentType: 'Card',
    CardData: {
      PaymentBrand: card.brand,
      MaskedPAN: card.maskedPan,
      ...(card.accountReference === undefined || options.inAdvance ? {} : { PaymentAccountRef: card.accountReference }),
      EntryMode: [entryMode],
      ...(options.allowedProducts?.length ? { AllowedProductCode: [...options.allowedProducts] } : {}),
      ...(options.token && card.token !== ''
        ? { PaymentToken: { TokenRequestedType: 'Customer', TokenValue: card.token } }
        : {}),
    },
  };
}
