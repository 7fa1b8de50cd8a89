import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Decoded } from '../../lib/protocol/codec.ts';
import type { SaleToPOIRequest, SaleToPOIResponse } from '../../lib/protocol/types.ts';
import { decode } from '../../lib/protocol/xml/decode.ts';
import { refusal } from '../support/refusal.ts';
import { sample, sampleText } from '../support/wire.ts';

const APPROVED = 'payment-response-approved-contactless';

function read(text: string): Decoded {
  return decode(Buffer.from(text));
}

function request(text: string): SaleToPOIRequest {
  const { message } = read(text);
  assert.ok('SaleToPOIRequest' in message);
  return message.SaleToPOIRequest;
}

function response(text: string): SaleToPOIResponse {
  const { message } = read(text);
  assert.ok('SaleToPOIResponse' in message);
  return message.SaleToPOIResponse;
}

/** A sample with one piece exchanged; the piece must be there. */
function changed(name: string, from: string | RegExp, to: string): string {
  const before = sampleText(name);
  assert.ok(before.search(from) >= 0, `${name} has no ${from}`);
  return before.replace(from, to);
}

test('ItemId and ItemID, LITRE and Litre', () => {
  const items = request(sampleText('payment-request-fuel-two-items')).PaymentRequest?.PaymentTransaction.SaleItem;
  assert.deepEqual(
    items?.map(({ ItemID }) => ItemID),
    [0, 1],
  );
  assert.equal(items?.[0]?.UnitOfMeasure, 'Litre');
});

test('codes are read in any case, unknown ones kept', () => {
  const card = (entryMode: string) =>
    response(changed(APPROVED, 'EntryMode="Contactless"', `EntryMode="${entryMode}"`)).PaymentResponse?.PaymentResult
      ?.PaymentInstrumentData?.CardData?.EntryMode;
  assert.deepEqual(card('Magstripe'), ['MagStripe']);
  assert.deepEqual(card(' icc \n CONTACTLESS '), ['ICC', 'Contactless']);
  assert.deepEqual(card('Telepathy'), ['Telepathy']);
  assert.deepEqual(card('__proto__ toString'), ['__proto__', 'toString']);
});

test('misspelt names are understood', () => {
  const instrument = response(changed(APPROVED, 'PaymentInstrumentType', 'PaymentIntrumentType'));
  assert.equal(instrument.PaymentResponse?.PaymentResult?.PaymentInstrumentData?.PaymentInstrumentType, 'Card');
  const token = response(changed(APPROVED, 'TokenRequestedType', 'TokenRequested'));
  assert.equal(
    token.PaymentResponse?.PaymentResult?.PaymentInstrumentData?.CardData?.PaymentToken?.TokenRequestedType,
    'Customer',
  );
  const event = request(changed('event-notification-sale-admin', 'MaintenanceRequiredFlag', 'MaintenanceRequired'));
  assert.equal(event.EventNotification?.MaintenanceRequiredFlag, true);
  const input = request(changed('input-request-confirmation', /InfoQualify="Input"/, 'InfoQuality="Input"'));
  assert.equal(input.InputRequest?.InputData.InfoQualify, 'Input');
});

test('a misspelt name beside the right one is refused: which counts?', () => {
  const both = changed('payment-request-fuel-two-items', 'ItemID="0"', 'ItemID="0" ItemId="7"');
  const { code, path } = refusal(() => read(both));
  assert.equal(code, 'duplicate_attribute');
  assert.equal(path, 'SaleToPOIRequest.PaymentRequest.PaymentTransaction.SaleItem[0].ItemID');
});

