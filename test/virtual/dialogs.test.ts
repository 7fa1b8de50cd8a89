import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message, Nexo } from '../../lib/protocol/types.ts';
import { decode } from '../../lib/protocol/xml/decode.ts';
import { encode } from '../../lib/protocol/xml/encode.ts';
import type { CustomerAnswer } from '../../lib/virtual/customer/customer.ts';
import { formatProblem } from '../../lib/virtual/terminal/strict-format.ts';
import * as pos from '../support/pos.ts';
import { sample } from '../support/wire.ts';
import { Till } from './till.ts';

function till(): Till {
  const one = new Till();
  one.login(['PrinterReceipt']);
  return one;
}

function output(...lines: string[]): Nexo<'DisplayOutput'> {
  const OutputText = lines.map((Text) => ({ Text }));
  return { Device: 'CustomerDisplay', InfoQualify: 'Display', OutputContent: { OutputFormat: 'Text', OutputText } };
}

function display(id: string, ...lines: string[]): Message {
  return pos.request({ id }, 'Display', { DisplayRequest: { DisplayOutput: [output(...lines)] } }, 'Device');
}

function input(id: string, question: string, data: Partial<Nexo<'InputData'>> = {}): Message {
  const InputData = { Device: 'CustomerInput', InfoQualify: 'Input', InputCommand: 'GetConfirmation', ...data };
  return pos.request({ id }, 'Input', { InputRequest: { DisplayOutput: output(question), InputData } }, 'Device');
}

/** The last answer, as it reads on the wire. */
function last(one: Till): Nexo<'SaleToPOIResponse'> {
  const answer = one.answers.at(-1);
  if (answer?.type !== 'message') throw new Error(`no message but ${answer?.type}`);
  const bytes = encode(answer.message);
  assert.equal(formatProblem(bytes), undefined);
  const { message } = decode(bytes);
  if (!('SaleToPOIResponse' in message)) throw new Error('no response');
  return message.SaleToPOIResponse;
}

/** What the customer is taken to have said. */
function said(one: Till): string {
  const { Response, Input } = last(one).InputResponse?.InputResult ?? {};
  if (Response?.Result !== 'Success') return `${Response?.ErrorCondition}: ${Response?.AdditionalResponse}`;
  return String(Input?.ConfirmedFlag ?? Input?.DigitInput ?? Input?.TextInput);
}

test('a yes is answered as the sample is: two nested results, none directly below', () => {
  const one = till();
  const request = decode(sample('input-request-confirmation')).message;
  assert.ok('SaleToPOIRequest' in request);
  request.SaleToPOIRequest.MessageHeader.SaleID = 'ECR1';
  one.ask(request);
  assert.deepEqual(one.terminal.screen, ['Is this a good day?']);
  one.clock.turn(1500);
  const published = decode(sample('input-response-confirmation-true')).message;
  assert.ok('SaleToPOIResponse' in published);
  published.SaleToPOIResponse.MessageHeader.SaleID = 'ECR1';
  assert.deepEqual(last(one), published.SaleToPOIResponse);
});

const GONE = 'Cancel: No answer in time';
const STOP = 'Cancel: Cancelled by the customer';
const answers: [CustomerAnswer, string, string][] = [
  [true, 'true', '1234'],
  [false, 'false', STOP],
  ['0701234567', 'true', '070123'],
  ['cancel', STOP, STOP],
  ['nobody', GONE, GONE],
];
for (const [answer, confirmed, digits] of answers)
  test(`a customer who is told ${answer}: ${confirmed}, or ${digits}`, () => {
    const one = till();
    one.terminal.customer.answer(answer, answer);
    one.ask(input('2', 'Member?'));
    one.clock.turn(30_000);
    assert.equal(said(one), confirmed);
    one.ask(input('3', 'Phone?', { InputCommand: 'DigitString', MaxLength: 6 }));
    one.clock.turn(30_000);
    assert.equal(said(one), digits);
    assert.deepEqual(last(one).InputResponse?.OutputResult?.Response, { Result: 'Success' });
    one.ask(input('4', 'Again?'));
    one.clock.turn(1500);
    assert.equal(said(one), 'true', 'the script has ended');
  });

for (const [question, expected] of [
  ['Member? (no)', 'false'],
  ['Member? (yes)', 'true'],
  ['Member? (cancel)', STOP],
  ['Member? (nobody)', GONE],
  ['Member (no)?', 'true'],
] as const)
  test(`a question may carry its answer: ${question}`, () => {
    const one = till();
    one.ask(input('2', question));
    one.clock.turn(30_000);
    assert.equal(said(one), expected);
  });

test('digits in a question are the answer, and the shortest answer is given otherwise', () => {
  const one = till();
  for (const [id, question, data, expected] of [
    ['2', 'Phone? (0701234567)', {}, '0701234567'],
    ['3', 'Code?', { MinLength: 6 }, '123456'],
    ['4', 'Code?', { MaxLength: 2 }, '12'],
  ] as const) {
    one.ask(input(id, question, { InputCommand: 'DigitString', ...data }));
    one.clock.turn(1500);
    assert.equal(said(one), expected);
  }
});

