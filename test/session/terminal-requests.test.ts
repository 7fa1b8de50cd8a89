import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { swedbankReceipt } from '../../lib/protocol/profiles/swedbank-receipt.ts';
import type { Nexo, SaleToPOIRequest } from '../../lib/protocol/types.ts';
import { notificationOf } from '../../lib/session/inbound/terminal-notification.ts';
import { Driver } from '../support/session-driver.ts';

type Category = 'Display' | 'Input' | 'Print' | 'Event';

function inbound(category: Category, body: Omit<SaleToPOIRequest, 'MessageHeader'>): SaleToPOIRequest {
  const MessageHeader: Nexo<'MessageHeader'> = {
    MessageClass: category === 'Event' ? 'Event' : 'Device',
    MessageCategory: category,
    MessageType: category === 'Event' ? 'Notification' : 'Request',
    ServiceID: '7',
    DeviceID: '8',
    SaleID: '1',
    POIID: 'T1',
  };
  return { MessageHeader, ...body };
}

const content = (...texts: string[]): Nexo<'OutputContent'> => ({
  OutputFormat: 'Text',
  OutputText: texts.map((Text) => ({ Text })),
});

const display = (text: string, ResponseRequiredFlag?: boolean) =>
  inbound('Display', {
    DisplayRequest: {
      DisplayOutput: [
        {
          Device: 'CashierDisplay',
          InfoQualify: 'Display',
          OutputContent: content(text),
          ...(ResponseRequiredFlag !== undefined && { ResponseRequiredFlag }),
        },
      ],
    },
  });

const input = (InputCommand: string, more: Partial<Nexo<'InputData'>> = {}) =>
  inbound('Input', {
    InputRequest: {
      DisplayOutput: { Device: 'CashierDisplay', InfoQualify: 'Display', OutputContent: content('Signature OK?') },
      InputData: { Device: 'CashierInput', InfoQualify: 'Input', InputCommand, ...more },
    },
  });

const event = (EventToNotify: string, more: Partial<Nexo<'EventNotification'>> = {}) =>
  inbound('Event', { EventNotification: { TimeStamp: '2026-01-01T00:00:00Z', EventToNotify, ...more } });

function listening(options: ConstructorParameters<typeof Driver>[0] = {}): Driver {
  const driver = new Driver({ loggedIn: true, ...options });
  driver.event({ type: 'listeners', count: 1 });
  return driver;
}

const say = (driver: Driver, request: SaleToPOIRequest, ref = 'http1') =>
  driver.event({ type: 'inbound', ref, request });

function replyId(driver: Driver): string {
  const notice = driver.notifications.at(-1);
  assert.ok(notice?.type === 'notification' && notice.replyId);
  return notice.replyId;
}

const reply = (driver: Driver, value: boolean | string, id = replyId(driver)) =>
  driver.event({ type: 'answerQuestion', ref: 'reply', replyId: id, value });

function answerOf(driver: Driver) {
  const message = driver.responses.at(-1)?.message;
  assert.ok(message && 'SaleToPOIResponse' in message);
  return message.SaleToPOIResponse;
}

function failure(driver: Driver): string | undefined {
  const last = driver.done.at(-1);
  return last?.type === 'failed' ? last.error.code : undefined;
}

describe('what a terminal shows', () => {
  it('understands numbered texts, several lines and plain ones', () => {
    const shown = (text: string) => notificationOf(display(text), swedbankReceipt);
    assert.deepEqual(shown('12,"Insert card"'), {
      kind: 'display',
      device: 'CashierDisplay',
      qualifier: 'Display',
      number: 12,
      lines: ['Insert card'],
      text: 'Insert card',
    });
    assert.equal(shown('Welcome')?.text, 'Welcome');
    assert.equal(shown('3, 2, 1')?.text, '2, 1');
  });

  it('reaches the listener at once, and is answered only where that is asked', () => {
    const driver = listening();
    say(driver, display('Welcome', false));
    assert.equal(driver.responses.at(-1)?.message, undefined);
    // By nexo's default an answer is asked for.
    for (const asked of [true, undefined]) {
      say(driver, display('Welcome', asked));
      assert.equal(answerOf(driver).DisplayResponse?.OutputResult[0]?.Response.Result, 'Success');
    }
    assert.equal(driver.notifications.length, 3);
  });

  it('shows at the payment that runs', () => {
    const driver = listening();
    driver.pay('A');
    say(driver, display('5,"Enter PIN"'));
    const shown = driver.notifications.find((notice) => notice.type === 'display');
    assert.equal(shown?.type === 'display' && shown.text, 'Enter PIN');
  });
});