/** A status answer that repeats the sample payment, as its body or inside the schema's wrapper. */
function repeated(wrap: (body: string) => string): string {
  const text = sampleText(APPROVED).replace(/<\?xml.*?\?>/, '');
  const header = /<MessageHeader[^>]*>/.exec(text)?.[0] ?? '';
  const body = /<PaymentResponse>.*<\/PaymentResponse>/s.exec(text)?.[0] ?? '';
  return `<SaleToPOIResponse>${header.replaceAll('"Payment"', '"TransactionStatus"')}
    <TransactionStatusResponse><Response Result="Success"/>
    <RepeatedMessageResponse>${header}${wrap(body)}</RepeatedMessageResponse></TransactionStatusResponse></SaleToPOIResponse>`;
}

test('a repeated message reads with and without its wrapper', () => {
  const bare = response(repeated((body) => body)).TransactionStatusResponse?.RepeatedMessageResponse;
  assert.deepEqual(bare?.PaymentResponse, response(sampleText(APPROVED)).PaymentResponse);
  assert.equal(bare?.MessageHeader.MessageCategory, 'Payment');
  const wrapped = repeated((body) => `<RepeatedResponseMessageBody>${body}</RepeatedResponseMessageBody>`);
  assert.deepEqual(response(wrapped).TransactionStatusResponse?.RepeatedMessageResponse, bare);
});

test('a repeated message has exactly one body', () => {
  const none = refusal(() => read(repeated(() => '')));
  assert.equal(none.code, 'missing');
  const twice = refusal(() => read(repeated((body) => body + body)));
  assert.equal(twice.code, 'repeated');
  const two = refusal(() =>
    read(repeated((body) => `${body}<ReversalResponse><Response Result="Success"/></ReversalResponse>`)),
  );
  assert.equal(two.code, 'repeated');
  const half = refusal(() =>
    read(repeated((body) => `${body}<RepeatedResponseMessageBody>${body}</RepeatedResponseMessageBody>`)),
  );
  assert.equal(half.code, 'repeated');
});

test('missing and empty ids', () => {
  const transmit = decode(sample('transmit-request-terminal-address')).header;
  assert.equal(transmit.SaleID, '');
  assert.equal(transmit.ServiceID, undefined);
  const absent = read(changed('transmit-request-terminal-address', ' SaleID=""', '')).header;
  assert.equal(absent.SaleID, '');
  const empty = read(changed(APPROVED, 'ServiceID="3"', 'ServiceID=""')).header;
  assert.equal(empty.ServiceID, '');
});

test('an empty LoyaltyAccountID and an empty OutputText are empty texts', () => {
  const card = response(sampleText('card-acquisition-response-contactless')).CardAcquisitionResponse;
  assert.equal(card?.LoyaltyAccount?.[0]?.LoyaltyAccountID.Text, '');
});

test('children in any order', () => {
  const text = sampleText(APPROVED);
  const receipts = /<PaymentReceipt .*<\/PaymentReceipt>/s.exec(text)?.[0] ?? '';
  const shuffled = text.replace(receipts, '').replace('<PaymentResponse>', `<PaymentResponse>${receipts}`);
  assert.deepEqual(response(shuffled), response(text));
  const restriction = 'payment-response-payment-restriction';
  const card = response(sampleText(restriction)).PaymentResponse?.PaymentResult?.PaymentInstrumentData?.CardData;
  assert.deepEqual(card?.AllowedProductCode, ['24601']);
  assert.equal(card?.PaymentToken?.TokenRequestedType, 'Customer');
});

test('unknown elements and attributes are kept aside', () => {
  const text = sampleText(APPROVED)
    .replace('<POIData>', '<Extra a="1"><Deep><POIData/></Deep>text</Extra><POIData Colour="red">')
    .replace('Result="Success"', 'Result="Success" Mood="good"');
  const { message, ignored } = read(text);
  assert.deepEqual(message, decode(sample(APPROVED)).message);
  assert.deepEqual(ignored, [
    'SaleToPOIResponse.PaymentResponse.Response.Mood',
    'SaleToPOIResponse.PaymentResponse.Extra',
    'SaleToPOIResponse.PaymentResponse.POIData.Colour',
  ]);
  assert.equal(read(text.replace('<Extra a="1">', `${'<More/>'.repeat(500)}<Extra>`)).ignored.length, 50);
});

