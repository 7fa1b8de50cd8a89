import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message, Nexo } from '../../lib/protocol/types.ts';
import { decode } from '../../lib/protocol/xml/decode.ts';
import { encode } from '../../lib/protocol/xml/encode.ts';
import { resultOf, type TerminalAnswer } from '../../lib/virtual/terminal/responses.ts';
import { formatProblem } from '../../lib/virtual/terminal/strict-format.ts';
import { VirtualTerminal, type VirtualTerminalOptions } from '../../lib/virtual/terminal/terminal.ts';
import { ManualClock } from '../support/clock.ts';
import * as pos from '../support/pos.ts';

/** A terminal that is logged in, and its answers: each request gives a list that fills with what it is answered. */
function loggedIn(options: Partial<VirtualTerminalOptions> = {}) {
  const clock = new ManualClock();
  const terminal = new VirtualTerminal({ poiId: 'A-POIID', clock, ...options });
  const send = (message: Message): TerminalAnswer[] => {
    const answers: TerminalAnswer[] = [];
    terminal.receive(message, (answer) => answers.push(answer));
    return answers;
  };
  send(pos.login({ id: '1' }));
  clock.advance(options.busyAfterLogin ?? 0);
  return { clock, terminal, send };
}

/** The one answer, as a message that both the encoder and the strict reader accept. */
function only(answers: TerminalAnswer[]): Nexo<'SaleToPOIResponse'> {
  assert.equal(answers.length, 1, 'exactly one answer');
  const [answer] = answers;
  assert.equal(answer?.type, 'message');
  if (answer?.type !== 'message') throw new Error('no message');
  const bytes = encode(answer.message);
  assert.equal(formatProblem(bytes), undefined);
  const { message } = decode(bytes);
  if (!('SaleToPOIResponse' in message)) throw new Error('no response');
  return message.SaleToPOIResponse;
}

function verdict(answers: TerminalAnswer[]): string {
  const response = only(answers);
  const result = resultOf({ SaleToPOIResponse: response });
  return [result?.Result, result?.ErrorCondition].filter((part) => part).join(' ');
}

test('before a login everything is NotAllowed, but for what has no answer', () => {
  const clock = new ManualClock();
  const terminal = new VirtualTerminal({ poiId: 'A-POIID', clock });
  for (const request of [
    pos.payment({ id: '1' }, '1'),
    pos.status({ id: '2' }),
    pos.logout({ id: '3' }),
    pos.reversal({ id: '4' }, { TransactionID: '1', TimeStamp: '2023-08-24T15:04:00.498Z' }),
    pos.enable({ id: '5' }, 'StartTransaction'),
    pos.cardAcquisition({ id: '6' }),
  ]) {
    const answers: TerminalAnswer[] = [];
    terminal.receive(request, (answer) => answers.push(answer));
    assert.equal(verdict(answers), 'Failure NotAllowed');
  }
  const answers: TerminalAnswer[] = [];
  terminal.receive(pos.abort({ id: '7' }, {}), (answer) => answers.push(answer));
  assert.deepEqual(answers, [{ type: 'empty' }]);
});

test('a login answers as the sample does, and a logout ends the session', () => {
  const { send } = loggedIn();
  const login = only(send(pos.login({ id: '2' })));
  assert.equal(login.MessageHeader.ProtocolVersion, '3.1');
  assert.equal(login.LoginResponse?.POISystemData?.POIStatus?.GlobalStatus, 'OK');
  assert.equal(verdict(send(pos.logout({ id: '3' }))), 'Success');
  assert.equal(verdict(send(pos.payment({ id: '4' }, '10'))), 'Failure NotAllowed');
});

test('another SaleID than the one that logged in is not served', () => {
  const { send } = loggedIn();
  assert.equal(verdict(send(pos.payment({ id: '2', saleId: 'ECR2' }, '10'))), 'Failure NotAllowed');
});