describe('what a terminal asks', () => {
  it('is answered by the flow, on the terminal’s own open request', () => {
    const driver = listening();
    say(driver, input('GetConfirmation'), 'http7');
    assert.equal(driver.responses.length, 0);
    reply(driver, true);
    assert.equal(driver.responses[0]?.ref, 'http7');
    const { MessageHeader, InputResponse } = answerOf(driver);
    assert.equal(MessageHeader.DeviceID, '8');
    assert.equal(MessageHeader.MessageType, 'Response');
    assert.equal(InputResponse?.InputResult.Input?.ConfirmedFlag, true);
    assert.equal(InputResponse?.OutputResult?.Response.Result, 'Success');
  });

  it('gets the safe answer in time where nobody gives one: a signature is refused', () => {
    const driver = listening();
    say(driver, input('GetConfirmation', { MaxInputTime: 30 }));
    driver.advance(27_999);
    assert.equal(driver.responses.length, 0);
    driver.advance(1);
    assert.equal(answerOf(driver).InputResponse?.InputResult.Input?.ConfirmedFlag, false);
    reply(driver, true);
    assert.equal(failure(driver), 'reply_too_late');
    assert.equal(driver.responses.length, 1);
  });

  it('is told, and gets the safe answer at once, where nobody listens who answers', () => {
    const driver = new Driver({ loggedIn: true });
    say(driver, input('GetConfirmation'));
    const notice = driver.notifications.at(-1);
    assert.ok(notice?.type === 'notification' && notice.replyId === undefined);
    assert.equal(answerOf(driver).InputResponse?.InputResult.Input?.ConfirmedFlag, false);
  });

  it('refuses a second answer, an unknown one, and one that does not fit', () => {
    const driver = listening();
    say(driver, input('DigitString', { MinLength: 4 }));
    for (const unfit of [true, 'abcd', '123']) {
      reply(driver, unfit);
      assert.equal(failure(driver), 'reply_unfit');
    }
    reply(driver, '1234');
    assert.equal(answerOf(driver).InputResponse?.InputResult.Input?.DigitInput, '1234');
    reply(driver, '1234');
    assert.equal(failure(driver), 'reply_too_late');
    reply(driver, '1234', 'nobody#1');
    assert.equal(failure(driver), 'reply_too_late');
  });

  it('never sets a payment’s outcome', () => {
    const driver = listening();
    driver.pay('A');
    say(driver, event('Completed'));
    say(driver, display('Approved'));
    say(driver, input('GetConfirmation'));
    reply(driver, true);
    assert.equal(driver.outcomes.length, 0);
  });
});

