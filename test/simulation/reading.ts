import type { MessageHeader, SaleToPOIResponse } from '../../lib/protocol/types.ts';
import type { TransactionRecord } from '../../lib/session/record.ts';

/**
 * How the oracle reads messages and records: on its own, so that a mistake in how the client reads them is not made here
 * too. Money is compared in minor units, as bigint.
 */

/** Digits after the decimal point, of the currencies that the planner and the faults use. */
const DIGITS: Readonly<Record<string, number>> = { SEK: 2, EUR: 2, NOK: 2, DKK: 2, JPY: 0 };

/** Whether a response is the one to that request. */
export function answersRequest(asked: MessageHeader, got: MessageHeader): boolean {
  return (
    got.MessageType === 'Response' &&
    got.MessageCategory === asked.MessageCategory &&
    got.ServiceID === asked.ServiceID &&
    got.SaleID === asked.SaleID &&
    got.POIID === asked.POIID
  );
}

/** A decimal in minor units; undefined where it is none, or finer than the currency. */
export function minorOf(decimal: string, currency: string): bigint | undefined {
  const digits = DIGITS[currency];
  const [, whole, fraction = ''] = /^(\d+)(?:\.(\d+))?$/.exec(decimal) ?? [];
  if (whole === undefined || digits === undefined) return undefined;
  if (!/^0*$/.test(fraction.slice(digits))) return undefined;
  return BigInt(whole + fraction.slice(0, digits).padEnd(digits, '0'));
}

/** The result of the request that moved money in a response, come directly or repeated by a status. */
export function moneyResult(response: Pick<SaleToPOIResponse, 'PaymentResponse' | 'ReversalResponse'>) {
  return (response.PaymentResponse ?? response.ReversalResponse)?.Response;
}

/** What a record says was authorised: by the terminal's own answer in it, or by a person's word. */
export function authorizedIn(record: TransactionRecord): bigint | undefined {
  const amount = record.response?.PaymentResponse?.PaymentResult?.AmountsResp?.AuthorizedAmount;
  if (amount !== undefined) return minorOf(amount, record.currency);
  return record.authorized === undefined ? undefined : BigInt(record.authorized);
}