test('namespaces and prefixes are looked through, xsi attributes passed over', () => {
  const prefixed = sampleText(APPROVED)
    .replace(/<\?xml.*?\?>/, '')
    .replace(/<(\/?)(\w)/g, '<$1n:$2')
    .replace(
      '<n:SaleToPOIResponse>',
      '<n:SaleToPOIResponse xmlns:n="urn:x" xmlns="urn:y" xmlns:xsi="urn:z" xsi:noNamespaceSchemaLocation="a.xsd" xsi:Result="Failure">',
    );
  const { message, ignored } = read(prefixed);
  assert.deepEqual(message, decode(sample(APPROVED)).message);
  assert.deepEqual(ignored, []);
});

test('booleans and integers in all their spellings', () => {
  const flag = (value: string) =>
    request(changed('logout-request', '"true"', `"${value}"`)).LogoutRequest?.MaintenanceAllowed;
  assert.deepEqual(['true', '1', ' true ', 'false', '0', 'False'].map(flag), [true, true, true, false, false, false]);
  const row = (value: string) =>
    request(
      changed('print-request-formatted', 'StartRow="224"', `StartRow="${value}"`),
    ).PrintRequest?.PrintOutput.OutputContent.OutputText?.at(-1)?.StartRow;
  assert.deepEqual(['7', ' 007 ', '+7', '-0'].map(row), [7, 7, 7, 0]);
});

test('amounts in XML Schema’s other spellings become plain decimals', () => {
  const amount = (value: string) =>
    response(changed(APPROVED, 'AuthorizedAmount="56"', `AuthorizedAmount="${value}"`)).PaymentResponse?.PaymentResult
      ?.AmountsResp?.AuthorizedAmount;
  assert.deepEqual(['56', '0.00', '514.90', ' 56 ', '+56', '56.', '.5', '-0.00'].map(amount), [
    '56',
    '0.00',
    '514.90',
    '56',
    '56',
    '56',
    '0.5',
    '0.00',
  ]);
});

test('what the encoder may send is read as it was sent, a minus before zero included', () => {
  const quantity = (value: string) =>
    request(changed('payment-request-fuel-two-items', '20.5', value)).PaymentRequest?.PaymentTransaction.SaleItem?.[0]
      ?.Quantity;
  assert.deepEqual(['-0', '-000', '-20.50', ' -1 ', '-.5'].map(quantity), ['-0', '-000', '-20.50', '-1', '-0.5']);
});

for (const [from, to] of [
  ['AuthorizedAmount="56"', 'AuthorizedAmount="12,x"'],
  ['AuthorizedAmount="56"', 'AuthorizedAmount="56,00"'],
  ['AuthorizedAmount="56"', 'AuthorizedAmount=""'],
  ['AuthorizedAmount="56"', 'AuthorizedAmount="-56"'],
  ['AuthorizedAmount="56"', 'AuthorizedAmount="5.6e1"'],
  ['AuthorizedAmount="56"', 'AuthorizedAmount="NaN"'],
  ['AuthorizedAmount="56"', 'AuthorizedAmount="."'],
  ['AuthorizedAmount="56"', 'AuthorizedAmount="1 000"'],
  ['Currency="SEK"', 'Currency="SE"'],
  ['PaymentType="Normal">', 'PaymentType="Normal" OnlineFlag="maybe">'],
] as const) {
  test(`${to} is refused, with the field's path`, () => {
    const { code, path } = refusal(() => read(changed(APPROVED, from, to)));
    assert.equal(code, 'invalid_value');
    assert.match(path ?? '', /^SaleToPOIResponse\.PaymentResponse\.PaymentResult\.\w+/);
  });
}

