import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asksForSignature, decodeReceipts } from '../../lib/protocol/receipts/receipts.ts';
import type { Nexo } from '../../lib/protocol/types.ts';
import type { PosReply } from '../../lib/virtual/pos/pos.ts';
import * as pos from '../support/pos.ts';
import { FULL, inputAnswer, type Listener, polite, strict, Till, unreachable, word } from './till.ts';

const SIGNED = '10.05';

/** A payment with a signature, up to where the terminal waits for the POS, if it does. */
function pay(listener: Listener, options: ConstructorParameters<typeof Till>[0] = {}, capabilities = FULL): Till {
  const one = new Till(options);
  one.login(capabilities);
  one.take();
  one.listener = listener;
  one.ask(pos.payment({ id: '2' }, SIGNED));
  one.clock.turn(1500);
  return one;
}

function paymentOf(one: Till): Nexo<'PaymentResponse'> | undefined {
  const answer = one.answers.at(-1);
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
  const one = pay(polite);
  assert.deepEqual(one.take(), [...START, 'Display Approved', '← Payment Success', 'Display Welcome']);
  assert.equal(one.terminal.ledger.of('T2').charged, 1005);
  const receipts = decodeReceipts(paymentOf(one)?.PaymentReceipt);
  const printed = one.heard.find(({ PrintRequest }) => PrintRequest)?.PrintRequest?.PrintOutput;
  assert.ok(printed);
  assert.equal(printed.ResponseMode, 'NotRequired');
  assert.deepEqual(decodeReceipts([printed]).merchant?.lines, receipts.merchant?.lines);
  assert.equal(asksForSignature([printed]), true);
});

test('a signature that the cashier refuses: Failure, no money, and a receipt that says so', () => {
  const one = pay(strict);
  assert.deepEqual(one.take(), [...START, 'Display Declined', '← Payment Failure Refusal', 'Display Welcome']);
  assert.deepEqual(one.terminal.ledger.movements, []);
  const { customer } = decodeReceipts(paymentOf(one)?.PaymentReceipt);
  assert.ok(customer?.lines.includes('Medges ej'));
  assert.equal(asksForSignature(paymentOf(one)?.PaymentReceipt), false);
  one.ask(pos.status({ id: '3' }, { ServiceID: '2' }));
  assert.equal(one.story.at(-1), '← TransactionStatus Success');
});

test('the question is one for the cashier, with a time limit', () => {
  const one = pay(
    (message, answered) => {
      if (!JSON.stringify(message).includes('InputRequest')) answered(word(message, true));
    },
    { signatureTime: 20_000 },
  );
  const question = one.heard.at(-1)?.InputRequest;
  assert.equal(question?.InputData.Device, 'CashierInput');
  assert.equal(question?.InputData.InputCommand, 'GetConfirmation');
  assert.equal(question?.InputData.MaxInputTime, 20);
  assert.equal(question?.DisplayOutput?.Device, 'CashierDisplay');
  one.take();
  one.ask(pos.abort({ id: '3' }, { ServiceID: '2' }));
  one.ask(pos.status({ id: '4' }, { ServiceID: '2' }));
  one.ask(pos.payment({ id: '5' }, '1'));
  one.clock.turn(19_999);
  assert.deepEqual(
    one.take().filter((line) => line.startsWith('←')),
    ['← Abort empty', '← TransactionStatus Failure Busy', '← Payment Failure Busy'],
    'aborting is not allowed now',
  );
  one.clock.turn(1);
  assert.deepEqual(one.take().slice(0, 2), ['Display Declined', '← Payment Failure Refusal']);
  assert.deepEqual(one.terminal.ledger.movements, []);
  assert.equal(one.clock.pending, 0);
});

const noes: [string, Listener][] = [
  ['is unreachable', unreachable],
  ['answers with something else', (message, answered) => answered({ type: 'message', message })],
  ['answers another question', foreign((header) => ({ ...header, DeviceID: '9999' }))],
  ['leaves the flag out', withInput({ InputCommand: 'GetConfirmation' })],
  ['leaves the input out', withInput(undefined)],
  ['says yes in a failure', withInput({ InputCommand: 'GetConfirmation', ConfirmedFlag: true }, 'Failure')],
  ['answers with half a message', garbled({ SaleToPOIResponse: { InputResponse: {} } })],
  ['answers with nothing that can be read', garbled({})],
];
for (const [what, listener] of noes)
  test(`a POS that ${what}: refused`, () => {
    const one = pay(listener);
    one.clock.turn(100_000);
    assert.ok(one.story.includes('← Payment Failure Refusal'), one.story.join('\n'));
    assert.deepEqual(one.terminal.ledger.movements, []);
    assert.equal(one.clock.pending, 0);
  });

