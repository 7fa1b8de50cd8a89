import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Message } from '../../lib/protocol/types.ts';
import { decode } from '../../lib/protocol/xml/decode.ts';
import { encode } from '../../lib/protocol/xml/encode.ts';
import { header, payment, request } from '../support/payment-request.ts';
import { refusal } from '../support/refusal.ts';
import { sample } from '../support/wire.ts';

test('elements and attributes come in the schema’s order, whatever the order of the object', () => {
  const jumbled = {
    SaleToPOIRequest: {
      PaymentRequest: {
        PaymentData: {
          CardAcquisitionReference: { TimeStamp: '2023-08-24T15:04:00.498Z', TransactionID: '9' },
          PaymentType: 'Normal',
        },
        PaymentTransaction: {
          SaleItem: [
            {
              AdditionalProductInfo: 'x',
              UnitPrice: '21.8',
              Quantity: '2',
              UnitOfMeasure: 'Litre',
              ItemAmount: '43.60',
              ProductCode: '24601',
              ItemID: 0,
            },
          ],
          TransactionConditions: {
            AllowedPaymentBrand: ['a', 'b'],
            ForceEntryMode: [['RFID', 'ICC'], ['Keyed']],
            DebitPreferredFlag: true,
          },
          AmountsReq: { CashBackAmount: '0', RequestedAmount: '43.60', Currency: 'SEK' },
        },
        SaleData: {
          SaleTransactionID: { TimeStamp: '2023-08-24T17:03:37+02:00', TransactionID: '7' },
          OperatorID: 'me',
        },
      },
      MessageHeader: {
        POIID: 'A-POIID',
        SaleID: 'ECR1',
        ServiceID: '12',
        MessageType: 'Request',
        MessageCategory: 'Payment',
        MessageClass: 'Service',
      },
    },
  } satisfies Message;
  assert.equal(
    encode(jumbled).toString(),
    [
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<SaleToPOIRequest>',
      '<MessageHeader ProtocolVersion="3.1" MessageClass="Service" MessageCategory="Payment" MessageType="Request" ServiceID="12" SaleID="ECR1" POIID="A-POIID"/>',
      '<PaymentRequest>',
      '<SaleData OperatorID="me"><SaleTransactionID TransactionID="7" TimeStamp="2023-08-24T17:03:37+02:00"/></SaleData>',
      '<PaymentTransaction>',
      '<AmountsReq Currency="SEK" RequestedAmount="43.60" CashBackAmount="0"/>',
      '<TransactionConditions DebitPreferredFlag="true"><AllowedPaymentBrand>a</AllowedPaymentBrand><AllowedPaymentBrand>b</AllowedPaymentBrand>',
      '<ForceEntryMode>RFID ICC</ForceEntryMode><ForceEntryMode>Keyed</ForceEntryMode></TransactionConditions>',
      '<SaleItem ItemID="0" ProductCode="24601" ItemAmount="43.60"><UnitOfMeasure>Litre</UnitOfMeasure><Quantity>2</Quantity><UnitPrice>21.8</UnitPrice><AdditionalProductInfo>x</AdditionalProductInfo></SaleItem>',
      '</PaymentTransaction>',
      '<PaymentData PaymentType="Normal"><CardAcquisitionReference TransactionID="9" TimeStamp="2023-08-24T15:04:00.498Z"/></PaymentData>',
      '</PaymentRequest>',
      '</SaleToPOIRequest>',
    ].join(''),
  );
});

test('every request gets ProtocolVersion 3.1, responses keep what they have', () => {
  assert.equal(decode(encode(request())).header.ProtocolVersion, '3.1');
  assert.equal(decode(encode(request(payment, { ...header, ProtocolVersion: '3.0' }))).header.ProtocolVersion, '3.0');
  const { message } = decode(sample('payment-response-approved-contactless'));
  assert.equal(decode(encode(message)).header.ProtocolVersion, undefined);
});

test('text and attributes are escaped so that they read back exactly', () => {
  const awkward = `<&>"' ]]> \t\r\n å 🂡 &amp; end`;
  const message = {
    SaleToPOIRequest: {
      MessageHeader: { ...header, MessageCategory: 'Abort', SaleID: awkward },
      AbortRequest: { MessageReference: { SaleID: awkward }, AbortReason: awkward },
    },
  } satisfies Message;
  const bytes = encode(message);
  assert.ok(!bytes.toString().includes('\r'), 'a raw carriage return would become a line feed');
  const decoded = decode(bytes).message;
  assert.ok('SaleToPOIRequest' in decoded);
  assert.equal(decoded.SaleToPOIRequest.AbortRequest?.AbortReason, awkward);
  assert.equal(decoded.SaleToPOIRequest.AbortRequest?.MessageReference.SaleID, awkward);
});

for (const [what, text] of Object.entries({
  'a NUL': 'a\0b',
  'a control character': '\u001f',
  'a vertical tab': '\u000b',
  'a high surrogate alone': '\ud83c!',
  'a low surrogate alone': '\udca1',
  'surrogates the wrong way round': '\udca1\ud83c',
  'a noncharacter': '\uffff',
})) {
  test(`${what} is refused, as text and as attribute`, () => {
    const inText = refusal(() =>
      encode(request({ ...payment, SaleData: { ...payment.SaleData, SaleToPOIData: text } })),
    );
    assert.equal(inText.code, 'forbidden_character');
    assert.equal(inText.path, 'SaleToPOIRequest.PaymentRequest.SaleData.SaleToPOIData');
    const inAttribute = refusal(() =>
      encode(request({ ...payment, SaleData: { ...payment.SaleData, OperatorID: text } })),
    );
    assert.equal(inAttribute.path, 'SaleToPOIRequest.PaymentRequest.SaleData.OperatorID');
    assert.match(inAttribute.message, /take it out/);
  });
}

test('any string is carried exactly or refused', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) }),
      ),
      (text) => {
        const message = request({
          ...payment,
          SaleData: { ...payment.SaleData, OperatorID: text, SaleToPOIData: text },
        });
        let bytes: Buffer;
        try {
          bytes = encode(message);
        } catch {
          assert.equal(refusal(() => encode(message)).code, 'forbidden_character');
          return;
        }
        const decoded = decode(bytes).message;
        assert.ok('SaleToPOIRequest' in decoded);
        assert.equal(decoded.SaleToPOIRequest.PaymentRequest?.SaleData.OperatorID, text);
        assert.equal(decoded.SaleToPOIRequest.PaymentRequest?.SaleData.SaleToPOIData, text);
      },
    ),
    { numRuns: 500 },
  );
});
