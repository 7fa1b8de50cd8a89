import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as pos from '../support/pos.ts';
import { FULL, RecordingPos } from './recording-pos.ts';

/** A recording POS after its login, with an empty log. */
function loggedIn(options: ConstructorParameters<typeof RecordingPos>[0] = {}): RecordingPos {
  const recorder = new RecordingPos(options);
  recorder.login();
  recorder.clock.advance(5000);
  recorder.takeLog();
  return recorder;
}

test('the happy flow of the full integration, as the quick guide draws it', () => {
  const recorder = new RecordingPos();
  recorder.login();
  recorder.request(pos.payment({ id: '2' }, '450.00'));
  recorder.clock.advance(1500);
  recorder.request(pos.logout({ id: '3' }));
  assert.deepEqual(recorder.takeLog(), [
    'Login →',
    '← Login Success',
    'Display Please wait',
    'Display Welcome',
    'Payment →',
    'Display Present card',
    'Display Enter PIN',
    'Display Enter PIN: *',
    'Display Enter PIN: **',
    'Display Enter PIN: ***',
    'Display Enter PIN: ****',
    'Display Authorizing',
    'Display Approved',
    '← Payment Success',
    'Display Welcome',
    'Logout →',
    '← Logout Success',
  ]);
});

test('a display is shaped as in the sample and names payment, session and terminal', () => {
  const recorder = loggedIn();
  recorder.request(pos.payment({ id: '77' }, '10'));
  const [first] = recorder.received.slice(-1);
  const { DeviceID } = first?.MessageHeader ?? {};
  assert.deepEqual(first, {
    MessageHeader: {
      MessageClass: 'Device',
      MessageCategory: 'Display',
      MessageType: 'Request',
      ServiceID: '77',
      DeviceID,
      SaleID: 'ECR1',
      POIID: 'A-POIID',
    },
    DisplayRequest: {
      DisplayOutput: [
        {
          ResponseRequiredFlag: false,
          Device: 'CashierDisplay',
          InfoQualify: 'POIReplication',
          OutputContent: { OutputFormat: 'Text', OutputText: [{ Text: '3,"Present card"' }] },
        },
      ],
    },
  });
  recorder.clock.advance(1500);
  const ids = recorder.received.map(({ MessageHeader: header }) => header.DeviceID ?? header.ServiceID);
  assert.equal(new Set(ids).size, ids.length, 'no DeviceID twice');
  assert.equal(
    recorder.received.at(-1)?.MessageHeader.ServiceID,
    recorder.received.at(-1)?.MessageHeader.DeviceID,
    'outside a payment',
  );
});

test('a chip card is inserted and removed', () => {
  const recorder = loggedIn();
  recorder.request(pos.payment({ id: '2' }, '10.02'));
  recorder.clock.advance(1500);
  assert.deepEqual(recorder.takeLog(), [
    'Payment →',
    'Display Present card',
    'Event CardInserted',
    'Display Enter PIN',
    'Display Enter PIN: *',
    'Display Enter PIN: **',
    'Display Enter PIN: ***',
    'Display Enter PIN: ****',
    'Display Authorizing',
    'Display Wrong PIN',
    'Display Declined',
    '← Payment Failure WrongPIN',
    'Event CardRemoved',
    'Display Welcome',
  ]);
});

const endings: [string, string[]][] = [
  ['10.00', ['Please wait', 'Authorizing', 'Approved']],
  ['10.01', ['Enter PIN: ****', 'Authorizing', 'Declined']],
  ['10.03', ['Authorizing', 'Card not accepted', 'Declined']],
  ['10.04', ['Enter PIN: ****', 'Authorizing', 'Cancelled by the customer']],
  ['10.07', ['Please wait', 'Authorizing', 'Approved']],
  ['10.08', ['Please wait', 'Authorizing', 'Approved']],
  ['10.13', ['Authorizing', 'No contact with the bank', 'Declined']],
  ['10.14', ['Present card', 'Cancelled by the customer']],
];
for (const [amount, texts] of endings)
  test(`${amount} ends with ${texts.join(', ')}`, () => {
    const recorder = loggedIn();
    recorder.request(pos.payment({ id: '2' }, amount));
    recorder.clock.advance(1500);
    const log = recorder.takeDisplays();
    const end = log.findIndex((line) => line.startsWith('←'));
    assert.deepEqual(
      log.slice(end - texts.length, end),
      texts.map((text) => `Display ${text}`),
    );
    assert.deepEqual(log.slice(end + 1), ['Display Welcome']);
  });

test('a slow customer needs help; an abort is shown, and no display follows', () => {
  const recorder = loggedIn();
  recorder.request(pos.payment({ id: '2' }, '10.06'));
  recorder.clock.advance(6000);
  recorder.request(pos.abort({ id: '3' }, { ServiceID: '2' }));
  recorder.clock.advance(60_000);
  assert.deepEqual(recorder.takeLog(), [
    'Payment →',
    'Display Present card',
    'Display The customer needs help',
    'Abort →',
    '← Abort empty',
    'Display Aborted',
    '← Payment Failure Aborted',
    'Display Welcome',
  ]);
  assert.equal(recorder.clock.pending, 0);
});

