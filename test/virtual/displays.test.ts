import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as pos from '../support/pos.ts';
import { FULL, Till } from './till.ts';

/** A till that is logged in and has turned the page. */
function till(options: ConstructorParameters<typeof Till>[0] = {}): Till {
  const one = new Till(options);
  one.login();
  one.clock.turn(5000);
  one.take();
  return one;
}

test('the happy flow of the full integration, as the quick guide draws it', () => {
  const one = new Till();
  one.login();
  one.ask(pos.payment({ id: '2' }, '450.00'));
  one.clock.turn(1500);
  one.ask(pos.logout({ id: '3' }));
  assert.deepEqual(one.take(), [
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
  const one = till();
  one.ask(pos.payment({ id: '77' }, '10'));
  const [first] = one.heard.slice(-1);
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
  one.clock.turn(1500);
  const ids = one.heard.map(({ MessageHeader: header }) => header.DeviceID ?? header.ServiceID);
  assert.equal(new Set(ids).size, ids.length, 'no DeviceID twice');
  assert.equal(
    one.heard.at(-1)?.MessageHeader.ServiceID,
    one.heard.at(-1)?.MessageHeader.DeviceID,
    'outside a payment',
  );
});

test('a chip card is inserted and removed', () => {
  const one = till();
  one.ask(pos.payment({ id: '2' }, '10.02'));
  one.clock.turn(1500);
  assert.deepEqual(one.take(), [
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
    const one = till();
    one.ask(pos.payment({ id: '2' }, amount));
    one.clock.turn(1500);
    const story = one.takeScript();
    const end = story.findIndex((line) => line.startsWith('←'));
    assert.deepEqual(
      story.slice(end - texts.length, end),
      texts.map((text) => `Display ${text}`),
    );
    assert.deepEqual(story.slice(end + 1), ['Display Welcome']);
  });

test('a customer who takes long needs help; an abort is shown, and nothing comes after it', () => {
  const one = till();
  one.ask(pos.payment({ id: '2' }, '10.06'));
  one.clock.turn(6000);
  one.ask(pos.abort({ id: '3' }, { ServiceID: '2' }));
  one.clock.turn(60_000);
  assert.deepEqual(one.take(), [
    'Payment →',
    'Display Present card',
    'Display The customer needs help',
    'Abort →',
    '← Abort empty',
    'Display Aborted',
    '← Payment Failure Aborted',
    'Display Welcome',
  ]);
  assert.equal(one.clock.pending, 0);
});

test('a reversal and a card read in advance are shown too', () => {
  const one = till({ delay: 0 });
  one.ask(pos.payment({ id: '2' }, '10'));
  one.clock.turn(0);
  const paid = one.terminal.ledger.movements[0]?.poiTransactionId ?? '';
  one.take();
  const TimeStamp = new Date(one.clock.now()).toISOString();
  one.ask(pos.reversal({ id: '3' }, { TransactionID: paid, TimeStamp }));
  one.clock.turn(0);
  assert.deepEqual(one.take(), [
    'Reversal →',
    'Display Please wait',
    'Display Reversed',
    '← Reversal Success',
    'Display Welcome',
  ]);
  one.ask(pos.enable({ id: '4' }, 'StartTransaction'));
  one.ask(pos.cardAcquisition({ id: '5' }));
  one.clock.turn(0);
  one.ask(pos.payment({ id: '6' }, '999'));
  one.clock.turn(0);
  assert.deepEqual(one.take(), [
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
  const one = till({ busyAfterPayment: 3000, busyAfterLogin: 2000 });
  one.ask(pos.payment({ id: '2' }, '10'));
  one.clock.turn(1500);
  one.take();
  one.clock.turn(2999);
  assert.deepEqual(one.take(), []);
  one.clock.turn(1);
  assert.deepEqual(one.take(), ['Display Welcome']);
  one.login(FULL, 'en', '9');
  one.clock.turn(1999);
  assert.ok(!one.take().includes('Display Welcome'));
  one.clock.turn(1);
  assert.deepEqual(one.take(), ['Display Welcome']);
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
  test(`a login with "${list}" is told: ${expected.join(', ') || 'nothing'}`, () => {
    const one = new Till();
    one.login(list.split(' ').filter((part) => part !== ''));
    one.ask(pos.payment({ id: '2' }, '10.02'));
    one.clock.turn(1500);
    const displays = one.takeScript().filter((line) => line.startsWith('Display') && !line.includes('*'));
    assert.deepEqual(
      displays,
      expected.map((text) => `Display ${text}`),
    );
    const events = one.heard.filter(({ EventNotification }) => EventNotification).length;
    assert.equal(events, list.includes('Cashier') || list.includes('POIReplication') ? 2 : 0);
    if (list === 'CashierDisplay')
      for (const { DisplayRequest } of one.heard)
        assert.ok(!DisplayRequest || DisplayRequest.DisplayOutput[0]?.InfoQualify === 'Display');
  });

test('with all capabilities each text is told as what it is', () => {
  const one = new Till();
  one.login();
  one.ask(pos.payment({ id: '2' }, '10.02'));
  one.clock.turn(1500);
  const kinds = one.heard.flatMap(({ DisplayRequest }) => {
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
    const one = new Till();
    one.login(FULL, language);
    assert.equal(one.story.at(-1), `Display ${text}`);
  });

test('the form of a text is an option, and so is being answered', () => {
  const one = new Till({ displayText: (id, text) => `${id};${text}`, responses: true });
  one.login();
  const { DisplayOutput } = one.heard[0]?.DisplayRequest ?? {};
  assert.equal(DisplayOutput?.[0]?.OutputContent.OutputText?.[0]?.Text, '2;Please wait');
  assert.equal(DisplayOutput?.[0]?.ResponseRequiredFlag, true);
});
