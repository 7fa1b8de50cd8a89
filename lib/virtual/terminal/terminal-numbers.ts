import { passesLuhn } from '../../protocol/luhn.ts';
import { poiTimestamp } from '../../protocol/timestamps.ts';
import type { Nexo } from '../../protocol/types.ts';
import { type TestCard, testCardOf } from '../customer/test-cards.ts';
import type { TransactionFacts } from './payment.ts';
import type { StoredTransaction } from './transaction-records.ts';

/** A terminal id of six digits, derived from the POIID. */
export function terminalIdOf(poiId: string): string {
  let hash = 0;
  for (const char of poiId) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) % 899_999;
  return String(100_000 + hash);
}

/** Numbers a terminal's transactions, and thereby its customers and their cards. */
export class TransactionNumbers {
  /** AcquirerPOIID. */
  readonly terminalId: string;
  /** Who logged in (OperatorID), for receipts. */
  operatorNumber = '0';
  #last = 0;

  constructor(poiId: string) {
    this.terminalId = terminalIdOf(poiId);
  }

  /** Continues after the number of an earlier transaction. */
  continueAfter(record: StoredTransaction): void {
    const id = (record.body.PaymentResponse ?? record.body.CardAcquisitionResponse)?.POIData.POITransactionID;
    const number = Number(id?.TransactionID.slice(this.terminalId.length));
    if (number > this.#last) this.#last = number;
  }

  /** The next POITransactionID. @param now ms since 1970 */
  next(now: number): Nexo<'TransactionIdentification'> {
    this.#last += 1;
    const number = String(this.#last).padStart(4, '0');
    return { TransactionID: `${this.terminalId}${number}`, TimeStamp: poiTimestamp(now) };
  }

  /** The card of the next customer. */
  card(): TestCard {
    return testCardOf(this.#last);
  }

  /** The terminal's data of the next transaction. @param now ms since 1970 */
  nextTransaction(now: number, card = this.card()): TransactionFacts {
    const poiTransaction = this.next(now);
    const approvalCode = String((611_506 + this.#last * 7919) % 1_000_000).padStart(6, '0');
    const apmReference = withoutLuhn(`${this.terminalId}${String(this.#last).padStart(9, '0')}`);
    const { terminalId, operatorNumber } = this;
    const merchantId = '10020001';
    return { card, poiTransaction, approvalCode, apmReference, merchantId, terminalId, operatorNumber, now };
  }
}

/** Appends a digit so that the number fails the Luhn check: it cannot be mistaken for a card number. */
function withoutLuhn(digits: string): string {
  return passesLuhn(`${digits}0`) ? `${digits}1` : `${digits}0`;
}
