import assert from 'node:assert/strict';
import { test } from 'node:test';
import { swedbankReceipt } from '../../lib/protocol/profiles/swedbank-receipt.ts';
import { decodeReceipts } from '../../lib/protocol/receipts/receipts.ts';
import type { Message } from '../../lib/protocol/types.ts';
import { decode } from '../../lib/protocol/xml/decode.ts';
import type { ScenarioName } from '../../lib/virtual/terminal/scenarios.ts';
import * as pos from '../support/pos.ts';
import { sample } from '../support/wire.ts';
import {
  abortReading,
  continueProcessing,
  customerDisplay,
  type Header,
  openReading,
  readCard,
  startReading,
} from './card-in-advance.ts';
import { additionalResponse, ClientPos, cardOf, payment, resultText } from './client-pos.ts';
import { FULL } from './recording-pos.ts';

test('a card is answered as in the sample, except PAR and LoyaltyAccount, which follow the page', () => {
  const client = openReading();
  const { CardAcquisitionResponse: body } = client.exchange(readCard);
  const published = decode(sample('card-acquisition-response-contactless')).message;
  assert.ok('SaleToPOIResponse' in published);
  const expected = published.SaleToPOIResponse.CardAcquisitionResponse?.PaymentInstrumentData?.CardData;
  const { PaymentBrand, MaskedPAN, EntryMode, PaymentToken, PaymentAccountRef } = cardOf(client.last()) ?? {};
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
    const { CardAcquisitionResponse: body } = openReading([name]).last();
    assert.equal(body?.PaymentInstrumentData?.CardData?.PaymentBrand?.slice(0, 3), type);
    assert.equal(body?.LoyaltyAccount?.length === 1, loyalty);
  });

test('a token only where it is asked for', () => {
  const client = openReading();
  const plain = (header: Header): Message => {
    const message = readCard(header);
    assert.ok('SaleToPOIRequest' in message && message.SaleToPOIRequest.CardAcquisitionRequest);
    delete message.SaleToPOIRequest.CardAcquisitionRequest.SaleData.TokenRequestedType;
    return message;
  };
  assert.equal(cardOf(client.exchange(plain))?.PaymentToken, undefined);
});

test('outside the service no card is read, and nothing is continued', () => {
  const client = new ClientPos();
  assert.equal(resultText(client.exchange(readCard)), 'Failure NotAllowed');
  assert.equal(resultText(client.exchange(continueProcessing)), 'Failure NotAllowed');
  assert.equal(
    resultText(client.exchange(abortReading)),
    'Success',
    'there is nothing to abort, which is what was wanted',
  );
});

test('the last payment card is charged, without one being presented; a loyalty card takes no place', () => {
  const client = openReading(['approved', 'combined', 'loyalty']);
  const { MaskedPAN } = cardOf(client.pay('50', { transactionId: 'sale' })) ?? {};
  assert.equal(MaskedPAN, '522222******1881');
  assert.equal(client.terminal.ledger.of('sale').charged, 5000);
  assert.equal(resultText(client.exchange(readCard)), 'Failure NotAllowed', 'the payment ended the service');
  assert.notEqual(cardOf(client.pay('50'))?.MaskedPAN, MaskedPAN, 'it is charged once');
});

test('the danger: the payment of any other sale is charged to the card that was read', () => {
  const client = openReading(['combined']);
  client.pay('999', { transactionId: 'another sale' });
  assert.equal(client.terminal.ledger.of('another sale').charged, 99_900);
});

test('it is quicker than a card that has to be presented, and PAR comes with the payment', () => {
  const client = openReading(['approved']);
  client.start((header) => payment(header, '50', {}));
  client.clock.advance(300);
  assert.equal(cardOf(client.last())?.PaymentAccountRef, '5c0e2bdfe30fb6e3d7dd1eee887de');
});

test('where no payment card was read, the payment asks for one', () => {
  const client = openReading(['loyalty', 'noCustomer']);
  client.start((header) => payment(header, '50', { transactionId: 'x' }));
  client.clock.advance(300);
  assert.equal(client.terminal.ledger.of('x').charged, 0);
  client.clock.advance(1200);
  assert.equal(resultText(client.last()), 'Success');
});

test('scenarios that speak of a presented card leave the one that was read', () => {
  for (const name of ['noCustomer', 'mobile', 'otherCard', 'fuelCard'] as const) {
    const client = openReading(['combined']);
    client.terminal.script([name]);
    assert.equal(cardOf(client.pay('50'))?.MaskedPAN, '522222******1881', name);
  }
  const client = openReading(['combined']);
  client.terminal.script(['declined']);
  assert.equal(resultText(client.pay('50')), 'Failure Refusal');
});

