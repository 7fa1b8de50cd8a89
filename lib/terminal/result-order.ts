/** Makes an order of a payment's result that comes back as input. The journal decides what the payment was, and how it ended. */
import { type Fields, fieldsOf, isGiven } from '../contract/fields.ts';
import { type OrderDefaults, parseOrder } from '../contract/payment-input.ts';
import {
  assertUnchanged,
  factsOf,
  nextTransactionId,
  orderFieldsOf,
  type ResultFacts,
  type ResultUse,
  refundTransactionId,
  refuse,
  useOfResult,
} from '../contract/result-input.ts';
import type { Journal } from '../journal/journal.ts';
import { fromMinor } from '../protocol/amounts.ts';
import type { Order } from '../session/payment/payment-order.ts';
import type { NamedOrder, Outcome, TransactionRecord } from '../session/record.ts';

type Lookup = Pick<Journal<TransactionRecord>, 'find'>;

/** Outcomes after which the same order may be sent again, under another transactionId. */
const FAILED: ReadonlySet<Outcome | undefined> = new Set(['declined', 'aborted']);
const MAX_TRIES = 1000;

/**
 * The order that a result stands for: the same order again (`declined`, `aborted`, `not_started`), or, in a node set to
 * Refund, the refund of an approved payment. Its transactionId follows from the payment's, so that the same result twice
 * is one payment or refund; after `not_started` it stays the same.
 *
 * @param result the payload, as `resultIn` recognises it
 * @param defaults the node's and the terminal's settings
 * @param cardId the transactionId of a card that was read for this payment
 * @throws NexoError by rejection: `result_not_order`, `refund_exceeds_original`, what `parseOrder` throws, and why the
 *   journal cannot be read
 */
export async function orderOfResult(
  journal: Lookup,
  result: Fields,
  defaults: OrderDefaults,
  cardId?: string,
): Promise<NamedOrder> {
  const own = factsOf(result);
  const record = await journal.find(own.transactionId);
  const facts = record === undefined ? own : factsOfRecord(record);
  const use = useOfResult(facts, defaults.paymentType);
  const fields = use === 'refund' ? refundFields(result, record) : retryFields(result, record);
  const order = parseOrder(fields, defaults);
  if (use === 'refund') assertNotRaised(order, record);
  if (use === 'retry' && record?.saleItems && order.saleItems === undefined) order.saleItems = record.saleItems;
  const same = use === 'retry' && facts.outcome === 'not_started';
  const originalTransactionId = same ? originalOf(result, record) : (originalOf(result, record) ?? own.transactionId);
  const transactionId = cardId ?? (same ? own.transactionId : await freeId(journal, use, own.transactionId));
  return { ...order, transactionId, ...(originalTransactionId !== undefined && { originalTransactionId }) };
}

/** What a refund or a retry goes back to. A retry of a retry, or of a refund, goes back to the first payment. */
function originalOf({ originalTransactionId }: Fields, record: TransactionRecord | undefined): string | undefined {
  if (record !== undefined) return record.originalTransactionId;
  return typeof originalTransactionId === 'string' && originalTransactionId !== '' ? originalTransactionId : undefined;
}

function factsOfRecord({ transactionId, paymentType, state, outcome, reversal }: TransactionRecord): ResultFacts {
  if (state !== 'closed' && state !== 'ruled' && state !== 'held') {
    return { transactionId, paymentType, outcome: 'unresolved' };
  }
  // Reversed before its result left the payment node: for the flow it was never approved.
  if (outcome === 'reversed' && reversal?.cause === 'signature') {
    return { transactionId, paymentType, outcome: 'declined' };
  }
  if (outcome === 'reversed' && reversal?.cause === 'abort') return { transactionId, paymentType, outcome: 'aborted' };
  return { transactionId, paymentType, outcome: outcome ?? 'unresolved' };
}

/** The same order again. What only the terminal may see is not stored: the flow has to add it to the result. */
function retryFields(result: Fields, record: TransactionRecord | undefined): Fields {
  assertUnchanged(result);
  const { acquirerData, paymentInstrument } = result;
  const added = { acquirerData, paymentInstrument };
  if (record === undefined) return { ...orderFieldsOf(result), ...added };
  if ((record.keyed && paymentInstrument === undefined) || (record.acquirerData && acquirerData === undefined)) {
    throw refuse(
      'is a result, and its order had acquirerData or a paymentInstrument, which are not stored',
      'Add them to the result, or send the order again.',
    );
  }
  const { amount, currency, cashBack, paymentType, context, awaitFulfilment, splitPayment, apmReference } = record;
  return {
    amount: fromMinor(amount, currency),
    currency,
    paymentType,
    ...(cashBack > 0 && { cashBack: fromMinor(cashBack, currency) }),
    ...(context !== undefined && { context: JSON.parse(context) }),
    ...(result.saleItems !== undefined && { saleItems: result.saleItems }),
    ...{ awaitFulfilment, splitPayment, apmReference, ...added },
  };
}

/** The refund of what was authorised, or of less where the flow lowered the result's amount. */
function refundFields(result: Fields, record: TransactionRecord | undefined): Fields {
  const { context, apm } = result;
  const { currency = result.currency, authorized } = record ?? {};
  if (record?.state === 'held') {
    throw refuse(
      `is the result of payment "${record.transactionId}", which waits for its goods`,
      'Send false to a fulfil node, which reverses it.',
      'refund_too_early',
    );
  }
  const amount = result.amount ?? (record && authorized !== undefined ? fromMinor(authorized, record.currency) : null);
  const reference = record?.apmReference ?? fieldsOf(apm).reference;
  return {
    amount,
    currency,
    paymentType: 'Refund',
    ...(isGiven(context) && { context }),
    ...(isGiven(reference) && { apmReference: reference }),
  };
}

function assertNotRaised({ amount, currency }: Order, record: TransactionRecord | undefined): void {
  const { authorized } = record ?? {};
  if (authorized === undefined || amount <= authorized) return;
  throw refuse(
    `is the result of a payment of ${fromMinor(authorized, currency)} ${currency}, and its amount was raised`,
    'Refund at most that.',
    'refund_exceeds_original',
  );
}

/** The first id of the chain that has no outcome yet, or one that counts: after a declined try comes the next one. */
async function freeId(journal: Lookup, use: ResultUse, transactionId: string): Promise<string> {
  let id = use === 'refund' ? refundTransactionId(transactionId) : nextTransactionId(transactionId);
  for (let tries = 1; tries < MAX_TRIES; tries++) {
    const record = await journal.find(id);
    if (record?.state !== 'closed' || !FAILED.has(record.outcome)) return id;
    id = nextTransactionId(id);
  }
  throw refuse(`is a result that was tried again ${MAX_TRIES} times`, 'Send the order with a new transactionId.');
}
