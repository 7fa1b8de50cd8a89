import assert from 'node:assert/strict';
import { test } from 'node:test';
import { swedbankReceipt } from '../../lib/protocol/profiles/swedbank-receipt.ts';
import { asksForSignature, decodeReceipts } from '../../lib/protocol/receipts/receipts.ts';
import type { Nexo } from '../../lib/protocol/types.ts';
import type { PosReply } from '../../lib/virtual/pos/pos.ts';
import * as pos from '../support/pos.ts';
import {
  accepting,
  FULL,
  inputResponse,
  type PosBehaviour,
  RecordingPos,
  refusing,
  replyTo,
  unreachable,
} from './recording-pos.ts';

const SIGNED = '10.05';

/** A payment with a signature, until the terminal waits for the POS, if it does. */
function pay(
  listener: PosBehaviour,
  options: ConstructorParameters<typeof RecordingPos>[0] = {},
  capabilities = FULL,
): RecordingPos {
  const recorder = new RecordingPos(options);
  recorder.login(capabilities);
  recorder.takeLog();
  recorder.behaviour = listener;
  recorder.request(pos.payment({ id: '2' }, SIGNED));
  recorder.clock.advance(1500);
  return recorder;
}

function paymentOf(recorder: RecordingPos): Nexo<'PaymentResponse'> | undefined {
  const answer = recorder.responses.at(-1);
  if (answer?.type !== 'message' || !('SaleToPOIResponse' in answer.message)) return undefined;
  return answer.message.SaleToPOIResponse.PaymentResponse;
}

const START = [
  'Payment →',
  'Display Present card',
  'Display Please wait',
  'Display Authorizing',
  'Print CashierReceipt',
  'Input Is the signature OK?',
];

test('a signature that the cashier accepts, as the diagram draws it', () => {
  const recorder = pay(accepting);
  assert.deepEqual(recorder.takeLog(), [...START, 'Display Approved', '← Payment Success', 'Display Welcome']);
  assert.equal(recorder.terminal.ledger.of('T2').charged, 1005);
  const receipts = decodeReceipts(paymentOf(recorder)?.PaymentReceipt, swedbankReceipt);
  const printed = recorder.received.find(({ PrintRequest }) => PrintRequest)?.PrintRequest?.PrintOutput;
  assert.ok(printed);
  assert.equal(printed.ResponseMode, 'NotRequired');
  assert.deepEqual(decodeReceipts([printed], swedbankReceipt).merchant?.lines, receipts.merchant?.lines);
  assert.equal(asksForSignature([printed], swedbankReceipt), true);
});

test('a signature that the cashier refuses: Failure, no money, and a receipt that says so', () => {
  const recorder = pay(refusing);
  assert.deepEqual(recorder.takeLog(), [...START, 'Display Declined', '← Payment Failure Refusal', 'Display Welcome']);
  assert.deepEqual(recorder.terminal.ledger.movements, []);
  const { customer } = decodeReceipts(paymentOf(recorder)?.PaymentReceipt, swedbankReceipt);
  assert.ok(customer?.lines.includes('Medges ej'));
  assert.equal(asksForSignature(paymentOf(recorder)?.PaymentReceipt, swedbankReceipt), false);
  recorder.request(pos.status({ id: '3' }, { ServiceID: '2' }));
  assert.equal(recorder.log.at(-1), '← TransactionStatus Success');
});

