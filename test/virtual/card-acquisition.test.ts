import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeReceipts } from '../../lib/protocol/receipts/receipts.ts';
import type { Message } from '../../lib/protocol/types.ts';
import { decode } from '../../lib/protocol/xml/decode.ts';
import type { ScenarioName } from '../../lib/virtual/terminal/scenarios.ts';
import * as pos from '../support/pos.ts';
import { sample } from '../support/wire.ts';
import { abort, display, type Header, open, proceed, read, start } from './card-ahead.ts';
import { Counter, cardOf, payment, said, verdict } from './counter.ts';
import { FULL } from './till.ts';

test('a card is answered as the sample is, but for what the page says of PAR and LoyaltyAccount', () => {
  const counter = open();
  const { CardAcquisitionResponse: body } = counter.exchange(read);
  const published = decode(sample('card-acquisition-response-contactless')).message;
  assert.ok('SaleToPOIResponse' in published);
  const expected = published.SaleToPOIResponse.CardAcquisitionResponse?.PaymentInstrumentData?.CardData;
  const { PaymentBrand, MaskedPAN, EntryMode, PaymentToken, PaymentAccountRef } = cardOf(counter.last()) ?? {};
  assert.deepEqual(
    [PaymentBrand, MaskedPAN, EntryMode],
    [expected?.PaymentBrand, expected?.MaskedPAN, expected?.EntryMode],
  );
  assert.match(PaymentToken?.TokenValue ?? '', /^[0-9A-F]{70}$/);
  assert.equal(PaymentAccountRef, undefined, 'the issuer was not asked yet');
  assert.equal(body?.LoyaltyAccount, undefined, 'only for card type 03');
  assert.match(body?.POIData.POITransactionID.TransactionID ?? '', /^\d+$/);
});

const types: [ScenarioName, string, boolean][] = [
  ['approved', '01,', false],
  ['combined', '02,', false],
  ['loyalty', '03,', true],
  ['otherCard', '04,', false],
];
for (const [name, type, loyalty] of types)
  test(`${name}: a card of type ${type}${loyalty ? ' with a LoyaltyAccount' : ''}`, () => {
    const { CardAcquisitionResponse: body } = open([name]).last();
    assert.equal(body?.PaymentInstrumentData?.CardData?.PaymentBrand?.slice(0, 3), type);
    assert.equal(body?.LoyaltyAccount?.length === 1, loyalty);
  });

test('a token only where it is asked for', () => {
  const counter = open();
  const plain = (header: Header): Message => {
    const message = read(header);
    assert.ok('SaleToPOIRequest' in message && message.SaleToPOIRequest.CardAcquisitionRequest);
    delete message.SaleToPOIRequest.CardAcquisitionRequest.SaleData.TokenRequestedType;
    return message;
  };
  assert.equal(cardOf(counter.exchange(plain))?.PaymentToken, undefined);
});

test('outside the service no card is read, and nothing is continued', () => {
  const counter = new Counter();
  assert.equal(verdict(counter.exchange(read)), 'Failure NotAllowed');
  assert.equal(verdict(counter.exchange(proceed)), 'Failure NotAllowed');
  assert.equal(verdict(counter.exchange(abort)), 'Success', 'there is nothing to abort, which is what was wanted');
});

test('the last payment card is charged, without one being presented; a loyalty card takes no place', () => {
  const counter = open(['approved', 'combined', 'loyalty']);
  const { MaskedPAN } = cardOf(counter.pay('50', { transactionId: 'sale' })) ?? {};
  assert.equal(MaskedPAN, '522222******1881');
  assert.equal(counter.terminal.ledger.of('sale').charged, 5000);
  assert.equal(verdict(counter.exchange(read)), 'Failure NotAllowed', 'the payment ended the service');
  assert.notEqual(cardOf(counter.pay('50'))?.MaskedPAN, MaskedPAN, 'it is charged once');
});

test('the danger: the payment of any other sale is charged to the card that was read', () => {
  const counter = open(['combined']);
  counter.pay('999', { transactionId: 'somebody else' });
  assert.equal(counter.terminal.ledger.of('somebody else').charged, 99_900);
});

test('it is quicker than a card that has to be presented, and PAR comes with the payment', () => {
  const counter = open(['approved']);
  counter.begin((header) => payment(header, '50', {}));
  counter.clock.turn(300);
  assert.equal(cardOf(counter.last())?.PaymentAccountRef, '5c0e2bdfe30fb6e3d7dd1eee887de');
});

test('where no payment card was read, the payment asks for one', () => {
  const counter = open(['loyalty', 'noCustomer']);
  counter.begin((header) => payment(header, '50', { transactionId: 'x' }));
  counter.clock.turn(300);
  assert.equal(counter.terminal.ledger.of('x').charged, 0);
  counter.clock.turn(1200);
  assert.equal(verdict(counter.last()), 'Success');
});

