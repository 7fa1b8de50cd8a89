import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message, Nexo } from '../../lib/protocol/types.ts';
import { decode } from '../../lib/protocol/xml/decode.ts';
import type { CustomerAnswer } from '../../lib/virtual/customer/customer.ts';
import * as pos from '../support/pos.ts';
import { sample } from '../support/wire.ts';
import { RecordingPos } from './recording-pos.ts';

function loggedIn(): RecordingPos {
  const recorder = new RecordingPos();
  recorder.login(['PrinterReceipt']);
  return recorder;
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

/** The customer's answer in the response. */
function answerText(recorder: RecordingPos): string {
  const { Response, Input } = recorder.last().InputResponse?.InputResult ?? {};
  if (Response?.Result !== 'Success') return `${Response?.ErrorCondition}: ${Response?.AdditionalResponse}`;
  return String(Input?.ConfirmedFlag ?? Input?.DigitInput ?? Input?.TextInput);
}

test('a yes is answered as the sample is: two nested results, none directly below', () => {
  const recorder = loggedIn();
  const request = decode(sample('input-request-confirmation')).message;
  assert.ok('SaleToPOIRequest' in request);
  request.SaleToPOIRequest.MessageHeader.SaleID = 'ECR1';
  recorder.request(request);
  assert.deepEqual(recorder.terminal.screen, ['Is this a good day?']);
  recorder.clock.advance(1500);
  const published = decode(sample('input-response-confirmation-true')).message;
  assert.ok('SaleToPOIResponse' in published);
  published.SaleToPOIResponse.MessageHeader.SaleID = 'ECR1';
  assert.deepEqual(recorder.last(), published.SaleToPOIResponse);
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
  test(`a scripted answer ${answer}: ${confirmed}, or ${digits}`, () => {
    const recorder = loggedIn();
    recorder.terminal.customer.answer(answer, answer);
    recorder.request(input('2', 'Member?'));
    recorder.clock.advance(30_000);
    assert.equal(answerText(recorder), confirmed);
    recorder.request(input('3', 'Phone?', { InputCommand: 'DigitString', MaxLength: 6 }));
    recorder.clock.advance(30_000);
    assert.equal(answerText(recorder), digits);
    assert.deepEqual(recorder.last().InputResponse?.OutputResult?.Response, { Result: 'Success' });
    recorder.request(input('4', 'Again?'));
    recorder.clock.advance(1500);
    assert.equal(answerText(recorder), 'true', 'the script has ended');
  });

for (const [question, expected] of [
  ['Member? (no)', 'false'],
  ['Member? (yes)', 'true'],
  ['Member? (cancel)', STOP],
  ['Member? (nobody)', GONE],
  ['Member (no)?', 'true'],
] as const)
  test(`a question can contain its answer: ${question}`, () => {
    const recorder = loggedIn();
    recorder.request(input('2', question));
    recorder.clock.advance(30_000);
    assert.equal(answerText(recorder), expected);
  });

test('digits in a question are the answer, and the shortest answer is given otherwise', () => {
  const recorder = loggedIn();
  for (const [id, question, data, expected] of [
    ['2', 'Phone? (0701234567)', {}, '0701234567'],
    ['3', 'Code?', { MinLength: 6 }, '123456'],
    ['4', 'Code?', { MaxLength: 2 }, '12'],
  ] as const) {
    recorder.request(input(id, question, { InputCommand: 'DigitString', ...data }));
    recorder.clock.advance(1500);
    assert.equal(answerText(recorder), expected);
  }
});

test('without an answer the terminal waits for MaxInputTime, and an abort ends that', () => {
  const recorder = loggedIn();
  recorder.terminal.customer.answer('nobody', 'nobody');
  recorder.request(input('2', 'Member?', { MaxInputTime: 5 }));
  recorder.clock.advance(4999);
  recorder.request(pos.payment({ id: '3' }, '10'));
  assert.equal(recorder.log.at(-1), '← Payment Failure Busy');
  recorder.clock.advance(1);
  assert.equal(answerText(recorder), GONE);
  recorder.request(input('4', 'Member?'));
  recorder.request(pos.abort({ id: '5' }, { DeviceID: '4' }));
  assert.equal(answerText(recorder), 'Aborted: Aborted by the POS');
  assert.equal(recorder.clock.pending, 0);
});

test('a question the terminal does not know is refused, and none fits into a payment', () => {
  const recorder = loggedIn();
  recorder.request(input('2', 'Secret?', { InputCommand: 'Password' }));
  recorder.clock.advance(1500);
  assert.equal(answerText(recorder), 'UnavailableService: The terminal does not support this InputCommand');
  recorder.request(pos.payment({ id: '3' }, '10'));
  recorder.request(input('4', 'Member?'));
  assert.equal(recorder.last().InputResponse?.InputResult.Response.ErrorCondition, 'Busy');
  recorder.request(display('5', 'Hello'));
  assert.equal(recorder.last().DisplayResponse?.OutputResult[0]?.Response.ErrorCondition, 'Busy');
  assert.deepEqual(recorder.terminal.screen, []);
});

test('a display stays until the next request; a question gives it back', () => {
  const recorder = loggedIn();
  recorder.request(display('2', 'Welcome!', 'We have sent you an SMS'));
  assert.equal(recorder.last().DisplayResponse?.OutputResult[0]?.Response.Result, 'Success');
  recorder.request(pos.status({ id: '3' }));
  recorder.request(input('4', 'Member?'));
  assert.deepEqual(recorder.terminal.screen, ['Member?']);
  recorder.clock.advance(1500);
  assert.deepEqual(recorder.terminal.screen, ['Welcome!', 'We have sent you an SMS']);
  recorder.login(['PrinterReceipt'], 'sv', '5');
  assert.deepEqual(recorder.terminal.screen, []);
});

test('the published PrintRequest: fonts, columns, alignment, colour and feed as its own lines say', () => {
  const recorder = loggedIn();
  const request = decode(sample('print-request-formatted')).message;
  assert.ok('SaleToPOIRequest' in request);
  request.SaleToPOIRequest.MessageHeader.SaleID = 'ECR1';
  recorder.request(request);
  assert.deepEqual(recorder.last().PrintResponse, {
    DocumentQualifier: 'SaleReceipt',
    Response: { Result: 'Success' },
  });
  const [printed] = recorder.terminal.printouts;
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
  const recorder = loggedIn();
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
  recorder.request(pos.request({ id: '2' }, 'Print', { PrintRequest: { PrintOutput } }, 'Device'));
  assert.deepEqual(recorder.responses.at(-1), { type: 'empty' });
  assert.deepEqual(recorder.terminal.printouts[0]?.text.split('\n'), [
    'Two',
    'lines',
    'x'.repeat(32),
    'x'.repeat(8),
    `Coffee${' '.repeat(21)}25,00`,
  ]);
});

test('printouts are bounded', () => {
  const recorder = loggedIn();
  const OutputContent = { OutputFormat: 'Text', OutputText: [{ Text: 'x' }] };
  for (let id = 0; id < 60; id++) {
    const PrintOutput = { DocumentQualifier: `Document`, ResponseMode: 'PrintEnd', OutputContent };
    recorder.request(pos.request({ id: `d${id}` }, 'Print', { PrintRequest: { PrintOutput } }, 'Device'));
  }
  assert.equal(recorder.terminal.printouts.length, 50);
});
