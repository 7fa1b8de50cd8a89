import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { messages } from '../../lib/protocol/schema.ts';
import type { BodyName, Message } from '../../lib/protocol/types.ts';
import { decode } from '../../lib/protocol/xml/decode.ts';
import { encode } from '../../lib/protocol/xml/encode.ts';
import { bodyNames } from '../support/arbitrary.ts';
import { payment } from '../support/payment-request.ts';
import { refusal } from '../support/refusal.ts';

/** A message with this body, and the header that goes with it. */
function message(name: BodyName, body: unknown, ids: object = { ServiceID: '12', DeviceID: '13' }): Message {
  const { root, class: MessageClass, category: MessageCategory, type: MessageType } = messages[name];
  const header = { MessageClass, MessageCategory, MessageType, ...ids, SaleID: 'ECR1', POIID: 'A-POIID' };
  return { [root]: { MessageHeader: header, [name]: body } } as unknown as Message;
}

/** The body as it stands on the wire. */
function wire(name: BodyName, body: unknown): string {
  const text = encode(message(name, body)).toString();
  return text.slice(text.indexOf('/>') + 2, text.lastIndexOf('</'));
}

const time = '2026-02-03T04:05:06Z';
const poi = { TransactionID: '5', TimeStamp: time };
const total = { TransactionType: 'Debit', TransactionCount: 3, TransactionAmount: '267.00' };
const totals = { PaymentInstrumentType: 'Card', PaymentTotals: [total] };
const giftCard = { StoredValueTransactionType: 'Load', ItemAmount: '200.00', Currency: 'SEK' };
const apdu = { APDUClass: 'AA==', APDUInstruction: 'pA==', APDUPar1: 'BA==', APDUPar2: 'AA==' };
const success = { Result: 'Success' };
const text = { OutputFormat: 'Text', OutputText: [{ Text: 'Welcome' }] };

test('a body is called by its category and type, but for the one that nexo names otherwise', () => {
  const odd = bodyNames.filter((name) => name !== messages[name].category + messages[name].type);
  assert.deepEqual(odd, ['InputUpdate']);
});

test('a response has the class of its request', () => {
  for (const name of bodyNames.filter((each) => messages[each].type === 'Response')) {
    const request = messages[name.replace(/Response$/, 'Request') as BodyName];
    assert.equal(request.class, messages[name].class, name);
    assert.equal(request.category, messages[name].category, name);
  }
});

describe('a request needs the id by which it is answered', () => {
  const bodies: Partial<Record<BodyName, unknown>> = {
    BalanceInquiryRequest: {},
    BatchRequest: {},
    CardReaderInitRequest: {},
    CardReaderPowerOffRequest: {},
    GetTotalsRequest: {},
    PINRequest: { PINRequestType: 'PINEnter' },
    ReconciliationRequest: { ReconciliationType: 'SaleReconciliation' },
    SoundRequest: { SoundAction: 'StopSound', SoundContent: { Text: '' } },
  };
  for (const [name, body] of Object.entries(bodies) as [BodyName, unknown][]) {
    const [needed, other] = messages[name].class === 'Device' ? ['DeviceID', 'ServiceID'] : ['ServiceID', 'DeviceID'];
    test(`${name}: ${needed}`, () => {
      const error = refusal(() => encode(message(name, body, { [other]: '12' })));
      assert.equal(error.code, 'missing');
      assert.equal(error.path, `SaleToPOIRequest.MessageHeader.${needed}`);
      assert.equal(decode(encode(message(name, body, { [needed]: '12' }))).body, name);
    });
  }
});