test('the question is one for the cashier, with a time limit', () => {
  const recorder = pay(
    (message, answered) => {
      if (!JSON.stringify(message).includes('InputRequest')) answered(replyTo(message, true));
    },
    { signatureTime: 20_000 },
  );
  const question = recorder.received.at(-1)?.InputRequest;
  assert.equal(question?.InputData.Device, 'CashierInput');
  assert.equal(question?.InputData.InputCommand, 'GetConfirmation');
  assert.equal(question?.InputData.MaxInputTime, 20);
  assert.equal(question?.DisplayOutput?.Device, 'CashierDisplay');
  recorder.takeLog();
  recorder.request(pos.abort({ id: '3' }, { ServiceID: '2' }));
  recorder.request(pos.status({ id: '4' }, { ServiceID: '2' }));
  recorder.request(pos.payment({ id: '5' }, '1'));
  recorder.clock.advance(19_999);
  assert.deepEqual(
    recorder.takeLog().filter((line) => line.startsWith('←')),
    ['← Abort empty', '← TransactionStatus Failure Busy', '← Payment Failure Busy'],
    'aborting is not allowed now',
  );
  recorder.clock.advance(1);
  assert.deepEqual(recorder.takeLog().slice(0, 2), ['Display Declined', '← Payment Failure Refusal']);
  assert.deepEqual(recorder.terminal.ledger.movements, []);
  assert.equal(recorder.clock.pending, 0);
});

const noes: [string, PosBehaviour][] = [
  ['is unreachable', unreachable],
  ['answers with something else', (message, answered) => answered({ type: 'message', message })],
  ['answers another question', foreign((header) => ({ ...header, DeviceID: '9999' }))],
  ['leaves the flag out', withInput({ InputCommand: 'GetConfirmation' })],
  ['leaves the input out', withInput(undefined)],
  ['answers yes in a failure', withInput({ InputCommand: 'GetConfirmation', ConfirmedFlag: true }, 'Failure')],
  ['answers with half a message', garbled({ SaleToPOIResponse: { InputResponse: {} } })],
  ['answers with nothing that can be read', garbled({})],
];
for (const [what, listener] of noes)
  test(`a POS that ${what}: refused`, () => {
    const recorder = pay(listener);
    recorder.clock.advance(100_000);
    assert.ok(recorder.log.includes('← Payment Failure Refusal'), recorder.log.join('\n'));
    assert.deepEqual(recorder.terminal.ledger.movements, []);
    assert.equal(recorder.clock.pending, 0);
  });

test('a receipt that could not be printed cannot be signed', () => {
  const failing: PosBehaviour = (message, answered) => {
    if (!('SaleToPOIRequest' in message) || !message.SaleToPOIRequest.PrintRequest)
      return answered(replyTo(message, true));
    const { MessageHeader: header } = message.SaleToPOIRequest;
    const Response = { Result: 'Failure', ErrorCondition: 'DeviceOut' };
    answered({
      type: 'message',
      message: {
        SaleToPOIResponse: {
          MessageHeader: { ...header, MessageType: 'Response' },
          PrintResponse: { DocumentQualifier: 'CashierReceipt', Response },
        },
      },
    });
  };
  const recorder = pay(failing, { responses: true });
  assert.equal(
    recorder.received.find(({ PrintRequest }) => PrintRequest)?.PrintRequest?.PrintOutput.ResponseMode,
    'PrintEnd',
  );
  assert.ok(!recorder.log.includes('Input Is the signature OK?'));
  assert.ok(recorder.log.includes('← Payment Failure Refusal'));
});

test('without PrinterReceipt there is a question and no print; without CashierInput it is left to the POS', () => {
  const recorder = pay(accepting, {}, ['CashierDisplay', 'CashierInput']);
  assert.ok(!recorder.log.includes('Print CashierReceipt'));
  assert.ok(recorder.log.includes('Input Is the signature OK?'));
  for (const capabilities of [['PrinterReceipt'], ['CashierDisplay', 'PrinterReceipt']]) {
    const two = pay(accepting, {}, capabilities);
    assert.ok(!two.log.some((line) => line.startsWith('Print') || line.startsWith('Input')));
    assert.equal(asksForSignature(paymentOf(two)?.PaymentReceipt, swedbankReceipt), true);
    assert.equal(two.terminal.ledger.of('T2').charged, 1005);
  }
});

