import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { definitions } from '../../lib/protocol/schema.ts';
import type { Message } from '../../lib/protocol/types.ts';
import { validate } from '../../lib/protocol/validate.ts';
import { decode } from '../../lib/protocol/xml/decode.ts';
import { encode } from '../../lib/protocol/xml/encode.ts';
import { header, payment, request, withAmounts } from '../support/payment-request.ts';
import { refusal } from '../support/refusal.ts';
import { sample } from '../support/wire.ts';

const BODY = 'SaleToPOIRequest.PaymentRequest';
const AMOUNTS = `${BODY}.PaymentTransaction.AmountsReq`;
const HEADER = 'SaleToPOIRequest.MessageHeader';

const refused: Record<string, [message: unknown, code: string, path: string | undefined, advice: RegExp]> = {
  'a missing field': [withAmounts({ RequestedAmount: '89.00' }), 'missing', `${AMOUNTS}.Currency`, /missing/],
  'a missing code, with the list': [
    request({ ...payment, PaymentData: { PaymentInstrumentData: {} } }),
    'missing',
    `${BODY}.PaymentData.PaymentInstrumentData.PaymentInstrumentType`,
    /one of Card, Check/,
  ],
  'an unlisted code': [
    request({ ...payment, PaymentData: { PaymentType: 'Purchase' } }),
    'unknown_code',
    `${BODY}.PaymentData.PaymentType`,
    /"Purchase"; it must be one of Normal, Refund/,
  ],
  'a code in the wrong case': [
    request({ ...payment, PaymentData: { PaymentType: 'normal' } }),
    'unknown_code',
    `${BODY}.PaymentData.PaymentType`,
    /Normal/,
  ],
  'a code from another list': [
    request({
      ...payment,
      PaymentTransaction: { ...payment.PaymentTransaction, TransactionConditions: { ForceEntryMode: [['Mobile']] } },
    }),
    'unknown_code',
    `${BODY}.PaymentTransaction.TransactionConditions.ForceEntryMode[0][0]`,
    /CheckReader/,
  ],
  'a field in the wrong place': [
    request({ ...payment, AmountsReq: {} }),
    'unknown_field',
    `${BODY}.AmountsReq`,
    /belongs in PaymentTransaction/,
  ],
  'a misspelt field': [
    withAmounts({ Currency: 'SEK', requestedAmount: '1' }),
    'unknown_field',
    `${AMOUNTS}.requestedAmount`,
    /spelling/,
  ],
  'an own __proto__': [
    withAmounts(JSON.parse('{"Currency":"SEK","__proto__":{"a":1}}')),
    'unknown_field',
    `${AMOUNTS}.__proto__`,
    /no such field/,
  ],
  'an inherited field': [
    withAmounts(Object.create({ Currency: 'SEK', Colour: 'red' })),
    'unknown_field',
    `${AMOUNTS}.Colour`,
    /no such field/,
  ],
  'a number for an amount': [
    withAmounts({ Currency: 'SEK', RequestedAmount: 89 }),
    'invalid_value',
    `${AMOUNTS}.RequestedAmount`,
    /with quotes/,
  ],
  'an amount with an exponent': [
    withAmounts({ Currency: 'SEK', RequestedAmount: '1e3' }),
    'invalid_value',
    `${AMOUNTS}.RequestedAmount`,
    /1e3/,
  ],
  'a lower-case currency': [withAmounts({ Currency: 'sek' }), 'invalid_value', `${AMOUNTS}.Currency`, /"sek"/],
  'an object for an array': [
    request({ ...payment, PaymentTransaction: { ...payment.PaymentTransaction, SaleItem: {} } }),
    'invalid_value',
    `${BODY}.PaymentTransaction.SaleItem`,
    /an array, not an object/,
  ],
  'the second of several': [
    request({
      ...payment,
      PaymentTransaction: {
        ...payment.PaymentTransaction,
        SaleItem: [
          { ItemID: 0, ProductCode: '1', ItemAmount: '1' },
          { ItemID: 1, ProductCode: 'x', ItemAmount: '1' },
        ],
      },
    }),
    'invalid_value',
    `${BODY}.PaymentTransaction.SaleItem[1].ProductCode`,
    /"x"/,
  ],
  'an own null': [withAmounts(null), 'invalid_value', AMOUNTS, /not null/],
  'a ServiceID over 10 characters': [
    request(payment, { ...header, ServiceID: '12345678901' }),
    'invalid_value',
    `${HEADER}.ServiceID`,
    /at most 10/,
  ],
  'a missing ServiceID': [
    request(payment, { ...header, ServiceID: undefined }),
    'missing',
    `${HEADER}.ServiceID`,
    /matched/,
  ],
  'an empty SaleID': [request(payment, { ...header, SaleID: '' }), 'missing', `${HEADER}.SaleID`, /matched/],
  'a missing header': [{ SaleToPOIRequest: { PaymentRequest: payment } }, 'missing', HEADER, /missing/],
  'a header of another class': [
    request(payment, { ...header, MessageClass: 'Device' }),
    'wrong_header',
    `${HEADER}.MessageClass`,
    /"Service"/,
  ],
  'a header of another category': [
    request(payment, { ...header, MessageCategory: 'Login' }),
    'wrong_header',
    `${HEADER}.MessageCategory`,
    /"Payment"/,
  ],
  'a header of another type': [
    request(payment, { ...header, MessageType: 'Response' }),
    'wrong_header',
    `${HEADER}.MessageType`,
    /"Request"/,
  ],
  'no body': [{ SaleToPOIRequest: { MessageHeader: header } }, 'no_body', 'SaleToPOIRequest', /needs a body/],
  'two bodies': [
    { SaleToPOIRequest: { MessageHeader: header, PaymentRequest: payment, LogoutRequest: {} } },
    'several_bodies',
    'SaleToPOIRequest.LogoutRequest',
    /one body/,
  ],
  'a body of the other root': [
    { SaleToPOIResponse: { MessageHeader: header, PaymentRequest: payment } },
    'unknown_field',
    'SaleToPOIResponse.PaymentRequest',
    /travels in SaleToPOIRequest/,
  ],
  'an unknown body': [
    { SaleToPOIRequest: { MessageHeader: header, toString: {} } },
    'unknown_field',
    'SaleToPOIRequest.toString',
    /no message body/,
  ],
  'no root': [{ MessageHeader: header }, 'not_nexo', undefined, /one member/],
  'two roots': [{ ...request(), SaleToPOIResponse: {} }, 'not_nexo', undefined, /one member/],
  nothing: [undefined, 'not_nexo', undefined, /one member/],
};

