import { digitsOf, fromMinor, toMinor } from '../../protocol/amounts.ts';
import type { Nexo } from '../../protocol/types.ts';
import type { TestCard } from '../customer/test-cards.ts';
import { type AcquirerData, readAcquirerData } from './acquirer-data.ts';
import { readKeyedCard } from './keyed-card.ts';
import { RefusedRequest } from './refused-request.ts';
import { checkItems } from './sale-items.ts';

/** The contents of a PaymentRequest. */
export interface ReceivedOrder {
  paymentType: 'Normal' | 'Refund';
  /** The amount in minor units, and as it was written. */
  minor: number;
  amount: string;
  cashBack: number;
  currency: string;
  digits: number;
  saleData: Nexo<'SaleData'>;
  productCodes: string[];
  /** The card whose number is in the request; holds the masked number only. */
  keyed?: TestCard;
  /** Reference of the payment with an alternative method that is to be refunded. */
  apmReference?: string;
  acquirerData: AcquirerData;
}

/** "Available are SEK, NOK, DKK, EUR." */
const CURRENCIES = ['SEK', 'NOK', 'DKK', 'EUR'];

/** Parameters that the terminal management system sets. */
export interface PaymentParameters {
  /** The currencies it takes. Default SEK, NOK, DKK and EUR. */
  currencies?: readonly string[];
  /** Prefixes of card numbers that a POS may send; none of them PCI regulated. Default 1234 and 9. */
  keyedPrefixes?: readonly string[];
  /** Maximum cash-back, in whole units of the currency. Default 1000. */
  maximumCashBack?: number;
}

type Request = Nexo<'PaymentRequest'>;

const PATH = 'SaleToPOIRequest.PaymentRequest';

/**
 * Parses and validates a PaymentRequest.
 * @throws RefusedRequest for a currency that is not set up, items that do not add up, an unknown payment type, a cash-back that is not allowed
 * @throws NexoError for a malformed amount
 */
export function parsePaymentRequest(request: Request, parameters: PaymentParameters): ReceivedOrder {
  const { AmountsReq: amounts, SaleItem: items = [] } = request.PaymentTransaction;
  const paymentType = paymentTypeOf(request.PaymentData?.PaymentType);
  const path = `${PATH}.PaymentTransaction.AmountsReq`;
  const currency = amounts.Currency;
  const minor = toMinor(amounts.RequestedAmount ?? '', currency, `${path}.RequestedAmount`);
  checkCurrency(currency, parameters, `${path}.Currency`);
  const cashBack = cashBackOf(amounts, minor, paymentType, parameters);
  checkItems(items, minor - cashBack, currency);
  const instrument = request.PaymentData?.PaymentInstrumentData;
  const keyed = instrument && readKeyedCard(instrument, parameters.keyedPrefixes ?? ['1234', '9']);
  const apmReference = apmReferenceOf(request, paymentType);
  return {
    paymentType,
    minor,
    amount: amounts.RequestedAmount ?? '',
    cashBack,
    currency,
    digits: digitsOf(currency),
    saleData: request.SaleData,
    productCodes: items.map((item) => item.ProductCode),
    ...(keyed ? { keyed } : {}),
    ...(apmReference === undefined ? {} : { apmReference }),
    acquirerData: readAcquirerData(request.SaleData.SaleToAcquirerData),
  };
}

function checkCurrency(currency: string, { currencies = CURRENCIES }: PaymentParameters, path: string): void {
  if (currencies.includes(currency)) return;
  throw new RefusedRequest('Refusal', `This terminal takes ${currencies.join(', ')}, and not ${currency}.`, { path });
}

function paymentTypeOf(code = 'Normal'): 'Normal' | 'Refund' {
  if (code === 'Normal' || code === 'Refund') return code;
  throw new RefusedRequest('UnavailableService', 'Only Normal and Refund are supported.', {
    path: `${PATH}.PaymentData`,
  });
}

/** "As `whereof` value. Is included in `RequestedAmount`." */
function cashBackOf(
  amounts: Nexo<'AmountsReq'>,
  minor: number,
  paymentType: ReceivedOrder['paymentType'],
  { maximumCashBack = 1000 }: PaymentParameters,
): number {
  const path = `${PATH}.PaymentTransaction.AmountsReq.CashBackAmount`;
  const format = { zero: true, trailingZeros: true };
  const cashBack = toMinor(amounts.CashBackAmount ?? '0', amounts.Currency, path, format);
  if (cashBack > minor)
    throw new RefusedRequest('MessageFormat', 'The cash-back is part of RequestedAmount and cannot be above it.', {
      path,
    });
  if (cashBack > 0 && paymentType === 'Refund')
    throw new RefusedRequest('MessageFormat', 'There is no cash-back with a refund.', { path });
  const maximum = maximumCashBack * 10 ** digitsOf(amounts.Currency);
  if (cashBack <= maximum) return cashBack;
  const limit = `${fromMinor(maximum, amounts.Currency)} ${amounts.Currency}`;
  throw new RefusedRequest('Refusal', `The cash-back is above what this terminal allows, ${limit}.`, { path });
}

/** "When this reference is not null, APM is assumed": a refund without a card. */
function apmReferenceOf(request: Request, paymentType: ReceivedOrder['paymentType']): string | undefined {
  const reference = request.PaymentTransaction.OriginalPOITransaction?.HostTransactionID?.TransactionID;
  const path = `${PATH}.PaymentTransaction.OriginalPOITransaction`;
  if (reference !== undefined && paymentType === 'Normal')
    throw new RefusedRequest('MessageFormat', 'Only a refund has a HostTransactionID.', { path });
  const mobile = request.PaymentData?.PaymentInstrumentData?.PaymentInstrumentType === 'Mobile';
  if (mobile && paymentType === 'Refund' && (reference ?? '') === '')
    throw new RefusedRequest(
      'MessageFormat',
      'The refund of a Mobile payment needs its reference (HostTransactionID).',
      {
        path,
      },
    );
  if (reference === '') throw new RefusedRequest('MessageFormat', 'The HostTransactionID is empty.', { path });
  return reference;
}
