import { fromMinor } from '../../protocol/amounts.ts';
import type { Nexo } from '../../protocol/types.ts';
import { instrumentDataOf, type TestCard } from '../customer/test-cards.ts';
import { localTime } from '../pos/local-time.ts';
import { receiptsFor } from '../receipts/receipts.ts';
import { loyaltyResults } from './loyalty.ts';
import type { ReceivedOrder } from './payment-order.ts';
import { echoedSaleData, failedResponse } from './responses.ts';
import { allButLast, allowedProducts } from './sale-items.ts';
import type { Scenario } from './scenarios.ts';
import type { ApmPayment } from './transaction-records.ts';

/** The terminal's data of one transaction. */
export interface TransactionFacts {
  card: TestCard;
  poiTransaction: Nexo<'TransactionIdentification'>;
  approvalCode: string;
  /** Reference of a payment with an alternative payment method. */
  apmReference: string;
  merchantId: string;
  /** AcquirerPOIID. */
  terminalId: string;
  /** OperatorNumber on receipts. */
  operatorNumber: string;
  /** Milliseconds since 1970. */
  now: number;
}

/** nexo: an ErrorCondition goes with every result but Success. Which one, the pages do not say. */
const PARTIAL: Nexo<'Response'> = {
  Result: 'Partial',
  ErrorCondition: 'PaymentRestriction',
  AdditionalResponse: 'A part of the amount is approved',
};

/** The end of a payment. */
export interface Settlement {
  response: Nexo<'PaymentResponse'>;
  /** Authorised amount in minor units; absent where the payment was not approved. */
  authorised?: number;
  apm?: ApmPayment;
}

/** Settles a payment according to its scenario and its card. */
export function settlePayment(order: ReceivedOrder, chosen: Scenario, facts: TransactionFacts): Settlement {
  const scenario = withRestriction(order, chosen, facts.card);
  const apm = apmOf(order, scenario, facts);
  if (scenario.condition !== undefined) return { response: notApproved(order, scenario, facts) };
  const unit = 10 ** order.digits;
  const half = Math.max(1, Math.floor(order.minor / 2 / unit) * unit || Math.floor(order.minor / 2));
  const tip = scenario.tip && order.paymentType === 'Normal' ? Math.floor(order.minor / 10) : 0;
  const authorised = (scenario.partial ? half : order.minor) + tip;
  return { response: approved(order, scenario, facts, authorised, tip), authorised, ...(apm ? { apm } : {}) };
}

/** A card that does not pay for all products refuses the whole payment, unless the scenario already refuses it. */
function withRestriction(order: ReceivedOrder, scenario: Scenario, card: TestCard): Scenario {
  if (scenario.condition !== undefined || scenario.apm !== undefined || !allowedProducts(card, order.productCodes))
    return scenario;
  return {
    ...scenario,
    condition: 'PaymentRestriction',
    text: `Some products cannot be paid with ${card.label}`,
    responseCode: '57',
  };
}

function apmOf(order: ReceivedOrder, scenario: Scenario, facts: TransactionFacts): ApmPayment | undefined {
  if (scenario.apm === undefined) return undefined;
  return { type: scenario.apm, reference: order.apmReference ?? facts.apmReference };
}

/** A response without a PaymentResult: no card was read. */
export function responseBase(
  order: ReceivedOrder,
  Response: Nexo<'Response'>,
  facts: TransactionFacts,
): Nexo<'PaymentResponse'> {
  return { Response, SaleData: echoedSaleData(order.saleData), POIData: { POITransactionID: facts.poiTransaction } };
}

/** The scenario after the cashier has refused the signature. */
export function signatureRefused(scenario: Scenario): Scenario {
  return { ...scenario, condition: 'Refusal', text: 'The signature was not accepted', signature: false };
}

function approved(
  order: ReceivedOrder,
  scenario: Scenario,
  facts: TransactionFacts,
  authorised: number,
  tip: number,
): Nexo<'PaymentResponse'> {
  const isPartial = authorised < order.minor;
  return {
    ...responseBase(order, isPartial ? PARTIAL : { Result: 'Success' }, facts),
    PaymentResult: {
      PaymentType: order.paymentType,
      PaymentInstrumentData: instrument(order, scenario, facts),
      AmountsResp: {
        Currency: order.currency,
        // Terminals do not normalise decimals: the requested amount is returned as it was written.
        AuthorizedAmount: authorised === order.minor ? order.amount : fromMinor(authorised, order.currency),
        CashBackAmount: fromMinor(isPartial ? 0 : order.cashBack, order.currency),
        ...(tip > 0 ? { TipAmount: fromMinor(tip, order.currency) } : {}),
      },
      PaymentAcquirerData: acquirerData(order, scenario, facts, true),
    },
    ...loyalty(order, scenario, facts),
    PaymentReceipt: receipts(order, scenario, facts, authorised, tip),
  };
}