test('the customer who has left keeps the terminal for MaxInputTime, and an abort ends that', () => {
  const one = till();
  one.terminal.customer.answer('nobody', 'nobody');
  one.ask(input('2', 'Member?', { MaxInputTime: 5 }));
  one.clock.turn(4999);
  one.ask(pos.payment({ id: '3' }, '10'));
  assert.equal(one.story.at(-1), '← Payment Failure Busy');
  one.clock.turn(1);
  assert.equal(said(one), GONE);
  one.ask(input('4', 'Member?'));
  one.ask(pos.abort({ id: '5' }, { DeviceID: '4' }));
  assert.equal(said(one), 'Aborted: Aborted by the POS');
  assert.equal(one.clock.pending, 0);
});

test('a question the terminal does not know is refused, and none fits into a payment', () => {
  const one = till();
  one.ask(input('2', 'Secret?', { InputCommand: 'Password' }));
  one.clock.turn(1500);
  assert.equal(said(one), 'UnavailableService: The terminal does not support this InputCommand');
  one.ask(pos.payment({ id: '3' }, '10'));
  one.ask(input('4', 'Member?'));
  assert.equal(last(one).InputResponse?.InputResult.Response.ErrorCondition, 'Busy');
  one.ask(display('5', 'Hello'));
  assert.equal(last(one).DisplayResponse?.OutputResult[0]?.Response.ErrorCondition, 'Busy');
  assert.deepEqual(one.terminal.screen, []);
});

test('a display stays until the next request; a question gives it back', () => {
  const one = till();
  one.ask(display('2', 'Welcome!', 'We have sent you an SMS'));
  assert.equal(last(one).DisplayResponse?.OutputResult[0]?.Response.Result, 'Success');
  one.ask(pos.status({ id: '3' }));
  one.ask(input('4', 'Member?'));
  assert.deepEqual(one.terminal.screen, ['Member?']);
  one.clock.turn(1500);
  assert.deepEqual(one.terminal.screen, ['Welcome!', 'We have sent you an SMS']);
  one.login(['PrinterReceipt'], 'sv', '5');
  assert.deepEqual(one.terminal.screen, []);
});

test('the published PrintRequest: fonts, columns, alignment, colour and feed as its own lines say', () => {
  const one = till();
  const request = decode(sample('print-request-formatted')).message;
  assert.ok('SaleToPOIRequest' in request);
  request.SaleToPOIRequest.MessageHeader.SaleID = 'ECR1';
  one.ask(request);
  assert.deepEqual(last(one).PrintResponse, { DocumentQualifier: 'SaleReceipt', Response: { Result: 'Success' } });
  const [printed] = one.terminal.printouts;
  assert.equal(printed?.qualifier, 'SaleReceipt');
  for (const text of printed?.texts ?? []) {
    const named = /\d+x\d+/.exec(text.rows.join())?.[0];
    if (named) assert.equal(text.font, named);
  }
  assert.deepEqual(
    printed?.texts.map(({ columns, inverse, feed }) => [columns, inverse, feed]),
    [
      [48, false, 0],
      [32, false, 0],
      [48, false, 20],
      [32, true, 40],
      [24, false, 50],
      [16, false, 20],
      [24, false, 60],
      [16, false, 0],
      [32, false, 224],
    ],
  );
  assert.deepEqual(printed?.text.split('\n').slice(0, 16), [
    '8x16 font size',
    '12x24 font size',
    '',
    '8x32   Justified alignment',
    '',
    '',
    '▌12x48 black background▐',
    '',
    '',
    '     Centered 16x16',
    '',
    ' Centered 24x24',
    '',
    '',
    '',
    '     Right aligned 16x32',
  ]);
});

test('line breaks, long lines, and a tab that is justified', () => {
  const one = till();
  const OutputText = [
    { Text: 'Two\nlines' },
    { Text: 'x'.repeat(40) },
    { Text: 'Coffee\t25,00', Alignment: 'Justified' },
    { Text: '' },
  ];
  const PrintOutput = {
    DocumentQualifier: 'SaleReceipt',
    ResponseMode: 'NotRequired',
    OutputContent: { OutputFormat: 'Text', OutputText },
  };
  one.ask(pos.request({ id: '2' }, 'Print', { PrintRequest: { PrintOutput } }, 'Device'));
  assert.deepEqual(one.answers.at(-1), { type: 'empty' });
  assert.deepEqual(one.terminal.printouts[0]?.text.split('\n'), [
    'Two',
    'lines',
    'x'.repeat(32),
    'x'.repeat(8),
    `Coffee${' '.repeat(21)}25,00`,
  ]);
});

test('printouts are bounded', () => {
  const one = till();
  const OutputContent = { OutputFormat: 'Text', OutputText: [{ Text: 'x' }] };
  for (let id = 0; id < 60; id++) {
    const PrintOutput = { DocumentQualifier: `Document`, ResponseMode: 'PrintEnd', OutputContent };
    one.ask(pos.request({ id: `d${id}` }, 'Print', { PrintRequest: { PrintOutput } }, 'Device'));
  }
  assert.equal(one.terminal.printouts.length, 50);
});
