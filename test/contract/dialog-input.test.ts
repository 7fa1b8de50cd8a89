import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { answerIn, displayBody, inputBody } from '../../lib/contract/dialog-input.ts';
import { printBody } from '../../lib/contract/print-input.ts';
import { swedbankPay } from '../../lib/protocol/profiles/swedbank-pay.ts';
import { decode } from '../../lib/protocol/xml/decode.ts';
import { encode } from '../../lib/protocol/xml/encode.ts';
import type { DeviceBody } from '../../lib/session/requests/requests.ts';
import { deviceRequest } from '../../lib/session/requests/requests.ts';
import { refusal } from '../support/refusal.ts';

const identity = {
  saleId: '1',
  poiId: 'A-POIID',
  language: 'sv',
  profile: swedbankPay,
  software: { ProviderIdentification: 'p', ApplicationName: 'a', SoftwareVersion: '1' },
};
const question = { command: 'GetConfirmation' } as const;
const paper = { feed: true };

/** How a call is refused: code and path. */
function refused(call: () => unknown): [string, string | undefined] {
  const { code, path } = refusal(call);
  return [code, path];
}

/** As it reads on the wire. */
function onTheWire(category: 'Display' | 'Input' | 'Print', body: DeviceBody) {
  const { message } = decode(encode(deviceRequest(identity, '45', category, body)));
  assert.ok('SaleToPOIRequest' in message);
  return message.SaleToPOIRequest;
}

function published(file: string) {
  const { message } = decode(readFileSync(new URL(`../fixtures/wire/${file}.xml`, import.meta.url)));
  return message;
}

const texts = (payload: unknown, text?: string) =>
  onTheWire('Display', displayBody(payload, { text })).DisplayRequest?.DisplayOutput[0]?.OutputContent.OutputText?.map(
    ({ Text }) => Text,
  );

describe('a display', () => {
  it('is the message that Swedbank Pay publishes', () => {
    const lines = [
      'Message to be displayed',
      'may have several lines',
      'This is the third',
      'However, a long line will automatically wrap',
    ];
    const sample = published('display-request-customer-multi-line');
    assert.ok('SaleToPOIRequest' in sample);
    const { DisplayRequest } = onTheWire('Display', displayBody(lines, {}));
    assert.deepEqual(DisplayRequest, sample.SaleToPOIRequest.DisplayRequest);
  });

  it('takes text, lines, or an object with either; the node’s own text before a bare payload', () => {
    assert.deepEqual(texts('Hej\nVälkommen <åter> & "så"'), ['Hej', 'Välkommen <åter> & "så"']);
    assert.deepEqual(texts({ text: 'A\r\nB' }), ['A', 'B']);
    assert.deepEqual(texts({ lines: ['A', '', 'B'] }), ['A', '', 'B']);
    assert.deepEqual(texts('0701234567', 'Tack!'), ['Tack!']);
    for (const payload of [undefined, null, '', true, 1_700_000_000_000, { outcome: 'approved' }]) {
      assert.deepEqual(texts(payload, 'Tack!'), ['Tack!']);
    }
    assert.deepEqual(texts({ text: 'Nej' }, 'Tack!'), ['Nej']);
  });

  it('refuses what is no text, and says where', () => {
    const cases: [unknown, string][] = [
      [undefined, 'payload'],
      [89, 'payload'],
      [true, 'payload'],
      ['', 'payload'],
      ['\n', 'payload'],
      [{}, 'payload'],
      [[], 'payload'],
      [{ lines: [] }, 'payload.lines'],
      [{ text: 7 }, 'payload.text'],
      [{ text: 'a\u0000' }, 'payload.text'],
      [['a', 7], 'payload[1]'],
      [{ lines: ['a', 'b\ud800'] }, 'payload.lines[1]'],
      [{ lines: ['a', 'x'.repeat(1001)] }, 'payload.lines[1]'],
      [Array(51).fill('a'), 'payload'],
    ];
    for (const [payload, path] of cases) {
      if (path === 'ok') assert.deepEqual(texts(payload), ['Hej']);
      else
        assert.deepEqual(
          refused(() => displayBody(payload, {})),
          ['invalid_text', path],
          JSON.stringify(payload),
        );
    }
  });
});