test('scenarios that speak of a presented card leave the one that was read', () => {
  for (const name of ['noCustomer', 'mobile', 'otherCard', 'fuelCard'] as const) {
    const counter = open(['combined']);
    counter.terminal.script([name]);
    assert.equal(cardOf(counter.pay('50'))?.MaskedPAN, '522222******1881', name);
  }
  const counter = open(['combined']);
  counter.terminal.script(['declined']);
  assert.equal(verdict(counter.pay('50')), 'Failure Refusal');
});

test('a reference to the card has to be its POITransactionID, to the letter', () => {
  const counter = open(['approved', 'loyalty']);
  const [first, second] = counter.answers
    .slice(-2)
    .map((one) => (one.type === 'message' && 'SaleToPOIResponse' in one.message ? one.message.SaleToPOIResponse : null))
    .map((one) => one?.CardAcquisitionResponse?.POIData.POITransactionID);
  assert.ok(first && second);
  assert.equal(verdict(counter.pay('50', { reference: second })), 'Failure NotFound', 'no payment card');
  const local = { ...first, TimeStamp: first.TimeStamp.replace('Z', '+00:00') };
  assert.equal(verdict(counter.pay('50', { reference: local })), 'Failure NotFound');
  assert.equal(verdict(counter.pay('50', { reference: first })), 'Success');
  assert.equal(verdict(counter.pay('50', { reference: first })), 'Failure NotFound', 'it is used up');
});

test('StartTransaction: its service has to be CardAcquisition, and it is not nested', () => {
  const counter = new Counter();
  const enable = (ServicesEnabled?: string[]) => (header: Header) =>
    pos.request(header, 'EnableService', {
      EnableServiceRequest: { TransactionAction: 'StartTransaction', ...(ServicesEnabled ? { ServicesEnabled } : {}) },
    });
  assert.equal(verdict(counter.exchange(enable())), 'Failure MessageFormat');
  assert.equal(verdict(counter.exchange(enable(['Payment']))), 'Failure UnavailableService');
  assert.equal(verdict(counter.exchange(enable(['CardAcquisition']))), 'Success');
  assert.equal(verdict(counter.exchange(enable(['CardAcquisition']))), 'Failure NotAllowed');
});

test('after StartTransaction comes a card or the end, and nothing else', () => {
  const counter = open();
  for (const make of [display('Hej'), proceed, (header: Header) => pos.payment(header, '10'), pos.logout])
    assert.equal(verdict(counter.exchange(make)), 'Failure NotAllowed');
  assert.equal(verdict(counter.exchange(pos.status)), 'Failure NotFound', 'a status is always answered');
  assert.equal(verdict(counter.exchange(abort)), 'Success');
  assert.equal(verdict(counter.pay('10')), 'Success');
});

test('between card and payment: displays, questions and more cards; the rest is not allowed', () => {
  const counter = open(['approved']);
  assert.equal(verdict(counter.exchange(display('Member: 10 % off'))), 'Success');
  assert.deepEqual(counter.terminal.screen, ['Member: 10 % off']);
  const question = { Device: 'CustomerInput', InfoQualify: 'Input', InputCommand: 'GetConfirmation' };
  const ask = (header: Header) => pos.request(header, 'Input', { InputRequest: { InputData: question } }, 'Device');
  assert.equal(verdict(counter.exchange(ask)), 'Success');
  const id = { TransactionID: '1', TimeStamp: '2023-08-24T15:04:00.498Z' };
  for (const make of [pos.logout, (header: Header) => pos.reversal(header, id), start])
    assert.equal(verdict(counter.exchange(make)), 'Failure NotAllowed');
  assert.equal(verdict(counter.exchange(read)), 'Success');
  assert.equal(verdict(counter.pay('10')), 'Success');
});

test('an abort while a card is awaited: 204, Aborted, idle, and what was read before is forgotten', () => {
  const counter = open(['combined'], {}, FULL);
  const id = counter.begin(read);
  counter.clock.turn(100);
  counter.take();
  counter.begin((header) => pos.abort(header, { MessageCategory: 'CardAcquisition', ServiceID: id }));
  assert.deepEqual(counter.take(), [
    'Abort →',
    '← Abort empty',
    'Display Aborted',
    '← CardAcquisition Failure Aborted',
    'Display Welcome',
  ]);
  assert.equal(verdict(counter.exchange(read)), 'Failure NotAllowed');
  assert.notEqual(cardOf(counter.pay('10'))?.MaskedPAN, '522222******1881');
});

