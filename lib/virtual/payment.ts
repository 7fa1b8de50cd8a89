import { digitsOf, fromMinor, toMinor } from '../protocol/amounts.ts';
import { NexoError } from '../protocol/errors.ts';
import type { Nexo } from '../protocol/types.ts';
import { echoed, failed } from './answers.ts';
import { instrumentOf, type TestCard } from './cards.ts';
import { localTime } from './local-time.ts';
import { receiptsFor } from './receipts.ts';
import type { Scenario } from './scenarios.ts';

/** What a PaymentRequest asks for. */
export interface Order {
  paymentType: 'Normal' | 'Refund';
  /** Minor units of the currency, and the text it came as. */
  minor: number;
  amount: string;
  cashBack: number;
  currency: string;
  digits: number;
  saleData: Nexo<'SaleData'>;
  productCodes: string[];
  /** The card's number came with the request. */
  keyed: boolean;
}

/** The terminal's side of a transaction. */
export interface Till {
  card: TestCard;
  poiTransaction: Nexo<'TransactionIdentification'>;
  approvalCode: string;
  merchantId: string;
  /** AcquirerPOIID. */
  terminalId: string;
  /** Milliseconds since 1970. */
  now: number;
}

/** How a payment ended: what the POS is told, and the minor units that moved. */
export interface Settlement {
  response: Nexo<'PaymentResponse'>;
  authorised?: number;
}

const PATH = 'SaleToPOIRequest.PaymentRequest';

/**
 * @throws NexoError what a terminal does not take: an amount that is none, a payment type it does not know (the code
 *   is nexo's ErrorCondition)
 */
export function readOrder(request: Nexo<'PaymentRequest'>): Order {
  const { AmountsReq: amounts, SaleItem: items = [] } = request.PaymentTransaction;
  const paymentType = paymentTypeOf(request.PaymentData?.PaymentType);
  const path = `${PATH}.PaymentTransaction.AmountsReq`;
  const minor = toMinor(amounts.RequestedAmount ?? '', amounts.Currency, `${path}.RequestedAmount`);
  const cashBack = toMinor(amounts.CashBackAmount ?? '0', amounts.Currency, `${path}.CashBackAmount`, {
    zero: true,
    trailingZeros: true,
  });
  if (cashBack > minor)
    throw new NexoError('MessageFormat', 'The cash-back is part of RequestedAmount and cannot be above it.', { path });
  return {
    paymentType,
    minor,
    amount: amounts.RequestedAmount ?? '',
    cashBack,
    currency: amounts.Currency,
    digits: digitsOf(amounts.Currency),
    saleData: request.SaleData,
    productCodes: items.map((item) => item.ProductCode),
    keyed: request.PaymentData?.PaymentInstrumentData?.CardData?.SensitiveCardData !== undefined,
  };
}

function paymentTypeOf(code = 'Normal'): 'Normal' | 'Refund' {
  if (code === 'Normal' || code === 'Refund') return code;
  throw new NexoError('UnavailableService', 'Only Normal and Refund are supported.', { path: `${PATH}.PaymentData` });
}

/** Ends a payment as its scenario says. */
export function settle(order: Order, scenario: Scenario, till: Till): Settlement {
  if (scenario.condition !== undefined) return { response: notApproved(order, scenario, till) };
  const unit = 10 ** order.digits;
  const half = Math.max(1, Math.floor(order.minor / 2 / unit) * unit || Math.floor(order.minor / 2));
  const tip = scenario.tip ? Math.floor(order.minor / 10) : 0;
  const authorised = (scenario.partial ? half : order.minor) + tip;
  return { response: approved(order, scenario, till, authorised, tip), authorised };
}

/** A payment that ended before any card was read. */
export function withoutCard(order: Order, Response: Nexo<'Response'>, till: Till): Nexo<'PaymentResponse'> {
  return { Response, SaleData: echoed(order.saleData), POIData: { POITransactionID: till.poiTransaction } };
}

/** The same payment when the cashier does not accept the signature. */
export function unsigned(scenario: Scenario): Scenario {
  return { ...scenario, condition: 'Refusal', text: 'The signature was not accepted', signature: false };
}

