import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { failure, inputAnswer, isFromTerminal, success, wantsResponse } from '../../lib/protocol/answers.ts';
import type { Message } from '../../lib/protocol/types.ts';
import { decode } from '../../lib/protocol/xml/decode.ts';
import { encode } from '../../lib/protocol/xml/encode.ts';
import { display, event, input, print } from '../endpoint/support.ts';
import { refusal } from '../support/refusal.ts';
import { sample } from '../support/wire.ts';

const read = (xml: string | Buffer): Message => decode(Buffer.from(xml)).message;

/** A response as the terminal reads it. */
function sent(message: Message | undefined) {
  assert.ok(message);
  const decoded = decode(encode(message)).message;
  assert.ok('SaleToPOIResponse' in decoded);
  return decoded.SaleToPOIResponse;
}

const ids = { ServiceID: '3', DeviceID: '7', SaleID: '1', POIID: 'A-POIID' };
const header = (MessageCategory: string) => ({
  MessageClass: 'Device',
  MessageCategory,
  MessageType: 'Response',
  ...ids,
});

describe('whether a response is wanted', () => {
  const cases: [string, string | Buffer, boolean][] = [
    ['a display, by default', display('x'), true],
    ['a display that says so', display('x', { required: true }), true],
    ['a display that says no', display('x', { required: false }), false],
    ['a print', print('PrintEnd'), true],
    ['a print, at once', print('Immediate'), true],
    ['a print that says no', print('NotRequired'), false],
    ['an input', input('x'), true],
    ['a transmit', sample('transmit-request-terminal-address'), true],
    ['an event', event('x'), false],
    ['an event of the documentation', sample('event-notification-sale-admin'), false],
    ['a response', sample('login-response-success'), false],
  ];
  for (const [what, xml, wanted] of cases) test(what, () => assert.equal(wantsResponse(read(xml)), wanted));

  test('a display of several outputs, of which one asks', () => {
    const both = display('x', { required: false }).replace(
      '</DisplayOutput>',
      '</DisplayOutput><DisplayOutput Device="CustomerDisplay" InfoQualify="Display"><OutputContent OutputFormat="Text"/></DisplayOutput>',
    );
    assert.equal(wantsResponse(read(both)), true);
    assert.deepEqual(
      sent(success(read(both))).DisplayResponse?.OutputResult.map(({ Device }) => Device),
      ['CashierDisplay', 'CustomerDisplay'],
    );
  });
});

describe('responses', () => {
  test('to a display', () => {
    assert.deepEqual(sent(success(read(display('x', { deviceId: '7' })))), {
      MessageHeader: header('Display'),
      DisplayResponse: {
        OutputResult: [{ Device: 'CashierDisplay', InfoQualify: 'Status', Response: { Result: 'Success' } }],
      },
    });
  });

  test('to a print', () => {
    assert.deepEqual(sent(success(read(print('PrintEnd', { deviceId: '7' })))), {
      MessageHeader: header('Print'),
      PrintResponse: { DocumentQualifier: 'CashierReceipt', Response: { Result: 'Success' } },
    });
  });

  test('to the address message of the documentation: no ids, and an empty SaleID, come back as they were', () => {
    assert.deepEqual(sent(success(read(sample('transmit-request-terminal-address')))), {
      MessageHeader: {
        MessageClass: 'Device',
        MessageCategory: 'Transmit',
        MessageType: 'Response',
        SaleID: '',
        POIID: 'A-POIID',
      },
      TransmitResponse: { Response: { Result: 'Success' } },
    });
  });

  test('to a confirmation, as the documentation answers its own', () => {
    const answered = sent(inputAnswer(read(sample('input-request-confirmation')), true));
    const documented = read(sample('input-response-confirmation-true'));
    assert.ok('SaleToPOIResponse' in documented);
    assert.deepEqual(answered, documented.SaleToPOIResponse);
  });

  test('of failure', () => {
    const failed = sent(failure(read(input('x', { deviceId: '7' })), 'Cancel', 'No answer in time'));
    assert.deepEqual(failed.InputResponse?.InputResult, {
      Device: 'CashierInput',
      InfoQualify: 'Input',
      Response: { Result: 'Failure', ErrorCondition: 'Cancel', AdditionalResponse: 'No answer in time' },
    });
    assert.equal(
      sent(failure(read(display('x')), 'Busy', 'x')).DisplayResponse?.OutputResult[0]?.Response.Result,
      'Failure',
    );
    assert.equal(
      sent(failure(read(print('PrintEnd')), 'DeviceOut', 'x')).PrintResponse?.Response.ErrorCondition,
      'DeviceOut',
    );
  });

  test('of failure, to requests that are for terminals: where a response needs nothing else', () => {
    const login = sent(failure(read(sample('login-request')), 'NotAllowed', 'x'));
    assert.equal(login.LoginResponse?.Response.ErrorCondition, 'NotAllowed');
    assert.equal(login.MessageHeader.MessageClass, 'Service');
    for (const name of ['payment-request-purchase', 'abort-request', 'event-notification-sale-admin']) {
      assert.equal(failure(read(sample(name)), 'NotAllowed', 'x'), undefined, name);
    }
  });

  test('none: an input without a value, an event, a response', () => {
    for (const xml of [input('x'), event('x'), sample('login-response-success')]) {
      assert.equal(success(read(xml)), undefined);
    }
  });
});