test('a payment is approved after its delay, with card, token, receipts and an entry in the ledger', () => {
  const { clock, terminal, send } = loggedIn();
  const answers = send(pos.payment({ id: '2' }, '89', { transactionId: 'sale-1' }));
  clock.advance(1499);
  assert.deepEqual(answers, []);
  assert.equal(terminal.ledger.of('sale-1').charged, 0);
  clock.advance(1);
  const { MessageHeader: header, PaymentResponse: body } = only(answers);
  assert.deepEqual(header, {
    MessageClass: 'Service',
    MessageCategory: 'Payment',
    MessageType: 'Response',
    ServiceID: '2',
    SaleID: 'ECR1',
    POIID: 'A-POIID',
  });
  assert.deepEqual(body?.Response, { Result: 'Success' });
  assert.equal(body?.SaleData.SaleTransactionID.TransactionID, 'sale-1');
  assert.equal(body?.PaymentResult?.AmountsResp?.AuthorizedAmount, '89');
  assert.equal(body?.PaymentResult?.AmountsResp?.CashBackAmount, '0.00');
  assert.equal(body?.PaymentResult?.PaymentInstrumentData?.CardData?.MaskedPAN, '516815******9659');
  assert.deepEqual(
    body?.PaymentReceipt?.map((receipt) => receipt.DocumentQualifier),
    ['CashierReceipt', 'CustomerReceipt'],
  );
  assert.deepEqual(terminal.ledger.of('sale-1'), { charged: 8900, refunded: 0, reversed: 0 });
  assert.equal(clock.pending, 0);
});

test('one request at a time: the rest is Busy, and Abort, Login and TransactionStatus overtake', () => {
  const { clock, send } = loggedIn();
  const payment = send(pos.payment({ id: '2' }, '89'));
  assert.equal(verdict(send(pos.payment({ id: '3' }, '1'))), 'Failure Busy');
  assert.equal(verdict(send(pos.enable({ id: '4' }, 'StartTransaction'))), 'Failure Busy');
  assert.equal(verdict(send(pos.logout({ id: '5' }))), 'Failure Busy');
  assert.equal(verdict(send(pos.status({ id: '6' }))), 'Failure Busy');
  assert.equal(verdict(send(pos.status({ id: '7' }, { ServiceID: '2' }))), 'Failure Busy');
  assert.equal(verdict(send(pos.status({ id: '8' }, { ServiceID: '99' }))), 'Failure NotFound');
  clock.advance(1500);
  assert.equal(verdict(payment), 'Success');
});

test('Busy after a login and after a payment lasts as long as configured; a status is answered all the same', () => {
  const { clock, send } = loggedIn({ busyAfterLogin: 3000, busyAfterPayment: 2000, delay: 0 });
  const payment = send(pos.payment({ id: '2' }, '89'));
  clock.advance(0);
  assert.equal(verdict(payment), 'Success');
  assert.equal(verdict(send(pos.payment({ id: '3' }, '89'))), 'Failure Busy');
  assert.equal(verdict(send(pos.status({ id: '4' }))), 'Success');
  clock.advance(2000);
  const second = send(pos.payment({ id: '5' }, '89'));
  clock.advance(0);
  assert.equal(verdict(second), 'Success');
  send(pos.login({ id: '6' }));
  assert.equal(verdict(send(pos.payment({ id: '7' }, '89'))), 'Failure Busy');
});

test('an abort is answered 204 and the payment Failure/Aborted, on its own connection', () => {
  const { clock, terminal, send } = loggedIn();
  const payment = send(pos.payment({ id: '2' }, '89', { transactionId: 'a' }));
  assert.deepEqual(send(pos.abort({ id: '3' }, { ServiceID: '2', MessageCategory: 'Payment' })), [{ type: 'empty' }]);
  assert.equal(verdict(payment), 'Failure Aborted');
  clock.advance(10_000);
  assert.equal(payment.length, 1);
  assert.equal(terminal.ledger.of('a').charged, 0);
  assert.equal(verdict(send(pos.payment({ id: '4' }, '0'))), 'Failure MessageFormat');
});