for (const yes of [true, false])
  test(`the word may come as a message of its own, after a 204: ${yes}`, () => {
    const recorder = pay((_message, answered) => answered({ type: 'empty' }));
    const question = recorder.received.at(-1);
    assert.ok(question?.InputRequest);
    recorder.clock.advance(30_000);
    const { responses: answers } = recorder;
    const before = answers.length;
    const wrong = { ...question, MessageHeader: { ...question.MessageHeader, DeviceID: '9999' } };
    for (const about of [wrong, question, question])
      recorder.terminal.receive(inputResponse(about, yes), (answer) => assert.deepEqual(answer, { type: 'empty' }));
    assert.equal(answers.length, before + 1);
    assert.equal(paymentOf(recorder)?.Response.Result, yes ? 'Success' : 'Failure');
    assert.equal(recorder.terminal.ledger.of('T2').charged, yes ? 1005 : 0);
    assert.equal(recorder.clock.pending, 0);
  });

test('after a 204 the time limit still runs from the question on', () => {
  const recorder = pay((_message, answered, clock) => clock.after(2000, () => answered({ type: 'empty' })));
  recorder.clock.advance(8000 - 1500);
  assert.equal(recorder.log.at(-1), 'Input Is the signature OK?', 'after three displays and the print');
  recorder.clock.advance(59_999);
  assert.equal(recorder.log.at(-1), 'Input Is the signature OK?');
  recorder.clock.advance(1);
  assert.equal(recorder.log.at(-1), 'Display Declined');
  recorder.clock.advance(2000);
  assert.ok(recorder.log.includes('← Payment Failure Refusal'));
  assert.deepEqual(recorder.terminal.ledger.movements, []);
});

test('a login while the cashier is asked means no; a reboot forgets the question', () => {
  const open: PosBehaviour = (message, answered) => {
    if (!JSON.stringify(message).includes('InputRequest')) answered({ type: 'empty' });
  };
  const recorder = pay(open);
  recorder.takeLog();
  recorder.login(FULL, 'en', '3');
  assert.deepEqual(recorder.takeLog().slice(0, 3), ['Login →', '← Payment Failure Refusal', '← Login Success']);
  assert.deepEqual(recorder.terminal.ledger.movements, []);
  const two = pay(open);
  const question = two.received.at(-1);
  two.terminal.reboot();
  assert.equal(two.log.at(-1), '← Payment drop');
  if (question) two.terminal.receive(inputResponse(question, true), () => {});
  assert.deepEqual(two.terminal.ledger.movements, []);
  assert.equal(two.clock.pending, 0);
});

function foreign(change: (header: Nexo<'MessageHeader'>) => Nexo<'MessageHeader'>): PosBehaviour {
  return (message, answered) => {
    if (!('SaleToPOIRequest' in message) || !message.SaleToPOIRequest.InputRequest) return answered({ type: 'empty' });
    const request = message.SaleToPOIRequest;
    answered({ type: 'message', message: inputResponse({ MessageHeader: change(request.MessageHeader) }, true) });
  };
}

function withInput(input: Nexo<'Input'> | undefined, Result = 'Success'): PosBehaviour {
  return (message, answered) => {
    if (!('SaleToPOIRequest' in message) || !message.SaleToPOIRequest.InputRequest) return answered({ type: 'empty' });
    const InputResult = { Device: 'CashierInput', InfoQualify: 'Input', Response: { Result } };
    const { MessageHeader: header } = message.SaleToPOIRequest;
    answered({
      type: 'message',
      message: {
        SaleToPOIResponse: {
          MessageHeader: { ...header, MessageType: 'Response' },
          InputResponse: { InputResult: input ? { ...InputResult, Input: input } : InputResult },
        },
      },
    });
  };
}

function garbled(reply: object): PosBehaviour {
  return (_message, answered) => answered({ type: 'message', message: reply } as PosReply);
}
