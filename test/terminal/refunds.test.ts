import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseOrder } from '../../lib/contract/payment-input.ts';
import { MemoryJournal } from '../../lib/journal/memory.ts';
import type { Order } from '../../lib/session/payment/payment-order.ts';
import { newRecord, type TransactionRecord } from '../../lib/session/record.ts';
import { type RefundCheck, Refunds } from '../../lib/terminal/refunds.ts';

const REFERENCE = '3558174609679520';
const order = (amount: string, more: object = {}): Order =>
  parseOrder(
    { amount, paymentType: 'Refund', apmReference: REFERENCE, ...more },
    { currency: 'SEK', paymentType: 'Normal' },
  );

/** A journal with a payment of 100.00 that was refunded as listed. */
async function after(...refunds: [amount: string, outcome?: TransactionRecord['outcome']][]) {
  const journal = new MemoryJournal<TransactionRecord>();
  const { handle } = await journal.open('T', { reserve: 1, seed: 1 });
  const now = { ms: 0, offset: 0 };
  const payment = parseOrder('100.00', { currency: 'SEK', paymentType: 'Normal' });
  const paid = newRecord({ ...payment, transactionId: 'P' }, 'T', 'n', now);
  await handle.put({ ...paid, state: 'closed', outcome: 'approved', authorized: 10_000, apmReference: REFERENCE });
  for (const [index, [amount, outcome]] of refunds.entries()) {
    const made = newRecord({ ...order(amount), transactionId: `R${index}` }, 'T', 'n', now);
    await handle.put({ ...made, state: outcome ? 'closed' : 'sent', ...(outcome && { outcome }) });
  }
  const open = async () => journal;
  return Object.assign(new Refunds(open), { journal: open, handle });
}

async function asked(refunds: Refunds, wanted: Order) {
  const checked = await new Promise<RefundCheck>((resolve) => refunds.check(wanted, resolve));
  return checked.ok ? undefined : checked.error;
}

describe('a refund by reference', () => {
  it('may be partial and repeated up to the original amount', async () => {
    const refunds = await after(['30.00', 'approved'], ['20.00', 'approved']);
    assert.equal(await asked(refunds, order('50.00')), undefined);
    const over = await asked(refunds, order('50.01'));
    assert.deepEqual([over?.code, over?.path], ['refund_exceeds_original', 'payload.amount']);
    assert.match(over?.message ?? '', /50\.00 SEK is left/);
  });

  it('counts one whose outcome is not certain, and none of which it is certain that nothing went back', async () => {
    const open = await after(['60.00'], ['30.00', 'declined'], ['10.00', 'not_started']);
    assert.equal(await asked(open, order('40.00')), undefined);
    assert.equal((await asked(open, order('40.01')))?.code, 'refund_exceeds_original');
  });

  it('that repeats one made before is not judged again', async () => {
    const refunds = await after(['100.00', 'approved']);
    assert.equal(await asked(refunds, order('100.00', { transactionId: 'R0' })), undefined);
    assert.equal((await asked(refunds, order('0.01')))?.code, 'refund_exceeds_original');
  });

  it('is made in the currency of its payment', async () => {
    const refunds = await after();
    assert.equal((await asked(refunds, order('1.00', { currency: 'NOK' })))?.code, 'invalid_currency');
  });

  it('of a payment that the journal does not know is left to the terminal', async () => {
    const refunds = await after();
    assert.equal(await asked(refunds, order('1000.00', { apmReference: 'other' })), undefined);
  });

  it('that was not started before is judged anew: another may have taken its place', async () => {
    const refunds = await after(['100.00', 'not_started'], ['100.00', 'approved']);
    assert.equal((await asked(refunds, order('100.00', { transactionId: 'R0' })))?.code, 'refund_exceeds_original');
  });

  it('is not made while the payment waits, or is being reversed', async () => {
    for (const state of ['held', 'reverse', 'reversing'] as const) {
      const refunds = await after();
      const journal = await refunds.journal();
      const paid = await journal.find('P');
      assert.ok(paid);
      await refunds.handle.put({ ...paid, state });
      assert.equal((await asked(refunds, order('1.00')))?.code, 'refund_too_early', state);
    }
  });

  it('is not made where the journal cannot tell what was refunded before', async () => {
    const unreadable = new Refunds(() => Promise.reject(new Error('disk')));
    const checked = await new Promise<RefundCheck>((resolve) => unreadable.check(order('1.00'), resolve));
    assert.deepEqual([checked.ok, !checked.ok && checked.journal], [false, true]);
  });

  it('and another of the same payment are not judged at once, whichever terminal they are for', async () => {
    const one = await after();
    const two = new Refunds(one.journal);
    const begun: boolean[] = [];
    const begin = (refunds: Refunds, transactionId: string) =>
      new Promise<void>((resolve) => {
        refunds.check(order('100.00'), (checked) => {
          begun.push(checked.ok);
          const made = newRecord({ ...order('100.00'), transactionId }, 'T', 'n', { ms: 0, offset: 0 });
          if (checked.ok) void one.handle.begin({ ...made, state: 'sent' });
          resolve();
        });
      });
    await Promise.all([begin(one, 'R1'), begin(two, 'R2')]);
    assert.deepEqual(begun, [true, false]);
  });
});