function notApproved(order: ReceivedOrder, scenario: Scenario, facts: TransactionFacts): Nexo<'PaymentResponse'> {
  const base = responseBase(order, failedResponse(scenario.condition ?? 'Refusal', scenario.text ?? ''), facts);
  if (scenario.noCard) return base;
  // The published answer to a restricted card has an amount and an approval code although it is a refusal.
  const products = scenario.condition === 'PaymentRestriction';
  return {
    ...base,
    PaymentResult: {
      PaymentType: order.paymentType,
      PaymentInstrumentData: instrument(order, scenario, facts),
      ...(products
        ? { AmountsResp: { Currency: order.currency, AuthorizedAmount: order.amount, CashBackAmount: '0.00' } }
        : {}),
      PaymentAcquirerData: acquirerData(order, scenario, facts, products),
    },
    PaymentReceipt: receipts(order, scenario, facts, order.minor, 0),
  };
}

function instrument(order: ReceivedOrder, scenario: Scenario, facts: TransactionFacts): Nexo<'PaymentInstrumentData'> {
  // The place of an alternative method's name is not published: it is put where a card's name is.
  if (scenario.apm !== undefined) return { PaymentInstrumentType: 'Mobile', CardData: { PaymentBrand: scenario.apm } };
  const { card } = facts;
  return instrumentDataOf(card, entryMode(order, scenario), {
    token: order.saleData.TokenRequestedType === 'Customer',
    ...(scenario.condition === 'PaymentRestriction'
      ? { allowedProducts: allowedProducts(card, order.productCodes) ?? allButLast(order.productCodes) }
      : {}),
  });
}

/** The place of an alternative method's reference is not published either: AcquirerTransactionID is nexo's field for it. */
function acquirerData(
  order: ReceivedOrder,
  scenario: Scenario,
  facts: TransactionFacts,
  code: boolean,
): Nexo<'PaymentAcquirerData'> {
  const apm = apmOf(order, scenario, facts);
  const { TimeStamp } = facts.poiTransaction;
  return {
    MerchantID: facts.merchantId,
    AcquirerPOIID: facts.terminalId,
    ...(apm ? { AcquirerTransactionID: { TransactionID: apm.reference, TimeStamp } } : {}),
    ...(code ? { ApprovalCode: facts.approvalCode } : {}),
  };
}

function loyalty(
  order: ReceivedOrder,
  scenario: Scenario,
  facts: TransactionFacts,
): { LoyaltyResult?: Nexo<'LoyaltyResult'>[] } {
  const kinds = new Set([
    ...(scenario.loyalty ? [scenario.loyalty] : []),
    ...(order.acquirerData.loyalty ? ['brand' as const] : []),
  ]);
  if (kinds.size === 0) return {};
  return { LoyaltyResult: loyaltyResults([...kinds], facts.card) };
}

function receipts(
  order: ReceivedOrder,
  scenario: Scenario,
  facts: TransactionFacts,
  total: number,
  tip: number,
): Nexo<'PaymentReceipt'>[] {
  const accepted = scenario.condition === undefined;
  const apm = apmOf(order, scenario, facts);
  const { purchaseOrderNumber } = order.acquirerData;
  return receiptsFor({
    kind: order.paymentType === 'Refund' ? 'refund' : 'purchase',
    verdict: accepted ? 'Godkänd' : scenario.condition === 'Cancel' ? 'Avbrutet' : 'Medges ej',
    ...(apm ? { apm } : { card: facts.card }),
    ...(purchaseOrderNumber === undefined ? {} : { purchaseOrderNumber }),
    entryMode: entryMode(order, scenario),
    amount: fromMinor(total - tip, order.currency),
    ...(tip > 0 ? { tip: fromMinor(tip, order.currency) } : {}),
    total: fromMinor(total, order.currency),
    ...(order.cashBack > 0 && accepted && !scenario.partial
      ? { cashBack: fromMinor(order.cashBack, order.currency) }
      : {}),
    currency: order.currency,
    merchantId: facts.merchantId,
    terminalId: facts.terminalId,
    operatorNumber: facts.operatorNumber,
    poiTransactionId: facts.poiTransaction.TransactionID,
    reference: order.saleData.SaleTransactionID.TransactionID,
    ...(accepted ? { approvalCode: facts.approvalCode } : {}),
    responseCode: scenario.responseCode ?? '00',
    signature: scenario.signature === true,
    time: localTime(facts.now, order.saleData.SaleTransactionID.TimeStamp),
  });
}

/** The EntryMode of a payment. */
export function entryMode(order: ReceivedOrder, scenario: Scenario): Nexo<'EntryMode'> {
  if (scenario.apm !== undefined) return 'Mobile';
  return order.keyed ? 'Keyed' : (scenario.entryMode ?? 'Contactless');
}
