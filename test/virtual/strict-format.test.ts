import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { decode } from '../../lib/protocol/xml/decode.ts';
import { encode } from '../../lib/protocol/xml/encode.ts';
import { formatProblem } from '../../lib/virtual/terminal/strict-format.ts';

const folder = new URL('../fixtures/wire/', import.meta.url);
const sample = (name: string) => readFileSync(new URL(name, folder), 'utf8');
const problem = (xml: string) => formatProblem(Buffer.from(xml));

/** What the published samples themselves do against the schema. */
const oddities: Record<string, RegExp> = {
  'payment-request-fuel-two-items.xml': /UnitOfMeasure: is not one of the listed codes/,
  'transaction-status-response-layout.xml': /MessageHeader/,
  'payment-response-payment-restriction.xml': /AllowedProductCode: has to come before PaymentToken/,
};

for (const name of readdirSync(folder).filter((file) => file.endsWith('.xml')))
  test(`${name}: ${oddities[name] ? 'against the schema' : 'as the schema has it'}`, () => {
    const expected = oddities[name];
    if (expected) assert.match(problem(sample(name).trim()) ?? '', expected);
    else assert.equal(problem(sample(name).trim()), undefined);
  });

test('what the encoder writes is accepted, oddities included', () => {
  for (const name of readdirSync(folder).filter((file) => file.includes('request') && file.endsWith('.xml'))) {
    if (name.startsWith('transmit')) continue;
    assert.equal(formatProblem(encode(decode(Buffer.from(sample(name))).message)), undefined, name);
  }
});

const header = (category = 'Payment', rest = '') =>
  `<MessageHeader ProtocolVersion="3.1" MessageClass="Service" MessageCategory="${category}" MessageType="Request" ServiceID="1" SaleID="1" POIID="A"${rest}/>`;
const data = '<SaleData><SaleTransactionID TransactionID="1" TimeStamp="2023-08-24T17:03:37+02:00"/></SaleData>';
const amounts =
  '<PaymentTransaction><AmountsReq Currency="SEK" RequestedAmount="38" CashBackAmount="0"/></PaymentTransaction>';
const pay = (inner: string, head = header()) =>
  `<SaleToPOIRequest>${head}<PaymentRequest>${inner}</PaymentRequest></SaleToPOIRequest>`;

const wrong: [string, string, RegExp][] = [
  ['order', pay(amounts + data), /SaleData: has to come before PaymentTransaction/],
  ['place', pay(`${data}<AmountsReq Currency="SEK"/>`), /PaymentRequest\.AmountsReq: no such element here/],
  ['an unknown element', pay(`${data}${amounts}<Extra/>`), /Extra: no such element/],
  ['an unknown attribute', pay(data + amounts, header('Payment', ' Extra="1"')), /Extra: no such attribute/],
  [
    'an element in place of an attribute',
    pay(`<SaleData><TokenRequestedType>Customer</TokenRequestedType></SaleData>`),
    /no such element/,
  ],
  ['twice', pay(data + data + amounts), /SaleData: occurs too often/],
  ['a missing element', pay(data), /PaymentTransaction: is missing/],
  ['a missing attribute', pay(data + amounts, header().replace(' SaleID="1"', '')), /SaleID: is missing/],
  ['case of a code', pay(`${data}${amounts}<PaymentData PaymentType="normal"/>`), /PaymentType: is not one of/],
  ['case of a name', pay(data.replaceAll('SaleData', 'saleData') + amounts), /saleData: no such element/],
  ['an amount with a comma', pay(data + amounts.replace('38', '38,00')), /RequestedAmount: does not have the form/],
  [
    'a ServiceID that is too long',
    pay(data + amounts, header().replace('ServiceID="1"', 'ServiceID="12345678901"')),
    /ServiceID: is too short or too long/,
  ],
  ['text between elements', pay(`${data}x${amounts}`), /has text of its own/],
  ['another category', pay(data + amounts, header('Refund')), /MessageCategory: /],
  [
    'a category of another body',
    pay(data + amounts, header('Login')),
    /MessageCategory: does not go with PaymentRequest/,
  ],
  [
    'a boolean that is none',
    `<SaleToPOIRequest>${header('Logout')}<LogoutRequest MaintenanceAllowed="yes"/></SaleToPOIRequest>`,
    /MaintenanceAllowed: is neither/,
  ],
  [
    'two bodies',
    `<SaleToPOIRequest>${header('Logout')}<LogoutRequest/><PaymentRequest/></SaleToPOIRequest>`,
    /there is a body already/,
  ],
  ['no body', `<SaleToPOIRequest>${header()}</SaleToPOIRequest>`, /has no body/],
  [
    'a body before its header',
    `<SaleToPOIRequest><LogoutRequest/>${header('Logout')}</SaleToPOIRequest>`,
    /MessageHeader/,
  ],
  ['another root', '<Envelope/>', /Envelope: not a root/],
  ['no XML', 'hello', /./],
  ['names every object has', pay(`${data}${amounts}<constructor/><__proto__/>`), /constructor: no such element/],
  [
    'attributes every object has',
    pay(data + amounts, header('Payment', ' constructor="1"')),
    /constructor: no such attribute/,
  ],
];
for (const [name, xml, expected] of wrong)
  test(`refused: ${name}`, () => {
    assert.match(problem(xml) ?? 'accepted', expected);
  });

test('accepted: declarations, comments, CDATA, blanks and namespace attributes', () => {
  assert.equal(problem(`<?xml version='1.0'?><!-- x -->\n${pay(data + amounts)}\n`), undefined);
  const root = pay(`\n ${data}\n ${amounts}\n`).replace(
    '<SaleToPOIRequest>',
    '<SaleToPOIRequest xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="x.xsd">',
  );
  assert.equal(problem(root), undefined);
});

test('no value is ever quoted: some are card data', () => {
  const keyed = `<PaymentData><PaymentInstrumentData PaymentInstrumentType="Card"><CardData><SensitiveCardData PAN="4539x03112345678"/></CardData></PaymentInstrumentData></PaymentData>`;
  const message = problem(pay(data + amounts + keyed));
  assert.match(message ?? '', /PAN: does not have the form/);
  assert.doesNotMatch(message ?? '', /4539/);
});