describe('a question', () => {
  it('is the message that Swedbank Pay publishes, and so is its answer', () => {
    const sample = published('input-request-confirmation');
    assert.ok('SaleToPOIRequest' in sample);
    const { InputRequest } = onTheWire('Input', inputBody('Is this a good day?', question));
    assert.deepEqual(InputRequest, sample.SaleToPOIRequest.InputRequest);
    const answer = published('input-response-confirmation-true');
    assert.ok('SaleToPOIResponse' in answer);
    assert.equal(answerIn(answer.SaleToPOIResponse), true);
    assert.equal(answerIn(undefined), undefined);
  });

  it('asks for digits, within bounds of length and time', () => {
    const data = (payload: unknown, more = {}) =>
      onTheWire('Input', inputBody(payload, { ...question, ...more })).InputRequest?.InputData;
    const base = { Device: 'CustomerInput', InfoQualify: 'Input', InputCommand: 'DigitString' };
    assert.deepEqual(data('Phone?', { command: 'DigitString' }), base);
    const asked = { text: 'Phone?', command: 'DigitString', minLength: 7, maxLength: '10', timeout: 30 };
    const bounds = { MinLength: 7, MaxLength: 10, MaxInputTime: 30 };
    assert.deepEqual(data(asked), { ...base, ...bounds });
    const set = { command: 'DigitString', minLength: '7', maxLength: '10', timeout: '30', text: 'Phone?' };
    assert.deepEqual(data(true, set), { ...base, ...bounds });
    assert.deepEqual(data({ minLength: 5 }, set)?.MinLength, 5);
    assert.deepEqual(data('Sure?', { minLength: 7, maxLength: '' }), { ...base, InputCommand: 'GetConfirmation' });
  });

  it('refuses what it cannot ask, and says where', () => {
    const asked = (more: object) =>
      refused(() => inputBody({ text: 'Phone?', command: 'DigitString', ...more }, question));
    assert.deepEqual(asked({ command: 'Password' }), ['invalid_command', 'payload.command']);
    assert.deepEqual(asked({ minLength: 0 }), ['invalid_length', 'payload.minLength']);
    assert.deepEqual(asked({ maxLength: 101 }), ['invalid_length', 'payload.maxLength']);
    assert.deepEqual(asked({ maxLength: '4x' }), ['invalid_length', 'payload.maxLength']);
    assert.deepEqual(asked({ minLength: 5, maxLength: 4 }), ['invalid_length', 'payload.minLength']);
    assert.deepEqual(asked({ timeout: -1 }), ['invalid_timeout', 'payload.timeout']);
    assert.deepEqual(asked({ timeout: [] }), ['invalid_timeout', 'payload.timeout']);
    assert.deepEqual(asked({ text: '' }), ['invalid_text', 'payload.text']);
  });
});

describe('a print', () => {
  it('is the message that Swedbank Pay publishes', () => {
    const sample = published('print-request-formatted');
    assert.ok('SaleToPOIRequest' in sample);
    const justified = sample.SaleToPOIRequest.PrintRequest?.PrintOutput.OutputContent.OutputText?.[2]?.Text;
    const single = { width: 'single', color: 'black' };
    const lines = [
      { text: '8x16 font size', alignment: 'left', height: 'half', ...single },
      { text: '12x24 font size', alignment: 'Left', ...single },
      { text: justified, alignment: 'justified', height: 'SingleHeight', ...single, startRow: 20 },
      {
        text: '12x48 black background',
        alignment: 'left',
        height: 'double',
        ...single,
        color: 'white',
        startRow: '40',
      },
      {
        text: 'Centered 16x16',
        alignment: 'centred',
        height: 'half',
        width: 'DoubleWidth',
        color: 'black',
        startRow: 50,
      },
      { text: 'Centered 24x24', alignment: 'centred', width: 'double', color: 'black', startRow: 20 },
      {
        text: 'Right aligned 16x32',
        alignment: 'right',
        height: 'single',
        width: 'double',
        color: 'black',
        startRow: 60,
      },
      { text: 'Right aligned 24x48', alignment: 'right', height: 'double', width: 'double', color: 'black' },
    ];
    const { PrintRequest } = onTheWire('Print', printBody(lines, paper));
    assert.deepEqual(PrintRequest, sample.SaleToPOIRequest.PrintRequest);
  });

  it('takes text, lines or a receipt; a blank line is paper', () => {
    const printed = (payload: unknown, defaults = { feed: false }) =>
      onTheWire('Print', printBody(payload, defaults)).PrintRequest?.PrintOutput.OutputContent.OutputText;
    const blank = { StartRow: 24, Text: '' };
    const rows = [{ Text: 'Kvitto' }, blank, { Text: 'Kaffe\t44,50' }];
    const lines = ['Kvitto', '', 'Kaffe\t44,50'];
    assert.deepEqual(printed(lines), rows);
    assert.deepEqual(printed(lines.join('\n')), rows);
    assert.deepEqual(printed({ lines, text: 'not this', data: {} }), rows);
    assert.deepEqual(printed({ lines: [{ text: '' }, 'a'] }), [blank, { Text: 'a' }]);
    assert.deepEqual(printed({ lines, feed: true }), [...rows, { StartRow: 224, Text: '' }]);
    assert.deepEqual(printed('x', { feed: false, ...{ text: 'Tack!' } }), [{ Text: 'Tack!' }]);
  });

  it('refuses what it cannot print, and says where', () => {
    const cases: [unknown, string, string][] = [
      [undefined, 'invalid_text', 'payload'],
      [{ receipts: {} }, 'invalid_text', 'payload'],
      [[''], 'invalid_text', 'payload'],
      [[null], 'invalid_text', 'payload[0]'],
      [{ lines: ['a', { text: 7 }] }, 'invalid_text', 'payload.lines[1].text'],
      [[{ text: 'a', alignment: 'middle' }], 'invalid_format', 'payload[0].alignment'],
      [[{ text: 'a', color: 'red' }], 'invalid_format', 'payload[0].color'],
      [[{ text: 'a', height: {} }], 'invalid_format', 'payload[0].height'],
      [[{ text: 'a', startRow: 501 }], 'invalid_format', 'payload[0].startRow'],
      [[{ text: 'a', bold: true }], 'invalid_format', 'payload[0].bold'],
      [{ text: 'a', feed: 'yes' }, 'invalid_feed', 'payload.feed'],
      [Array(1001).fill('a'), 'invalid_text', 'payload'],
    ];
    for (const [payload, code, path] of cases) {
      assert.deepEqual(
        refused(() => printBody(payload, paper)),
        [code, path],
        JSON.stringify(payload),
      );
    }
  });
});
