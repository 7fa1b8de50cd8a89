import { fromMinor } from '../../protocol/amounts.ts';
import type { Nexo } from '../../protocol/types.ts';
import { failedResponse } from './responses.ts';
import type { Movement, Records, StoredTransaction } from './transaction-records.ts';

interface Sum {
  count: number;
  amount: number;
}

/** What the money of a terminal comes to since the last reconciliation; a restart of the process begins a new period. */
export class ReconciliationTotals {
  readonly #records: Records;
  #period = 1;
  /** The last POITransactionID that an earlier period has. */
  #closed: string | undefined;

  constructor(records: Records) {
    this.#records = records;
  }

  get(request: Nexo<'GetTotalsRequest'>, poiId: string): Nexo<'GetTotalsResponse'> {
    const { POIID, SaleID } = request.TotalFilter ?? {};
    const ours = POIID === undefined || POIID === poiId;
    const records = this.#current().filter(({ header }) => ours && (SaleID === undefined || header.SaleID === SaleID));
    return {
      POIReconciliationID: String(this.#period),
      Response: { Result: 'Success' },
      ...totalsOf(records),
    };
  }

  /** Tells the totals and begins a new period. */
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

/** By currency and by what was paid with. */
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