describe('maintenance', () => {
  it('lets the terminal go at its hour, when idle, and logs in again afterwards', () => {
    const driver = listening({ config: { maintenanceHour: 3 } });
    driver.advance(2 * 3_600_000);
    driver.open('Logout');
    assert.equal(driver.open('Logout').request.LogoutRequest?.MaintenanceAllowed, true);
    driver.answer('Logout', { LogoutResponse: { Response: { Result: 'Success' } } });
    say(driver, event('BeginMaintenance'));
    assert.equal(driver.session.context.state, 'maintenance');
    say(driver, event('EndMaintenance'));
    driver.answer('Login', { LoginResponse: { Response: { Result: 'Success' } } });
    assert.equal(driver.session.context.state, 'ready');
    driver.advance(3_600_000);
    assert.equal(driver.sent.filter((sent) => sent.header.MessageCategory === 'Logout').length, 1);
  });

  it('is followed where its events overtake the answer to the logout', () => {
    const out = { LogoutResponse: { Response: { Result: 'Success' } } };
    const begun = listening();
    begun.event({ type: 'logout', ref: 'out', maintenanceAllowed: true });
    say(begun, event('BeginMaintenance'));
    begun.answer('Logout', out);
    assert.equal(begun.session.context.state, 'maintenance');
    say(begun, event('EndMaintenance'));
    begun.answer('Login', { LoginResponse: { Response: { Result: 'Success' } } });
    assert.equal(begun.session.context.state, 'ready');

    const ended = listening();
    ended.event({ type: 'logout', ref: 'out', maintenanceAllowed: true });
    say(ended, event('BeginMaintenance'));
    say(ended, event('EndMaintenance'));
    assert.equal(ended.categories().includes('Login'), false, 'not before the logout is answered');
    ended.answer('Logout', out);
    ended.answer('Login', { LoginResponse: { Response: { Result: 'Success' } } });
    assert.equal(ended.session.context.state, 'ready');
  });

  it('that begins and ends while a payment is open changes nothing', () => {
    const driver = listening();
    driver.pay('A');
    say(driver, event('BeginMaintenance'));
    driver.payment();
    assert.equal(driver.session.context.state, 'ready');
    say(driver, event('EndMaintenance'));
    assert.equal(driver.categories().includes('Login'), false);
  });

  it('waits for a payment that is open', () => {
    const driver = listening({ config: { maintenanceHour: 3 } });
    driver.advance(2 * 3_600_000 - 30_000);
    driver.pay('A');
    driver.advance(60_000);
    assert.ok(!driver.categories().includes('Logout'));
    driver.payment();
    driver.advance(60_000);
    assert.ok(driver.categories().includes('Logout'));
  });

  it('asks again where the terminal is busy, logs in first where nobody is, and lets go again after a payment', () => {
    const driver = listening({ config: { maintenanceHour: 3 } });
    driver.advance(2 * 3_600_000);
    driver.answer('Logout', { LogoutResponse: { Response: { Result: 'Failure', ErrorCondition: 'Busy' } } });
    driver.advance(60_000);
    driver.answer('Logout', { LogoutResponse: { Response: { Result: 'Success' } } });
    driver.advance(5 * 60_000);
    const count = (category: string) => driver.categories().filter((one) => one === category).length;
    assert.deepEqual([count('Logout'), count('Login')], [2, 0], 'let go, it is left alone');
    driver.pay('A');
    driver.answer('Login', { LoginResponse: { Response: { Result: 'Success' } } });
    driver.payment();
    driver.advance(60_000);
    assert.equal(count('Logout'), 3);
    const started = new Driver({ config: { maintenanceHour: 1 } });
    started.answer('Login', { LoginResponse: { Response: { Result: 'Success' } } });
    started.statusFailure('NotFound');
    assert.ok(started.open('Logout'));
  });

  it('a payment that comes meanwhile logs in by itself; without EndMaintenance the hour’s end does', () => {
    const driver = listening({ config: { maintenanceHour: 3 } });
    driver.advance(2 * 3_600_000);
    driver.answer('Logout', { LogoutResponse: { Response: { Result: 'Success' } } });
    driver.advance(3_600_000);
    assert.ok(driver.open('Login'));
  });
});

describe('what is shown, asked or printed on the terminal', () => {
  const show = (driver: Driver) =>
    driver.event({
      type: 'device',
      ref: 'd',
      body: {
        DisplayRequest: {
          DisplayOutput: [{ Device: 'CustomerDisplay', InfoQualify: 'Display', OutputContent: content('Hi') }],
        },
      },
    });
  const shown = {
    OutputResult: [{ Device: 'CustomerDisplay', InfoQualify: 'Display', Response: { Result: 'Success' } }],
  };

  it('waits for a payment to end, and a busy terminal is asked again', () => {
    const driver = listening();
    driver.pay('A');
    show(driver);
    assert.ok(!driver.categories().includes('Display'));
    driver.payment();
    const { header } = driver.open('Display');
    assert.equal(header.MessageClass, 'Device');
    assert.equal(header.DeviceID, header.ServiceID);
    driver.answer('Display', {
      DisplayResponse: {
        OutputResult: [{ ...shown.OutputResult[0], Response: { Result: 'Failure', ErrorCondition: 'Busy' } }] as never,
      },
    });
    driver.advance(500);
    driver.answer('Display', { DisplayResponse: shown });
    assert.equal(driver.done.at(-1)?.type, 'done');
  });

  it('that the customer ends has a code of its own', () => {
    const driver = listening();
    show(driver);
    const cancel = { ...shown.OutputResult[0], Response: { Result: 'Failure', ErrorCondition: 'Cancel' } };
    driver.answer('Display', { DisplayResponse: { OutputResult: [cancel] as never } });
    assert.equal(failure(driver), 'dialog_cancelled');
  });

  it('that fails says so, and the next in line goes on', () => {
    const driver = listening();
    show(driver);
    driver.pay('A');
    driver.reply(driver.open('Display'), { type: 'lost', reason: 'reset' });
    assert.equal(failure(driver), 'dialog_failed');
    assert.ok(driver.open('Payment'));
  });
});

