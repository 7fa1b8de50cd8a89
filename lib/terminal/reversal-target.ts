import type { ReversalQuery } from '../contract/reversal-input.ts';
import { NexoError } from '../protocol/errors.ts';
import { notLastError } from '../session/errors.ts';
import type { TransactionRecord } from '../session/record.ts';
import type { Terminal } from './terminal.ts';

type PoiTransaction = NonNullable<ReversalQuery['poiTransaction']>;

const PAGE = 1000;
/** How many pages of the journal are searched: more than a terminal has within the time that anything can be reversed. */
const MAX_PAGES = 10;

/**
 * The transactionId that a reversal means; undefined for the last transaction.
 * @throws NexoError by rejection: `not_last` where a poiTransaction is that of an earlier transaction, `unknown_transaction`
 *   where the journal does not have it
 */
export async function reversalTarget(terminal: Terminal, query: ReversalQuery): Promise<string | undefined> {
  const { poiTransaction } = query;
  if (poiTransaction === undefined) return query.transactionId;
  const last = await (await terminal.history()).last();
  if (last !== undefined && isOf(last, poiTransaction)) return last.transactionId;
  throw (await isEarlier(terminal, poiTransaction)) ? notLastError(poiTransaction.id) : unknownError(poiTransaction);
}

function isOf({ response }: TransactionRecord, { id, timestamp }: PoiTransaction): boolean {
  const poi = response?.PaymentResponse?.POIData?.POITransactionID;
  return poi?.TransactionID === id && (timestamp === undefined || poi.TimeStamp === timestamp);
}

async function isEarlier(terminal: Terminal, poiTransaction: PoiTransaction): Promise<boolean> {
  const journal = await terminal.journal();
  const own = { terminal: terminal.config.terminal, limit: PAGE };
  let to: number | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const rows = await journal.query({ ...own, ...(to !== undefined && { to }) });
    if (rows.some((row) => isOf(row, poiTransaction))) return true;
    const oldest = rows.at(-1)?.createdAt;
    if (rows.length < PAGE || oldest === to || oldest === undefined) return false;
    to = oldest;
  }
  return false;
}

function unknownError({ id }: PoiTransaction): NexoError {
  return new NexoError(
    'unknown_transaction',
    `The journal knows no transaction of this terminal with the poiTransaction "${id.slice(0, 64)}": check id and timestamp. Nothing was changed.`,
    { path: 'payload.poiTransaction' },
  );
}
