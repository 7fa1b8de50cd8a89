import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { displayBody } from '../../lib/contract/dialog-input.ts';
import { typeNameOf } from '../../lib/contract/fields.ts';
import { parseOrder } from '../../lib/contract/payment-input.ts';
import { parseRequest } from '../../lib/contract/raw-request.ts';
import { parseReversal } from '../../lib/contract/reversal-input.ts';
import { parseStatusQuery } from '../../lib/contract/status-input.ts';
import { refusal } from '../support/refusal.ts';

/** What a look-up that failed leaves in a payload. */
const FAILED = [
  null,
  '',
  {},
  [],
  false,
  { transactionId: undefined },
  { transactionId: null },
  { transactionId: '' },
  { serviceId: '' },
  { transactionID: 'A' },
  new Date(0),
  Buffer.from('A'),
  () => undefined,
];

describe('a look-up that failed', () => {
  it('is not the last payment: neither for a status nor for a reversal', () => {
    for (const payload of FAILED) {
      for (const read of [() => parseStatusQuery(payload), () => parseReversal({ payload })]) {
        const { code, path, message } = refusal(read);
        assert.deepEqual([code, path], ['invalid_payload', 'payload'], JSON.stringify(payload));
        assert.match(message, /nothing was done\. Send .*set Transaction in this node to the last one/);
      }
    }
    assert.equal(refusal(() => parseReversal({})).code, 'invalid_payload');
    for (const payload of [true, 1_700_000_000_000]) {
      assert.equal(refusal(() => parseReversal({ payload })).code, 'invalid_payload');
    }
  });

  it('does not fall back on the payment that the message came from', () => {
    const nexo = { transactionId: 'other' };
    assert.equal(refusal(() => parseReversal({ payload: { transactionId: null }, nexo })).code, 'invalid_payload');
    assert.deepEqual(parseReversal({ payload: { reason: 'Malfunction' }, nexo }), { transactionId: 'other' });
    assert.deepEqual(parseReversal({ payload: null, nexo }), { transactionId: 'other' });
  });
});

describe('the transaction', () => {
  it('of a status is named by its id or ServiceID; a bare trigger means the last one', () => {
    assert.deepEqual(parseStatusQuery('A-17'), { transactionId: 'A-17' });
    assert.deepEqual(parseStatusQuery({ transactionId: 4711 }), { transactionId: '4711' });
    assert.deepEqual(parseStatusQuery({ transactionId: '', serviceId: '17' }), { serviceId: '17' });
    for (const payload of [undefined, true, 1_700_000_000_000]) assert.deepEqual(parseStatusQuery(payload), {});
  });

  it('is the last one where the node is set to that', () => {
    for (const payload of FAILED) assert.deepEqual(parseStatusQuery(payload, 'last'), {});
    for (const payload of [undefined, null, '', {}, true, 5, { reason: 'Malfunction' }]) {
      assert.deepEqual(parseReversal({ payload, nexo: { transactionId: 'before' } }, 'last'), {});
    }
  });

  it('is not the last one where the message names another: a reversal finds out that it is too late', () => {
    assert.deepEqual(parseReversal({ payload: { transactionId: 'A' } }, 'last'), { transactionId: 'A' });
    assert.equal(refusal(() => parseReversal({ payload: { transactionId: '' } }, 'last')).code, 'invalid_payload');
  });
});

describe('a value of a wrong type', () => {
  it('is named in the message', () => {
    const NORMAL = { currency: 'SEK', paymentType: 'Normal' } as const;
    const cases: [unknown, RegExp][] = [
      [Buffer.from('89'), /Buffer: convert it with toString/],
      [new Date(0), /a date/],
      [new Number(89), /a boxed number/],
      [new String('89'), /a boxed text/],
      [() => 89, /a function: call it first/],
      [89n, /a BigInt/],
      [new Map(), /a Map/],
      [Promise.resolve(89), /a Promise/],
      [new Uint8Array(2), /type Uint8Array/],
      [['89'], /a list/],
      [true, /is true/],
      [null, /is null/],
      [undefined, /is missing/],
    ];
    for (const [value, message] of cases) {
      assert.match(refusal(() => parseOrder(value, NORMAL)).message, message);
      const { message: inside } = refusal(() => parseOrder({ amount: value }, NORMAL));
      assert.match(inside, value === null || value === undefined ? /missing/ : message);
    }
    assert.equal(typeNameOf({}), 'an object of type Object');
    const dialog = (value: unknown) => refusal(() => displayBody(value, {})).message;
    assert.match(dialog(Buffer.from('Hej')), /It is a Buffer/);
    assert.match(dialog([new String('Hej')]), /It is a boxed text/);
    const id = (transactionId: unknown) => refusal(() => parseOrder({ amount: 5, transactionId }, NORMAL)).message;
    assert.match(id(new Date(0)), /printable ASCII.* It is a date\.$/);
    assert.doesNotMatch(id('å'), /It is/);
  });
});

describe('a mistyped message name', () => {
  const NODE = { message: 'DiagnosisRequest', body: '{}' };
  it('is no field of the node’s own message: the error says which one is meant', () => {
    const cases: [string, RegExp][] = [
      ['AdmnRequest', /mean AdminRequest\?/],
      ['adminRequest', /mean AdminRequest\?/],
      ['AdminReqest', /mean AdminRequest\?/],
      ['Admin', /mean AdminRequest\?/],
      ['GetTotalRequest', /mean GetTotalsRequest\?/],
      ['InputUpdte', /mean InputUpdate\?/],
      ['PayRequest', /use one of BalanceInquiryRequest, AdminRequest/],
    ];
    for (const [name, message] of cases) {
      const error = refusal(() => parseRequest({ [name]: {} }, NODE));
      assert.deepEqual([error.code, error.path], ['unknown_field', `payload.${name}`]);
      assert.match(error.message, message);
    }
    assert.deepEqual(parseRequest({ HostDiagnosisFlag: true }, NODE).name, 'DiagnosisRequest');
  });
});
