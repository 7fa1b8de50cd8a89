import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  amountOf,
  booleanOf,
  decimalOf,
  fieldsOf,
  type InputField,
  isGiven,
  isPlain,
  noTransactionId,
  oneOf,
  textIn,
  textOf,
  transactionIdIn,
  transactionIdOf,
  wholeNumberOf,
} from '../../lib/contract/fields.ts';
import { refusal } from '../support/refusal.ts';

const FIELD: InputField = { code: 'invalid_sale_items', path: 'payload.saleItems[0].quantity' };

/** The code and path of what is thrown, and its message. */
function thrown(read: () => unknown): [string, string | undefined, string] {
  const { code, path, message } = refusal(read);
  return [code, path, message];
}

describe('the fields of a value', () => {
  it('are those of a plain object, also of one from another realm; nothing else has any', () => {
    const foreign = Object.create(null) as object;
    assert.ok(isPlain({}) && isPlain(foreign));
    assert.deepEqual(fieldsOf({ a: 1 }), { a: 1 });
    for (const other of [undefined, null, '', 'text', 5, true, ['a'], Buffer.from('a'), () => undefined]) {
      assert.equal(isPlain(other), false);
      assert.deepEqual(fieldsOf(other), {});
    }
  });

  it('count as not set where a form or a flow leaves them empty', () => {
    assert.deepEqual([undefined, null, '', 0, false, 'a', []].map(isGiven), [
      false,
      false,
      false,
      true,
      true,
      true,
      true,
    ]);
  });
});

describe('a value that does not fit', () => {
  const [code, path] = [FIELD.code, FIELD.path];
  const wrong: [string, () => unknown, RegExp][] = [
    ['a choice', () => oneOf(['a', 'b'], 'c', FIELD), /^quantity must be one of a, b\.$/],
    ['a flag', () => booleanOf('true', FIELD), /^quantity must be true or false\.$/],
    [
      'a number above the range',
      () => wholeNumberOf(11, 10, FIELD),
      /^quantity must be a whole number from 1 to 10\.$/,
    ],
    ['a number with advice', () => wholeNumberOf('x', 10, FIELD, ', in dots'), /from 1 to 10, in dots\.$/],
    ['a text', () => textOf('', /^a$/, FIELD, 'Send a.'), /^Send a\.$/],
    ['a decimal', () => decimalOf('1e3', /^\d+$/, FIELD, 'Send digits.'), /^Send digits\.$/],
    ['an amount of another type', () => amountOf([5], 'SEK', FIELD, 'Send an amount.'), /^Send an amount\.$/],
  ];
  for (const [name, read, message] of wrong) {
    it(`is refused with the field's code and path: ${name}`, () => {
      const [foundCode, foundPath, text] = thrown(read);
      assert.deepEqual([foundCode, foundPath], [code, path]);
      assert.match(text, message);
    });
  }

  it('is refused as an amount with the code of amounts', () => {
    assert.deepEqual(thrown(() => amountOf('1.234', 'SEK', FIELD, '')).slice(0, 2), ['invalid_amount', path]);
    assert.equal(thrown(() => amountOf('0', 'SEK', FIELD, ''))[0], 'invalid_amount');
  });
});

describe('a value that fits', () => {
  it('is read as it is meant', () => {
    assert.equal(oneOf([true, false], false, FIELD), false);
    assert.equal(booleanOf(false, FIELD), false);
    assert.deepEqual(
      [1, '10', ' 3 '].map((value) => wholeNumberOf(value, 10, FIELD)),
      [1, 10, 3],
    );
    assert.equal(textOf(17, /^\d+$/, FIELD, ''), '17');
    assert.equal(decimalOf(20.5, /^\d+\.\d$/, FIELD, ''), '20.5');
    assert.equal(amountOf('89.00', 'SEK', FIELD, ''), 8900);
    assert.equal(amountOf(89, 'JPY', FIELD, ''), 89);
    assert.equal(amountOf('0', 'SEK', FIELD, '', true), 0);
  });

  it('is not a number in disguise', () => {
    for (const value of [true, null, undefined, [5], '', 1.5, 0, -1, Number.NaN]) {
      assert.throws(() => wholeNumberOf(value, 10, FIELD));
    }
    assert.throws(() => textOf(1e21, /./, FIELD, ''), 'its digits are not those that were meant');
  });
});

describe('a transactionId', () => {
  it('is 1 to 64 printable characters, or a whole number', () => {
    assert.equal(transactionIdOf('order 7'), 'order 7');
    assert.equal(transactionIdOf(1234567890123), '1234567890123');
    for (const value of ['', ' 7', '7 ', 'a\n', 'å', 'x'.repeat(65), 1.5, null, {}]) {
      assert.deepEqual(thrown(() => transactionIdOf(value)).slice(0, 2), [
        'invalid_transaction_id',
        'payload.transactionId',
      ]);
    }
    assert.equal(refusal(() => transactionIdOf('', 'payload')).path, 'payload');
  });

  it('is the payload’s, if it names one', () => {
    assert.equal(transactionIdIn({ transactionId: 5 }), '5');
    for (const payload of [undefined, 'A', {}, { transactionId: '' }, { transactionId: null }, ['A']]) {
      assert.equal(transactionIdIn(payload), undefined);
    }
    assert.throws(() => transactionIdIn({ transactionId: {} }));
  });

  it('comes along in msg.nexo as text only', () => {
    assert.equal(textIn({ transactionId: 'A' }, 'transactionId'), 'A');
    for (const nexo of [undefined, 'A', { transactionId: 5 }, { transactionId: '' }]) {
      assert.equal(textIn(nexo, 'transactionId'), undefined);
    }
  });

  it('that is missing has one error', () => {
    const { code, path } = noTransactionId('Send one.');
    assert.deepEqual([code, path], ['no_transaction_id', 'payload.transactionId']);
  });
});