test('an abort that names something else, or comes too late, changes nothing', () => {
  const { clock, send } = loggedIn();
  const payment = send(pos.payment({ id: '2' }, '89'));
  for (const [n, reference] of [
    { ServiceID: '99' },
    { ServiceID: '2', MessageCategory: 'CardAcquisition' },
    { ServiceID: '2', SaleID: 'ECR9' },
    { ServiceID: '2', POIID: 'other' },
  ].entries())
    assert.deepEqual(send(pos.abort({ id: `a${n}` }, reference)), [{ type: 'empty' }]);
  clock.advance(1200);
  send(pos.abort({ id: '3' }, { ServiceID: '2' }));
  assert.deepEqual(payment, []);
  clock.advance(300);
  assert.equal(verdict(payment), 'Success');
});

test('a login ends a payment that waits for its card, but not one that is being authorised', () => {
  const { clock, terminal, send } = loggedIn();
  const first = send(pos.payment({ id: '2' }, '89', { transactionId: 'first' }));
  assert.equal(verdict(send(pos.login({ id: '3' }))), 'Success');
  assert.equal(verdict(first), 'Failure Aborted');
  const second = send(pos.payment({ id: '4' }, '89', { transactionId: 'second' }));
  clock.advance(1250);
  assert.equal(verdict(send(pos.login({ id: '5' }))), 'Success');
  assert.equal(verdict(send(pos.payment({ id: '6' }, '89'))), 'Failure Busy');
  clock.advance(250);
  assert.equal(verdict(second), 'Success');
  assert.equal(terminal.ledger.of('first').charged, 0);
  assert.equal(terminal.ledger.of('second').charged, 8900);
  assert.equal(verdict(send(pos.status({ id: '7' }, { ServiceID: '4' }))), 'Success');
});

test('a status repeats the whole response: the last one, or the one that is named', () => {
  const { clock, send } = loggedIn({ delay: 0 });
  assert.equal(verdict(send(pos.status({ id: '2' }))), 'Failure NotFound');
  const first = send(pos.payment({ id: '3' }, '10'));
  clock.advance(0);
  const second = send(pos.payment({ id: '4' }, '20.01'));
  clock.advance(0);
  const repeated = (answers: TerminalAnswer[]) => only(answers).TransactionStatusResponse?.RepeatedMessageResponse;
  const last = repeated(send(pos.status({ id: '5' })));
  assert.deepEqual(last, only(second));
  assert.equal(last?.PaymentResponse?.Response.ErrorCondition, 'Refusal');
  assert.deepEqual(repeated(send(pos.status({ id: '6' }, { ServiceID: '3' }))), only(first));
  assert.deepEqual(repeated(send(pos.status({ id: '7' }, { MessageCategory: 'Payment' }))), only(second));
  for (const [n, reference] of [
    { ServiceID: '99' },
    { ServiceID: '3', SaleID: 'ECR9' },
    { ServiceID: '3', POIID: 'other' },
    { MessageCategory: 'Reversal' },
  ].entries())
    assert.equal(verdict(send(pos.status({ id: `s${n}` }, reference))), 'Failure NotFound');
});

test('a ServiceID is used once in a login session, whatever for, and may be used again after the next login', () => {
  const { clock, terminal, send } = loggedIn({ delay: 0 });
  const first = send(pos.payment({ id: '2' }, '10', { transactionId: 'same' }));
  clock.advance(0);
  assert.equal(verdict(first), 'Success');
  assert.equal(verdict(send(pos.payment({ id: '2' }, '10', { transactionId: 'same' }))), 'Failure MessageFormat');
  assert.equal(verdict(send(pos.status({ id: '2' }))), 'Failure MessageFormat');
  assert.equal(terminal.ledger.of('same').charged, 1000);
  send(pos.login({ id: '2' }));
  assert.equal(verdict(send(pos.payment({ id: '2' }, '10'))), 'Failure MessageFormat');
  const again = send(pos.payment({ id: '1' }, '10'));
  clock.advance(0);
  assert.equal(verdict(again), 'Success');
});