test('AbortTransaction after a payment card: Success, aborted, a receipt to print, idle', () => {
  const counter = open(['approved'], {}, FULL);
  counter.take();
  counter.exchange(abort);
  assert.deepEqual(counter.take(), [
    'EnableService →',
    '← EnableService Success',
    'Display Aborted',
    'Print CustomerReceipt',
    'Display Welcome',
  ]);
  const printed = counter.heard.find(({ PrintRequest }) => PrintRequest)?.PrintRequest?.PrintOutput;
  assert.ok(printed);
  assert.equal(printed.RequiredSignatureFlag ?? false, false);
  const { DocumentQualifier, OutputContent } = printed;
  const { customer } = decodeReceipts([{ DocumentQualifier, OutputContent }]);
  assert.ok(customer?.lines.includes('Avbrutet'), customer?.text);
  assert.ok(!customer?.text.includes('516815'));
  assert.notEqual(cardOf(counter.pay('10'))?.MaskedPAN, '516815******9659', 'another customer');
});

test('nothing is printed where only a loyalty card was read, or where the POS does not print', () => {
  for (const [names, capabilities] of [
    [['loyalty'], FULL],
    [['approved'], FULL.filter((one) => one !== 'PrinterReceipt')],
    [['approved'], ['PrinterReceipt']],
  ] as [ScenarioName[], string[]][]) {
    const counter = open(names, {}, capabilities);
    counter.exchange(abort);
    assert.ok(!counter.heard.some(({ PrintRequest }) => PrintRequest));
  }
});

test('a login resets it', () => {
  const counter = open(['combined']);
  counter.login(['PrinterReceipt'], 'sv', '99');
  assert.equal(verdict(counter.exchange(read)), 'Failure NotAllowed');
  assert.notEqual(cardOf(counter.pay('10'))?.MaskedPAN, '522222******1881');
});

const failures: [ScenarioName, string][] = [
  ['cancelled', 'Failure Cancel'],
  ['noCustomer', 'Failure Cancel'],
  ['invalidCard', 'Failure InvalidCard'],
  ['busy', 'Failure Busy'],
];
for (const [name, expected] of failures)
  test(`${name}: ${expected}, and the next card may be read`, () => {
    const counter = open(['combined']);
    counter.terminal.script([name]);
    assert.equal(verdict(counter.exchange(read)), expected);
    assert.notEqual(said(counter.last()), '');
    assert.equal(verdict(counter.exchange(read)), 'Success');
  });

test('a customer who cancels a second card leaves the first one to be charged', () => {
  const counter = open(['combined', 'cancelled']);
  assert.equal(cardOf(counter.pay('10'))?.MaskedPAN, '522222******1881');
});

test('the name may stand in the TransactionID, and what the host will say is not known yet', () => {
  const counter = open();
  const named = (TransactionID: string) => (header: Header) => {
    const message = read(header);
    assert.ok('SaleToPOIRequest' in message && message.SaleToPOIRequest.CardAcquisitionRequest);
    message.SaleToPOIRequest.CardAcquisitionRequest.SaleData.SaleTransactionID.TransactionID = TransactionID;
    return message;
  };
  assert.equal(cardOf(counter.exchange(named('loyalty-1')))?.PaymentBrand, '03,Demo Club');
  assert.equal(verdict(counter.exchange(named('cancelled-1'))), 'Failure Cancel');
  assert.equal(verdict(counter.exchange(named('declined-1'))), 'Success');
});

test('it is the last transaction, for a status without a reference', () => {
  const counter = open(['approved']);
  const acquired = counter.last();
  const { TransactionStatusResponse: status } = counter.exchange(pos.status);
  assert.deepEqual(status?.RepeatedMessageResponse?.CardAcquisitionResponse, acquired.CardAcquisitionResponse);
  assert.equal(counter.terminal.ledger.movements.length, 0);
});

test('an answer that gets lost was given: the status has it, and the card is charged', () => {
  const counter = open();
  counter.terminal.script(['lostResponse']);
  counter.begin(read);
  counter.clock.turn(5000);
  assert.deepEqual(counter.answers.at(-1), { type: 'drop' });
  assert.equal(verdict(counter.exchange(pos.status)), 'Success');
  assert.equal(cardOf(counter.pay('10'))?.MaskedPAN, '516815******9659');
});

test('a POS that gets Busy after payments does not get it after a card', () => {
  const counter = open([], { busyAfterPayment: 3000 });
  counter.exchange(read, 1500);
  assert.equal(verdict(counter.exchange((header) => payment(header, '10', {}), 300)), 'Success');
  assert.equal(verdict(counter.exchange(start, 0)), 'Failure Busy');
});

test('bad input: a payment type that is none', () => {
  const counter = open();
  const advance = (header: Header) => {
    const message = read(header);
    assert.ok('SaleToPOIRequest' in message && message.SaleToPOIRequest.CardAcquisitionRequest);
    message.SaleToPOIRequest.CardAcquisitionRequest.CardAcquisitionTransaction.PaymentType = 'CashAdvance';
    return message;
  };
  assert.equal(verdict(counter.exchange(advance)), 'Failure UnavailableService');
});