describe('in nexo’s order, whatever the order they were given in', () => {
  const written: [name: BodyName, body: object, xml: string][] = [
    [
      'GetTotalsRequest',
      { TotalFilter: { ShiftNumber: '2', POIID: 'A-POIID' }, TotalDetails: ['OperatorID', 'ShiftNumber'] },
      '<TotalDetails>OperatorID ShiftNumber</TotalDetails><TotalFilter POIID="A-POIID" ShiftNumber="2"/>',
    ],
    [
      'ReconciliationRequest',
      { AcquirerID: ['877888', '1'], POIReconciliationID: '77', ReconciliationType: 'PreviousReconciliation' },
      '<AcquirerID>877888</AcquirerID><AcquirerID>1</AcquirerID>',
    ],
    [
      'ReconciliationResponse',
      { TransactionTotals: [totals], Response: success, ReconciliationType: 'SaleReconciliation' },
      '<Response Result="Success"/><TransactionTotals PaymentInstrumentType="Card"><PaymentTotals TransactionType="Debit" TransactionCount="3" TransactionAmount="267.00"/></TransactionTotals>',
    ],
    [
      'BatchResponse',
      { PerformedTransaction: [{ POIData: { POITransactionID: poi }, Response: success }], Response: success },
      `<Response Result="Success"/><PerformedTransaction><Response Result="Success"/><POIData><POITransactionID TransactionID="5" TimeStamp="${time}"/></POIData></PerformedTransaction>`,
    ],
    [
      'StoredValueRequest',
      { StoredValueData: [giftCard, giftCard], SaleData: payment.SaleData },
      '<SaleData><SaleTransactionID TransactionID="7" TimeStamp="2023-08-24T17:03:37+02:00"/></SaleData>' +
        '<StoredValueData StoredValueTransactionType="Load" ItemAmount="200.00" Currency="SEK"/>'.repeat(2),
    ],
    [
      'InputUpdate',
      { OutputContent: text, MessageReference: { DeviceID: '9' }, MaxLength: 4 },
      '<MessageReference DeviceID="9"/><OutputContent OutputFormat="Text"><OutputText>Welcome</OutputText></OutputContent>',
    ],
    [
      'CardReaderInitRequest',
      { ForceEntryMode: [['ICC', 'MagStripe'], ['Contactless']], LeaveCardFlag: false },
      '<ForceEntryMode>ICC MagStripe</ForceEntryMode><ForceEntryMode>Contactless</ForceEntryMode>',
    ],
    [
      'SoundRequest',
      { SoundContent: { Language: 'sv', SoundFormat: 'Text', Text: 'Hej' }, SoundAction: 'StartSound' },
      '<SoundContent SoundFormat="Text" Language="sv">Hej</SoundContent>',
    ],
  ];
  for (const [name, body, xml] of written) {
    test(name, () => {
      assert.equal(wire(name, body).replace(/^<[^>]*>|<\/[^>]*>$/g, ''), xml);
      assert.deepEqual(decode(encode(message(name, body))).message, {
        ...message(name, body),
        ...(messages[name].root === 'SaleToPOIRequest' && versioned(message(name, body))),
      });
    });
  }
});

function versioned(made: Message): object {
  assert.ok('SaleToPOIRequest' in made);
  const { MessageHeader, ...body } = made.SaleToPOIRequest;
  return { SaleToPOIRequest: { MessageHeader: { ...MessageHeader, ProtocolVersion: '3.1' }, ...body } };
}

const refused: [what: string, name: BodyName, body: unknown, code: string, path: string][] = [
  ['nothing to perform', 'BatchRequest', { TransactionToPerform: [{}] }, 'invalid_value', 'TransactionToPerform[0]'],
  [
    'two things to perform at once',
    'BatchRequest',
    { TransactionToPerform: [{ PaymentRequest: payment, LoyaltyRequest: loyalty() }] },
    'invalid_value',
    'TransactionToPerform[0]',
  ],
  ['totals without a period', 'GetTotalsResponse', { Response: success }, 'missing', 'POIReconciliationID'],
  [
    'an eleventh total',
    'ReconciliationResponse',
    {
      ReconciliationType: 'SaleReconciliation',
      Response: success,
      TransactionTotals: [{ ...totals, PaymentTotals: Array(11).fill(total) }],
    },
    'invalid_value',
    'TransactionTotals[0].PaymentTotals',
  ],
  [
    'a seventh loyalty total',
    'GetTotalsResponse',
    {
      POIReconciliationID: '1',
      Response: success,
      TransactionTotals: [{ ...totals, LoyaltyTotals: Array(7).fill(total) }],
    },
    'invalid_value',
    'TransactionTotals[0].LoyaltyTotals',
  ],
  [
    'a kind of total that nexo has not',
    'GetTotalsRequest',
    { TotalDetails: ['Cashier'] },
    'unknown_code',
    'TotalDetails[0]',
  ],
  [
    'a fifth track',
    'CardReaderInitResponse',
    { Response: success, TrackData: Array(5).fill({ Text: '1' }) },
    'invalid_value',
    'TrackData',
  ],
  ['a gift card request for none', 'StoredValueRequest', storedValue([]), 'invalid_value', 'StoredValueData'],
  [
    'a gift card without a currency',
    'StoredValueRequest',
    storedValue([{ StoredValueTransactionType: 'Load', ItemAmount: '1' }]),
    'missing',
    'StoredValueData[0].Currency',
  ],
  [
    'a kind of reconciliation in lower case',
    'ReconciliationRequest',
    reconcile('sale'),
    'unknown_code',
    'ReconciliationType',
  ],
  ['a balance of nothing known', 'BalanceInquiryRequest', { SaleData: payment.SaleData }, 'unknown_field', 'SaleData'],
  ['two bytes for one', 'CardReaderAPDURequest', { ...apdu, APDUPar1: 'AAA=' }, 'invalid_value', 'APDUPar1'],
  ['a byte in hex', 'CardReaderAPDURequest', { ...apdu, APDUClass: '00' }, 'invalid_value', 'APDUClass'],
  [
    'a PIN format of its own',
    'PINRequest',
    { PINRequestType: 'PINEnter', PINFormat: 'ISO4' },
    'unknown_code',
    'PINFormat',
  ],
];

