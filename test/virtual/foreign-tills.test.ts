/** What tills of other makes meet: messages that are incomplete, currencies, receipts that the vendor's demo reads. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '../../lib/protocol/types.ts';
import { decode } from '../../lib/protocol/xml/decode.ts';
import { VirtualTerminals, type WireAnswer } from '../../lib/virtual/virtual-terminals.ts';

const terminals = () => new VirtualTerminals({ delay: 0 });

function send(to: VirtualTerminals, xml: string): Promise<WireAnswer> {
  return new Promise((resolve) => to.receive(Buffer.from(xml), resolve));
}

async function message(to: VirtualTerminals, xml: string): Promise<Message> {
  const answer = await send(to, xml);
  assert.ok(answer.type === 'http' && answer.status === 200, JSON.stringify(answer));
  return decode(answer.body).message;
}

function xml(category: string, body: string, { messageClass = 'Service', service = '1' } = {}): string {
  const device = messageClass === 'Device' ? ' DeviceID="7"' : '';
  return `<SaleToPOIRequest><MessageHeader ProtocolVersion="3.1" MessageClass="${messageClass}" MessageCategory="${category}" MessageType="Request" ServiceID="${service}"${device} SaleID="1" POIID="T1"/>${body}</SaleToPOIRequest>`;
}

const login = xml(
  'Login',
  '<LoginRequest OperatorLanguage="en" OperatorID="Cashier1"><DateTime>2026-01-01T10:00:00+01:00</DateTime><SaleSoftware ProviderIdentification="x" ApplicationName="y" SoftwareVersion="1"/></LoginRequest>',
);
const SALE = '<SaleData><SaleTransactionID TransactionID="4711" TimeStamp="2026-01-01T10:00:00+01:00"/></SaleData>';
const payment = (currency: string, service: string, amount = '38') =>
  xml(
    'Payment',
    `<PaymentRequest>${SALE}<PaymentTransaction><AmountsReq Currency="${currency}" RequestedAmount="${amount}"/></PaymentTransaction></PaymentRequest>`,
    { service },
  );

async function pay(to: VirtualTerminals, currency: string, service: string, amount?: string) {
  const answer = await message(to, payment(currency, service, amount));
  assert.ok('SaleToPOIResponse' in answer && answer.SaleToPOIResponse.PaymentResponse);
  return answer.SaleToPOIResponse.PaymentResponse;
}

const incomplete: [what: string, request: string, body: string][] = [
  ['a payment without an amount', xml('Payment', `<PaymentRequest>${SALE}</PaymentRequest>`), 'PaymentResponse'],
  ['an empty payment', xml('Payment', '<PaymentRequest/>'), 'PaymentResponse'],
  ['a payment without a body', xml('Payment', ''), 'PaymentResponse'],
  ['a body that nexo does not have', xml('Payment', '<PayRequest/>'), 'PaymentResponse'],
  ['a body of another category', xml('Payment', '<LogoutRequest/>'), 'PaymentResponse'],
  ['a payment that is cut off', payment('SEK', '1').slice(0, -60), 'PaymentResponse'],
  ['an amount that is no number', payment('SEK', '1', 'ten'), 'PaymentResponse'],
  ['an empty login', xml('Login', '<LoginRequest/>'), 'LoginResponse'],
  ['a reversal of nothing', xml('Reversal', '<ReversalRequest/>'), 'ReversalResponse'],
  ['a card request without SaleData', xml('CardAcquisition', '<CardAcquisitionRequest/>'), 'CardAcquisitionResponse'],
  ['a display of nothing', xml('Display', '<DisplayRequest/>', { messageClass: 'Device' }), 'DisplayResponse'],
  ['a question without a command', xml('Input', '<InputRequest/>', { messageClass: 'Device' }), 'InputResponse'],
  ['a print of nothing', xml('Print', '<PrintRequest/>', { messageClass: 'Device' }), 'PrintResponse'],
  ['totals without a body', xml('GetTotals', ''), 'GetTotalsResponse'],
  ['a report without criteria', xml('TransactionReport', '<TransactionReportRequest/>'), 'TransactionReportResponse'],
];

for (const [what, request, body] of incomplete)
  test(`${what}: Failure, MessageFormat, in the category asked`, async () => {
    const answer = await message(terminals(), request);
    assert.ok('SaleToPOIResponse' in answer && body in answer.SaleToPOIResponse, JSON.stringify(answer));
    const { MessageHeader: header } = answer.SaleToPOIResponse;
    assert.deepEqual([header.ServiceID, header.SaleID, header.POIID], ['1', '1', 'T1']);
    const text = JSON.stringify(answer);
    assert.match(text, /"Result":"Failure"/);
    assert.match(text, /"ErrorCondition":"MessageFormat"/);
    assert.match(text, /"AdditionalResponse":"./);
  });

test('what is left of a cut-off payment names the transaction it was about', async () => {
  const answer = await message(terminals(), payment('SEK', '1').slice(0, -60));
  assert.ok('SaleToPOIResponse' in answer);
  assert.equal(answer.SaleToPOIResponse.PaymentResponse?.SaleData.SaleTransactionID.TransactionID, '4711');
});

test('an incomplete abort is no 204, and bytes without a header are an HTTP error', async () => {
  const rejected = [xml('Abort', '<AbortRequest/>'), xml('Payment', '').replace('POIID', 'x'), '<a/>', 'hello', ''];
  for (const bytes of [...rejected, '<SaleToPOIRequest><PaymentRequest/></SaleToPOIRequest>', xml('Nothing', '')]) {
    const answer = await send(terminals(), bytes);
    assert.ok(answer.type === 'http' && answer.status === 400, bytes);
  }
});

test('SEK, NOK, DKK and EUR are taken; other currencies are refused, and no money moves', async () => {
  const to = terminals();
  await message(to, login);
  for (const [index, currency] of ['SEK', 'NOK', 'DKK', 'EUR'].entries())
    assert.equal((await pay(to, currency, `1${index}`)).Response.Result, 'Success', currency);
  for (const [index, currency] of ['USD', 'GBP', 'CHF', 'JPY'].entries()) {
    const { Response, PaymentResult } = await pay(to, currency, `2${index}`);
    assert.deepEqual([Response.Result, Response.ErrorCondition, PaymentResult], ['Failure', 'Refusal', undefined]);
    assert.match(Response.AdditionalResponse ?? '', new RegExp(`SEK, NOK, DKK, EUR, and not ${currency}`));
  }
  assert.equal(to.terminal('T1')?.ledger.movements.length, 4);
});

test('Partial comes with an ErrorCondition, as nexo asks of every result but Success', async () => {
  const to = terminals();
  await message(to, login);
  const { Response } = await pay(to, 'SEK', '2', '100.07');
  assert.deepEqual([Response.Result, Response.ErrorCondition], ['Partial', 'PaymentRestriction']);
});

/** The fields that Swedbank Pay's demo for Android cannot do without, by their path in either copy. */
const DEMO = [
  ...['CardAcceptorNumber', 'TerminalID'].map((name) => `Mandatory.Acquirer.${name}`),
  ...['Address1', 'BankAgentName', 'Name', 'OperatorNumber', 'OrganisationNumber', 'PostZipCode', 'TownCity'].map(
    (name) => `Mandatory.CardAcceptor.${name}`,
  ),
  ...[
    'ApplicationIdentifier',
    'CardSchemeName.ApplicationLabel',
    'PrimaryAccountNumber',
    'TerminalVerificationResult',
    'TransactionStatusInformation',
  ].map((name) => `Mandatory.CardDetails.${name}`),
  ...['AuthorisationResponder', 'DebitStatus'].map((name) => `Mandatory.Outcome.${name}`),
  ...['DateOfPayment', 'TimeOfPayment'].map((name) => `Mandatory.TimeStamp.${name}`),
  'Optional.CardAcceptor.CountryName',
  'Optional.CardDetails.CardIssuerNumber',
  'Optional.CardDetails.CardSchemeName.ApplicationLabel',
  'Optional.Payment.Reference',
];

test('receipts have what Swedbank Pay’s demo reads, the operator who logged in among it', async () => {
  const to = terminals();
  await message(to, login);
  const approved = await pay(to, 'SEK', '2');
  const receipts = (approved.PaymentReceipt ?? []).map(({ OutputContent }) => {
    const text = OutputContent.OutputText?.[0]?.Text ?? '';
    return Object.values(JSON.parse(Buffer.from(text, 'base64').toString()) as object)[0];
  });
  assert.equal(receipts.length, 2);
  for (const receipt of receipts) {
    for (const path of DEMO) assert.equal(typeof at(receipt, path), 'string', path);
    assert.equal(at(receipt, 'Mandatory.CardAcceptor.OperatorNumber'), 'Cashier1');
  }
});

function at(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((inner, name) => (inner as Record<string, unknown> | undefined)?.[name], value);
}
