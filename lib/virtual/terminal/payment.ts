import { fromMinor } from '../../protocol/amounts.ts';
import type { Nexo } from '../../protocol/types.ts';
import { instrumentDataOf, type TestCard } from '../customer/test-cards.ts';
import { localTime } from '../local-time.ts';
import { receiptsFor } from '../receipts/receipts.ts';
import type { ApmPayment } from './apm-refund.ts';
import { loyaltyResult } from './loyalty.ts';
import type { ReceivedOrder } from './payment-order.ts';
import { echoed, failedResponse } from './responses.ts';
import { allButLast, allowedOf } from './sale-items.ts';
import type { Scenario } from './scenarios.ts';

/** The terminal's side of a transaction. */
export interface TransactionFacts {
  card: TestCard;
  poiTransaction: Nexo<'TransactionIdentification'>;
  approvalCode: string;
  /** What a payment with an alternative method is known by. */
  apmReference: string;
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
  apm?: ApmPayment;
}

/** Ends a payment as its scenario and its card say. */
export function settlePayment(order: ReceivedOrder, given: Scenario, till: TransactionFacts): Settlement {
  const scenario = restricted(order, given, till.card);
  const apm = apmOf(order, scenario, till);
  if (scenario.condition !== undefined) return { response: notApproved(order, scenario, till) };
  const unit = 10 ** order.digits;
  const half = Math.max(1, Math.floor(order.minor / 2 / unit) * unit || Math.floor(order.minor / 2));
  const tip = scenario.tip && order.paymentType === 'Normal' ? Math.floor(order.minor / 10) : 0;
  const authorised = (scenario.partial ? half : order.minor) + tip;
  return { response: approved(order, scenario, till, authorised, tip), authorised, ...(apm ? { apm } : {}) };
}

/** A card that does not pay for everything refuses the whole of it, where nothing else went wrong before. */
function restricted(order: ReceivedOrder, scenario: Scenario, card: TestCard): Scenario {
  if (scenario.condition !== undefined || scenario.apm !== undefined || !allowedOf(card, order.productCodes))
    return scenario;
  return {
    ...scenario,
    condition: 'PaymentRestriction',
    text: `Some products cannot be paid with ${card.label}`,
    responseCode: '57',
  };
}

function apmOf(order: ReceivedOrder, scenario: Scenario, till: TransactionFacts): ApmPayment | undefined {
  if (scenario.apm === undefined) return undefined;
  return { type: scenario.apm, reference: order.apmReference ?? till.apmReference };
}

/** A payment that ended before any card was read. */
export function withoutCard(
  order: ReceivedOrder,
  Response: Nexo<'Response'>,
  till: TransactionFacts,
): Nexo<'PaymentResponse'> {
  return { Response, SaleData: echoed(order.saleData), POIData: { POITransactionID: till.poiTransaction } };
}

/** The same payment when the cashier does not accept the signature. */
export function unsigned(scenario: Scenario): Scenario {
  return { ...scenario, condition: 'Refusal', text: 'The signature was not accepted', signature: false };
}

function approved(
  order: ReceivedOrder,
  scenario: Scenario,
  till: TransactionFacts,
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
      PaymentAcquirerData: acquirerData(order, scenario, till, true),
    },
    ...loyalty(order, scenario, till),
    PaymentReceipt: receipts(order, scenario, till, authorised, tip),
  };
}

function notApproved(order: ReceivedOrder, scenario: Scenario, till: TransactionFacts): Nexo<'PaymentResponse'> {
  const base = withoutCard(order, failedResponse(scenario.condition ?? 'Refusal', scenario.text ?? ''), till);
  if (scenario.noCard) return base;
  // The published answer to a restricted card carries an amount and an approval code, approved or not.
  const products = scenario.condition === 'PaymentRestriction';
  return {
    ...base,
    PaymentResult: {
      PaymentType: order.paymentType,
      PaymentInstrumentData: instrument(order, scenario, till),
      ...(products
        ? { AmountsResp: { Currency: order.currency, AuthorizedAmount: order.amount, CashBackAmount: '0.00' } }
        : {}),
      PaymentAcquirerData: acquirerData(order, scenario, till, products),
    },
    PaymentReceipt: receipts(order, scenario, till, order.minor, 0),
  };
}

function instrument(order: ReceivedOrder, scenario: Scenario, till: TransactionFacts): Nexo<'PaymentInstrumentData'> {
  // Where the name of an alternative method stands is not published: it is put where a card's name is.
  if (scenario.apm !== undefined) return { PaymentInstrumentType: 'Mobile', CardData: { PaymentBrand: scenario.apm } };
  const { card } = till;
  return instrumentDataOf(card, entryMode(order, scenario), {
    token: order.saleData.TokenRequestedType === 'Customer',
    ...(scenario.condition === 'PaymentRestriction'
      ? { allowedProducts: allowedOf(card, order.productCodes) ?? allButLast(order.productCodes) }
      : {}),
  });
}

/** Likewise unpublished, the reference of an alternative method: nexo has this place for what the acquirer calls it. */
function acquirerData(
  order: ReceivedOrder,
  scenario: Scenario,
  till: TransactionFacts,
  code: boolean,
): Nexo<'PaymentAcquirerData'> {
  const apm = apmOf(order, scenario, till);
  const { TimeStamp } = till.poiTransaction;
  return {
    MerchantID: till.merchantId,
    AcquirerPOIID: till.terminalId,
    ...(apm ? { AcquirerTransactionID: { TransactionID: apm.reference, TimeStamp } } : {}),
    ...(code ? { ApprovalCode: till.approvalCode } : {}),
  };
}

function loyalty(
  order: ReceivedOrder,
  scenario: Scenario,
  till: TransactionFacts,
): { LoyaltyResult?: Nexo<'LoyaltyResult'>[] } {
  const kinds = new Set([
    ...(scenario.loyalty ? [scenario.loyalty] : []),
    ...(order.acquirerData.loyalty ? ['brand' as const] : []),
  ]);
  if (kinds.size === 0) return {};
  return { LoyaltyResult: [loyaltyResult([...kinds], till.card)] };
}

function receipts(
  order: ReceivedOrder,
  scenario: Scenario,
  till: TransactionFacts,
  total: number,
  tip: number,
): Nexo<'PaymentReceipt'>[] {
  const accepted = scenario.condition === undefined;
  const apm = apmOf(order, scenario, till);
  const { purchaseOrderNumber } = order.acquirerData;
  return receiptsFor({
    kind: order.paymentType === 'Refund' ? 'refund' : 'purchase',
    verdict: accepted ? 'Godkänd' : scenario.condition === 'Cancel' ? 'Avbrutet' : 'Medges ej',
    ...(apm ? { apm } : { card: till.card }),
    ...(purchaseOrderNumber === undefined ? {} : { purchaseOrderNumber }),
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
export function entryMode(order: ReceivedOrder, scenario: Scenario): Nexo<'EntryMode'> {
  if (scenario.apm !== undefined) return 'Mobile';
  return order.keyed ? 'Keyed' : (scenario.entryMode ?? 'Contactless');
}