for (const [what, name, body, code, field] of refused) {
  test(`${what} is refused: ${code}`, () => {
    const error = refusal(() => encode(message(name, body)));
    assert.equal(error.code, code, error.message);
    assert.equal(error.path, `${messages[name].root}.${name}.${field}`);
  });
}

test('a refusal never quotes what a chip or a PIN pad says', () => {
  const data = 'not base64: 5168151234599659';
  const wrong: [BodyName, unknown][] = [
    ['CardReaderAPDURequest', { ...apdu, APDUData: data }],
    ['CardReaderInitResponse', { Response: success, ICCResetData: { ATRValue: data } }],
    ['PINResponse', { Response: success, CardholderPIN: { PINFormat: data } }],
    ['StoredValueRequest', storedValue([{ ...giftCard, StoredValueAccountID: { ExpiryDate: data } }])],
  ];
  for (const [name, body] of wrong) {
    const error = refusal(() => encode(message(name, body)));
    assert.doesNotMatch(error.message, /5168/, name);
  }
});

function loyalty(): object {
  return { SaleData: payment.SaleData, LoyaltyTransaction: { LoyaltyTransactionType: 'Award' } };
}

function storedValue(data: object[]): object {
  return { SaleData: payment.SaleData, StoredValueData: data };
}

function reconcile(type: string): object {
  return { ReconciliationType: type };
}

// The round trips of `roundtrip.test.ts` have such a code in every open list.
test('a code that a vendor adds is written as it is; one without the vendor’s name is not', () => {
  const conditions = ['acme:OutOfCoins', 'Refusal'];
  for (const ErrorCondition of conditions) {
    const body = { Response: { Result: 'Failure', ErrorCondition } };
    const again = decode(encode(message('AdminResponse', body))).message;
    assert.ok('SaleToPOIResponse' in again);
    assert.equal(again.SaleToPOIResponse.AdminResponse?.Response.ErrorCondition, ErrorCondition);
  }
  for (const ErrorCondition of ['OutOfCoins', 'acme:', ':OutOfCoins', 'acme:Out of coins', 'acme:<x>', 'a:b:c'])
    assert.equal(
      refusal(() => encode(message('AdminResponse', { Response: { Result: 'Failure', ErrorCondition } }))).code,
      'unknown_code',
      ErrorCondition,
    );
});

test('a header’s own codes are nexo’s: no vendor adds to them', () => {
  const body = message('AdminResponse', { Response: success });
  assert.ok('SaleToPOIResponse' in body);
  body.SaleToPOIResponse.MessageHeader.MessageCategory = 'acme:Admin';
  assert.equal(refusal(() => encode(body)).code, 'unknown_code');
});

