import { fromMinor } from '../../protocol/amounts.ts';
import type { Nexo } from '../../protocol/types.ts';
import { failedResponse } from './responses.ts';
import type { Movement, StoredTransaction, TransactionRecords } from './transaction-records.ts';

interface Sum {
  count: number;
  amount: number;
}

/** A terminal's totals since the last reconciliation. A restart of the process begins a new period. */
export class ReconciliationTotals {
  readonly #records: TransactionRecords;
  #period = 1;
  /** The last POITransactionID of the earlier periods. */
  #closed: string | undefined;

  constructor(records: TransactionRecords) {
    this.#records = records;
  }

  /** The totals of the current period. */
  get(request: Nexo<'GetTotalsRequest'>, poiId: string): Nexo<'GetTotalsResponse'> {
    const { POIID, SaleID } = request.TotalFilter ?? {};
    const isThisTerminal = POIID === undefined || POIID === poiId;
    const records = this.#current().filter(
      ({ header }) => isThisTerminal && (SaleID === undefined || header.SaleID === SaleID),
    );
    return {
      POIReconciliationID: String(this.#period),
      Response: { Result: 'Success' },
      ...totalsOf(records),
    };
  }

  /** Returns the totals and begins a new period. */
  reconcile({ ReconciliationType }: Nexo<'ReconciliationRequest'>): Nexo<'ReconciliationResponse'> {
    if (ReconciliationType !== 'SaleReconciliation')
      return {
        ReconciliationType,
        Response: failedResponse('UnavailableService', 'Only SaleReconciliation is supported'),
      };
    const records = this.#current();
    this.#closed = records.at(-1)?.moved?.poiTransactionId ?? this.#closed;
    this.#period += 1;
    return {
      ReconciliationType,
      POIReconciliationID: String(this.#period - 1),
      Response: { Result: 'Success' },
      ...totalsOf(records),
    };
  }

  #current(): StoredTransaction[] {
    const moved = this.#records.moved;
    const last = moved.findLastIndex((record) => record.moved?.poiTransactionId === this.#closed);
    return this.#closed === undefined ? [...moved] : moved.slice(last + 1);
  }
}

/** Totals by currency and PaymentInstrumentType. */
function totalsOf(records: readonly StoredTransaction[]): { TransactionTotals?: Nexo<'TransactionTotals'>[] } {
  const groups = new Map<string, Movement[]>();
  for (const { moved } of records) {
    if (!moved) continue;
    const key = `${moved.apm ? 'Mobile' : 'Card'} ${moved.currency}`;
    groups.set(key, [...(groups.get(key) ?? []), moved]);
  }
  if (groups.size === 0) return {};
  return {
    TransactionTotals: [...groups].map(([key, movements]) => {
      const [PaymentInstrumentType = 'Card', PaymentCurrency = ''] = key.split(' ');
      return { PaymentInstrumentType, PaymentCurrency, PaymentTotals: sums(movements, PaymentCurrency) };
    }),
  };
}

function sums(movements: readonly Movement[], currency: string): Nexo<'PaymentTotals'>[] {
  const byType = new Map<string, Sum>();
  const add = (type: string, amount: number) => {
    const sum = byType.get(type) ?? { count: 0, amount: 0 };
    byType.set(type, { count: sum.count + 1, amount: sum.amount + amount });
  };
  for (const { paymentType, amount, reversed } of movements) {
    const type = paymentType === 'Refund' ? 'Credit' : 'Debit';
    add(type, amount);
    if (reversed) add(`Reverse${type}`, amount);
  }
  return [...byType].map(([TransactionType, { count, amount }]) => ({
    TransactionType,
    TransactionCount: count,
    TransactionAmount: fromMinor(amount, currency),
  }));
}
