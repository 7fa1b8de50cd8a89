import { fromMinor, toMinor } from '../../protocol/amounts.ts';
import type { Nexo } from '../../protocol/types.ts';
import { cardOfResponse } from '../customer/test-cards.ts';
import { localTime } from '../pos/local-time.ts';
import type { ReceiptTransaction } from '../receipts/receipts.ts';
import { receiptsFor } from '../receipts/receipts.ts';
import { failedResponse } from './responses.ts';
import type { Scenario } from './scenarios.ts';
import type { Movement, StoredTransaction, TransactionRecords } from './transaction-records.ts';

type Outcome = Pick<StoredTransaction, 'body' | 'reversed'>;

/**
 * Reverses the last transaction if the request names it and it was approved: "a reversal may be done on the last
 * transaction if it was successful". The POITransactionID has to be an exact copy, including its TimeStamp.
 */
export function reverse(
  request: Nexo<'ReversalRequest'>,
  records: TransactionRecords,
  terminal: { now: number; poiId: string; operatorNumber: string },
  scenario: Scenario,
): Outcome {
  const last = records.lastMoneyMoved();
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
        PaymentReceipt: receiptsFor(reversedTransaction(payment, last.moved, terminal)),
      },
    },
  };
}

function objectionTo(
  request: Nexo<'ReversalRequest'>,
  last: StoredTransaction | undefined,
  poiId: string,
): Nexo<'Response'> | undefined {
  const { POITransactionID: reference, SaleID, POIID } = request.OriginalPOITransaction;
  const id = last?.body.PaymentResponse?.POIData.POITransactionID;
  if (!reference || reference.TransactionID !== id?.TransactionID || reference.TimeStamp !== id.TimeStamp)
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

function reversedTransaction(
  payment: Nexo<'PaymentResponse'>,
  moved: Movement,
  { now, operatorNumber }: { now: number; operatorNumber: string },
): ReceiptTransaction {
  const result = payment.PaymentResult;
  const card = moved.apm ? undefined : cardOfResponse(result?.PaymentInstrumentData?.CardData);
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
    operatorNumber,
    poiTransactionId: moved.poiTransactionId,
    reference: moved.transactionId,
    approvalCode: result?.PaymentAcquirerData?.ApprovalCode ?? '',
    responseCode: '00',
    signature: false,
    time: localTime(now, payment.SaleData.SaleTransactionID.TimeStamp),
  };
}