test('an event without a ServiceID is written, and read', () => {
  const event = message('EventNotification', {
    TimeStamp: '2026-01-01T10:00:00+01:00',
    EventToNotify: 'acme:PaperLow',
    EventDetails: 'x',
  });
  assert.ok('SaleToPOIRequest' in event);
  delete event.SaleToPOIRequest.MessageHeader.ServiceID;
  const again = decode(encode(event)).message;
  assert.ok('SaleToPOIRequest' in again);
  assert.equal(again.SaleToPOIRequest.EventNotification?.EventToNotify, 'acme:PaperLow');
});

test('a LoyaltyResult is written with one account, and read with several or none, as the pages allow', () => {
  const account = { LoyaltyAccountID: { EntryMode: ['File'], IdentificationType: 'AccountNumber', Text: '1' } };
  const payment = (count: number) => ({
    Response: success,
    SaleData: { SaleTransactionID: { TransactionID: '1', TimeStamp: '2026-01-01T10:00:00Z' } },
    POIData: { POITransactionID: { TransactionID: '1', TimeStamp: '2026-01-01T10:00:00Z' } },
    LoyaltyResult: [{ LoyaltyAccount: Array(count).fill(account) }],
  });
  const one = encode(message('PaymentResponse', payment(1))).toString();
  for (const count of [0, 2])
    assert.equal(refusal(() => encode(message('PaymentResponse', payment(count)))).code, 'invalid_value');
  const element = /<LoyaltyAccount>.*<\/LoyaltyAccount>/.exec(one)?.[0] ?? '';
  for (const count of [0, 1, 2]) {
    const { message: read } = decode(Buffer.from(one.replace(element, element.repeat(count))));
    assert.ok('SaleToPOIResponse' in read);
    assert.equal(read.SaleToPOIResponse.PaymentResponse?.LoyaltyResult?.[0]?.LoyaltyAccount?.length ?? 0, count);
  }
});

test('a captured signature has the form of 3.1; that of 3.0 is passed over, and the payment is read', () => {
  const area = '<AreaSize X="10" Y="10"/><SignaturePoint X="1" Y="2"/>';
  const image = '<SignatureImage><ImageFormat>png</ImageFormat><ImageData>QUJD</ImageData></SignatureImage>';
  const xml = (inner: string) =>
    `<SaleToPOIResponse><MessageHeader MessageClass="Service" MessageCategory="Payment" MessageType="Response" ServiceID="1" SaleID="1" POIID="A"/><PaymentResponse><Response Result="Success"/><SaleData><SaleTransactionID TransactionID="1" TimeStamp="2026-01-01T10:00:00Z"/></SaleData><POIData><POITransactionID TransactionID="1" TimeStamp="2026-01-01T10:00:00Z"/></POIData><PaymentResult><AmountsResp Currency="SEK" AuthorizedAmount="1"/><CapturedSignature>${inner}</CapturedSignature></PaymentResult></PaymentResponse></SaleToPOIResponse>`;
  const signature = (inner: string) => {
    const { message: read } = decode(Buffer.from(xml(inner)));
    assert.ok('SaleToPOIResponse' in read);
    return read.SaleToPOIResponse.PaymentResponse?.PaymentResult?.CapturedSignature;
  };
  const captured = signature(`<RawSignature>${area}</RawSignature>${image}`);
  assert.deepEqual([captured?.RawSignature?.SignaturePoint.length, captured?.SignatureImage?.ImageData], [1, 'QUJD']);
  assert.deepEqual(signature(area), {});
});

test('a transaction report is asked for, and read', () => {
  const request = message('TransactionReportRequest', { BlockStop: 9, SearchCriterias: {} });
  assert.match(encode(request).toString(), /<TransactionReportRequest BlockStop="9"><SearchCriterias\/></);
  const id = { TransactionID: '1', TimeStamp: '2026-01-01T10:00:00Z' };
  const report = { Response: success, SaleData: { SaleTransactionID: id }, POIData: { POITransactionID: id } };
  const response = message('TransactionReportResponse', {
    ReportFullSize: 1,
    BlockStart: 0,
    BlockStop: 0,
    Response: success,
    TransactionReport: [{ ...report, PaymentResult: { AmountsResp: { Currency: 'SEK', AuthorizedAmount: '89' } } }],
  });
  const { message: read } = decode(encode(response));
  assert.deepEqual(read, response);
});