test('an unknown element inside a text does no harm, inside a value it is refused', () => {
  const prose = response(changed('login-response-failure-busy', 'POI Terminal', 'POI <b>x</b>Terminal'));
  assert.match(prose.LoginResponse?.Response.AdditionalResponse ?? '', /^POI Terminal Temp/);
  const confirmed = changed('input-response-confirmation-true', '>true<', '>tr<x/>ue<');
  assert.equal(refusal(() => read(confirmed)).code, 'invalid_value');
});

test('comments, CDATA and references are part of XML', () => {
  const text = changed('abort-request', 'Abort by Sale System', 'A&amp;B <![CDATA[<C>]]>&#229;<!-- no -->&lt;');
  assert.equal(request(text).AbortRequest?.AbortReason, 'A&B <C>å<');
});

test('free text is verbatim, codes and times are trimmed', () => {
  const login = changed('login-request', /<DateTime>(.*)<\/DateTime>/, '<DateTime>\n $1 \n</DateTime>');
  assert.equal(request(login).LoginRequest?.DateTime, '2023-09-26T13:57:31+02:00');
  const display = changed('display-request-customer-multi-line', 'Message to be displayed', '  two  blanks\n ');
  const [line] = request(display).DisplayRequest?.DisplayOutput[0]?.OutputContent.OutputText ?? [];
  assert.equal(line?.Text, '  two  blanks\n ');
});

test('what only informs may be incomplete; what decides may not', () => {
  const acquirer = response(changed(APPROVED, ' AcquirerPOIID="877888"', '')).PaymentResponse?.PaymentResult;
  assert.equal(acquirer?.PaymentAcquirerData?.ApprovalCode, '611506');
  for (const [from, field] of [
    [' Result="Success"', 'PaymentResponse.Response.Result'],
    [' AuthorizedAmount="56"', 'PaymentResponse.PaymentResult.AmountsResp.AuthorizedAmount'],
    [/<POIData>.*<\/POIData>/s, 'PaymentResponse.POIData'],
    [' MessageCategory="Payment"', 'MessageHeader.MessageCategory'],
  ] as const) {
    const { code, path } = refusal(() => read(changed(APPROVED, from, '')));
    assert.deepEqual([code, path], ['missing', `SaleToPOIResponse.${field}`]);
  }
});

test('a result without its Response is refused', () => {
  const output = changed(
    'input-response-confirmation-true',
    /(<OutputResult [^>]*>)\s*<Response Result="Success"\/>/,
    '$1',
  );
  const { code, path } = refusal(() => read(output));
  assert.deepEqual([code, path], ['missing', 'SaleToPOIResponse.InputResponse.OutputResult.Response']);
});

test('a failed response may come without its other parts', () => {
  const busy = `<SaleToPOIResponse><MessageHeader MessageClass="Service" MessageCategory="Payment" MessageType="Response"
    ServiceID="3" SaleID="1" POIID="A"/><PaymentResponse><Response Result="Failure" ErrorCondition="Busy"/></PaymentResponse></SaleToPOIResponse>`;
  assert.deepEqual(response(busy).PaymentResponse, { Response: { Result: 'Failure', ErrorCondition: 'Busy' } });
  assert.equal(
    refusal(() => read(busy.replace('Failure', 'Success'))).path,
    'SaleToPOIResponse.PaymentResponse.SaleData',
  );
});

for (const [what, from, to] of [
  ['element', /(<AmountsResp .*\/>)/, '$1$1'],
  ['value element', /(<ApprovalCode>.*<\/ApprovalCode>)/, '$1$1'],
  ['Response', '<Response Result="Success"/>', '<Response Result="Failure"/><Response Result="Success"/>'],
  ['header', /(<MessageHeader .*\/>)/, '$1$1'],
] as const) {
  test(`a repeated ${what} is refused: which counts?`, () => {
    assert.equal(refusal(() => read(changed(APPROVED, from, to))).code, 'repeated');
  });
}