test('a reversal takes back the last approved transaction, once, and only by a verbatim copy of its id', () => {
  const { clock, terminal, send } = loggedIn({ delay: 0 });
  const run = (message: Message) => {
    const answers = send(message);
    clock.advance(0);
    return answers;
  };
  const paid = (answers: TerminalAnswer[]) =>
    only(answers).PaymentResponse?.POIData.POITransactionID ?? { TransactionID: '', TimeStamp: '' };
  const first = paid(run(pos.payment({ id: '2' }, '10', { transactionId: 'a' })));
  const second = paid(run(pos.payment({ id: '3' }, '20', { transactionId: 'b' })));
  assert.equal(verdict(run(pos.reversal({ id: '4' }, first))), 'Failure NotFound');
  const after = paid(run(pos.payment({ id: '5' }, '30', { transactionId: 'c' })));
  const shifted = { ...after, TimeStamp: after.TimeStamp.replace('Z', '+00:00') };
  assert.equal(verdict(run(pos.reversal({ id: '6' }, second))), 'Failure NotFound');
  assert.equal(verdict(run(pos.reversal({ id: '7' }, shifted))), 'Failure NotFound');
  const last = paid(run(pos.payment({ id: '8' }, '40', { transactionId: 'd' })));
  const reversed = only(run(pos.reversal({ id: '9' }, last))).ReversalResponse;
  assert.deepEqual(reversed?.Response, { Result: 'Success' });
  assert.deepEqual(reversed?.POIData?.POITransactionID, last);
  assert.deepEqual(
    reversed?.PaymentReceipt?.map((receipt) => receipt.DocumentQualifier),
    ['CustomerReceipt', 'CashierReceipt'],
  );
  assert.equal(verdict(run(pos.reversal({ id: '10' }, last))), 'Failure NotFound');
  assert.deepEqual(terminal.ledger.of('d'), { charged: 4000, refunded: 0, reversed: 4000 });
  assert.deepEqual(terminal.ledger.of('a'), { charged: 1000, refunded: 0, reversed: 0 });
  const status = only(run(pos.status({ id: '11' }, { ServiceID: '9' }))).TransactionStatusResponse;
  assert.equal(status?.RepeatedMessageResponse?.ReversalResponse?.Response.Result, 'Success');
});

test('a declined payment cannot be reversed', () => {
  const { clock, send } = loggedIn({ delay: 0 });
  const declined = send(pos.payment({ id: '2' }, '10.01'));
  clock.advance(0);
  const id = only(declined).PaymentResponse?.POIData.POITransactionID;
  const reversal = send(pos.reversal({ id: '3' }, id ?? { TransactionID: '', TimeStamp: '' }));
  clock.advance(0);
  assert.equal(verdict(reversal), 'Failure NotAllowed');
});

test('a refund moves money the other way', () => {
  const { clock, terminal, send } = loggedIn({ delay: 0 });
  const refund = send(pos.payment({ id: '2' }, '15.50', { type: 'Refund', transactionId: 'r' }));
  clock.advance(0);
  assert.equal(only(refund).PaymentResponse?.PaymentResult?.PaymentType, 'Refund');
  assert.deepEqual(terminal.ledger.of('r'), { charged: 0, refunded: 1550, reversed: 0 });
});

test('amounts and payment types that a terminal does not take', () => {
  const { send } = loggedIn();
  for (const [n, [amount, options]] of (
    [
      ['0', {}],
      ['1.001', {}],
      ['10', { cashBack: '20' }],
      ['10', { currency: 'XQX' }],
    ] as const
  ).entries())
    assert.equal(verdict(send(pos.payment({ id: `p${n}` }, amount, options))), 'Failure MessageFormat');
  assert.equal(verdict(send(pos.payment({ id: '9' }, '10', { type: 'CashAdvance' }))), 'Failure UnavailableService');
});

