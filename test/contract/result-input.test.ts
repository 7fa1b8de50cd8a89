import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseCard } from '../../lib/contract/card-input.ts';
import { parseOrder } from '../../lib/contract/payment-input.ts';
import {
  factsOf,
  nextTransactionId,
  refundTransactionId,
  resultIn,
  useOfResult,
} from '../../lib/contract/result-input.ts';
import { parseFulfilment } from '../../lib/contract/reversal-input.ts';
import type { Outcome } from '../../lib/session/record.ts';
import { refusal } from '../support/refusal.ts';

const OUTCOMES: Outcome[] = ['approved', 'partial', 'declined', 'aborted', 'not_started', 'reversed', 'unresolved'];
const NORMAL = { currency: 'SEK', paymentType: 'Normal' } as const;

/** What a node with that setting does with that result. */
function use(setting: 'Normal' | 'Refund', paymentType: 'Normal' | 'Refund', outcome: Outcome): string {
  try {
    return useOfResult({ transactionId: 'A', paymentType, outcome }, setting);
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    assert.equal(code, 'result_not_order');
    assert.match(message, /"A".*nothing was sent\. \S/);
    return 'refused';
  }
}

describe('a result as input', () => {
  it('is a payload with an outcome; an order has none', () => {
    for (const outcome of OUTCOMES) assert.ok(resultIn({ outcome }), outcome);
    for (const payload of [{ amount: 5 }, { outcome: 'fine' }, 'approved', null, undefined, ['approved'], 5]) {
      assert.equal(resultIn(payload), undefined);
    }
  });

  it('never charges again: what a payment node does, by its setting', () => {
    const table = (setting: 'Normal' | 'Refund', type: 'Normal' | 'Refund') =>
      OUTCOMES.map((outcome) => use(setting, type, outcome)).join(' ');
    assert.equal(table('Normal', 'Normal'), 'refused refused retry retry retry refused refused');
    assert.equal(table('Normal', 'Refund'), 'refused refused refused refused refused refused refused');
    assert.equal(table('Refund', 'Normal'), 'refund refund refused refused refused refused refused');
    assert.equal(table('Refund', 'Refund'), 'refused refused retry retry retry refused refused');
  });

  it('is no order for the library either', () => {
    for (const outcome of OUTCOMES) {
      const { code, path } = refusal(() => parseOrder({ outcome, amount: '89.00', transactionId: 'A' }, NORMAL));
      assert.deepEqual([code, path], ['result_not_order', 'payload']);
    }
  });

  it('names its payment, or is refused', () => {
    assert.deepEqual(factsOf({ outcome: 'declined', transactionId: 7 }), {
      transactionId: '7',
      paymentType: 'Normal',
      outcome: 'declined',
    });
    assert.equal(refusal(() => factsOf({ outcome: 'declined', transactionId: '' })).code, 'result_not_order');
  });

  it('gives further tries and the refund ids of their own, always the same', () => {
    assert.equal(nextTransactionId('A'), 'A~2');
    assert.equal(nextTransactionId('A~2'), 'A~3');
    assert.equal(nextTransactionId('~9'), '~9~2');
    assert.equal(refundTransactionId('A~2'), 'A~2~R');
    assert.equal(refusal(() => nextTransactionId('x'.repeat(63))).code, 'invalid_transaction_id');
  });

  it('says what was, which is no decision that goods did not come out', () => {
    const row = { transactionId: 'A', outcome: 'approved', reversed: false, delivered: false };
    assert.equal(refusal(() => parseFulfilment({ payload: row })).code, 'invalid_delivered');
    const own = { transactionId: 'A', outcome: 'approved', delivered: false };
    assert.deepEqual(parseFulfilment({ payload: own }), { transactionId: 'A', delivered: false });
    const failed = { transactionId: undefined, delivered: false };
    const nexo = { transactionId: 'of another' };
    assert.equal(refusal(() => parseFulfilment({ payload: failed, nexo })).code, 'no_transaction_id');
  });

  it('names no card, and sets no type of payment for one', () => {
    const payload = { outcome: 'approved', transactionId: 'A', paymentType: 'Normal' };
    const defaults = { action: 'read', paymentType: 'Refund' } as const;
    assert.deepEqual(parseCard({ payload }, defaults), defaults);
    const stop = { action: 'continue', paymentType: 'Normal' } as const;
    assert.equal(refusal(() => parseCard({ payload: { transactionId: null } }, stop)).code, 'no_transaction_id');
  });
});