test('a receipt that could not be printed cannot be signed', () => {
  const failing: Listener = (message, answered) => {
    if (!('SaleToPOIRequest' in message) || !message.SaleToPOIRequest.PrintRequest)
      return answered(word(message, true));
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
  const one = pay(failing, { responses: true });
  assert.equal(one.heard.find(({ PrintRequest }) => PrintRequest)?.PrintRequest?.PrintOutput.ResponseMode, 'PrintEnd');
  assert.ok(!one.story.includes('Input Is the signature OK?'));
  assert.ok(one.story.includes('← Payment Failure Refusal'));
});

test('without PrinterReceipt there is a question and no print; without CashierInput it is left to the POS', () => {
  const one = pay(polite, {}, ['CashierDisplay', 'CashierInput']);
  assert.ok(!one.story.includes('Print CashierReceipt'));
  assert.ok(one.story.includes('Input Is the signature OK?'));
  for (const capabilities of [['PrinterReceipt'], ['CashierDisplay', 'PrinterReceipt']]) {
    const two = pay(polite, {}, capabilities);
    assert.ok(!two.story.some((line) => line.startsWith('Print') || line.startsWith('Input')));
    assert.equal(asksForSignature(paymentOf(two)?.PaymentReceipt), true);
    assert.equal(two.terminal.ledger.of('T2').charged, 1005);
  }
});

for (const yes of [true, false])
  test(`the word may come as a message of its own, after a 204: ${yes}`, () => {
    const one = pay((_message, answered) => answered({ type: 'empty' }));
    const question = one.heard.at(-1);
    assert.ok(question?.InputRequest);
    one.clock.turn(30_000);
    const { answers } = one;
    const before = answers.length;
    const wrong = { ...question, MessageHeader: { ...question.MessageHeader, DeviceID: '9999' } };
    for (const about of [wrong, question, question])
      one.terminal.receive(inputAnswer(about, yes), (answer) => assert.deepEqual(answer, { type: 'empty' }));
    assert.equal(answers.length, before + 1);
    assert.equal(paymentOf(one)?.Response.Result, yes ? 'Success' : 'Failure');
    assert.equal(one.terminal.ledger.of('T2').charged, yes ? 1005 : 0);
    assert.equal(one.clock.pending, 0);
  });

test('after a 204 the time limit still runs from the question on', () => {
  const one = pay((_message, answered, clock) => clock.after(2000, () => answered({ type: 'empty' })));
  one.clock.turn(8000 - 1500);
  assert.equal(one.story.at(-1), 'Input Is the signature OK?', 'after three displays and the print');
  one.clock.turn(59_999);
  assert.equal(one.story.at(-1), 'Input Is the signature OK?');
  one.clock.turn(1);
  assert.equal(one.story.at(-1), 'Display Declined');
  one.clock.turn(2000);
  assert.ok(one.story.includes('← Payment Failure Refusal'));
  assert.deepEqual(one.terminal.ledger.movements, []);
});

test('a login while the cashier is asked means no; a reboot forgets the question', () => {
  const open: Listener = (message, answered) => {
    if (!JSON.stringify(message).includes('InputRequest')) answered({ type: 'empty' });
  };
  const one = pay(open);
  one.take();
  one.login(FULL, 'en', '3');
  assert.deepEqual(one.take().slice(0, 3), ['Login →', '← Payment Failure Refusal', '← Login Success']);
  assert.deepEqual(one.terminal.ledger.movements, []);
  const two = pay(open);
  const question = two.heard.at(-1);
  two.terminal.reboot();
  assert.equal(two.story.at(-1), '← Payment drop');
  if (question) two.terminal.receive(inputAnswer(question, true), () => {});
  assert.deepEqual(two.terminal.ledger.movements, []);
  assert.equal(two.clock.pending, 0);
});

function foreign(change: (header: Nexo<'MessageHeader'>) => Nexo<'MessageHeader'>): Listener {
  return (message, answered) => {
    if (!('SaleToPOIRequest' in message) || !message.SaleToPOIRequest.InputRequest) return answered({ type: 'empty' });
    const request = message.SaleToPOIRequest;
    answered({ type: 'message', message: inputAnswer({ MessageHeader: change(request.MessageHeader) }, true) });
  };
}

function withInput(input: Nexo<'Input'> | undefined, Result = 'Success'): Listener {
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

function garbled(reply: object): Listener {
  return (_message, answered) => answered({ type: 'message', message: reply } as PosReply);
}