test('a reference to the card has to be its POITransactionID, to the letter', () => {
  const client = openReading(['approved', 'loyalty']);
  const [first, second] = client.responses
    .slice(-2)
    .map((one) => (one.type === 'message' && 'SaleToPOIResponse' in one.message ? one.message.SaleToPOIResponse : null))
    .map((one) => one?.CardAcquisitionResponse?.POIData.POITransactionID);
  assert.ok(first && second);
  assert.equal(resultText(client.pay('50', { reference: second })), 'Failure NotFound', 'no payment card');
  const local = { ...first, TimeStamp: first.TimeStamp.replace('Z', '+00:00') };
  assert.equal(resultText(client.pay('50', { reference: local })), 'Failure NotFound');
  assert.equal(resultText(client.pay('50', { reference: first })), 'Success');
  assert.equal(resultText(client.pay('50', { reference: first })), 'Failure NotFound', 'it is used up');
});

test('StartTransaction: its service has to be CardAcquisition, and it is not nested', () => {
  const client = new ClientPos();
  const enable = (ServicesEnabled?: string[]) => (header: Header) =>
    pos.request(header, 'EnableService', {
      EnableServiceRequest: { TransactionAction: 'StartTransaction', ...(ServicesEnabled ? { ServicesEnabled } : {}) },
    });
  assert.equal(resultText(client.exchange(enable())), 'Failure MessageFormat');
  assert.equal(resultText(client.exchange(enable(['Payment']))), 'Failure UnavailableService');
  assert.equal(resultText(client.exchange(enable(['CardAcquisition']))), 'Success');
  assert.equal(resultText(client.exchange(enable(['CardAcquisition']))), 'Failure NotAllowed');
});

test('after StartTransaction comes a card or the end, and nothing else', () => {
  const client = openReading();
  for (const make of [
    customerDisplay('Hej'),
    continueProcessing,
    (header: Header) => pos.payment(header, '10'),
    pos.logout,
  ])
    assert.equal(resultText(client.exchange(make)), 'Failure NotAllowed');
  assert.equal(resultText(client.exchange(pos.status)), 'Failure NotFound', 'a status is always answered');
  assert.equal(resultText(client.exchange(abortReading)), 'Success');
  assert.equal(resultText(client.pay('10')), 'Success');
});

test('between card and payment: displays, questions and more cards; the rest is not allowed', () => {
  const client = openReading(['approved']);
  assert.equal(resultText(client.exchange(customerDisplay('Member: 10 % off'))), 'Success');
  assert.deepEqual(client.terminal.screen, ['Member: 10 % off']);
  const question = { Device: 'CustomerInput', InfoQualify: 'Input', InputCommand: 'GetConfirmation' };
  const ask = (header: Header) => pos.request(header, 'Input', { InputRequest: { InputData: question } }, 'Device');
  assert.equal(resultText(client.exchange(ask)), 'Success');
  const id = { TransactionID: '1', TimeStamp: '2023-08-24T15:04:00.498Z' };
  for (const make of [pos.logout, (header: Header) => pos.reversal(header, id), startReading])
    assert.equal(resultText(client.exchange(make)), 'Failure NotAllowed');
  assert.equal(resultText(client.exchange(readCard)), 'Success');
  assert.equal(resultText(client.pay('10')), 'Success');
});

test('an abort while a card is awaited: 204, Aborted, idle, and what was read before is forgotten', () => {
  const client = openReading(['combined'], {}, FULL);
  const id = client.start(readCard);
  client.clock.advance(100);
  client.takeLog();
  client.start((header) => pos.abort(header, { MessageCategory: 'CardAcquisition', ServiceID: id }));
  assert.deepEqual(client.takeLog(), [
    'Abort →',
    '← Abort empty',
    'Display Aborted',
    '← CardAcquisition Failure Aborted',
    'Display Welcome',
  ]);
  assert.equal(resultText(client.exchange(readCard)), 'Failure NotAllowed');
  assert.notEqual(cardOf(client.pay('10'))?.MaskedPAN, '522222******1881');
});

test('AbortTransaction after a payment card: Success, aborted, a receipt to print, idle', () => {
  const client = openReading(['approved'], {}, FULL);
  client.takeLog();
  client.exchange(abortReading);
  assert.deepEqual(client.takeLog(), [
    'EnableService →',
    '← EnableService Success',
    'Display Aborted',
    'Print CustomerReceipt',
    'Display Welcome',
  ]);
  const printed = client.received.find(({ PrintRequest }) => PrintRequest)?.PrintRequest?.PrintOutput;
  assert.ok(printed);
  assert.equal(printed.RequiredSignatureFlag ?? false, false);
  const { DocumentQualifier, OutputContent } = printed;
  const { customer } = decodeReceipts([{ DocumentQualifier, OutputContent }], swedbankReceipt);
  assert.ok(customer?.lines.includes('Avbrutet'), customer?.text);
  assert.ok(!customer?.text.includes('516815'));
  assert.notEqual(cardOf(client.pay('10'))?.MaskedPAN, '516815******9659', 'another customer');
});

