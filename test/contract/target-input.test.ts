import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { questionIn, replyToOf, replyValueOf } from '../../lib/contract/reply-input.ts';
import { terminalIdIn, terminalNameIn, transactionAbout } from '../../lib/contract/target-input.ts';
import { refusal } from '../support/refusal.ts';

describe('the terminal of a message', () => {
  it('is named by msg.terminal as text, number, or as msg.nexo.terminal', () => {
    const nameIn = (terminal: unknown) => terminalNameIn({ terminal } as object)?.name;
    assert.equal(nameIn('Till 1'), 'Till 1');
    assert.equal(nameIn(7), '7');
    assert.equal(nameIn({ id: 'n1', name: 'Till 1' }), 'n1');
    for (const nothing of [undefined, null, ''])
      assert.equal(terminalNameIn({ terminal: nothing } as object), undefined);
  });

  it('is quoted short in an error message, and not at all where it has no name', () => {
    assert.equal(terminalNameIn({ terminal: 'x'.repeat(99) } as object)?.shown, `"${'x'.repeat(64)}"`);
    assert.deepEqual(terminalNameIn({ terminal: {} } as object), { name: undefined, shown: 'This msg.terminal' });
  });

  it('is the one that the message comes from', () => {
    assert.equal(terminalIdIn({ nexo: { terminal: { id: 'n1' } } }), 'n1');
    for (const nexo of [undefined, {}, { terminal: null }]) assert.equal(terminalIdIn({ nexo }), undefined);
  });
});

describe('the transaction that a message is about', () => {
  it('is the payload’s, else the payment’s before, else the card’s', () => {
    const nexo = { transactionId: 'B', cardTransactionId: 'C' };
    assert.equal(transactionAbout({ payload: { transactionId: 'A' }, nexo }), 'A');
    assert.equal(transactionAbout({ payload: 'A', nexo }), 'B');
    assert.equal(transactionAbout({ nexo: { cardTransactionId: 'C' } }), 'C');
    assert.equal(transactionAbout({}), undefined);
    assert.equal(transactionAbout({ payload: { transactionId: 4711 }, nexo }), '4711');
    for (const transactionId of [undefined, null, '']) {
      const { code } = refusal(() => transactionAbout({ payload: { transactionId }, nexo }));
      assert.equal(code, 'no_transaction_id', 'a look-up that failed stops no other payment');
    }
  });
});

describe('a reply', () => {
  it('finds its question by what the listener sent', () => {
    const replyTo = replyToOf('1/P#12', 'abc');
    assert.deepEqual(questionIn({ replyTo }), { replyId: '1/P#12', terminal: '1/P', start: 'abc' });
    assert.deepEqual(questionIn({ replyTo: 'nonsense' }), { replyId: '', terminal: '', start: undefined });
    for (const nexo of [undefined, {}, { replyTo: '' }, { replyTo: 5 }]) {
      assert.equal(refusal(() => questionIn(nexo)).code, 'no_reply_to');
    }
  });

  it('is true, false or text', () => {
    assert.deepEqual([true, false, '12', ''].map(replyValueOf), [true, false, '12', '']);
    for (const payload of [12, null, undefined, {}]) {
      assert.equal(refusal(() => replyValueOf(payload)).code, 'reply_unfit');
    }
  });
});