describe('an input’s value', () => {
  const cases: [command: string, value: boolean | string, field: string, written: unknown][] = [
    ['GetConfirmation', true, 'ConfirmedFlag', true],
    ['GetConfirmation', false, 'ConfirmedFlag', false],
    ['DigitString', '0046', 'DigitInput', '0046'],
    ['TextString', 'Åsa', 'TextInput', 'Åsa'],
    ['DecimalString', '12.50', 'TextInput', '12.50'],
    ['GetMenuEntry', '3', 'MenuEntryNumber', 3],
    ['GetFunctionKey', '2', 'FunctionKey', '2'],
  ];
  for (const [command, value, field, written] of cases) {
    test(`${command} ${value}`, () => {
      const answered = sent(inputAnswer(read(input('x', { command })), value)).InputResponse?.InputResult;
      assert.deepEqual(answered?.Input, { InputCommand: command, [field]: written });
    });
  }

  test('any key', () => {
    const answered = sent(inputAnswer(read(input('x', { command: 'GetAnyKey' })), true)).InputResponse?.InputResult;
    assert.deepEqual(answered?.Input, { InputCommand: 'GetAnyKey' });
  });

  const wrong: [command: string, value: boolean | string, more?: string][] = [
    ['GetConfirmation', 'true'],
    ['DigitString', true],
    ['DigitString', '12a'],
    ['DigitString', '123', ' MinLength="4"'],
    ['DigitString', '12345', ' MaxLength="4"'],
    ['GetMenuEntry', '0'],
    ['GetFunctionKey', 'F1'],
    ['Password', 'secret'],
  ];
  for (const [command, value, more = ''] of wrong) {
    test(`${command} is not answered ${value}${more}`, () => {
      const refused = refusal(() => inputAnswer(read(input('x', { command, more })), value));
      assert.equal(refused.code, 'wrong_answer');
      assert.doesNotMatch(refused.message, /secret|12a|12345/);
    });
  }

  test('what is no input takes none', () => {
    assert.equal(refusal(() => inputAnswer(read(display('x')), true)).code, 'not_an_input');
  });
});

test('any response to any request with ids of nexo’s lengths can be encoded, and is for that request', () => {
  const id = fc.option(
    fc.stringMatching(/^[A-Za-z0-9 &<"]{1,10}$/).filter((text) => text.trim() === text && text !== ''),
  );
  const requests = fc.constantFrom(
    display('x'),
    print('PrintEnd'),
    input('x'),
    sample('transmit-request-terminal-address').toString(),
  );
  fc.assert(
    fc.property(requests, id, id, fc.boolean(), (xml, serviceId, deviceId, succeed) => {
      const message = read(xml);
      assert.ok('SaleToPOIRequest' in message);
      const { MessageHeader } = message.SaleToPOIRequest;
      delete MessageHeader.ServiceID;
      delete MessageHeader.DeviceID;
      if (serviceId !== null) MessageHeader.ServiceID = serviceId;
      if (deviceId !== null) MessageHeader.DeviceID = deviceId;
      const response = (succeed ? success(message) : undefined) ?? failure(message, 'Busy', 'x');
      const { MessageHeader: written } = sent(response);
      assert.deepEqual({ ...written, MessageType: 'Request' }, { ...MessageHeader });
    }),
  );
});

test('what terminals send', () => {
  assert.ok(isFromTerminal('DisplayRequest') && isFromTerminal('EventNotification'));
  assert.ok(!isFromTerminal('PaymentRequest') && !isFromTerminal('DisplayResponse') && !isFromTerminal('toString'));
});