test('nothing is printed where only a loyalty card was read, or where the POS does not print', () => {
  for (const [names, capabilities] of [
    [['loyalty'], FULL],
    [['approved'], FULL.filter((one) => one !== 'PrinterReceipt')],
    [['approved'], ['PrinterReceipt']],
  ] as [ScenarioName[], string[]][]) {
    const client = openReading(names, {}, capabilities);
    client.exchange(abortReading);
    assert.ok(!client.received.some(({ PrintRequest }) => PrintRequest));
  }
});

test('a login resets it', () => {
  const client = openReading(['combined']);
  client.login(['PrinterReceipt'], 'sv', '99');
  assert.equal(resultText(client.exchange(readCard)), 'Failure NotAllowed');
  assert.notEqual(cardOf(client.pay('10'))?.MaskedPAN, '522222******1881');
});

const failures: [ScenarioName, string][] = [
  ['cancelled', 'Failure Cancel'],
  ['noCustomer', 'Failure Cancel'],
  ['invalidCard', 'Failure InvalidCard'],
  ['busy', 'Failure Busy'],
];
for (const [name, expected] of failures)
  test(`${name}: ${expected}, and the next card may be read`, () => {
    const client = openReading(['combined']);
    client.terminal.script([name]);
    assert.equal(resultText(client.exchange(readCard)), expected);
    assert.notEqual(additionalResponse(client.last()), '');
    assert.equal(resultText(client.exchange(readCard)), 'Success');
  });

test('a customer who cancels a second card leaves the first one to be charged', () => {
  const client = openReading(['combined', 'cancelled']);
  assert.equal(cardOf(client.pay('10'))?.MaskedPAN, '522222******1881');
});

test('the name may stand in the TransactionID, and what the host will say is not known yet', () => {
  const client = openReading();
  const named = (TransactionID: string) => (header: Header) => {
    const message = readCard(header);
    assert.ok('SaleToPOIRequest' in message && message.SaleToPOIRequest.CardAcquisitionRequest);
    message.SaleToPOIRequest.CardAcquisitionRequest.SaleData.SaleTransactionID.TransactionID = TransactionID;
    return message;
  };
  assert.equal(cardOf(client.exchange(named('loyalty-1')))?.PaymentBrand, '03,Demo Club');
  assert.equal(resultText(client.exchange(named('cancelled-1'))), 'Failure Cancel');
  assert.equal(resultText(client.exchange(named('declined-1'))), 'Success');
});

test('it is the last transaction, for a status without a reference', () => {
  const client = openReading(['approved']);
  const acquired = client.last();
  const { TransactionStatusResponse: status } = client.exchange(pos.status);
  assert.deepEqual(status?.RepeatedMessageResponse?.CardAcquisitionResponse, acquired.CardAcquisitionResponse);
  assert.equal(client.terminal.ledger.movements.length, 0);
});

test('an answer that gets lost was given: the status has it, and the card is charged', () => {
  const client = openReading();
  client.terminal.script(['lostResponse']);
  client.start(readCard);
  client.clock.advance(5000);
  assert.deepEqual(client.responses.at(-1), { type: 'drop' });
  assert.equal(resultText(client.exchange(pos.status)), 'Success');
  assert.equal(cardOf(client.pay('10'))?.MaskedPAN, '516815******9659');
});

test('a POS that gets Busy after payments does not get it after a card', () => {
  const client = openReading([], { busyAfterPayment: 3000 });
  client.exchange(readCard, 1500);
  assert.equal(resultText(client.exchange((header) => payment(header, '10', {}), 300)), 'Success');
  assert.equal(resultText(client.exchange(startReading, 0)), 'Failure Busy');
});

test('bad input: an unknown payment type', () => {
  const client = openReading();
  const advance = (header: Header) => {
    const message = readCard(header);
    assert.ok('SaleToPOIRequest' in message && message.SaleToPOIRequest.CardAcquisitionRequest);
    message.SaleToPOIRequest.CardAcquisitionRequest.CardAcquisitionTransaction.PaymentType = 'CashAdvance';
    return message;
  };
  assert.equal(resultText(client.exchange(advance)), 'Failure UnavailableService');
});