describe('a signature in client-only mode', () => {
  const RECEIPT = Buffer.from(
    '{"Merchant":{"Mandatory":{"Payment":{"SignatureBlock":true}},"Optional":{"ReceiptString":["Sign"]}}}',
  );
  const approve = (driver: Driver) => {
    const { header, request } = driver.open('Payment');
    const SaleTransactionID = request.PaymentRequest?.SaleData.SaleTransactionID;
    assert.ok(SaleTransactionID);
    driver.answer('Payment', {
      PaymentResponse: {
        Response: { Result: 'Success' },
        SaleData: { SaleTransactionID },
        POIData: { POITransactionID: { TransactionID: `poi-${header.ServiceID}`, TimeStamp: 'T' } },
        PaymentResult: { AmountsResp: { Currency: 'SEK', AuthorizedAmount: '89.00' } },
        PaymentReceipt: [
          {
            DocumentQualifier: 'CashierReceipt',
            OutputContent: content(RECEIPT.toString('base64')),
          },
        ],
      },
    });
  };
  const signing = () => {
    const driver = listening({ config: { signature: 'listener' } });
    driver.pay('A');
    approve(driver);
    return driver;
  };
  const kinds = (driver: Driver) =>
    driver.notifications.flatMap((notice) => (notice.type === 'notification' ? notice.payload.kind : []));

  it('raises the two messages that a terminal would send: print, then confirm', () => {
    const driver = signing();
    assert.deepEqual(kinds(driver), ['print', 'input']);
    assert.equal(driver.outcomes.length, 0);
    reply(driver, true);
    assert.equal(driver.outcomes[0]?.record.outcome, 'approved');
  });

  it('refused, or not answered, becomes a reversal', () => {
    for (const refuse of [(driver: Driver) => reply(driver, false), (driver: Driver) => driver.advance(60_000)]) {
      const driver = signing();
      refuse(driver);
      driver.reversal();
      assert.equal(driver.outcomes[0]?.record.outcome, 'reversed');
    }
  });

  it('is told with the approval where nobody listens', () => {
    const driver = new Driver({ loggedIn: true, config: { signature: 'listener' } });
    driver.pay('A');
    approve(driver);
    assert.equal(driver.outcomes[0]?.record.outcome, 'approved');
  });

  it('that nobody is left to check after a restart is refused in time', () => {
    const record = signing().rows.get('A');
    assert.ok(record);
    const driver = new Driver({
      config: { signature: 'listener' },
      restored: { unfinished: [structuredClone(record)] },
    });
    driver.advance(59_999);
    assert.equal(driver.outcomes.length, 0);
    driver.advance(1);
    driver.answer('Login', { LoginResponse: { Response: { Result: 'Success' } } });
    driver.statusFailure('NotFound');
    driver.reversal();
    assert.equal(driver.outcomes[0]?.record.outcome, 'reversed');
    driver.event({ type: 'listeners', count: 1 });
    assert.deepEqual(kinds(driver), [], 'it is not asked about any more');
  });

  it('is asked again after a restart, once somebody listens', () => {
    const record = signing().rows.get('A');
    assert.ok(record);
    const driver = new Driver({
      config: { signature: 'listener' },
      restored: { unfinished: [structuredClone(record)] },
    });
    assert.deepEqual(kinds(driver), []);
    driver.event({ type: 'listeners', count: 1 });
    assert.deepEqual(kinds(driver), ['print', 'input']);
    reply(driver, true);
    assert.equal(driver.outcomes[0]?.record.outcome, 'approved');
  });
});

it('a text of any length is read in one go, however it is written', { timeout: 20_000 }, () => {
  const text = `1,"x${' '.repeat(512 * 1024)}y`;
  const payload = notificationOf(display(text), swedbankReceipt);
  assert.equal(payload?.text, text.slice(3));
});

describe('a Transmit request', () => {
  const transmit = (DestinationAddress: string) => {
    const { MessageHeader } = display('x');
    const TransmitRequest = { DestinationAddress, MaximumTransmitTime: 30, Message: 'e30=' };
    return { MessageHeader: { ...MessageHeader, MessageCategory: 'Transmit', SaleID: '' }, TransmitRequest };
  };
  const answerTo = (DestinationAddress: string) => {
    const driver = listening();
    say(driver, transmit(DestinationAddress));
    const response = driver.responses.at(-1)?.message;
    assert.deepEqual(driver.notifications, []);
    assert.ok(response && 'SaleToPOIResponse' in response);
    return response.SaleToPOIResponse.TransmitResponse?.Response;
  };

  it('with the terminal’s address is answered: it was received', () => {
    assert.deepEqual(answerTo('127.0.0.1:15022'), { Result: 'Success' });
  });

  it('that asks to pass bytes on to a host is answered, and says that this is not done', () => {
    const { Result, ErrorCondition } = answerTo('10.0.0.1:9000') ?? assert.fail();
    assert.deepEqual([Result, ErrorCondition], ['Failure', 'UnavailableService']);
  });
});
