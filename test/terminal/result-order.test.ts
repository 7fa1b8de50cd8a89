/** What order a payment's result stands for, by the journal. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TransactionRecord } from '../../lib/session/record.ts';
import { orderOfResult } from '../../lib/terminal/result-order.ts';

const NORMAL = { currency: 'SEK', paymentType: 'Normal' } as const;
const REFUND = { currency: 'SEK', paymentType: 'Refund' } as const;

/** A journal with these records, each a closed payment of 189.00 with 100.00 cash-back unless it says otherwise. */
function journal(...records: Partial<TransactionRecord>[]) {
  const rows = new Map<string, TransactionRecord>();
  for (const record of records) {
    const row = {
      transactionId: 'A',
      state: 'closed',
      outcome: 'declined',
      paymentType: 'Normal',
      amount: 18_900,
      cashBack: 10_000,
      currency: 'SEK',
      context: '{"table":4}',
      ...record,
    } as TransactionRecord;
    rows.set(row.transactionId, row);
  }
  return { find: async (transactionId: string) => rows.get(transactionId) };
}

const result = (more: object = {}) => ({ outcome: 'declined', amount: '0.00', transactionId: 'A', ...more });
const code = (name: string) => ({ code: name });

describe('a retry', () => {
  it('is the same order again, as the journal has it, with an id of its own', async () => {
    const saleItems = [{ ItemID: 0, ProductCode: '1', ItemAmount: '89.00' }];
    const order = await orderOfResult(journal({ saleItems, awaitFulfilment: true }), result(), NORMAL);
    assert.deepEqual(order, {
      paymentType: 'Normal',
      amount: 18_900,
      currency: 'SEK',
      cashBack: 10_000,
      awaitFulfilment: true,
      context: '{"table":4}',
      saleItems,
      transactionId: 'A~2',
      originalTransactionId: 'A',
    });
  });

  it('keeps its id after not_started', async () => {
    const order = await orderOfResult(journal({ outcome: 'not_started' }), result(), NORMAL);
    assert.equal(order.transactionId, 'A');
    assert.equal(order.originalTransactionId, undefined);
  });

  it('joins the try before it while that is open or paid, and follows one that failed', async () => {
    const idWith = async (...records: Partial<TransactionRecord>[]) =>
      (await orderOfResult(journal({}, ...records), result(), NORMAL)).transactionId;
    const next = { transactionId: 'A~2' };
    assert.equal(await idWith({ ...next, outcome: 'approved' }), 'A~2');
    assert.equal(await idWith({ ...next, state: 'sent' }), 'A~2');
    assert.equal(await idWith({ ...next, outcome: 'not_started' }), 'A~2');
    assert.equal(await idWith({ ...next, outcome: 'aborted' }), 'A~3');
    assert.equal(await idWith(next, { transactionId: 'A~3' }), 'A~4');
    const again = result({ transactionId: 'A~2' });
    const order = await orderOfResult(journal({ ...next, originalTransactionId: 'A' }), again, NORMAL);
    assert.deepEqual([order.transactionId, order.originalTransactionId], ['A~3', 'A']);
  });

  it('believes the journal more than the result', async () => {
    for (const outcome of ['approved', 'partial', 'reversed', 'unresolved'] as const) {
      await assert.rejects(orderOfResult(journal({ outcome }), result(), NORMAL), code('result_not_order'));
    }
    await assert.rejects(orderOfResult(journal({ state: 'sent' }), result(), NORMAL), code('result_not_order'));
    const reversal = { cause: 'signature' } as TransactionRecord['reversal'];
    const signed = journal({ outcome: 'reversed', ...(reversal && { reversal }) });
    assert.equal((await orderOfResult(signed, result(), NORMAL)).transactionId, 'A~2');
  });

  it('of a payment that was never stored is what the result says', async () => {
    const asked = { requestedAmount: '189.00', requestedCashBack: '100.00', currency: 'SEK', context: { table: 4 } };
    const order = await orderOfResult(journal(), result({ outcome: 'not_started', ...asked }), NORMAL);
    assert.deepEqual([order.amount, order.cashBack, order.context], [18_900, 10_000, '{"table":4}']);
    await assert.rejects(orderOfResult(journal(), result(), NORMAL), code('result_not_order'));
  });

  it('is refused where the flow changed the amount, or the order had what is not stored', async () => {
    await assert.rejects(orderOfResult(journal({}), result({ amount: '5.00' }), NORMAL), code('result_not_order'));
    await assert.rejects(orderOfResult(journal({ keyed: true }), result(), NORMAL), code('result_not_order'));
    const withData = journal({ acquirerData: true });
    await assert.rejects(orderOfResult(withData, result(), NORMAL), code('result_not_order'));
    const acquirerData = { purchaseOrderNumber: '7' };
    const order = await orderOfResult(withData, result({ acquirerData }), NORMAL);
    assert.ok(order.confidential?.acquirerData);
  });

  it('for which a card was read has the card’s id', async () => {
    assert.equal((await orderOfResult(journal({}), result(), NORMAL, 'CARD')).transactionId, 'CARD');
  });
});

describe('a refund', () => {
  const approved = { outcome: 'approved', authorized: 19_000 } as const;
  const paid = (more: object = {}) => result({ outcome: 'approved', amount: '190.00', currency: 'SEK', ...more });

  it('is that of the payment: what was authorised, once', async () => {
    const order = await orderOfResult(journal(approved), paid({ context: 5 }), REFUND);
    assert.deepEqual(order, {
      paymentType: 'Refund',
      amount: 19_000,
      currency: 'SEK',
      cashBack: 0,
      context: '5',
      transactionId: 'A~R',
      originalTransactionId: 'A',
    });
    const declined = { transactionId: 'A~R', paymentType: 'Refund' } as const;
    assert.equal((await orderOfResult(journal(approved, declined), paid(), REFUND)).transactionId, 'A~R~2');
  });

  it('may be less, and is never more', async () => {
    assert.equal((await orderOfResult(journal(approved), paid({ amount: '50.00' }), REFUND)).amount, 5000);
    const more = orderOfResult(journal(approved), paid({ amount: '190.01' }), REFUND);
    await assert.rejects(more, code('refund_exceeds_original'));
  });

  it('goes back the way the money came', async () => {
    const order = await orderOfResult(journal({ ...approved, apmReference: '355' }), paid(), REFUND);
    assert.equal(order.apmReference, '355');
    const unknown = await orderOfResult(journal(), paid({ apm: { type: 'Swish', reference: '356' } }), REFUND);
    assert.equal(unknown.apmReference, '356');
  });

  it('is refused while the goods are awaited', async () => {
    const held = orderOfResult(journal({ ...approved, state: 'held' }), paid(), REFUND);
    await assert.rejects(held, code('refund_too_early'));
  });
});