function approved(
  order: Order,
  scenario: Scenario,
  till: Till,
  authorised: number,
  tip: number,
): Nexo<'PaymentResponse'> {
  const less = authorised < order.minor;
  return {
    ...withoutCard(order, { Result: less ? 'Partial' : 'Success' }, till),
    PaymentResult: {
      PaymentType: order.paymentType,
      PaymentInstrumentData: instrument(order, scenario, till),
      AmountsResp: {
        Currency: order.currency,
        // Terminals do not normalise decimals: what was asked comes back as it was written.
        AuthorizedAmount: authorised === order.minor ? order.amount : fromMinor(authorised, order.currency),
        CashBackAmount: fromMinor(less ? 0 : order.cashBack, order.currency),
        ...(tip > 0 ? { TipAmount: fromMinor(tip, order.currency) } : {}),
      },
      PaymentAcquirerData: {
        MerchantID: till.merchantId,
        AcquirerPOIID: till.terminalId,
        ApprovalCode: till.approvalCode,
      },
    },
    PaymentReceipt: receipts(order, scenario, till, authorised, tip),
  };
}

function notApproved(order: Order, scenario: Scenario, till: Till): Nexo<'PaymentResponse'> {
  const base = withoutCard(order, failed(scenario.condition ?? 'Refusal', scenario.text ?? ''), till);
  if (scenario.noCard) return base;
  // The published answer to a restricted card carries an amount and an approval code, approved or not.
  const restricted = scenario.condition === 'PaymentRestriction';
  return {
    ...base,
    PaymentResult: {
      PaymentType: order.paymentType,
      PaymentInstrumentData: instrument(order, scenario, till, restricted),
      ...(restricted
        ? { AmountsResp: { Currency: order.currency, AuthorizedAmount: order.amount, CashBackAmount: '0.00' } }
        : {}),
      PaymentAcquirerData: {
        MerchantID: till.merchantId,
        AcquirerPOIID: till.terminalId,
        ...(restricted ? { ApprovalCode: till.approvalCode } : {}),
      },
    },
    PaymentReceipt: receipts(order, scenario, till, order.minor, 0),
  };
}

function instrument(order: Order, scenario: Scenario, till: Till, restricted = false): Nexo<'PaymentInstrumentData'> {
  if (scenario.mobile) return { PaymentInstrumentType: 'Mobile' };
  return instrumentOf(till.card, entryMode(order, scenario), {
    token: order.saleData.TokenRequestedType === 'Customer',
    ...(restricted ? { allowedProducts: [order.productCodes[0] ?? '24601'] } : {}),
  });
}

function receipts(order: Order, scenario: Scenario, till: Till, total: number, tip: number): Nexo<'PaymentReceipt'>[] {
  const accepted = scenario.condition === undefined;
  return receiptsFor({
    kind: order.paymentType === 'Refund' ? 'refund' : 'purchase',
    verdict: accepted ? 'Godkänd' : scenario.condition === 'Cancel' ? 'Avbrutet' : 'Medges ej',
    ...(scenario.mobile ? {} : { card: till.card }),
    entryMode: entryMode(order, scenario),
    amount: fromMinor(total - tip, order.currency),
    ...(tip > 0 ? { tip: fromMinor(tip, order.currency) } : {}),
    total: fromMinor(total, order.currency),
    ...(order.cashBack > 0 && accepted && !scenario.partial
      ? { cashBack: fromMinor(order.cashBack, order.currency) }
      : {}),
    currency: order.currency,
    merchantId: till.merchantId,
    terminalId: till.terminalId,
    poiTransactionId: till.poiTransaction.TransactionID,
    reference: order.saleData.SaleTransactionID.TransactionID,
    ...(accepted ? { approvalCode: till.approvalCode } : {}),
    responseCode: scenario.responseCode ?? '00',
    signature: scenario.signature === true,
    time: localTime(till.now, order.saleData.SaleTransactionID.TimeStamp),
  });
}

/** How the card is read. */
export function entryMode(order: Order, scenario: Scenario): Nexo<'EntryMode'> {
  if (scenario.mobile) return 'Mobile';
  return order.keyed ? 'Keyed' : (scenario.entryMode ?? 'Contactless');
}
