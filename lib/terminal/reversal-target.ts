import type { ReversalQuery } from '../contract/reversal-input.ts';
import { notLastError } from '../session/errors.ts';
import type { Terminal } from './terminal.ts';

/**
 * The transactionId that a reversal means; undefined for the last transaction.
 * @throws NexoError by rejection, `not_last` where a poiTransaction is not that of the last transaction
 */
export async function reversalTarget(terminal: Terminal, query: ReversalQuery): Promise<string | undefined> {
  const { poiTransaction } = query;
  if (poiTransaction === undefined) return query.transactionId;
  const last = await (await terminal.history()).last();
  const poi = last?.response?.PaymentResponse?.POIData?.POITransactionID;
  const { id, timestamp } = poiTransaction;
  if (poi?.TransactionID !== id || (timestamp !== undefined && poi.TimeStamp !== timestamp)) throw notLastError(id);
  return last?.transactionId;
}
