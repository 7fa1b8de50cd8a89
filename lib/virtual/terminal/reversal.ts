import { fromMinor, toMinor } from '../../protocol/amounts.ts';
import type { Nexo } from '../../protocol/types.ts';
import { cardIn } from '../customer/test-cards.ts';
import { localTime } from '../local-time.ts';
import type { ReceiptTransaction } from '../receipts/receipts.ts';
import { receiptsFor } from '../receipts/receipts.ts';
import { failedResponse } from './responses.ts';
import type { Scenario } from './scenarios.ts';
import type { Movement, Records, StoredTransaction } from './transaction-records.ts';

type Outcome = Pick<StoredTransaction, 'body' | 'reversed'>;

/**
 * Reverses the last transaction, if that is the one which is named and it was approved: "a reversal may be done on the
 * last transaction if it was successful". The POITransactionID has to be a verbatim copy, time included.
 */
export function reverse(
  request: Nexo<'ReversalRequest'>,
  records: Records,
  terminal: { now: number; poiId: string },
  scenario: Scenario,
): Outcome {
  const last = records.lastMoney();
  const payment = last?.body.PaymentResponse;
  const objection = scenario.condition
    ? failedResponse(scenario.condition, scenario.text ?? '')
    : objectionTo(request, last, terminal.poiId);
  if (objection || !payment || !last.moved)
    return { body: { ReversalResponse: { Response: objection ?? failedResponse('NotFound', 'Nothing to reverse') } } };
  return {
    reversed: last.moved.poiTransactionId,
    body: {
      ReversalResponse: {
        Response: { Result: 'Success' },
        POIData: payment.POIData,
        PaymentReceipt: receiptsFor(facts(payment, last.moved, terminal.now)),
      },
    },
  };
}

function objectionTo(
  request: Nexo<'ReversalRequest'>,
  last: StoredTransaction | undefined,
  poiId: string,
): Nexo<'Response'> | undefined {
  const { POITransactionID: named, SaleID, POIID } = request.OriginalPOITransaction;
  const id = last?.body.PaymentResponse?.POIData.POITransactionID;
  if (!named || named.TransactionID !== id?.TransactionID || named.TimeStamp !== id.TimeStamp)
    return failedResponse('NotFound', 'This is not the last transaction');
  if ((POIID !== undefined && POIID !== poiId) || (SaleID !== undefined && SaleID !== last?.header.SaleID))
    return failedResponse('NotFound', 'The last transaction was made with another SaleID or POIID');
  if (!last?.moved || last.moved.reversed)
    return failedResponse('NotAllowed', 'There is no approved amount to reverse');
  if (request.ReversedAmount !== undefined && !isWhole(request.ReversedAmount, last.moved))
    return failedResponse('NotAllowed', 'Only the whole amount can be reversed');
  return undefined;
}

function isWhole(amount: string, moved: Movement): boolean {
  return toMinor(amount, moved.currency, 'ReversedAmount', { zero: true, trailingZeros: true }) === moved.amount;
}

function facts(payment: Nexo<'PaymentResponse'>, moved: Movement, now: number): ReceiptTransaction {
  const result = payment.PaymentResult;
  const card = moved.apm ? undefined : cardIn(result?.PaymentInstrumentData?.CardData);
  const amount = fromMinor(moved.amount, moved.currency);
  return {
    kind: 'reversal',
    verdict: 'Makulering',
    ...(card ? { card } : {}),
    ...(moved.apm ? { apm: moved.apm } : {}),
    entryMode: result?.PaymentInstrumentData?.CardData?.EntryMode?.[0] ?? 'Mobile',
    amount,
    total: amount,
    currency: moved.currency,
    merchantId: result?.PaymentAcquirerData?.MerchantID ?? '',
    terminalId: result?.PaymentAcquirerData?.AcquirerPOIID ?? '',
    poiTransactionId: moved.poiTransactionId,
    reference: moved.transactionId,
    approvalCode: result?.PaymentAcquirerData?.ApprovalCode ?? '',
    responseCode: '00',
    signature: false,
    time: localTime(now, payment.SaleData.SaleTransactionID.TimeStamp),
  };
}