for (const [what, [message, code, path, advice]] of Object.entries(refused)) {
  test(`${what} is refused: ${code}`, () => {
    const error = refusal(() => encode(message as Message));
    assert.equal(error.code, code, error.message);
    assert.equal(error.path, path);
    assert.match(error.message, advice);
  });
}

test('a choice takes exactly one', () => {
  const { message } = decode(sample('payment-response-approved-contactless'));
  assert.ok('SaleToPOIResponse' in message);
  const { MessageHeader, PaymentResponse } = message.SaleToPOIResponse;
  const status = (repeated: object) =>
    ({
      SaleToPOIResponse: {
        MessageHeader: { ...MessageHeader, MessageCategory: 'TransactionStatus' },
        TransactionStatusResponse: {
          Response: { Result: 'Success' },
          RepeatedMessageResponse: { MessageHeader, ...repeated },
        },
      },
    }) as Message;
  const path = 'SaleToPOIResponse.TransactionStatusResponse.RepeatedMessageResponse';
  assert.equal(refusal(() => encode(status({}))).path, path);
  assert.equal(
    refusal(() => encode(status({ PaymentResponse, ReversalResponse: { Response: { Result: 'Success' } } }))).path,
    path,
  );
  assert.equal(decode(encode(status({ PaymentResponse }))).body, 'TransactionStatusResponse');
});

test('a refusal never quotes card data', () => {
  const pan = '51681512345 9659';
  const card = { PaymentInstrumentType: 'Card', CardData: { SensitiveCardData: { PAN: pan, ExpiryDate: '9x' } } };
  for (const secret of [card, { ...card, CardData: { SensitiveCardData: { ExpiryDate: '24/01' } } }]) {
    const { message } = refusal(() => encode(request({ ...payment, PaymentData: { PaymentInstrumentData: secret } })));
    assert.doesNotMatch(message, /51681|9659|9x|24\/01/);
  }
  const misplaced = refusal(() => encode(withAmounts({ Currency: 'SEK', RequestedAmount: pan })));
  assert.doesNotMatch(misplaced.message, /51681|9659/);
});

test('the table is JSON Schema', () => {
  const ajv = new Ajv2020();
  assert.equal(ajv.validateSchema({ $defs: definitions }), true, ajv.errorsText());
  assert.equal(ajv.validateSchema({ $defs: { ...definitions, Wrong: { type: 'text' } } }), false);
});

test('validate names the body', () => {
  assert.equal(validate(request()), 'PaymentRequest');
});