test('a card read in advance pays the next payment at once, and can be thrown away', () => {
  const { clock, send } = loggedIn();
  assert.equal(verdict(send(pos.enable({ id: '2' }, 'StartTransaction'))), 'Success');
  const card = send(pos.cardAcquisition({ id: '3' }));
  clock.advance(1500);
  const read = only(card).CardAcquisitionResponse;
  assert.equal(read?.Response.Result, 'Success');
  const payment = send(pos.payment({ id: '4' }, '50'));
  clock.advance(300);
  const paid = only(payment).PaymentResponse?.PaymentResult?.PaymentInstrumentData?.CardData;
  assert.equal(paid?.MaskedPAN, read?.PaymentInstrumentData?.CardData?.MaskedPAN);
  assert.equal(verdict(send(pos.cardAcquisition({ id: '5' }))), 'Failure NotAllowed');
  assert.equal(verdict(send(pos.enable({ id: '7' }, 'AbortTransaction'))), 'Success');
});

test('display, print, input, diagnosis and admin are answered, or 204 when no answer is asked for', () => {
  const { clock, send } = loggedIn();
  const content = { OutputFormat: 'Text', OutputText: [{ Text: 'Hej' }] };
  const output = { Device: 'CustomerDisplay', InfoQualify: 'Display', OutputContent: content };
  const device = (id: string, category: string, body: Parameters<typeof pos.request>[2]) =>
    send(pos.request({ id }, category, body, 'Device'));
  assert.equal(verdict(device('2', 'Display', { DisplayRequest: { DisplayOutput: [output] } })), 'Success');
  const silent = [{ ...output, ResponseRequiredFlag: false }];
  assert.deepEqual(device('3', 'Display', { DisplayRequest: { DisplayOutput: silent } }), [{ type: 'empty' }]);
  const print = { DocumentQualifier: 'Document', ResponseMode: 'PrintEnd', OutputContent: content };
  assert.equal(verdict(device('4', 'Print', { PrintRequest: { PrintOutput: print } })), 'Success');
  const quiet = { ...print, ResponseMode: 'NotRequired' };
  assert.deepEqual(device('5', 'Print', { PrintRequest: { PrintOutput: quiet } }), [{ type: 'empty' }]);
  const question = { Device: 'CustomerInput', InfoQualify: 'Input', InputCommand: 'GetConfirmation' };
  const input = device('6', 'Input', { InputRequest: { DisplayOutput: output, InputData: question } });
  assert.equal(verdict(send(pos.payment({ id: '7' }, '1'))), 'Failure Busy');
  clock.advance(1500);
  assert.equal(only(input).InputResponse?.InputResult.Input?.ConfirmedFlag, true);
  assert.equal(verdict(send(pos.request({ id: '8' }, 'Diagnosis', { DiagnosisRequest: {} }))), 'Success');
  assert.equal(verdict(send(pos.request({ id: '9' }, 'Admin', { AdminRequest: {} }))), 'Success');
});

test('close drops what is open and leaves nothing to happen', () => {
  const { clock, terminal, send } = loggedIn();
  const payment = send(pos.payment({ id: '2' }, '89'));
  terminal.close();
  assert.deepEqual(payment, [{ type: 'drop' }]);
  assert.equal(clock.pending, 0);
});

test('transactions from before are found again, and numbers go on', () => {
  const kept: NonNullable<VirtualTerminalOptions['records']>[number][] = [];
  const first = loggedIn({ delay: 0, keep: (record) => kept.push(structuredClone(record)) });
  const before = first.send(pos.payment({ id: '2' }, '10', { transactionId: 'old' }));
  first.clock.advance(0);
  const second = loggedIn({ delay: 0, records: kept });
  const status = only(second.send(pos.status({ id: '9' }, { ServiceID: '2' })));
  assert.deepEqual(status.TransactionStatusResponse?.RepeatedMessageResponse, only(before));
  assert.equal(second.terminal.ledger.of('old').charged, 1000);
  const next = second.send(pos.payment({ id: '10' }, '10'));
  second.clock.advance(0);
  assert.notEqual(
    only(next).PaymentResponse?.POIData.POITransactionID.TransactionID,
    only(before).PaymentResponse?.POIData.POITransactionID.TransactionID,
  );
});