test('a reversal and a card read in advance are shown too', () => {
  const recorder = loggedIn({ delay: 0 });
  recorder.request(pos.payment({ id: '2' }, '10'));
  recorder.clock.advance(0);
  const paid = recorder.terminal.ledger.movements[0]?.poiTransactionId ?? '';
  recorder.takeLog();
  const TimeStamp = new Date(recorder.clock.now()).toISOString();
  recorder.request(pos.reversal({ id: '3' }, { TransactionID: paid, TimeStamp }));
  recorder.clock.advance(0);
  assert.deepEqual(recorder.takeLog(), [
    'Reversal →',
    'Display Please wait',
    'Display Reversed',
    '← Reversal Success',
    'Display Welcome',
  ]);
  recorder.request(pos.enable({ id: '4' }, 'StartTransaction'));
  recorder.request(pos.cardAcquisition({ id: '5' }));
  recorder.clock.advance(0);
  recorder.request(pos.payment({ id: '6' }, '999'));
  recorder.clock.advance(0);
  assert.deepEqual(recorder.takeLog(), [
    'EnableService →',
    '← EnableService Success',
    'CardAcquisition →',
    'Display Present card',
    'Display Please wait',
    '← CardAcquisition Success',
    'Payment →',
    'Display Please wait',
    'Display Authorizing',
    'Display Approved',
    '← Payment Success',
    'Display Welcome',
  ]);
});

test('Welcome comes when the terminal is ready again, and not into the next payment', () => {
  const recorder = loggedIn({ busyAfterPayment: 3000, busyAfterLogin: 2000 });
  recorder.request(pos.payment({ id: '2' }, '10'));
  recorder.clock.advance(1500);
  recorder.takeLog();
  recorder.clock.advance(2999);
  assert.deepEqual(recorder.takeLog(), []);
  recorder.clock.advance(1);
  assert.deepEqual(recorder.takeLog(), ['Display Welcome']);
  recorder.login(FULL, 'en', '9');
  recorder.clock.advance(1999);
  assert.ok(!recorder.takeLog().includes('Display Welcome'));
  recorder.clock.advance(1);
  assert.deepEqual(recorder.takeLog(), ['Display Welcome']);
});

const capabilities: [string, string[]][] = [
  ['PrinterReceipt', []],
  ['', []],
  ['CustomerDisplay PrinterReceipt', []],
  ['CashierStatus', ['Please wait', 'Welcome', 'Welcome']],
  ['POIReplication', ['Present card', 'Enter PIN']],
  ['CashierError', ['Wrong PIN']],
  ['CashierInput PrinterReceipt', []],
  ['CashierError POIReplication', ['Present card', 'Enter PIN', 'Wrong PIN']],
  [
    'CashierDisplay',
    ['Please wait', 'Welcome', 'Present card', 'Enter PIN', 'Authorizing', 'Wrong PIN', 'Declined', 'Welcome'],
  ],
];
for (const [list, expected] of capabilities)
  test(`a login with "${list}" receives: ${expected.join(', ') || 'nothing'}`, () => {
    const recorder = new RecordingPos();
    recorder.login(list.split(' ').filter((part) => part !== ''));
    recorder.request(pos.payment({ id: '2' }, '10.02'));
    recorder.clock.advance(1500);
    const displays = recorder.takeDisplays().filter((line) => line.startsWith('Display') && !line.includes('*'));
    assert.deepEqual(
      displays,
      expected.map((text) => `Display ${text}`),
    );
    const events = recorder.received.filter(({ EventNotification }) => EventNotification).length;
    assert.equal(events, list.includes('Cashier') || list.includes('POIReplication') ? 2 : 0);
    if (list === 'CashierDisplay')
      for (const { DisplayRequest } of recorder.received)
        assert.ok(!DisplayRequest || DisplayRequest.DisplayOutput[0]?.InfoQualify === 'Display');
  });

test('with all capabilities each text has its own InfoQualify', () => {
  const recorder = new RecordingPos();
  recorder.login();
  recorder.request(pos.payment({ id: '2' }, '10.02'));
  recorder.clock.advance(1500);
  const kinds = recorder.received.flatMap(({ DisplayRequest }) => {
    const [output] = DisplayRequest?.DisplayOutput ?? [];
    const text = output?.OutputContent.OutputText?.[0]?.Text ?? '';
    return output && !text.includes('*') ? [`${output.InfoQualify} ${text}`] : [];
  });
  assert.deepEqual(kinds, [
    'Status 2,"Please wait"',
    'Status 1,"Welcome"',
    'POIReplication 3,"Present card"',
    'POIReplication 4,"Enter PIN"',
    'Display 5,"Authorizing"',
    'Error 11,"Wrong PIN"',
    'Display 7,"Declined"',
    'Status 1,"Welcome"',
  ]);
});

for (const [language, text] of [
  ['sv', 'Välkommen'],
  ['no', 'Velkommen'],
  ['nb', 'Velkommen'],
  ['da', 'Velkommen'],
  ['fi', 'Tervetuloa'],
  ['en', 'Welcome'],
  ['de', 'Welcome'],
] as const)
  test(`OperatorLanguage ${language}: ${text}`, () => {
    const recorder = new RecordingPos();
    recorder.login(FULL, language);
    assert.equal(recorder.log.at(-1), `Display ${text}`);
  });

test('the text format and the required responses are options', () => {
  const recorder = new RecordingPos({ displayText: (id, text) => `${id};${text}`, responses: true });
  recorder.login();
  const { DisplayOutput } = recorder.received[0]?.DisplayRequest ?? {};
  assert.equal(DisplayOutput?.[0]?.OutputContent.OutputText?.[0]?.Text, '2;Please wait');
  assert.equal(DisplayOutput?.[0]?.ResponseRequiredFlag, true);
});
